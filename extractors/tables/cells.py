"""Cells of a table whose rows and columns are known: what spans, and whose text is whose."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from docglean.extractors.documents.words import Word, rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import USUAL_HEIGHT, holds, within

Placed = tuple[Word, Box]
TextLine = list[Placed]

SLACK = 1.0
"""Points by which a word's middle may miss the box that it stands in: hints are rounded."""
WIDE = 0.5
"""Line heights; blanks are narrower in most print."""
LEAST_BLANK = 0.1
"""Line heights; narrower gaps are none between words."""
WIDER = 1.25
"""Usual blanks from which a gap is wide."""
ALIGNED, OFTEN = 0.15, 0.3
"""Line heights within which words begin, or end, as those of a column do, and the share of its
lines that must."""
SAME = 0.01
"""Points within which two separators are one: more than floats are rounded by."""
NUMERIC = re.compile(r"^[\W_]*\d[\d\s.,:/%'()$€£¥+*†‡-]*[\W_]*$")
LEADERS = re.compile(r"(?:\s*[.·…_]){4,}$|^(?:[.·…_]\s*){4,}")
"""Dots that lead the eye from one cell to the next."""


@dataclass(slots=True)
class Slot:
    """A cell in the making: the grid's places `row` to `bottom` and `column` to `right`."""

    row: int
    column: int
    bottom: int
    right: int
    words: list[Placed] = field(default_factory=list)
    enclosed: bool = False

    def text(self) -> str:
        text = " ".join(word.text for line in rows(self.words) for word, _ in line)
        return LEADERS.sub("", text)


@dataclass(slots=True)
class Grid:
    """A table in the making: separators, outer bounds included, and its cells."""

    xs: list[float]
    ys: list[float]
    slots: list[Slot]

    @property
    def rows(self) -> int:
        return len(self.ys) - 1

    @property
    def columns(self) -> int:
        return len(self.xs) - 1

    def box(self, slot: Slot) -> Box:
        return (
            self.xs[slot.column],
            self.ys[slot.row],
            self.xs[slot.right + 1],
            self.ys[slot.bottom + 1],
        )


def merged_by_text(
    lines: Sequence[TextLine], xs: list[float], ys: list[float], height: float, gap: float
) -> list[Slot]:
    """One slot for each place of the grid, those made one that a run of words crosses."""
    edges = _text_edges(lines, xs)
    words: dict[tuple[int, int], list[Placed]] = {}
    spans: dict[int, list[tuple[int, int]]] = {}
    for line in lines:
        for run in runs_of(line, gap):
            middle = sum(box[1] + box[3] for _, box in run) / (2 * len(run))
            row = place_of(ys, middle)
            for part in _cell_parts(run, xs, edges, height):
                first, last = reach_of(part, xs, height)
                words.setdefault((row, first), []).extend(part)
                if last > first:
                    spans.setdefault(row, []).append((first, last))
    return [
        slot
        for row in range(len(ys) - 1)
        for slot in _slots_of(row, len(xs) - 1, words, sorted(spans.get(row, [])))
    ]


def _cell_parts(
    run: TextLine, xs: list[float], edges: dict[int, tuple[list[float], ...]], height: float
) -> Iterator[TextLine]:
    """A run of words, cut where a new cell begins."""
    start = 0
    for index in range(1, len(run)):
        if _splits(run, index, xs, edges, height):
            yield run[start:index]
            start = index
    yield run[start:]


def _slots_of(
    row: int, columns: int, words: Mapping[tuple[int, int], list[Placed]],
    spans: Sequence[tuple[int, int]],
) -> Iterator[Slot]:  # fmt: skip
    """The slots of a row, one for each place that no run of words makes one with those before."""
    column = 0
    while column < columns:
        right = column
        for first, last in spans:
            if first <= right and last > right and first >= column:
                right = last
        inside = [item for at in range(column, right + 1) for item in words.get((row, at), [])]
        yield Slot(row, column, row, right, inside)
        column = right + 1


def wide_gap(lines: Sequence[TextLine]) -> float:
    """The gap between words from which they may stand in different columns, in points: half a
    line's height, or more where blanks are wider."""
    heights = [box[3] - box[1] for line in lines for _, box in line]
    height = median(heights) if heights else USUAL_HEIGHT
    gaps = [
        b[1][0] - a[1][2]
        for line in lines
        for a, b in pairwise(line)
        if a[0].text[-1:].isalpha() and b[0].text[:1].isalpha()
    ]
    blanks = [gap for gap in gaps if LEAST_BLANK * height < gap < height]
    return max(WIDE * height, WIDER * median(blanks) if len(blanks) >= 3 else 0.0)


def runs_of(line: TextLine, gap: float) -> list[TextLine]:
    """Words of a line that stand as close as words of a sentence do."""
    runs: list[TextLine] = []
    for item in line:
        if runs and item[1][0] - max(box[2] for _, box in runs[-1]) < gap:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def stands_in(inner: Box, outer: Box) -> bool:
    """Whether the middle of one box lies in another, or hardly outside of it."""
    return within(inner, outer, SLACK)


def place_of(separators: Sequence[float], value: float) -> int:
    return min(max(bisect_right(separators, value) - 1, 0), len(separators) - 2)


def _text_edges(lines: Sequence[TextLine], xs: list[float]) -> dict[int, tuple[list[float], ...]]:
    """Left ends of the first and right ends of the last words in each column."""
    found: dict[int, tuple[list[float], ...]] = {}
    for line in lines:
        per: dict[int, list[Box]] = {}
        for _, box in line:
            per.setdefault(place_of(xs, (box[0] + box[2]) / 2), []).append(box)
        for column, boxes in per.items():
            lefts, rights = found.setdefault(column, ([], []))
            lefts.append(min(box[0] for box in boxes))
            rights.append(max(box[2] for box in boxes))
    return found


def _splits(
    run: TextLine, index: int, xs: list[float], edges: dict[int, tuple[list[float], ...]],
    height: float,
) -> bool:  # fmt: skip
    """Whether a new cell begins with the word `index` of a run of words."""
    (before, left), (after, right) = run[index - 1], run[index]
    column = place_of(xs, (right[0] + right[2]) / 2)
    if column == place_of(xs, (left[0] + left[2]) / 2):
        return False
    if NUMERIC.match(before.text) and NUMERIC.match(after.text):
        return True
    lefts, rights = edges.get(column, ([], []))
    near = ALIGNED * height
    starts = sum(abs(right[0] - x) <= near for x in lefts)
    ends = sum(abs(right[2] - x) <= near for x in rights)
    return max(starts, ends) > max(1.0, OFTEN * len(lefts))


def reach_of(part: TextLine, xs: list[float], height: float) -> tuple[int, int]:
    """First and last column that a run of words stands in."""
    x0, x1 = part[0][1][0], max(box[2] for _, box in part)
    first, last = (place_of(xs, (box[0] + box[2]) / 2) for _, box in (part[0], part[-1]))
    while first > 0 and xs[first] - x0 > height:
        first -= 1
    while last < len(xs) - 2 and x1 - xs[last + 1] > height:
        last += 1
    return first, max(first, last)


def merged_by_rules(
    slots: list[Slot], xs: list[float], ys: list[float], ruled_x: list[float],
    ruled_y: list[float], cells: Sequence[Box],
) -> list[Slot]:  # fmt: skip
    """Slots made one that the same ruled cell encloses, unless only text divides them."""
    firm_x = [any(abs(x - rule) < SAME for rule in ruled_x) for x in xs]
    firm_y = [any(abs(y - rule) < SAME for rule in ruled_y) for y in ys]
    groups: dict[tuple[int, int, int], list[Slot]] = {}
    merged: list[Slot] = []
    for slot in slots:
        x = (xs[slot.column] + xs[slot.right + 1]) / 2
        y = (ys[slot.row] + ys[slot.bottom + 1]) / 2
        owner = next((n for n, cell in enumerate(cells) if holds(cell, x, y)), None)
        if owner is None:
            merged.append(slot)
            continue
        slot.enclosed = True
        # Parts of one ruled cell that only text divides keep apart.
        part_x = sum(not firm for firm in firm_x[: slot.column + 1])
        part_y = sum(not firm for firm in firm_y[: slot.row + 1])
        groups.setdefault((owner, part_x, part_y), []).append(slot)
    for group in groups.values():
        filled = [slot for slot in group if slot.words]
        if _are_columns(filled):
            merged += group
        else:
            merged.append(_as_one(group))
    return sorted(merged, key=lambda slot: (slot.row, slot.column))


def _as_one(group: Sequence[Slot]) -> Slot:
    return Slot(
        min(slot.row for slot in group),
        min(slot.column for slot in group),
        max(slot.bottom for slot in group),
        max(slot.right for slot in group),
        [item for slot in group for item in slot.words],
        True,
    )


def _are_columns(filled: Sequence[Slot]) -> bool:
    """Whether slots in one ruled cell stand beside each other: shaded stripes enclose rows."""
    return any(
        one.right < other.column or other.right < one.column for one in filled for other in filled
    )


def without_empty(grid: Grid) -> Grid | None:
    """The grid without rows and columns in which no text begins."""
    filled = [slot for slot in grid.slots if slot.words]
    if not filled:
        return None
    rows_kept = _kept(grid.rows, [(slot.row, slot.bottom) for slot in filled])
    columns_kept = _kept(grid.columns, [(slot.column, slot.right) for slot in filled])
    slots: dict[tuple[int, int], Slot] = {}
    for slot in grid.slots:
        at_rows = [rows_kept[n] for n in range(slot.row, slot.bottom + 1) if n in rows_kept]
        at = [columns_kept[n] for n in range(slot.column, slot.right + 1) if n in columns_kept]
        if not at_rows or not at:
            continue
        made = Slot(at_rows[0], at[0], at_rows[-1], at[-1], slot.words, slot.enclosed)
        slots.setdefault((made.row, made.column), made)
    xs = [grid.xs[0], *(grid.xs[n] for n in sorted(columns_kept)[1:]), grid.xs[-1]]
    ys = [grid.ys[0], *(grid.ys[n] for n in sorted(rows_kept)[1:]), grid.ys[-1]]
    return Grid(xs, ys, sorted(slots.values(), key=lambda slot: (slot.row, slot.column)))


def _kept(count: int, spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """New numbers of those places that some text has alone; spans count where nothing does."""
    alone = {first for first, last in spans if first == last}
    for first, last in spans:
        if not alone & set(range(first, last + 1)):
            alone.add(first)
    return {old: new for new, old in enumerate(sorted(alone & set(range(count))))}
