"""Lines of print whose figures stand below each other: as tables, with the heads over them.

Neither rules nor known words are needed: an item's figures are aligned with those of the items
above and below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from docglean.extractors.documents.words import PageWords, rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import USUAL_HEIGHT, union
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.tables.cells import WIDE, TextLine, runs_of, wide_gap
from docglean.extractors.tables.table import Cell, Table
from docglean.schemas.kinds import Day, Money, Style

Columns = Sequence[tuple[float, float]]
"""Where columns begin and end, from left to right."""
ALIGNED = 0.4
"""Line heights within which edges stand below each other."""
FAR = 4.0
"""Line heights of white space that end the rows."""
MOST_HEADS = 4
"""Lines of heads."""
AMOUNT, FIGURE = "amount", "figure"
"""Kinds of figures: with cents or without; one may stand below the other."""
CENTS = re.compile(r"[.,]\d\d(?!\d)")
NARROW = 0.3
"""Line heights of a gap that is wider than blanks."""
CROSSED = 0.1
"""Share of the rows that may print something between two columns."""
SEEDS = 3
"""Kinds of rows on a page that are tried."""
LOOKED_AT = 3
"""Pages on which rows are looked for at first; then those like them on all pages."""


@dataclass(frozen=True)
class Printed:
    """A line of words, its runs, and the pieces between which there is more than a blank."""

    page: int
    words: TextLine
    runs: tuple[TextLine, ...]
    pieces: tuple[TextLine, ...]
    height: float
    style: Style

    @cached_property
    def box(self) -> Box:
        return bounds(self.words)

    @cached_property
    def anchors(self) -> tuple[tuple[str, Box], ...]:
        """Runs that are figures or dates, which columns align."""
        found = ((_anchor(text_of(run), self.style), bounds(run)) for run in self.runs)
        return tuple((kind, box) for kind, box in found if kind)

    def like(self, other: Printed) -> bool:
        """Whether two lines have figures below each other, as rows of one table do."""
        near = ALIGNED * max(self.height, other.height)
        shared = [
            kind
            for kind, box in self.anchors
            if any(kind == at and _aligned(box, place, near) for at, place in other.anchors)
        ]
        if len(shared) == 1 and shared[0] != FIGURE:
            starts = abs(self.box[0] - other.box[0]) <= near
            return starts and min(len(self.anchors), len(other.anchors)) <= 2
        return len(shared) >= 2


def _aligned(one: Box, other: Box, near: float) -> bool:
    left, right = one[0] - other[0], one[2] - other[2]
    return min(abs(left), abs(right), abs(left + right) / 2) <= near


def _anchor(text: str, style: Style) -> str:
    """What kind of figure a run is; "" where it is words."""
    if not any(map(str.isdigit, text)) or len(text) > 30:
        return ""
    if reading(Day(), text, style) is not None:
        return "day"
    found = reading(Money(), text, style)
    if found is None or found[1] or len(text.split()) - found[2] > 1:
        return ""  # "2 pcs" is one, "Road 5" is none
    return AMOUNT if CENTS.search(text) else FIGURE


def tables_of_rows(pages: Sequence[PageWords], style: Style) -> list[Table]:
    """Tables of rows whose figures are aligned, each over all pages on which there are more of
    them; rows that are alike in part may be in several."""
    sheets = [list(_lines(page, style)) for page in pages]
    found = (
        _table(alike, sheets[number:])
        for number, lines in enumerate(sheets[:LOOKED_AT])
        for alike in _kinds_of_rows(lines)
    )
    return [table for table in found if table is not None]


def _lines(page: PageWords, style: Style) -> Iterator[Printed]:
    lines = rows(page.upright())
    gap = wide_gap(lines)
    usual = median([box[3] - box[1] for line in lines for _, box in line] or [USUAL_HEIGHT])
    least = max(NARROW * usual, gap if gap > WIDE * usual else 0.0)
    for line in lines:
        height = median(box[3] - box[1] for _, box in line)
        runs, pieces = (tuple(runs_of(line, wide)) for wide in (gap, least))
        yield Printed(page.page, line, runs, pieces, height, style)


def _kinds_of_rows(lines: Sequence[Printed]) -> list[list[Printed]]:
    """Lines that are alike, the largest group first."""
    told = [line for line in lines if line.anchors]
    groups: dict[tuple[int, ...], list[Printed]] = {}
    for line in told:
        alike = [other for other in told if other is line or line.like(other)]
        groups.setdefault(tuple(map(id, alike)), alike)
    wide = [group for group in groups.values() if max(len(line.runs) for line in group) >= 3]
    ranked = sorted(wide, key=lambda g: -len(g) * max(len(line.anchors) for line in g))
    return ranked[:SEEDS]


def _table(seeds: Sequence[Printed], sheets: Sequence[Sequence[Printed]]) -> Table | None:
    """The rows that are like `seeds` on all sheets, and what stands between them."""
    fullest = sorted(seeds, key=lambda line: -len(line.anchors))[:5]
    further = (line for sheet in sheets[1:] for line in sheet)
    alike = [*seeds, *(line for line in further if any(line.like(one) for one in fullest))]
    core = {id(line) for line in alike}
    heads: list[Printed] = []
    body: list[Printed] = []
    for sheet in sheets:
        places = [n for n, line in enumerate(sheet) if id(line) in core]
        if not places:
            continue
        if not body:
            heads = list(sheet[_heads(sheet, places[0]) : places[0]])
        body += sheet[places[0] : _end(sheet, places[-1])]
    columns = _heads_alone(_columns([line.pieces for line in alike]), heads)
    if len(columns) < 2:
        return None
    cells = [
        cell
        for row, line in enumerate([*heads, *body])
        for cell in _cells(line, row, columns, is_core=id(line) in core)
    ]
    page = body[0].page
    box = union(line.box for line in (*heads, *body) if line.page == page)
    return Table(page, box, len(heads) + len(body), len(columns), tuple(cells), len(heads))


def _columns(lines: Sequence[Sequence[TextLine]]) -> Columns:
    """Where columns begin and end: what nearly all lines leave blank divides them."""
    edges: list[tuple[float, int]] = []
    for line in lines:
        for box in map(bounds, line):
            edges += [(box[0], 1), (box[2], -1)]
    most = CROSSED * len(lines)
    found: list[tuple[float, float]] = []
    depth, start = 0, 0.0
    for at, step in sorted(edges):
        if depth <= most < depth + step:
            start = at
        if depth > most >= depth + step:
            found.append((start, at))
        depth += step
    return found


def _heads(sheet: Sequence[Printed], first: int) -> int:
    """Where the lines begin that may be heads over a sheet's first row: the nearest that divides
    words, and those without figures right above it."""
    start = first
    for at in range(first - 1, max(-1, first - 2 * MOST_HEADS), -1):
        line = sheet[at]
        if _gap(sheet, at) > FAR * line.height or (start < first and line.anchors):
            break
        if start < first or (len(line.runs) > 1 and not line.anchors):
            start = at
    return start


def _gap(sheet: Sequence[Printed], number: int) -> float:
    """White space between a line and the next."""
    return sheet[number + 1].box[1] - sheet[number].box[3]


def _end(sheet: Sequence[Printed], last: int) -> int:
    """Before which line the rows end: at white space."""
    for end in range(last + 1, len(sheet)):
        if _gap(sheet, end - 1) > FAR * sheet[end].height:
            return end
    return len(sheet)


def _heads_alone(columns: Columns, heads: Sequence[Printed]) -> Columns:
    """Columns, and those of which only the head stands apart: their cells are in other lines."""
    alone = [
        box
        for line in heads
        for box in map(bounds, line.runs)
        if all(box[2] + line.height < start or box[0] - line.height > end for start, end in columns)
    ]
    return sorted([*columns, *((box[0], box[2]) for box in alone)])


def _nearest(box: Box, columns: Columns) -> int:
    """The column that shares most of its width with the box, or is nearest to it."""
    return max(
        range(len(columns)),
        key=lambda n: min(box[2], columns[n][1]) - max(box[0], columns[n][0]),
    )


def _cells(line: Printed, row: int, columns: Columns, *, is_core: bool) -> Iterator[Cell]:
    """Words of a line by their columns; of other lines than rows pieces stay together."""
    parts: dict[int, TextLine] = {}
    for part in [[word] for word in line.words] if is_core else line.pieces:
        parts.setdefault(_nearest(bounds(part), columns), []).extend(part)
    for column, words in sorted(parts.items()):
        box = union(word.box for word, _ in words)
        yield Cell(text_of(words), box, row, column, page=line.page)


def bounds(run: TextLine) -> Box:
    """Around its words, on the upright page."""
    return union(box for _, box in run)


def text_of(run: TextLine) -> str:
    """Its words with single blanks."""
    return " ".join(word.text for word, _ in run)
