"""Columns of a table: rules hold, the model's hints and white space are put to the test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from docglean.extractors.extraction import Box
from docglean.extractors.tables.cells import TextLine, place_of

BY_MODEL = 0.25
"""Rows, of all, that the model's word for a column counts as much as."""
BESIDE = 0.1
"""Line heights between a word and the separator that is tried beside it."""
MOSTLY = 0.6
"""Share of the rows with words on either side that must leave a gap at a separator."""


def bands(lines: Sequence[TextLine], ys: Sequence[float]) -> list[list[Box]]:
    """Boxes of each row's words from left to right; those that share a place made one.

    A row's cells may be printed at different heights: what counts is the row as a whole.
    """
    found: list[list[Box]] = [[] for _ in range(len(ys) - 1)]
    for line in lines:
        for _, box in line:
            found[place_of(ys, (box[1] + box[3]) / 2)].append(box)
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
    bounds: Box, found: Sequence[Sequence[Box]], ruled: Sequence[float], hints: Sequence[float],
    height: float, gap: float,
) -> list[float]:  # fmt: skip
    """Places between columns from left to right, outer bounds included.

    Rules hold. What the model or the white space proposes is taken, best first, where most rows
    that have words beside it leave a gap there.
    """
    boxes = [box for band in found for box in band]
    left = min([bounds[0], *ruled, *(box[0] for box in boxes)])
    right = max([bounds[2], *ruled, *(box[2] for box in boxes)])
    kept = list(ruled)
    proposed = {x: BY_MODEL * len(found) for x in hints}
    hinted = set(proposed)
    for x in _white_spaces(found, height, gap):
        proposed.setdefault(x, 0.0)
    for x in sorted(proposed, key=lambda x: -_gain(x, found, gap) - proposed[x]):
        low = max((other for other in kept if other <= x), default=left - 1)
        high = min((other for other in kept if other > x), default=right + 1)
        # The model may see a column without a single figure, but not between rules.
        least = 1 if x in hinted and low not in ruled and high not in ruled else 2
        if _divides(x, low, high, found, gap, least):
            kept = sorted([*kept, x])
    return [left, *kept, right]


def parted(lines: Sequence[TextLine], gap: float) -> float:
    """Share of the lines that part at one place, where most do, less those that go on there."""
    found = [_joined([box for _, box in line]) for line in lines]
    places = _white_spaces(found, gap, gap)
    return max((_gain(x, found, gap) for x in places), default=0.0) / len(lines)


def _white_spaces(found: Sequence[Sequence[Box]], height: float, gap: float) -> Iterator[float]:
    """Places at either end of the wide gaps of each row."""
    for band in found:
        for one, other in pairwise(band):
            if other[0] - one[2] >= gap:
                yield one[2] + BESIDE * height
                yield other[0] - BESIDE * height


def _gain(x: float, found: Sequence[Sequence[Box]], gap: float) -> float:
    """Rows with a wide gap at `x`, less those that have words or a mere space there."""
    wide = 0
    for band in found:
        if band[0][2] <= x < band[-1][0]:
            wide += 1 if _is_wide(x, band, gap) else -1
    return wide


def _is_wide(x: float, band: Sequence[Box], gap: float) -> bool:
    before = max((box[2] for box in band if box[0] < x), default=float("-inf"))
    after = min((box[0] for box in band if box[0] >= x), default=float("inf"))
    return before <= x and after - before >= gap


def _divides(
    x: float, low: float, high: float, found: Sequence[Sequence[Box]], gap: float, least: int
) -> bool:
    """Whether rows with words on either side, up to the next separators, mostly part at `x`.

    Args:
        least: rows that must do so on each side.
    """
    counts = []
    for left, right in ((low, x), (x, high)):
        beside = [
            band
            for band in found
            if any(left < (box[0] + box[2]) / 2 <= right for box in band)
            and band[0][0] < x < band[-1][2]
        ]
        wide = sum(_is_wide(x, band, gap) for band in beside)
        if wide < MOSTLY * len(beside) or not wide:
            return False
        counts.append(wide)
    few = min(2, len(found))
    return min(counts) >= min(least, few) and max(counts) >= few
