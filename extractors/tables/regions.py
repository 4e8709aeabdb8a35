"""Where tables stand on a page: what the layout model and the rules say, set right by the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from docglean.extractors.documents.words import rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import share, union
from docglean.extractors.tables.cells import (
    Placed,
    TextLine,
    runs_of,
    stands_in,
)
from docglean.extractors.tables.columns import parted
from docglean.extractors.tables.grid import Region

_MARKER = re.compile(r"^(?:[^\w\s]+|[(\[]?(?:[\d.]{1,8}|[a-zA-Z]|[ivxIVX]{1,5})[.)\]]*)$")
SAME_TABLE = 0.5
"""Share of rules, or of what the model sees, in the other, from which both are one table."""
MOSTLY_IN = 0.9
"""Share of rules in the model's table, below which they are around its title and notes, too."""
OVERLAPPING = 0.1
"""Share that two tables have in common, from which rules don't say that they are two."""
FILLED = 0.5
"""Share of cells with words, from which what only rules enclose is no grid of a chart."""
CELLS_IN_TABLE, CELLS_ALONE = 3, 4
"""Cells that rules must enclose to divide what the model sees, and to be a table without it."""
PARTED, FEW_WORDS = 0.35, 4.0
"""Share of a page's lines that part at one place, less those that go on there, from which it is a
table that nothing shows; and words that stand together in it, at most: more do in columns of prose.
"""
RIM = 2.0
"""Line heights above and below what a page cut out to its table prints, at most: papers, receipts
and forms leave more.
"""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of the page as the layout model sees it: ``table``, ``picture``, ``caption``...

    Attributes:
        rows: of a table, heights between its rows.
        columns: of a table, places between its columns.
    """

    name: str
    box: Box
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()


def regions(
    placed: Sequence[Placed], found: Sequence[Sequence[Box]], pieces: Sequence[Fragment],
    strokes: Sequence[Box], tall: float,
) -> list[Region]:  # fmt: skip
    """Regions of tables; those without hints are enclosed by rules.

    Args:
        found: cells that rules enclose, table by table.
        strokes: rules that are lines.
        tall: height of the page.
    """
    lines = rows(placed)
    height = median(box[3] - box[1] for _, box in placed)
    ruled = [(union(cells), tuple(cells)) for cells in found]
    found_regions, taken = _of_model(pieces, ruled)
    found_regions += [
        Region(box, cells=cells)
        for n, (box, cells) in enumerate(ruled)
        if n not in taken
        and len(cells) >= CELLS_ALONE
        and _is_grid(cells)
        and _is_filled(cells, placed)
    ]
    whole = union([box for _, box in placed])
    cut_out = max(whole[1], tall - whole[3]) <= RIM * height
    if not found_regions and cut_out and _is_all_cells(lines, height):
        found_regions = [Region(whole)]
    return [replace(region, strokes=tuple(strokes)) for region in found_regions]


def _of_model(
    pieces: Sequence[Fragment], ruled: Sequence[tuple[Box, tuple[Box, ...]]]
) -> tuple[list[Region], set[int]]:  # fmt: skip
    """Regions that the model sees, and the numbers of the ruled ones that are in them."""
    tables = [piece for piece in pieces if piece.name == "table"]
    found: list[Region] = []
    taken: set[int] = set()
    for piece in tables:
        inside = [
            n
            for n, (box, _) in enumerate(ruled)
            if n not in taken and max(share(box, piece.box), share(piece.box, box)) > SAME_TABLE
        ]
        taken |= set(inside)
        own = [ruled[n] for n in inside if len(ruled[n][1]) >= CELLS_IN_TABLE]
        found += _with_rules(piece, own)
    return found, taken


def _with_rules(piece: Fragment, ruled: Sequence[tuple[Box, tuple[Box, ...]]]) -> list[Region]:
    """The model's table with the cells that rules enclose in it; several where rules say so."""
    if len(ruled) == 1 and share(ruled[0][0], piece.box) < MOSTLY_IN:
        # Rules around table, title and notes: the model knows which is which.
        cells = tuple(cell for cell in ruled[0][1] if share(cell, piece.box) > SAME_TABLE)
        return [Region(piece.box, piece.rows, piece.columns, cells)]
    apart = [part for part in ruled if _is_grid(part[1])]
    if len(apart) > 1 and not any(
        share(one[0], other[0]) > OVERLAPPING
        for one in apart
        for other in apart
        if one is not other
    ):
        return [Region(box, _between(piece.rows, box), (), cells) for box, cells in apart]
    cells = tuple(cell for _, part in ruled for cell in part)
    return [Region(union([piece.box, *cells]), piece.rows, piece.columns, cells)]


def _is_all_cells(lines: Sequence[TextLine], height: float) -> bool:
    """Whether most lines are a few words each side of one white space."""
    runs = sum(len(runs_of(line, height)) for line in lines)
    few = sum(map(len, lines)) <= FEW_WORDS * runs
    return few and parted(lines, height) >= PARTED


def may_hold_tables(placed: Sequence[Placed]) -> bool:
    """Whether at least two lines have words that stand well apart: prose has none.

    Saves asking the model, which takes most of the time.
    """
    heights = [box[3] - box[1] for _, box in placed]
    if not heights:
        return False
    height = median(heights)
    found = 0
    for line in rows(placed):
        runs = runs_of(line, height)
        if len(runs) > 1 and _MARKER.match(" ".join(word.text for word, _ in runs[0])):
            runs = runs[1:]  # a bullet, or the number of a paragraph
        found += len(runs) > 1
    return found >= 2


def _is_filled(cells: Sequence[Box], placed: Sequence[Placed]) -> bool:
    """Whether words stand in most cells, which the grid of a chart has not."""
    filled = sum(any(stands_in(box, cell) for _, box in placed) for cell in cells)
    return filled >= FILLED * len(cells)


def _is_grid(cells: Sequence[Box]) -> bool:
    return min(len({round(cell[axis]) for cell in cells}) for axis in (0, 1)) >= 2


def _between(values: Sequence[float], box: Box) -> tuple[float, ...]:
    return tuple(value for value in values if box[1] < value < box[3])
