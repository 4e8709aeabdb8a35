"""Rows of a table whose columns are known, as items: values with evidence.

What is no item is left out: heads that are repeated, sums, amounts carried over a page. What is
but a further line of an item is joined to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from docglean.extractors.documents.words import PageWords, Word, rows
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import USUAL_HEIGHT, union
from docglean.extractors.rules.fields.field_names import FieldName, Names, tokens
from docglean.extractors.rules.lists.sums import names_a_sum
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.extractors.tables.table import Cell, Table
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Day, Kind, Money, Name, Number, Style, Text
from docglean.schemas.values import leaf_value

Row = tuple[dict[str, Any], dict[str, Evidence]]
"""An item's values, and evidence by JSON pointer relative to the item."""

MOST_HEIGHT = 14.0
"""Points: of a line, where cells hold several."""
SAME = 0.5
"""Points by which two places or gaps may differ and be the same."""
CLOSE = 1.2
"""Line heights between two rows, up to which the second may go on with the first."""
SUM_FIT = 0.85
"""Fit of a row's words with the name of a total."""
LEAST_LETTERS = 3
"""Letters of a caption; fewer are a unit or a currency."""
FEW_FIGURES = 2
"""Figures of a row that is a sum; an item called "Total" has more."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the items that a column may be.

    Attributes:
        pointer: of the value, relative to the item.
        negative: amounts in the column count as negative.
    """

    leaf: Field
    pointer: str
    labels: tuple[FieldName, ...]
    negative: bool = False

    @property
    def is_words(self) -> bool:
        """Whether anything can be its value."""
        return isinstance(self.leaf.kind, Text | Name | Code)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column of a table is which field.

    Attributes:
        first_row: where its items begin.
        heads: of the columns that are fields.
        head_words: all words of the rows of heads.
    """

    table: Table
    first_row: int
    targets: dict[int, Target]
    score: float
    heads: tuple[str, ...] = ()
    head_words: tuple[str, ...] = ()


@dataclass(slots=True)
class _Read:
    """One row of the table: cells, and what they are read as."""

    cells: dict[int, Cell]
    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    figures: int = 0

    @property
    def page(self) -> int:
        return next((cell.page for cell in self.cells.values()), 0)

    @property
    def top(self) -> float:
        return min(cell.box[1] for cell in self.cells.values())

    @property
    def bottom(self) -> float:
        return max(cell.box[3] for cell in self.cells.values())


def reading(kind: Kind, text: str, style: Style) -> tuple[Any, int, int] | None:
    """What a cell's text says as a value of this kind, and which of its words say it.

    The whole text or, of figures, the longest part: "50 pieces" is 50. A date without its year
    is readable too: it stands as it is printed.
    """
    words = text.split()
    value = kind.parse(text, style)
    if value is not None:
        whole = not isinstance(kind, Number) or len(words) == 1
        sizes = () if whole else range(1, len(words))
        return (
            value,
            0,
            next((n for n in sizes if kind.parse(" ".join(words[:n]), style) == value), len(words)),
        )
    if isinstance(kind, Day) and kind.complete(text, "2000-06-30", style):
        return text, 0, len(words)
    if isinstance(kind, Text | Name | Code):
        return None
    for size in range(min(len(words) - 1, 4), 0, -1):
        for start in range(len(words) - size + 1):
            value = kind.parse(" ".join(words[start : start + size]), style)
            if value is not None:
                return value, start, start + size
    return None


def read_rows(
    list_field: Field,
    found: Mapping,
    pages: Sequence[PageWords],
    style: Style,
    sums: Names | None = None,
) -> Iterator[Row]:
    """Items of the table in `found`, in order.

    Args:
        sums: labels of the document's totals.
    """
    reader = _Reader(found, pages, style, sums or Names({}))
    read = reader.without_sums([one for one in map(reader.read, reader.rows()) if one])
    items = reader.joined(read)
    reader.carry_dates(items)
    for item in items:
        values = skeleton(list_field.item)
        for pointer, value in item.values.items():
            put(values, pointer, value)
        yield values, item.evidence


class _Reader:
    def __init__(
        self, found: Mapping, pages: Sequence[PageWords], style: Style, sums: Names
    ) -> None:
        self.found = found
        self.sums = sums
        self.style = style
        self.words = {page.page: _PlacedWords(page) for page in pages}
        self.figures = [t for t in found.targets.values() if not t.is_words]
        self.heads = {
            tuple(row) for row in found.table.grid()[: found.first_row] if sum(map(bool, row)) > 1
        }
        self.near = _some_date(pages, style)

    def rows(self) -> Iterator[_Read]:
        by_row: dict[int, dict[int, Cell]] = {}
        for cell in self.found.table.cells:
            if cell.text and cell.row >= self.found.first_row:
                by_row.setdefault(cell.row, {})[cell.column] = cell
        for number in sorted(by_row):
            yield _Read(by_row[number])

    def read(self, row: _Read) -> _Read | None:
        """The row with its values; None where it is no part of an item."""
        grid_row = tuple(
            row.cells[column].text if column in row.cells else ""
            for column in range(self.found.table.columns)
        )
        if grid_row in self.heads:
            return None
        for column, target in self.found.targets.items():
            cell = row.cells.get(column)
            if cell is not None:
                self._read_cell(row, cell, target)
        return row

    def _read_cell(self, row: _Read, cell: Cell, target: Target) -> None:
        kind = target.leaf.kind
        if kind is None or row.values.get(target.pointer) is not None:
            return
        found = reading(kind, cell.text, self.style)
        if found is None:
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
        row.figures += not target.is_words

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

    def without_sums(self, read: Sequence[_Read]) -> list[_Read]:
        """Rows without those that add up others or carry an amount over.

        Behind the last item, a row after a sum that has but its amount is a sum as well, whatever
        it is called.
        """
        full = [number for number, row in enumerate(read) if row.figures >= FEW_FIGURES]
        kept: list[_Read] = []
        ended = False
        for number, row in enumerate(read):
            if self._is_sum(row):
                ended = bool(full) and number >= full[-1]
            elif not (ended and row.figures == 1):
                kept.append(row)
        return kept

    def _is_sum(self, row: _Read) -> bool:
        """Whether a row adds up others or carries an amount over."""
        if row.figures > FEW_FIGURES:
            return False
        if self._is_captioned_elsewhere(row):
            return True
        for cell in row.cells.values():
            words = tokens(cell.text)
            if not words or not any(char.isalpha() for char in cell.text):
                continue
            return names_a_sum(words) or bool(self.sums.fits(words, least=SUM_FIT))
        return False

    def _is_captioned_elsewhere(self, row: _Read) -> bool:
        """Whether words stand where items have figures, and nothing where they have words: a
        caption in front of its amount, right of the column of descriptions."""
        words = {column for column, t in self.found.targets.items() if t.is_words}
        if row.figures != 1 or not words or words & row.cells.keys():
            return False
        last = max(row.cells)
        return any(
            column != last and sum(map(str.isalpha, cell.text)) >= LEAST_LETTERS
            for column, cell in row.cells.items()
        )

    def joined(self, read: Sequence[_Read]) -> list[_Read]:
        """Items, each with the lines that go on with it."""
        if not self.figures:
            return [row for row in read if row.values]
        heights = [cell.box[3] - cell.box[1] for row in read for cell in row.cells.values()]
        height = min(median(heights), MOST_HEIGHT) if heights else USUAL_HEIGHT
        read = self._made_whole(read, height)
        items = [row for row in read if row.figures]
        if not items:
            return []
        owners: dict[int, _Read] = {}
        for index, row in enumerate(read):
            owner = None if row.figures else _owner(read, index, owners, height)
            if owner is not None:
                owners[id(row)] = owner
        for row in read:
            if (owner := owners.get(id(row))) is not None:
                self._append(owner, row)
        return items

    def _made_whole(self, read: Sequence[_Read], height: float) -> list[_Read]:
        """Rows, with those made one whose figures are printed at different heights."""
        whole: list[_Read] = []
        for row in read:
            last = whole[-1] if whole else None
            gap = _gap(last, row) if last else None
            if (
                last is not None
                and gap is not None
                and last.figures
                and row.figures
                and gap <= 0.5 * CLOSE * height
                and min(last.cells) < min(row.cells)
                and not any(
                    pointer in last.values and not self._is_words(pointer) for pointer in row.values
                )
            ):
                self._append(last, row)
                last.figures += row.figures
            else:
                whole.append(row)
        return whole

    def _is_words(self, pointer: str) -> bool:
        return all(t.is_words for t in self.found.targets.values() if t.pointer == pointer)

    def _append(self, item: _Read, row: _Read) -> None:
        """Add a further line's texts to an item: in front of it where it is printed above."""
        before = row.top < item.top and row.page == item.page
        for pointer, text in row.values.items():
            known, seen = item.values.get(pointer), item.evidence.get(pointer)
            new = row.evidence[pointer]
            if known is None or seen is None:
                item.values[pointer], item.evidence[pointer] = text, new
                continue
            both = (new, seen) if before else (seen, new)
            item.values[pointer] = f"{text} {known}" if before else f"{known} {text}"
            item.evidence[pointer] = _together(*both)

    def carry_dates(self, items: Sequence[_Read]) -> None:
        """Give rows without a date the one above them, where a date is printed once for several."""
        dated = [t for _, t in sorted(self.found.targets.items()) if isinstance(t.leaf.kind, Day)]
        if not dated or not items or dated[0].pointer not in items[0].values:
            return
        pointer = dated[0].pointer
        for above, item in pairwise(items):
            if pointer not in item.values and pointer in above.values:
                item.values[pointer] = above.values[pointer]
                item.evidence[pointer] = above.evidence[pointer]


def _gap(above: _Read, below: _Read | None) -> float | None:
    if below is None or above.page != below.page:
        return None
    return below.top - above.bottom


def _together(first: Evidence, second: Evidence) -> Evidence:
    if first.page != second.page or first.box is None or second.box is None:
        return first.model_copy(update={"text": f"{first.text} {second.text}"})
    boxes = (*(first.boxes or (first.box,)), *(second.boxes or (second.box,)))
    return first.model_copy(
        update={"text": f"{first.text} {second.text}", "box": union(boxes), "boxes": boxes}
    )


def _negated(value: Any) -> Any:
    if isinstance(value, str):
        number = Decimal(value)
        return format(-abs(number), "f") if number else value
    return -abs(value) if value else value


_DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\b\d{1,2}\.? [^\W\d]{3,9}\.? \d{4}\b")


def _some_date(pages: Sequence[PageWords], style: Style) -> str | None:
    """A whole date that the document prints, to tell the year of dates that have none."""
    text = " ".join(word.text for page in pages for word in page.words)
    found = [Day().parse(match.group(), style) for match in _DATE_LIKE.finditer(text)]
    known = sorted(date for date in found if date)
    return known[len(known) // 2] if known else None


def _owner(
    read: Sequence[_Read], index: int, owners: dict[int, _Read], height: float
) -> _Read | None:
    """The item that a row without figures goes on with: the one above that ends right there, or
    the one that begins right below."""
    row = read[index]
    last = read[index - 1] if index else None
    following = read[index + 1] if index + 1 < len(read) else None
    above = next((one for one in reversed(read[:index]) if one.figures), None)
    up = _gap(last, row) if last is not None and above is not None else None
    down = _gap(row, following) if following is not None and following.figures else None
    if up is not None and up <= CLOSE * height and (down is None or up <= down + SAME):
        ends_there = last is above or (last is not None and owners.get(id(last)) is above)
        return above if ends_there else None
    return following if down is not None and down <= 0.5 * CLOSE * height else None


class _PlacedWords:
    """Words of a page, looked up by where they stand."""

    def __init__(self, page: PageWords) -> None:
        self.words = sorted(page.words, key=lambda word: word.box[1] + word.box[3])
        self.middles = [(word.box[1] + word.box[3]) / 2 for word in self.words]

    def boxes(self, box: Box, text: str, start: int, end: int) -> list[Box]:
        """One box a line for the words `start` to `end` of a cell's text; [] if they are not
        found as they are."""
        low, high = (
            bisect_left(self.middles, box[1] - SAME),
            bisect_left(self.middles, box[3] + SAME),
        )
        inside: list[tuple[Word, Box]] = [
            (word, word.box)
            for word in self.words[low:high]
            if box[0] - SAME <= (word.box[0] + word.box[2]) / 2 <= box[2] + SAME
        ]
        lines = rows(inside)
        told = [(piece, line) for line in lines for word, _ in line for piece in word.text.split()]
        if [piece for piece, _ in told[: len(text.split())]] != text.split():
            return [union([at for _, at in line]) for line in lines] if lines else []
        found: list[Box] = []
        counted = 0
        for line in lines:
            parts = []
            for word, at in line:
                if start <= counted < end:
                    parts.append(at)
                counted += len(word.text.split())
            if parts:
                found.append(union(parts))
        return found
