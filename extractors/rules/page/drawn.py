"""What is drawn on a page and is not text: rules to write on, and boxes to tick.

Found in the picture of the page, so that a form in a PDF, a scan and a photo are the same.
Runs in a child process (see `workers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.page_info import PageInfo, Source
from docglean.extractors.documents.render import pixels
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import scaled

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_EDGE = 1800
"""Pixels of the picture's longer edge: a rule of half a point is still seen."""
DRAWN_DPI = 150
SHORTEST_RULE = 0.03
"""Of the page's longer edge; print has no longer strokes, unless it is a headline."""
SQUARE_SIDES = 0.006, 0.025
"""Smallest and largest side of a box to tick, of the page's longer edge: 5 to 21 points on A4."""
INK_CELL = 3.0
"""Side of a cell of `Ink`, in points."""
FRAME_SIDES = 0.009, 0.3
"""Least and greatest height of a frame, of the page's longer edge."""
TICKED_INK = 0.07
"""Share of dark pixels inside a box from which it is ticked; an empty one has specks."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Where ink is, coarsely: shares of dark pixels in square cells, 0 to 255, row by row."""

    columns: int
    rows: int
    cell: float
    shares: bytes

    def share(self, box: Box) -> float:
        """Share of the box that is dark, 0 to 1, by whole cells."""
        left, top = max(0, int(box[0] / self.cell)), max(0, int(box[1] / self.cell))
        right = min(self.columns, max(left + 1, round(box[2] / self.cell)))
        bottom = min(self.rows, max(top + 1, round(box[3] / self.cell)))
        cells = [
            self.shares[row * self.columns + column]
            for row in range(top, bottom)
            for column in range(left, right)
        ]
        return sum(cells) / (255 * len(cells)) if cells else 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Boxes in page points, as on the page before it is turned upright.

    Attributes:
        rules: horizontal lines, as thin boxes; lines of a frame are among them.
        frames: boxes and cells that rules enclose on all sides, without their edges.
        squares: boxes to tick, and whether there is a mark in each.
        ink: all that is dark but the long rules; None where it was not looked at.
    """

    rules: tuple[Box, ...] = ()
    frames: tuple[Box, ...] = ()
    squares: tuple[tuple[Box, bool], ...] = ()
    ink: Ink | None = None


def drawn_on_page(source: Source, info: PageInfo) -> Drawn:
    """Rules and tick boxes of one page.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    width, height = info.width * DRAWN_DPI / 72, info.height * DRAWN_DPI / 72
    if info.scan is not None:
        width, height = info.scan
    factor = min(1.0, MAX_EDGE / max(width, height))
    image = pixels(source, info, max(1, round(width * factor)), max(1, round(height * factor)))
    with stage("drawn"):
        return find_drawn(image, info.width / image.width, info.height / image.height)


def find_drawn(image: Image, across: float = 1.0, down: float = 1.0) -> Drawn:
    """Rules and tick boxes in a picture; boxes are multiplied by `across` and `down`."""
    import cv2
    import numpy

    gray = numpy.asarray(image.convert("L"))
    edge = max(gray.shape)
    if min(gray.shape) < 32:
        return Drawn()
    window = max(15, edge // 60) | 1
    # Against the light around: a shadow on a photo is not ink.
    ink = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 15
    )
    strokes = _strokes(ink, round(SHORTEST_RULE * edge))
    rules = [scaled(box, across, down) for box in _rules(strokes, round(SHORTEST_RULE * edge))]
    squares = [(scaled(box, across, down), ticked) for box, ticked in _squares(ink, edge)]
    frames = [scaled(box, across, down) for box in _frames(ink, edge)]
    rest = _cells(cv2.subtract(ink, strokes), across, down)
    return Drawn(tuple(rules), tuple(frames), tuple(squares), rest)


def _cells(ink: Any, across: float, down: float) -> Ink:
    """Shares of ink in cells of `INK_CELL` points."""
    import cv2

    height, width = ink.shape
    columns, rows = (
        max(1, round(width * across / INK_CELL)),
        max(1, round(height * down / INK_CELL)),
    )
    small = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    return Ink(columns, rows, INK_CELL, small.tobytes())


def _strokes(ink: Any, shortest: int) -> Any:
    """Long level strokes: drawn ones, and rows of dots or dashes."""
    import cv2
    import numpy

    level = numpy.ones((1, shortest // 2), numpy.uint8)
    drawn = cv2.morphologyEx(ink, cv2.MORPH_OPEN, level)
    # Of specks alone, for letters that are run together would make lines, too.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = numpy.zeros(count, numpy.uint8)
    small[1:] = (stats[1:, cv2.CC_STAT_HEIGHT] <= max(4, shortest // 10)) * 255
    gap = max(5, shortest // 6) | 1
    dotted = cv2.morphologyEx(small[labels], cv2.MORPH_CLOSE, numpy.ones((1, gap), numpy.uint8))
    rows = cv2.morphologyEx(dotted, cv2.MORPH_OPEN, numpy.ones((1, shortest), numpy.uint8))
    return cv2.bitwise_or(drawn, rows)


def _rules(strokes: Any, shortest: int) -> list[Box]:
    import cv2
    import numpy

    # A slanted or broken rule is a stair of strokes: what is a few pixels apart is one rule.
    joined = cv2.dilate(strokes, numpy.ones((3, 9), numpy.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, width, height, _ in stats[1:]:
        if width >= shortest and height <= 6 + 0.03 * width:
            found.append((float(x + 4), float(y + 1), float(x + width - 4), float(y + height - 1)))
    return found


def _frames(ink: Any, edge: int) -> list[Box]:
    """Places that level and upright strokes close in: the paper between them, piece by piece."""
    import cv2
    import numpy

    least = round(FRAME_SIDES[0] * edge)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, numpy.ones((1, 2 * least), numpy.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, numpy.ones((2 * least, 1), numpy.uint8))
    # Corners of old print don't quite meet.
    walls = cv2.dilate(cv2.bitwise_or(level, upright), numpy.ones((5, 5), numpy.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(255 - walls, connectivity=4)
    found = []
    for x, y, width, height, area in stats[1:]:
        inside = x > 0 and y > 0 and x + width < ink.shape[1] and y + height < ink.shape[0]
        filled = area >= 0.85 * width * height and width >= 2 * least
        if inside and filled and least <= height <= FRAME_SIDES[1] * edge:
            found.append((float(x), float(y), float(x + width), float(y + height)))
    return found


def _squares(ink: Any, edge: int) -> list[tuple[Box, bool]]:
    import cv2
    import numpy

    least, most = SQUARE_SIDES[0] * edge, SQUARE_SIDES[1] * edge
    stroke = max(5, round(0.8 * least))
    # Upright and level strokes only: a cross that leaves the box does not spoil its outline.
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, numpy.ones((1, stroke), numpy.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, numpy.ones((stroke, 1), numpy.uint8))
    outlines = cv2.morphologyEx(
        cv2.bitwise_or(level, upright), cv2.MORPH_CLOSE, numpy.ones((3, 3), numpy.uint8)
    )
    contours, _ = cv2.findContours(outlines, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[tuple[Box, bool]] = []
    solid: list[Box] = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        if not (least <= min(width, height) and max(width, height) <= most):
            continue
        part = outlines[y : y + height, x : x + width] > 0
        if not 0.8 <= width / height <= 1.25 or not _has_four_sides(part):
            continue
        if not _stands_alone(ink, x, y, width, height):
            continue
        if not _is_hollow(part):
            solid.append((float(x), float(y), float(x + width), float(y + height)))
            continue
        margin = max(2, round(0.25 * min(width, height)))
        inside = ink[y + margin : y + height - margin, x + margin : x + width - margin] > 0
        box = (float(x), float(y), float(x + width), float(y + height))
        if inside.size and not any(_touch(box, other, 0.0) for other, _ in found):
            found.append((box, float(numpy.mean(inside)) >= TICKED_INK))
    found += [item for item in _rings(ink, 1.2 * least, most)
              if not any(_touch(item[0], other, 0.0) for other, _ in found)]  # fmt: skip
    found += [(box, True) for box in _filled(solid, [box for box, _ in found])]
    # Squares side by side are a comb for letters, one for each character.
    return [
        (box, ticked)
        for box, ticked in found
        if not any(other is not box and _touch(box, other, 0.25) for other, _ in found)
    ]


def _rings(ink: Any, least: float, most: float) -> list[tuple[Box, bool]]:
    """Round boxes to tick (radio buttons): outlines that fill a circle, hollow at the edge."""
    import cv2
    import numpy

    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found: list[tuple[Box, bool]] = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        if not (least <= min(width, height) and max(width, height) <= most):
            continue
        area, around = cv2.contourArea(contour), cv2.arcLength(contour, True)
        # Isoperimetric quotient: 1 for a circle, 0.785 for a square.
        if not 0.9 <= width / height <= 1.1 or 4 * numpy.pi * area < 0.85 * around**2:
            continue
        part = ink[y : y + height, x : x + width] > 0
        ys, xs = numpy.indices(part.shape)
        away = numpy.hypot((ys + 0.5) / height - 0.5, (xs + 0.5) / width - 0.5)
        if part[(away > 0.3) & (away < 0.38)].mean() < 0.3:
            box = (float(x), float(y), float(x + width), float(y + height))
            found.append((box, float(part[away < 0.25].mean()) >= TICKED_INK))
    return found


def _has_four_sides(part: Any) -> bool:
    """Whether ink runs along all four edges of this picture."""
    depth = max(2, round(0.15 * min(part.shape)))
    sides = (
        part[:depth].any(axis=0), part[-depth:].any(axis=0),
        part[:, :depth].any(axis=1), part[:, -depth:].any(axis=1),
    )  # fmt: skip
    return all(bool(side.mean() >= 0.85) for side in sides)


def _is_hollow(part: Any) -> bool:
    """Whether the middle of a square is rather empty."""
    depth = max(2, round(0.15 * min(part.shape)))
    return bool(part[depth:-depth, depth:-depth].mean() < 0.5)


def _filled(solid: Sequence[Box], open_ones: Sequence[Box]) -> list[Box]:
    """Solid squares that are boxes filled in: of the size of open ones, and in line with one.

    Alone, a solid square is a bullet or an ornament.
    """
    found: list[Box] = []
    for box in sorted(solid, key=lambda box: box[0] - box[2]):  # the outline before its filling
        side = box[2] - box[0]
        fellow = any(
            abs((other[2] - other[0]) - side) <= 0.2 * side
            and min(abs(box[0] - other[0]), abs(box[1] - other[1])) <= 0.3 * side
            for other in open_ones
        )
        if fellow and not any(_touch(box, other, 0.0) for other in (*found, *open_ones)):
            found.append(box)
    return found


def _stands_alone(ink: Any, x: int, y: int, width: int, height: int) -> bool:
    """Whether there is paper around a box on three sides at least; a letter has neighbours."""
    near, far = 2, 2 + max(2, round(0.2 * min(width, height)))
    top, left = max(0, y - far), max(0, x - far)
    strips = (
        ink[top : max(0, y - near), x : x + width],
        ink[y + height + near : y + height + far, x : x + width],
        ink[y : y + height, left : max(0, x - near)],
        ink[y : y + height, x + width + near : x + width + far],
    )
    return sum(bool(strip.size == 0 or (strip > 0).mean() < 0.15) for strip in strips) >= 3


def _touch(box: Box, other: Box, reach: float) -> bool:
    """Whether two boxes overlap, or are less than `reach` of a side apart."""
    apart = reach * min(box[2] - box[0], box[3] - box[1])
    return (
        box[0] - apart < other[2]
        and other[0] - apart < box[2]
        and box[1] - apart < other[3]
        and other[1] - apart < box[3]
    )
