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
EXACT = 0.05
"""The same of words of one text."""
FAR = 4.0
"""Line heights of white space that end the rows."""
HEAD_GAP = 0.8
"""The same between lines of heads."""
MOST_HEADS = 4
"""Lines of heads."""
AMOUNT, FIGURE = "amount", "figure"
"""Kinds of figures: with cents or without; one may stand below the other."""
CENTS = re.compile(r"[.,]\d\d(?!\d)")
NARROW, FEW_ROWS = 0.3, 3
"""Line heights of a gap that is wider than blanks, and rows in which it must be there to divide
columns."""
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
    found: list[Table] = []
    for number, lines in enumerate(sheets[:LOOKED_AT]):
        for alike in _kinds_of_rows(lines):
            table = _table(alike, sheets[number:])
            if table is not None:
                found.append(table)
    return found


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
    first = {id(line) for line in seeds}
    alike = [line for line in sheets[0] if id(line) in first]
    for sheet in sheets[1:]:
        alike += [line for line in sheet if any(line.like(one) for one in fullest)]
    columns = _columns([line.runs for line in alike])
    if len(columns) < 2:
        return None
    core = {id(line) for line in alike}
    heads: list[Printed] = []
    body: list[Printed] = []
    for sheet in sheets:
        places = [n for n, line in enumerate(sheet) if id(line) in core]
        if not places:
            continue
        top = _heads(sheet, places[0], columns)
        if not body:
            heads = list(sheet[top[0] : top[1]])
        body += sheet[top[1] : _end(sheet, places[-1])]
    if heads or len(alike) >= FEW_ROWS:
        columns = _columns([line.pieces for line in alike])
    columns = _heads_alone(_set_apart(columns, alike), heads)
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


def _heads(sheet: Sequence[Printed], first: int, columns: Columns) -> tuple[int, int]:
    """Where the lines of heads over a sheet's first row begin, and where they end: the nearest with
    words over several columns, and what stands right above and below it over one of them."""
    for end in range(first, max(0, first - 2 * MOST_HEADS), -1):
        line = sheet[end - 1]
        if _gap(sheet, end - 1) > FAR * line.height:
            break
        if line.anchors or len({_nearest(bounds(run), columns) for run in line.runs}) < 2:
            continue
        start = end - 1
        while start and end - start < MOST_HEADS and _goes_on(sheet[start - 1], columns) and (
            _gap(sheet, start - 1) <= HEAD_GAP * line.height
        ):  # fmt: skip
            start -= 1
        while end < first and _goes_on(sheet[end], columns) and (
            _gap(sheet, end - 1) < min(HEAD_GAP * line.height, _gap(sheet, end) - 1)
        ):  # fmt: skip
            end += 1
        return start, end
    return first, first


def _gap(sheet: Sequence[Printed], number: int) -> float:
    """White space between a line and the next."""
    return sheet[number + 1].box[1] - sheet[number].box[3]


def _goes_on(line: Printed, columns: Columns) -> bool:
    return not line.anchors and all(_under(bounds(run), columns) for run in line.runs)


def _under(box: Box, columns: Columns) -> bool:
    """Whether something stands over one column alone."""
    return sum(min(box[2], end) - max(box[0], start) > 0 for start, end in columns) <= 1


def _end(sheet: Sequence[Printed], last: int) -> int:
    """Before which line the rows end: at white space."""
    for end in range(last + 1, len(sheet)):
        above, line = sheet[end - 1], sheet[end]
        if line.box[1] - above.box[3] > FAR * line.height:
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


def _set_apart(columns: Columns, lines: Sequence[Printed]) -> Columns:
    """Columns, those cut in two in which the second words of all texts begin at one place, wherever
    the first ones end: "2 kg" in front of what there is of it."""
    found: list[tuple[float, float]] = []
    for start, end in columns:
        inside = [
            [box for _, box in line.words if start < (box[0] + box[2]) / 2 < end] for line in lines
        ]
        firsts, seconds = ([boxes[at] for boxes in inside if len(boxes) > 1] for at in (0, 1))
        if len(firsts) == len(lines) > 1:
            spread = _spread(seconds, 0)
            near = EXACT * median(box[3] - box[1] for box in firsts)
            if spread <= near < _spread(firsts, 2) - spread:
                found.append((start, max(box[2] for box in firsts)))
                start = min(box[0] for box in seconds)
        found.append((start, end))
    return found


def _spread(boxes: Sequence[Box], side: int) -> float:
    places = [box[side] for box in boxes]
    return max(places) - min(places)


def _nearest(box: Box, columns: Columns) -> int:
    """The column that shares most of its width with the box, or is nearest to it."""
    return max(
        range(len(columns)),
        key=lambda n: min(box[2], columns[n][1]) - max(box[0], columns[n][0]),
    )


def _cells(line: Printed, row: int, columns: Columns, *, is_core: bool) -> Iterator[Cell]:
    parts: dict[int, TextLine] = {}
    for run in line.runs if is_core else line.pieces:
        for part in _split(run, columns) if is_core else [run]:
            parts.setdefault(_nearest(bounds(part), columns), []).extend(part)
    for column in sorted(parts):
        words = parts[column]
        box = union(word.box for word, _ in words)
        yield Cell(text_of(words), box, row, column, page=line.page)


def _split(run: TextLine, columns: Columns) -> list[TextLine]:
    """A run cut where it goes from one column to the next."""
    parts: list[TextLine] = []
    last: int | None = None
    for word, box in run:
        column = _nearest(box, columns)
        if column != last:
            parts.append([])
        last = column
        parts[-1].append((word, box))
    return parts


def bounds(run: TextLine) -> Box:
    """Around its words, on the upright page."""
    return union(box for _, box in run)


def text_of(run: TextLine) -> str:
    """Its words with single blanks."""
    return " ".join(word.text for word, _ in run)
