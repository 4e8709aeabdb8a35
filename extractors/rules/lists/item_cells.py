"""Rows of a table as values: what each cell says, and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.candidates import evidence_at, held_by
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.rules.lists.mapping import LOOKED_AT, Columns
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.tables.table import Cell
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day


@dataclass(slots=True)
class RowRead:
    """One row of the table: cells, and what they are read as; `held`, arithmetic ties them."""

    cells: dict[int, Cell]
    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    figures: set[str] = field(default_factory=set)
    held: bool = False

    @property
    def page(self) -> int:
        return next((cell.page for cell in self.cells.values()), 0)

    @property
    def top(self) -> float:
        return min(cell.box[1] for cell in self.cells.values())

    @property
    def bottom(self) -> float:
        return max(cell.box[3] for cell in self.cells.values())


class RowReader:
    """Reads the rows of a table whose columns are known."""

    def __init__(self, found: Columns, targets: Sequence[Target], paper: Paper) -> None:
        self.found = found
        self.paper = paper
        taken = found.targets.values()
        self.unit = next((t for t in targets if t.role == "unit" and t not in taken), None)
        self.several = Counter(target.pointer for target in taken)

    def read(self) -> Iterator[RowRead]:
        """All rows but heads that are repeated."""
        grid = self.found.table.grid()
        heads = [row for row in grid[: self.found.first_row] if sum(map(bool, row)) > 1]
        by_row: dict[int, dict[int, Cell]] = {}
        for cell in self.found.table.cells:
            if cell.text and cell.row >= self.found.first_row:
                by_row.setdefault(cell.row, {})[cell.column] = cell
        for number, cells in sorted(by_row.items()):
            if grid[number] in heads:
                continue
            row = RowRead(cells, held=number in self.found.rows or number >= LOOKED_AT)
            for column, target in self.found.targets.items():
                if column in cells:
                    self._read_cell(row, cells[column], target)
            yield row

    def _read_cell(self, row: RowRead, cell: Cell, target: Target) -> None:
        figured = any(map(str.isdigit, cell.text)) or target.role != "discount"
        if row.values.get(target.pointer) is not None or not figured:
            return
        said = said_in(cell, target.leaf, self.paper)
        if said is None or (target.role == "count" and "%" in cell.text):
            return
        value, start, end = said
        if self._is_nothing(value, target):
            return
        value = _negated(value) if target.negative else value
        row.values[target.pointer] = value
        row.evidence[target.pointer] = evidence_in(cell, value, start, end, self.paper)
        if not target.is_words and target.role != "rate":
            row.figures.add(target.pointer)
        words = cell.text.split()[end:]
        if target.role == "count" and self.unit and words and any(map(str.isalpha, words[0])):
            row.values[self.unit.pointer] = words[0]  # what follows a count is its unit
            row.evidence[self.unit.pointer] = evidence_in(cell, words[0], end, end + 1, self.paper)

    def _is_nothing(self, value: Any, target: Target) -> bool:
        """Whether it is 0.00 in the column that the booking isn't in."""
        several = target.role == "amount" and self.several[target.pointer] > 1
        return several and not Decimal(value)


def said_in(cell: Cell, leaf: Field, paper: Paper) -> tuple[Any, int, int] | None:
    """What a cell says as a field's value, and which of its words say it."""
    found = reading(leaf.kind, cell.text, paper.style) if leaf.kind is not None else None
    if found is None:
        return None
    raw, start, end = found
    if isinstance(leaf.kind, Day):
        near = paper.some_date
        raw = leaf.kind.complete(raw, near, paper.style) if near else leaf.kind.parse(raw)
    value = held_by(leaf, raw, paper.style)
    return None if value is None else (value, start, end)


def evidence_in(cell: Cell, value: Any, start: int, end: int, paper: Paper) -> Evidence:
    """Where the words `start` to `end` of a cell stand, which say a value."""
    text = " ".join(cell.text.split()[start:end])
    place = paper.placed.get(cell.page)
    boxes = (place and place.boxes(cell.box, cell.text, start, end)) or [cell.box]
    return evidence_at(cell.page, boxes, text, value)


def _negated(value: Any) -> Any:
    if isinstance(value, str):
        number = Decimal(value)
        return format(-abs(number), "f") if number else value
    return -abs(value) if value else value
