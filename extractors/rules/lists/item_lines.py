"""Which rows of a table make an item: those with its figures, and the texts around them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise

from docglean.extractors.rules.lists.item_cells import RowRead

CLOSE = 1.2
"""Line heights between two rows, up to which the second may go on with the first."""
HALF_LINE = 0.6
"""The same between the figures of one item that no arithmetic ties together."""
TELLING = 0.15
"""Line heights by which a gap must be the widest to divide items."""


def spans_of(
    rows: Sequence[RowRead], tied: Set[str], height: float, *, headed: bool
) -> list[range]:
    """The rows of each item.

    Items are told apart by the widest gap between them. Where all gaps are alike, texts belong to
    the item above, or all to the one below where text stands above the first one and none under
    the last.

    Args:
        tied: figures that arithmetic ties together in an item.
        height: of a line of print.
        headed: the first row stands below the heads; else above it there may be anything.
    """
    cores = _cores(rows, tied, height)
    if not cores:
        return []
    gaps = [b.top - a.bottom if a.page == b.page else float("inf") for a, b in pairwise(rows)]
    close = [gap <= CLOSE * height for gap in gaps]
    before = headed and cores[0][0] > 0 and close[cores[0][0] - 1]
    after = cores[-1][1] < len(rows) - 1 and close[cores[-1][1]]
    between = sum(following - above > 1 for (_, above), (following, _) in pairwise(cores))
    below = before and not after and between >= 0.5 * (len(cores) - 1)
    starts = [0 if below else cores[0][0]]
    for (_, above), (following, _) in pairwise(cores):
        starts.append(_split(gaps, above, following, TELLING * height, below=below))
    spans = []
    for (first, last), start, end in zip(cores, starts, [*starts[1:], len(rows)], strict=True):
        top, bottom = first, last
        while top > start and close[top - 1]:
            top -= 1
        while bottom < end - 1 and close[bottom]:
            bottom += 1
        spans.append(range(top, bottom + 1))
    inner = [gap for span in spans[:-1] for gap in gaps[span.start : span.stop - 1]]
    most = max(inner, default=CLOSE * height) + TELLING * height
    wide = (n for n in range(cores[-1][1], spans[-1].stop - 1) if gaps[n] > most)
    spans[-1] = range(spans[-1].start, next(wide, spans[-1].stop - 1) + 1)
    return spans


def _cores(rows: Sequence[RowRead], tied: Set[str], height: float) -> list[tuple[int, int]]:
    """First and last row with figures of each item."""
    cores: list[tuple[int, int]] = []
    figures: Set[str] = frozenset()
    for number, row in enumerate(rows):
        if not row.figures:
            continue
        if cores and _go_together(rows[cores[-1][0] : number + 1], figures, tied, height):
            cores[-1] = cores[-1][0], number
            figures = figures | row.figures
        else:
            cores.append((number, number))
            figures = row.figures
    return cores


def _go_together(rows: Sequence[RowRead], figures: Set[str], tied: Set[str], height: float) -> bool:
    """Whether the last of these rows has more figures of the item whose others are in those before
    it: none twice, and right below each other, or together all that arithmetic ties."""
    *_, above, row = rows
    if figures & row.figures or above.page != row.page:
        return False
    whole = tied <= figures | row.figures and not (tied <= figures or tied <= row.figures)
    right = above.figures and min(above.cells) < min(row.cells)
    return (
        bool(whole or right) and row.top - above.bottom <= (CLOSE if whole else HALF_LINE) * height
    )


def _split(gaps: Sequence[float], above: int, following: int, least: float, *, below: bool) -> int:
    """The first row between two items that belongs to the second."""
    between = range(above, following)
    widest = max(between, key=lambda number: gaps[number])
    others = [gaps[number] for number in between if number != widest]
    if others and gaps[widest] - max(others) > least:
        return widest + 1
    return above + 1 if below else following
