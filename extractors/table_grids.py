"""How a table is divided: from rules, a model's hints and where the words stand, to cells.

Separators come from three sources: rules that are drawn, the grid that MuPDF's layout model
predicts, and the white space that runs between the words of most lines. A run of words that
crosses a separator makes a cell that spans.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from docglean.extractors.extraction import Box
from docglean.extractors.words import Word, rows

Placed = tuple[Word, Box]
Line = list[Placed]

WIDE = 0.5
"""Line heights; a gap between words from which they may stand in different columns."""
NUMERIC = re.compile(r"^[\W_]*\d[\d\s.,:/%'()$€£¥+*†‡-]*[\W_]*$")


LEADERS = re.compile(r"(?:\s*[.·…_]){4,}$|^(?:[.·…_]\s*){4,}")
"""Dots that lead the eye from one cell to the next."""
STROKES = re.compile(r"^[-\u2013\u2014_=*~.·]{4,}$")
"""A rule that is typed rather than drawn."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a table stands, and what is known of its division.

    Attributes:
        rows: heights at which a model divides rows.
        columns: places at which a model divides columns.
        cells: those that rules enclose.
    """

    box: Box
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()
    cells: tuple[Box, ...] = ()


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


def divide(region: Region, words: Sequence[Placed]) -> Grid | None:
    """Cells of the table in this region; None where nothing is divided."""
    lines = rows([item for item in words if not STROKES.match(item[0].text)])
    if not lines:
        return None
    height = median(box[3] - box[1] for line in lines for _, box in line)
    ruled_x = _distinct([x for cell in region.cells for x in (cell[0], cell[2])])
    ruled_y = _distinct([y for cell in region.cells for y in (cell[1], cell[3])])
    ys = _row_separators(region, lines, ruled_y, height)
    xs = column_separators(region, bands(lines, ys), ruled_x, height)
    if len(xs) < 3 or len(ys) < 2:
        return None
    ys = _without_wraps(ys, xs, lines, region.cells, ruled_y)
    ys = _with_spanner_rows(ys, xs, lines, height)
    slots = _merged_by_text(lines, xs, ys, region.cells, height)
    slots = _merged_by_rules(slots, xs, ys, ruled_x, ruled_y, region.cells)
    return _without_empty(Grid(xs, ys, slots))


# --- separators --------------------------------------------------------------------------------


def _distinct(values: Sequence[float], apart: float = 1.5) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > apart:
            found.append(value)
    return found


def _row_separators(
    region: Region, lines: Sequence[Line], ruled: list[float], height: float
) -> list[float]:
    top = min(region.box[1], min(box[1] for line in lines for _, box in line))
    bottom = max(region.box[3], max(box[3] for line in lines for _, box in line))
    middles = sorted((box[1] + box[3]) / 2 for line in lines for _, box in line)
    hints = list(region.rows) or _between_lines(lines)
    return _merged(ruled, hints, top, bottom, middles, 0.6 * height)


def _without_wraps(
    ys: list[float], xs: list[float], lines: Sequence[Line], cells: Sequence[Box],
    ruled: list[float],
) -> list[float]:  # fmt: skip
    """Rows less those divisions that only part the lines of one ruled cell.

    What follows the division must be more than one cell's further line.
    """
    kept = list(ys)
    for y in ys[1:-1]:
        if any(abs(y - rule) < 0.01 for rule in ruled):
            continue
        at = kept.index(y)
        above = _columns_of(lines, xs, kept[at - 1], y)
        below = _columns_of(lines, xs, y, kept[at + 1])
        crossed = [
            column
            for column in below
            if any(
                cell[0] <= (xs[column] + xs[column + 1]) / 2 <= cell[2]
                and cell[1] + 1 < y < cell[3] - 1
                for cell in cells
            )
        ]
        if below and crossed == below and len(below) == 1 < len(above):
            kept.remove(y)
    return kept


def _columns_of(lines: Sequence[Line], xs: list[float], top: float, bottom: float) -> list[int]:
    return sorted(
        {
            _place(xs, (box[0] + box[2]) / 2)
            for line in lines
            for _, box in line
            if top <= (box[1] + box[3]) / 2 < bottom
        }
    )


def _with_spanner_rows(
    ys: list[float], xs: list[float], lines: Sequence[Line], height: float
) -> list[float]:
    """Rows, and a division more where a line heads the several cells of the next line."""
    added = []
    for top, bottom in pairwise(ys):
        inside = [
            line
            for line in lines
            if top <= sum(box[1] + box[3] for _, box in line) / (2 * len(line)) < bottom
        ]
        for above, below in pairwise(inside):
            runs = [_reach(run, xs, height) for run in _runs(above, height)]
            under = {_reach(run, xs, height) for run in _runs(below, height)}
            if any(
                sum(first <= a and b <= last for a, b in under) > 1
                for first, last in runs
                if last > first
            ):
                low = max(box[3] for _, box in above)
                high = min(box[1] for _, box in below)
                added.append((low + high) / 2)
    return sorted([*ys, *added])


def _between_lines(lines: Sequence[Line]) -> list[float]:
    """Heights between printed lines, for want of a better division."""
    edges = [(min(box[1] for _, box in line), max(box[3] for _, box in line)) for line in lines]
    return [(above[1] + below[0]) / 2 for above, below in pairwise(edges)]


def _merged(
    ruled: list[float], hints: Sequence[float], low: float, high: float,
    middles: Sequence[float], near: float,
) -> list[float]:  # fmt: skip
    """All separators in order, where something stands between any two of them."""
    inner = [(value, True) for value in ruled]
    inner += [(x, False) for x in hints if all(abs(x - other) > near for other in ruled)]
    kept: list[tuple[float, bool]] = []
    for value, firm in sorted(inner):
        if value <= middles[0] or value >= middles[-1]:
            continue
        if kept and bisect_right(middles, kept[-1][0]) == bisect_right(middles, value):
            if firm and not kept[-1][1]:
                kept[-1] = (value, firm)
            continue
        kept.append((value, firm))
    return [min([low, *ruled]), *(value for value, _ in kept), max([high, *ruled])]


def bands(lines: Sequence[Line], ys: Sequence[float]) -> list[list[Box]]:
    """Boxes of each row's words from left to right; those that share a place made one.

    A row's cells may be printed at different heights: what counts is the row as a whole.
    """
    found: list[list[Box]] = [[] for _ in range(len(ys) - 1)]
    for line in lines:
        for _, box in line:
            found[_place(ys, (box[1] + box[3]) / 2)].append(box)
    return [_joined(boxes) for boxes in found if boxes]


def _joined(boxes: Sequence[Box]) -> list[Box]:
    joined: list[Box] = []
    for box in sorted(boxes):
        if joined and box[0] < joined[-1][2]:
            last = joined[-1]
            joined[-1] = (last[0], min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            joined.append(box)
    return joined


def column_separators(
    region: Region, found: Sequence[Sequence[Box]], ruled: list[float], height: float
) -> list[float]:
    """Places between columns from left to right, outer bounds included.

    Rules hold. What the model or the white space proposes is taken, best first, where most rows
    that have words beside it leave a gap there.
    """
    boxes = [box for band in found for box in band]
    left = min([region.box[0], *ruled, *(box[0] for box in boxes)])
    right = max([region.box[2], *ruled, *(box[2] for box in boxes)])
    middles = sorted((box[0] + box[2]) / 2 for box in boxes)
    kept: list[float] = []
    for x in ruled:
        if middles[0] < x < middles[-1] and not (
            kept and bisect_right(middles, kept[-1]) == bisect_right(middles, x)
        ):
            kept.append(x)
    proposed = {_snapped(x, found, height): 0.25 * len(found) for x in region.columns}
    for band in found:
        for one, other in pairwise(band):
            if other[0] - one[2] >= WIDE * height:
                proposed.setdefault(one[2] + 0.1 * height, 0.0)
                proposed.setdefault(other[0] - 0.1 * height, 0.0)
    ranked = sorted(proposed, key=lambda x: -_gain(x, found, height) - proposed[x])
    for x in ranked:
        low = max((other for other in kept if other <= x), default=left - 1)
        high = min((other for other in kept if other > x), default=right + 1)
        if _divides(x, low, high, found, height):
            kept = sorted([*kept, x])
    inner = [_centred(x, found) if x not in ruled else x for x in kept]
    return [left, *inner, right]


def _gain(x: float, found: Sequence[Sequence[Box]], height: float) -> float:
    """Rows with a wide gap at `x`, less those that have words or a mere space there."""
    wide = 0
    for band in found:
        if band[0][2] <= x < band[-1][0]:
            wide += 1 if _is_wide(x, band, height) else -1
    return wide


def _is_wide(x: float, band: Sequence[Box], height: float) -> bool:
    before = max((box[2] for box in band if box[0] < x), default=float("-inf"))
    after = min((box[0] for box in band if box[0] >= x), default=float("inf"))
    return before <= x + 0.2 and after - before >= WIDE * height


def _divides(
    x: float, low: float, high: float, found: Sequence[Sequence[Box]], height: float
) -> bool:
    """Whether rows with words on either side, up to the next separators, mostly part at `x`."""
    counts = []
    for left, right in ((low, x), (x, high)):
        beside = [
            band
            for band in found
            if any(left < (box[0] + box[2]) / 2 <= right for box in band)
            and band[0][0] < x < band[-1][2]
        ]
        wide = sum(_is_wide(x, band, height) for band in beside)
        if wide < 0.6 * len(beside) or not wide:
            return False
        counts.append(wide)
    return max(counts) >= min(2, len(found))


def _centred(x: float, found: Sequence[Sequence[Box]]) -> float:
    """The middle of the white space around `x`, where more rows than not have some."""
    before = [max((box[2] for box in band if box[2] <= x + 0.2), default=None) for band in found]
    after = [min((box[0] for box in band if box[0] >= x - 0.2), default=None) for band in found]
    low = max((value for value in before if value is not None), default=x)
    high = min((value for value in after if value is not None), default=x)
    return (low + high) / 2 if low < high else x


def _snapped(x: float, found: Sequence[Sequence[Box]], height: float) -> float:
    """The place near `x` that cuts the fewest words."""
    best, least = x, float("inf")
    for step in range(-8, 9):
        place = x + step * height / 8
        cut = sum(box[0] + 0.2 < place < box[2] - 0.2 for band in found for box in band)
        if cut + abs(step) / 100 < least:
            best, least = place, cut + abs(step) / 100
    return best


# --- cells -------------------------------------------------------------------------------------


def _merged_by_text(
    lines: Sequence[Line], xs: list[float], ys: list[float], cells: Sequence[Box],
    height: float,
) -> list[Slot]:  # fmt: skip
    """One slot for each place of the grid, those made one that a run of words crosses."""
    columns = len(xs) - 1
    edges = _text_edges(lines, xs)
    taken = {
        (_place(ys, (box[1] + box[3]) / 2), _place(xs, (box[0] + box[2]) / 2), number)
        for number, line in enumerate(lines)
        for _, box in line
    }
    words: dict[tuple[int, int], list[Placed]] = {}
    spans: dict[int, list[tuple[int, int]]] = {}
    for number, line in enumerate(lines):
        for run in _runs(line, height):
            middle = sum(box[1] + box[3] for _, box in run) / (2 * len(run))
            row = _place(ys, middle)
            start = 0
            for index in range(1, len(run) + 1):
                if index < len(run) and not _splits(run, index, xs, edges, cells, height, middle):
                    continue
                part = run[start:index]
                start = index
                first, last = _reach(part, xs, height)
                others = {column for at, column, other in taken if at == row and other != number}
                if last > first and _overflows(part, first, last, edges, others, height):
                    last = first
                words.setdefault((row, first), []).extend(part)
                if last > first:
                    spans.setdefault(row, []).append((first, last))
    slots = []
    for row in range(len(ys) - 1):
        column = 0
        while column < columns:
            right = column
            for first, last in sorted(spans.get(row, [])):
                if first <= right and last > right and first >= column:
                    right = last
            inside = [item for at in range(column, right + 1) for item in words.get((row, at), [])]
            slots.append(Slot(row, column, row, right, inside))
            column = right + 1
    return slots


def _runs(line: Line, height: float) -> list[Line]:
    """Words of a line that stand as close as words of a sentence do."""
    runs: list[Line] = []
    for item in line:
        if runs and item[1][0] - max(box[2] for _, box in runs[-1]) < WIDE * height:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _place(separators: Sequence[float], value: float) -> int:
    return min(max(bisect_right(separators, value) - 1, 0), len(separators) - 2)


def _text_edges(lines: Sequence[Line], xs: list[float]) -> dict[int, tuple[list[float], ...]]:
    """Left ends of the first and right ends of the last words in each column."""
    found: dict[int, tuple[list[float], ...]] = {}
    for line in lines:
        per: dict[int, list[Box]] = {}
        for _, box in line:
            per.setdefault(_place(xs, (box[0] + box[2]) / 2), []).append(box)
        for column, boxes in per.items():
            lefts, rights = found.setdefault(column, ([], []))
            lefts.append(min(box[0] for box in boxes))
            rights.append(max(box[2] for box in boxes))
    return found


def _splits(
    run: Line, index: int, xs: list[float], edges: dict[int, tuple[list[float], ...]],
    cells: Sequence[Box], height: float, middle: float,
) -> bool:  # fmt: skip
    """Whether a new cell begins with the word `index` of a run of words."""
    (before, left), (after, right) = run[index - 1], run[index]
    column = _place(xs, (right[0] + right[2]) / 2)
    previous = _place(xs, (left[0] + left[2]) / 2)
    if column == previous:
        return False
    for cell in cells:
        if cell[1] <= middle <= cell[3] and cell[0] <= (left[0] + left[2]) / 2 <= cell[2]:
            if not cell[0] <= (right[0] + right[2]) / 2 <= cell[2]:
                return True  # a rule stands between them
            break
    if NUMERIC.match(before.text) and NUMERIC.match(after.text):
        return True
    lefts, rights = edges.get(column, ([], []))
    near = 0.15 * height
    starts = sum(abs(right[0] - x) <= near for x in lefts)
    ends = sum(abs(right[2] - x) <= near for x in rights)
    return max(starts, ends) > max(1, 0.3 * len(lefts))


def _reach(part: Line, xs: list[float], height: float) -> tuple[int, int]:
    """First and last column that a run of words stands in."""
    x0, x1 = part[0][1][0], max(box[2] for _, box in part)
    if len(part) == 1:
        first = last = _place(xs, (x0 + x1) / 2)
    else:
        first = _place(xs, (part[0][1][0] + part[0][1][2]) / 2)
        last = _place(xs, (part[-1][1][0] + part[-1][1][2]) / 2)
    while first > 0 and xs[first] - x0 > height:
        first -= 1
    while last < len(xs) - 2 and x1 - xs[last + 1] > height:
        last += 1
    return first, max(first, last)


def _overflows(
    part: Line, first: int, last: int, edges: dict[int, tuple[list[float], ...]],
    others: set[int], height: float,
) -> bool:  # fmt: skip
    """Whether words that reach into further columns belong to their first one only.

    So they do where they start as that column's words do, and it is the table's first, or
    where further columns hold words of their own in another line of the row.
    """
    lefts, _ = edges.get(first, ([], []))
    aligned = abs(part[0][1][0] - median(lefts or [0.0])) <= 0.5 * height
    return (aligned and first == 0) or bool(others & set(range(first + 1, last + 1)))


def _merged_by_rules(
    slots: list[Slot], xs: list[float], ys: list[float], ruled_x: list[float],
    ruled_y: list[float], cells: Sequence[Box],
) -> list[Slot]:  # fmt: skip
    """Slots made one that the same ruled cell encloses, unless only text divides them."""
    firm_x = [any(abs(x - rule) < 0.01 for rule in ruled_x) for x in xs]
    firm_y = [any(abs(y - rule) < 0.01 for rule in ruled_y) for y in ys]
    groups: dict[tuple[int, int, int], list[Slot]] = {}
    merged: list[Slot] = []
    for slot in slots:
        x = (xs[slot.column] + xs[slot.right + 1]) / 2
        y = (ys[slot.row] + ys[slot.bottom + 1]) / 2
        owner = next(
            (n for n, c in enumerate(cells) if c[0] <= x <= c[2] and c[1] <= y <= c[3]), None
        )
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
        if any(
            one.right < other.column or other.right < one.column
            for one in filled
            for other in filled
        ):
            merged += group  # shaded stripes enclose whole rows
            continue
        single = all(len(rows(slot.words)) == 1 for slot in filled)
        if single and len(filled) == len({slot.row for slot in group}) > 2:
            merged += group  # not lines of one cell, but cells that no rule parts
            continue
        merged.append(
            Slot(
                min(slot.row for slot in group),
                min(slot.column for slot in group),
                max(slot.bottom for slot in group),
                max(slot.right for slot in group),
                [item for slot in group for item in slot.words],
                True,
            )
        )
    return sorted(merged, key=lambda slot: (slot.row, slot.column))


def _without_empty(grid: Grid) -> Grid | None:
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
