"""How a table is divided: from rules, a model's hints and where the words stand, to cells.

Separators come from three sources: rules that are drawn, the grid that MuPDF's layout model
predicts, and the white space that runs between the words of most rows (``columns``). A run
of words that crosses a separator makes a cell that spans (``cells``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docglean.extractors.documents.words import rows
from docglean.extractors.extraction import Box
from docglean.extractors.tables.cells import (
    Grid,
    Placed,
    TextLine,
    merged_by_rules,
    merged_by_text,
    place_of,
    reach_of,
    runs_of,
    wide_gap,
    without_empty,
)
from docglean.extractors.tables.columns import bands, column_separators

CURRENCY = frozenset("$€£¥₹")
OPENING, CLOSING = CURRENCY | frozenset("([+<>≤≥"), frozenset(")]%±")
SIGN_REACH, BRACKET_REACH = 8.0, 2.0
"""Line heights between a figure and what belongs to it: a currency sign at a column's left edge,
a bracket."""
STROKE_SHARE = 0.4
"""Share of a table's width that a line must run along to divide rows by itself."""
STROKES = re.compile(r"^[-\u2013\u2014_=*~.·]{4,}$")
"""A rule that is typed rather than drawn."""


APART = 1.5
"""Points; rules that are closer are one."""
APART_AS_ROWS = 0.95
"""Share of the rows' usual distance, from which two lines are rows."""
SAME_LINE = 0.6
"""Line heights within which a rule and what the model divides are the same."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a table stands, and what is known of its division.

    Attributes:
        rows: heights at which a model divides rows.
        columns: places at which a model divides columns.
        cells: those that rules enclose.
        strokes: rules that are lines rather than edges of shaded places.
    """

    box: Box
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()
    cells: tuple[Box, ...] = ()
    strokes: tuple[Box, ...] = ()


def divide(region: Region, words: Sequence[Placed]) -> Grid | None:
    """Cells of the table in this region; None where nothing is divided."""
    lines = [
        _glued(line) for line in rows([item for item in words if not STROKES.match(item[0].text)])
    ]
    if not lines:
        return None
    height = median(box[3] - box[1] for line in lines for _, box in line)
    gap = wide_gap(lines)
    ruled_x, ruled_y = (
        _distinct([cell[side] for cell in region.cells for side in sides])
        for sides in ((0, 2), (1, 3))
    )
    ruled_y = [y for y in ruled_y if _is_firm(y, region, height)]
    ys = _row_separators(region, lines, ruled_y, height)
    xs = column_separators(region.box, bands(lines, ys), ruled_x, region.columns, height, gap)
    if len(xs) < 3 or len(ys) < 2:
        return None
    ys = _with_spanner_rows(ys, xs, lines, height, gap)
    slots = merged_by_text(lines, xs, ys, height, gap)
    firm_y = [y for y in ruled_y if not region.rows or _is_stroked(y, region)]
    slots = merged_by_rules(slots, xs, ys, ruled_x, firm_y, region.cells)
    return without_empty(Grid(xs, ys, slots))


def _glued(line: TextLine) -> TextLine:
    """The line with signs made to reach the figures that they belong to: ``$   12``, ``( 1.02)``.

    Only their boxes grow.
    """
    found = list(line)
    for number, (word, box) in enumerate(line):
        height = box[3] - box[1]
        before = line[number - 1][1][2] if number else float("-inf")
        after = line[number + 1][1][0] if number + 1 < len(line) else float("inf")
        reach = SIGN_REACH if word.text in CURRENCY else BRACKET_REACH
        ends = word.text in CLOSING or (word.text in CURRENCY and box[0] - before <= height)
        if ends and 0 < box[0] - before <= height:
            found[number] = (word, (before, box[1], box[2], box[3]))
        elif word.text in OPENING and not ends and 0 < after - box[2] <= reach * height:
            found[number] = (word, (box[0], box[1], after, box[3]))
    return found


# --- separators --------------------------------------------------------------------------------


def _distinct(values: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > APART:
            found.append(value)
    return found


def _is_firm(y: float, region: Region, height: float) -> bool:
    """Whether a row begins at this rule: it is a line, or the model divides rows there too.

    Some programs shade each line of a text for itself.
    """
    if not region.rows or min(abs(y - hint) for hint in region.rows) <= SAME_LINE * height:
        return True
    at_edge = min(y - region.box[1], region.box[3] - y) <= SAME_LINE * height
    return at_edge or _is_stroked(y, region)


def _is_stroked(y: float, region: Region) -> bool:
    x0, _, x1, _ = region.box
    drawn = sum(
        min(rule[2], x1) - max(rule[0], x0)
        for rule in region.strokes
        if abs(rule[1] - y) <= 2 and rule[1] == rule[3]
    )
    return drawn >= STROKE_SHARE * (x1 - x0)


def _row_separators(
    region: Region, lines: Sequence[TextLine], ruled: list[float], height: float
) -> list[float]:
    top = min(region.box[1], min(box[1] for line in lines for _, box in line))
    bottom = max(region.box[3], max(box[3] for line in lines for _, box in line))
    hints = region.rows or _between_lines(lines)
    apart = [y for y in hints if all(abs(y - rule) > SAME_LINE * height for rule in ruled)]
    return [top, *sorted(y for y in {*ruled, *apart} if top < y < bottom), bottom]


def _with_spanner_rows(
    ys: list[float], xs: list[float], lines: Sequence[TextLine], height: float, gap: float
) -> list[float]:
    """Rows, and a division more where a line heads the several cells of the next line, or two lines
    of several cells each stand as far apart as rows do."""
    added = []
    at = [_middle(line) for line in lines]
    pitches = [b - a for a, b in pairwise(at) if place_of(ys, a) != place_of(ys, b)]
    apart = APART_AS_ROWS * median(pitches or [float("inf")])
    for top, bottom in pairwise(ys):
        inside = [line for line in lines if top <= _middle(line) < bottom]
        for above, below in pairwise(inside):
            runs = [reach_of(run, xs, height) for run in runs_of(above, gap)]
            lower = runs_of(below, gap)
            under = {reach_of(run, xs, height) for run in lower}
            goes_on = any(run[0][0].text[0].islower() for run in lower)
            far = _middle(below) - _middle(above) >= apart and not goes_on
            far = far and min(len(runs), len(under)) > 1
            if far or any(
                sum(first <= a and b <= last for a, b in under) > 1
                for first, last in runs
                if last > first
            ):
                low = max(box[3] for _, box in above)
                high = min(box[1] for _, box in below)
                added.append((low + high) / 2)
    return sorted([*ys, *added])


def _middle(line: TextLine) -> float:
    return sum(box[1] + box[3] for _, box in line) / (2 * len(line))


def _between_lines(lines: Sequence[TextLine]) -> list[float]:
    """Heights between printed lines, for want of a better division."""
    edges = [(min(box[1] for _, box in line), max(box[3] for _, box in line)) for line in lines]
    return [(above[1] + below[0]) / 2 for above, below in pairwise(edges)]
