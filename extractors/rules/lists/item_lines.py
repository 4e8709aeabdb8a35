"""Which item a line of text without figures belongs to: the one above it, or the one below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

CLOSE = 1.2
"""Line heights between two lines, up to which the second may go on with the first."""
TELLING = 0.15
"""Line heights by which a gap must be the widest to divide items."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it stands on its page; `full`, it has the figures of an item."""

    page: int
    top: float
    bottom: float
    full: bool


def owners_of(lines: Sequence[Line], height: float, *, headed: bool) -> Mapping[int, int]:
    """For each line without figures that belongs to an item, the number of the item's line.

    Items are told apart by the widest gap between them. Where all gaps are alike, lines belong to
    the item above, or all to the one below where text stands above the first one and none under
    the last.

    Args:
        height: of a line of print.
        headed: the first line stands below the heads; else above it there may be anything.
    """
    full = [number for number, line in enumerate(lines) if line.full]
    if not full:
        return {}
    owners: dict[int, int] = {}
    before = _upwards(lines, full[0], height) if headed else []
    after = _downwards(lines, full[-1], height)
    between = sum(following - above > 1 for above, following in pairwise(full))
    below = bool(before) and not after and between >= 0.5 * (len(full) - 1)
    for above, following in pairwise(full):
        split = _split(lines, above, following, height, below=below)
        for number in range(above + 1, split):
            owners[number] = above
        for number in range(split, following):
            owners[number] = following
    inner = [_gap(lines, n - 1) for n in owners if owners[n] < n]
    owners |= dict.fromkeys(before if below else (), full[0])
    most = max(inner, default=CLOSE * height) + TELLING * height
    for number in after:
        if _gap(lines, number - 1) > most:
            break
        owners[number] = full[-1]
    return {n: owner for n, owner in owners.items() if _is_near(lines, n, owner, height)}


def _is_near(lines: Sequence[Line], number: int, owner: int, height: float) -> bool:
    step = 1 if owner < number else -1
    path = range(owner, number, step)
    return all(_gap(lines, min(n, n + step)) <= CLOSE * height for n in path)


def _gap(lines: Sequence[Line], number: int) -> float:
    """White space between a line and the next; endless where that is on another page."""
    above, below = lines[number], lines[number + 1]
    return below.top - above.bottom if above.page == below.page else float("inf")


def _upwards(lines: Sequence[Line], first: int, height: float) -> list[int]:
    found = []
    for number in range(first - 1, -1, -1):
        if _gap(lines, number) > CLOSE * height:
            break
        found.append(number)
    return found


def _downwards(lines: Sequence[Line], last: int, height: float) -> list[int]:
    found = []
    for number in range(last + 1, len(lines)):
        if _gap(lines, number - 1) > CLOSE * height:
            break
        found.append(number)
    return found


def _split(lines: Sequence[Line], above: int, following: int, height: float, *, below: bool) -> int:
    """The first line between two items that belongs to the second."""
    gaps = {number + 1: _gap(lines, number) for number in range(above, following)}
    widest = max(gaps, key=lambda number: gaps[number])
    others = [gap for number, gap in gaps.items() if number != widest]
    if others and gaps[widest] - max(others) > TELLING * height:
        return widest
    return above + 1 if below else following
