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
from statistics import median

from docglean.extractors.extraction import Box
from docglean.extractors.words import Word, rows

Placed = tuple[Word, Box]
Line = list[Placed]

NUMERIC = re.compile(r"^[\W_]*\d[\d\s.,:/%'()$€£¥+*†‡-]*[\W_]*$")


LEADERS = re.compile(r"(?:\s*[.·…_]){4,}$|^(?:[.·…_]\s*){4,}")
"""Dots that lead the eye from one cell to the next."""
STROKES = re.compile(r"^[-–—_=*~.·]{4,}$")
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
    xs = _column_separators(region, lines, ruled_x, height)
    ys = _row_separators(region, lines, ruled_y, height)
    if len(xs) < 3 or len(ys) < 2:
        return None
    ys = _without_wraps(ys, xs, lines, region.cells, ruled_y)
    ys = _with_spanner_rows(ys, xs, lines, height)
    slots = _merged_by_text(lines, xs, ys, ruled_x, region.cells, height)
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
    for top, bottom in zip(ys, ys[1:], strict=False):
        inside = [
            line
            for line in lines
            if top <= sum(box[1] + box[3] for _, box in line) / (2 * len(line)) < bottom
        ]
        for above, below in zip(inside, inside[1:], strict=False):
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
    return [(above[1] + below[0]) / 2 for above, below in zip(edges, edges[1:], strict=False)]


def _column_separators(
    region: Region, lines: Sequence[Line], ruled: list[float], height: float
) -> list[float]:
    left = min(region.box[0], min(box[0] for line in lines for _, box in line))
    right = max(region.box[2], max(box[2] for line in lines for _, box in line))
    white = white_columns(lines, height)
    hints = [_snapped(x, lines, height) for x in region.columns]
    hints += [x for x in white if not any(abs(x - other) < height for other in hints)]
    middles = sorted((box[0] + box[2]) / 2 for line in lines for _, box in line)
    return _merged(ruled, hints, left, right, middles, 0.5 * height)


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
    low = min([low, *ruled])
    high = max([high, *ruled])
    return [low, *(value for value, _ in kept), high]


def _snapped(x: float, lines: Sequence[Line], height: float) -> float:
    """The place near `x` that cuts the fewest words."""
    best, least = x, float("inf")
    for step in range(-8, 9):
        place = x + step * height / 8
        cut = (
            sum(box[0] + 0.2 < place < box[2] - 0.2 for line in lines for _, box in line)
            + abs(step) / 100
        )
        if cut < least:
            best, least = place, cut
    return best


def white_columns(lines: Sequence[Line], height: float) -> list[float]:
    """Places where white space runs down between the words of most lines."""
    gaps: list[tuple[float, float, int]] = []
    spans = []
    for number, line in enumerate(lines):
        spans.append((line[0][1][0], max(box[2] for _, box in line)))
        end = line[0][1][2]
        for _, box in line[1:]:
            if box[0] - end > 0.1 * height:
                gaps.append((end, box[0], number))
            end = max(end, box[2])
    found: list[tuple[float, float, float]] = []
    for place in sorted({gap[0] for gap in gaps} | {gap[1] for gap in gaps}):
        x = place + 0.05 * height
        inside = [gap for gap in gaps if gap[0] < x < gap[1]]
        reached = sum(low < x < high for low, high in spans)
        wide = sum(gap[1] - gap[0] >= 0.8 * height for gap in inside)
        if len(inside) < 2 or wide < 0.5 * len(lines) or len(inside) < 0.8 * reached:
            continue
        left = max(gap[0] for gap in inside)
        right = min(gap[1] for gap in inside)
        if right > left:
            found.append((left, right, float(len(inside))))
    # Of places that the same words stand around, the one that most lines agree on.
    best: list[tuple[float, float, float]] = []
    for left, right, count in sorted(found):
        if best and left < best[-1][1]:
            if count > best[-1][2]:
                best[-1] = (left, right, count)
        else:
            best.append((left, right, count))
    return [(left + right) / 2 for left, right, _ in best]


# --- cells -------------------------------------------------------------------------------------


def _merged_by_text(
    lines: Sequence[Line], xs: list[float], ys: list[float], ruled: list[float],
    cells: Sequence[Box], height: float,
) -> list[Slot]:  # fmt: skip
    """One slot for each place of the grid, those made one that a run of words crosses."""
    columns = len(xs) - 1
    edges = _text_edges(lines, xs)
    words: dict[tuple[int, int], list[Placed]] = {}
    spans: dict[int, list[tuple[int, int]]] = {}
    for line in lines:
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
        if runs and item[1][0] - max(box[2] for _, box in runs[-1]) < 0.75 * height:
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
