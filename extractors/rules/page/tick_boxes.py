"""Boxes to tick in the picture of a page: squares and rings, empty, marked or filled.

All shares are of a box's side or width unless said otherwise; they were found with forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy
from docglean.extractors.documents.strokes import closed, level_strokes, upright_strokes
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import across, down

SQUARE_SIDES = 0.006, 0.025
"""Smallest and largest side of a box to tick, of the page's longer edge: 5 to 21 points on A4."""
TICKED_INK = 0.07
"""Share of dark pixels inside a box from which it is ticked; an empty one has specks."""
STROKE = 0.8
"""Of the smallest side: length of a stroke that may be one of a square's sides."""
SQUARE_RATIO = 0.8, 1.25
"""Width to height of what is a square."""
WHOLE_SIDE = 0.85
"""Share of a side along which there is ink."""
STROKE_DEPTH = 0.15
"""How deep in from its edge a square's outline is looked for."""
HOLLOW = 0.5
"""Share of outline ink in the middle, below which a square is not solid."""
INSIDE = 0.25
"""How deep in from its edge the inside of a square begins, where a mark is looked for."""
COMB = 0.25
"""Squares less than this apart are a comb for letters, one for each character."""
LEAST_RING = 1.2
"""Of the smallest side: a smaller ring is a letter o."""
RING_SIDES = 0.9, 1.1
"""Width to height of what is a circle."""
ROUND = 0.85
"""Isoperimetric quotient of an outline from which it is a circle: 1 for one, 0.785 for a square."""
MOAT = 0.3, 0.38
"""Between which distances from its middle a ring is empty, ticked or not, in its diameters."""
MOAT_INK = 0.3
"""Share of dark pixels there, below which it is."""
RING_MIDDLE = 0.25
"""Distance from its middle within which a ring's mark is looked for, in its diameters."""
SAME_SIZE, IN_LINE = 0.2, 0.3
"""By how much a filled box may differ from an open one in its side, and in its place."""


def squares_in(ink: Any, edge: int) -> list[tuple[Box, bool]]:
    """Boxes to tick, in pixels, and whether there is a mark in each.

    Args:
        ink: the page's picture, ink 255 and paper 0.
        edge: its longer edge.
    """
    least, most = SQUARE_SIDES[0] * edge, SQUARE_SIDES[1] * edge
    found, solid = _outlined(ink, least, most)
    found += [item for item in _rings(ink, LEAST_RING * least, most)
              if not any(_touch(item[0], other, 0.0) for other, _ in found)]  # fmt: skip
    found += [(box, True) for box in _filled(solid, [box for box, _ in found])]
    return [
        (box, ticked)
        for box, ticked in found
        if not any(other is not box and _touch(box, other, COMB) for other, _ in found)
    ]


def _outlined(ink: Any, least: float, most: float) -> tuple[list[tuple[Box, bool]], list[Box]]:
    """Squares with an outline, and whether there is a mark in each; and solid ones."""
    stroke = max(5, round(STROKE * least))
    # Upright and level strokes only: a cross that leaves the box does not spoil its outline.
    strokes = cv2.bitwise_or(level_strokes(ink, stroke), upright_strokes(ink, stroke))
    outlines = closed(strokes, 3, 3)
    contours, _ = cv2.findContours(outlines, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[tuple[Box, bool]] = []
    solid: list[Box] = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        if not (least <= min(width, height) and max(width, height) <= most):
            continue
        part = outlines[y : y + height, x : x + width] > 0
        if not _is_square(part):
            continue
        box = _box(x, y, width, height)
        if not _is_hollow(part):
            solid.append(box)
            continue
        inside = _inside(ink, x, y, width, height)
        if inside.size and not any(_touch(box, other, 0.0) for other, _ in found):
            found.append((box, float(numpy.mean(inside)) >= TICKED_INK))
    return found, solid


def _box(x: int, y: int, width: int, height: int) -> Box:
    return float(x), float(y), float(x + width), float(y + height)


def _inside(ink: Any, x: int, y: int, width: int, height: int) -> Any:
    margin = max(2, round(INSIDE * min(width, height)))
    return ink[y + margin : y + height - margin, x + margin : x + width - margin] > 0


def _is_square(part: Any) -> bool:
    """Whether this picture is about as wide as high, with strokes on all sides."""
    height, width = part.shape
    return SQUARE_RATIO[0] <= width / height <= SQUARE_RATIO[1] and _has_four_sides(part)


def _rings(ink: Any, least: float, most: float) -> list[tuple[Box, bool]]:
    """Round boxes to tick (radio buttons): outlines that fill a circle, hollow at the edge."""
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found: list[tuple[Box, bool]] = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        if not (least <= min(width, height) and max(width, height) <= most):
            continue
        area, around = cv2.contourArea(contour), cv2.arcLength(contour, True)
        round_enough = 4 * numpy.pi * area >= ROUND * around**2
        if not RING_SIDES[0] <= width / height <= RING_SIDES[1] or not round_enough:
            continue
        part = ink[y : y + height, x : x + width] > 0
        ys, xs = numpy.indices(part.shape)
        away = numpy.hypot((ys + 0.5) / height - 0.5, (xs + 0.5) / width - 0.5)
        if part[(away > MOAT[0]) & (away < MOAT[1])].mean() < MOAT_INK:
            ticked = float(part[away < RING_MIDDLE].mean()) >= TICKED_INK
            found.append((_box(x, y, width, height), ticked))
    return found


def _has_four_sides(part: Any) -> bool:
    """Whether ink runs along all four edges of this picture."""
    depth = max(2, round(STROKE_DEPTH * min(part.shape)))
    sides = (
        part[:depth].any(axis=0), part[-depth:].any(axis=0),
        part[:, :depth].any(axis=1), part[:, -depth:].any(axis=1),
    )  # fmt: skip
    return all(bool(side.mean() >= WHOLE_SIDE) for side in sides)


def _is_hollow(part: Any) -> bool:
    """Whether the middle of a square is rather empty."""
    depth = max(2, round(STROKE_DEPTH * min(part.shape)))
    return bool(part[depth:-depth, depth:-depth].mean() < HOLLOW)


def _filled(solid: Sequence[Box], open_ones: Sequence[Box]) -> list[Box]:
    """Solid squares that are boxes filled in: of the size of open ones, and in line with one.

    Alone, a solid square is a bullet or an ornament.
    """
    found: list[Box] = []
    for box in sorted(solid, key=lambda box: box[0] - box[2]):  # the outline before its filling
        side = box[2] - box[0]
        fellow = any(
            abs((other[2] - other[0]) - side) <= SAME_SIZE * side
            and min(abs(box[0] - other[0]), abs(box[1] - other[1])) <= IN_LINE * side
            for other in open_ones
        )
        if fellow and not any(_touch(box, other, 0.0) for other in (*found, *open_ones)):
            found.append(box)
    return found


def _touch(box: Box, other: Box, reach: float) -> bool:
    """Whether two boxes overlap, or are less than `reach` of a side apart."""
    apart = reach * min(box[2] - box[0], box[3] - box[1])
    return across(box, other) > -apart and down(box, other) > -apart
