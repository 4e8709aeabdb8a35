"""Rows of a table as values: what each cell says, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.rules.lists.mapping import LOOKED_AT, Mapping
from docglean.extractors.rules.lists.placed_words import PlacedWords
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.tables.table import Cell
from docglean.schemas.kinds import Day, Money, Style
from docglean.schemas.values import leaf_value


@dataclass(slots=True)
class RowRead:
    """One row of the table: cells, and what they are read as; `held`, arithmetic ties them."""

    cells: dict[int, Cell]
    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    figures: int = 0
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
    """Reads the rows of a table whose columns are known.

    Args:
        words: of the pages, by number.
        near: a date of the document, for those that are printed without a year.
    """

    def __init__(
        self, found: Mapping, words: Dict[int, PlacedWords], style: Style, near: str | None,
        targets: Sequence[Target] = (),
    ) -> None:  # fmt: skip
        self.found = found
        self.words = words
        self.style = style
        self.near = near
        free = (one for one in targets if one.is_unit and one not in found.targets.values())
        self.unit = next(free, None)
        self.heads = {
            tuple(row) for row in found.table.grid()[: found.first_row] if sum(map(bool, row)) > 1
        }

    def read(self) -> Iterator[RowRead]:
        """All rows but heads that are repeated."""
        by_row: dict[int, dict[int, Cell]] = {}
        for cell in self.found.table.cells:
            if cell.text and cell.row >= self.found.first_row:
                by_row.setdefault(cell.row, {})[cell.column] = cell
        for number, cells in sorted(by_row.items()):
            texts = (cells[n].text if n in cells else "" for n in range(self.found.table.columns))
            if tuple(texts) in self.heads:
                continue
            row = RowRead(cells, held=number in self.found.rows or number >= LOOKED_AT)
            for column, target in self.found.targets.items():
                if column in cells:
                    self._read_cell(row, cells[column], target)
            yield row

    def _read_cell(self, row: RowRead, cell: Cell, target: Target) -> None:
        kind = target.leaf.kind
        if kind is None or row.values.get(target.pointer) is not None:
            return
        found = reading(kind, cell.text, self.style)
        figured = any(map(str.isdigit, cell.text)) or not target.is_discount
        if found is None or (target.is_count and "%" in cell.text) or not figured:
            return
        raw, start, end = found
        if isinstance(kind, Day):
            raw = kind.complete(raw, self.near, self.style) if self.near else kind.parse(raw)
        try:
            value = leaf_value(target.leaf, raw, self.style)
        except ValueError:
            return
        if value is None:
            return
        if target.negative:
            value = _negated(value)
        if (
            isinstance(kind, Money)
            and not Decimal(value)
            and len(self._columns_of(target.pointer)) > 1
        ):
            return  # 0.00 in the column that the booking isn't in
        row.values[target.pointer] = value
        row.evidence[target.pointer] = self._evidence(cell, start, end, value)
        row.figures += not target.is_words and not target.is_rate
        if target.is_count and self.unit is not None and self.unit.pointer not in row.values:
            self._read_unit(row, cell, end, self.unit)

    def _read_unit(self, row: RowRead, cell: Cell, start: int, unit: Target) -> None:
        """Take what follows a count as its unit."""
        words = cell.text.split()[start:]
        if words and any(map(str.isalpha, words[0])):
            row.values[unit.pointer] = words[0]
            row.evidence[unit.pointer] = self._evidence(cell, start, start + 1, words[0])

    def _columns_of(self, pointer: str) -> list[int]:
        return [column for column, t in self.found.targets.items() if t.pointer == pointer]

    def _evidence(self, cell: Cell, start: int, end: int, value: Any) -> Evidence:
        text = " ".join(cell.text.split()[start:end])
        place = self.words.get(cell.page)
        boxes = place.boxes(cell.box, cell.text, start, end) if place else []
        boxes = boxes or [cell.box]
        return Evidence(
            how="exact" if text == str(value) else "normalised",
            page=cell.page,
            box=union(boxes),
            boxes=tuple(boxes) if len(boxes) > 1 else (),
            text=text,
            score=1.0,
        )


def _negated(value: Any) -> Any:
    if isinstance(value, str):
        number = Decimal(value)
        return format(-abs(number), "f") if number else value
    return -abs(value) if value else value


_DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\b\d{1,2}\.? [^\W\d]{3,9}\.? \d{4}\b")


def some_date(pages: Sequence[PageWords], style: Style) -> str | None:
    """A whole date that the document prints, to tell the year of dates that have none."""
    text = " ".join(word.text for page in pages for word in page.words)
    found = [Day().parse(match.group(), style) for match in _DATE_LIKE.finditer(text)]
    known = sorted(date for date in found if date)
    return known[len(known) // 2] if known else None
