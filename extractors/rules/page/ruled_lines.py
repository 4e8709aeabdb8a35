"""Rules to write on, and frames, in the picture of a page. Boxes are in pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy
from docglean.extractors.documents.strokes import (
    closed,
    connected,
    level_strokes,
    thickened,
    upright_strokes,
)
from docglean.extractors.extraction import Box

STEEPEST = 0.03
"""Slope of a scan, up to which a rule is seen as one."""
THICKEST_RULE = 6
"""Pixels: of a level rule's height, after its pieces are joined."""
JOIN_RULES = 9, 3
"""Pixels across and down within which strokes are one rule: a slanted or broken rule is a stair of
strokes."""
JOIN_WALLS = 5, 5
"""The same where the sides of a frame meet: corners of old print don't quite."""
FILLED_FRAME = 0.85
"""Share of its bounding box that a place between strokes fills, so that it is a rectangle."""
FRAME_SIDES = 0.009, 0.3
"""Least and greatest height of a frame, of the page's longer edge."""


def strokes_in(ink: Any, shortest: int) -> Any:
    """Long level strokes: drawn ones, and rows of dots or dashes."""
    # Of specks alone, for letters that are run together would make lines, too.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = numpy.zeros(count, numpy.uint8)
    small[1:] = (stats[1:, cv2.CC_STAT_HEIGHT] <= max(4, shortest // 10)) * 255
    dotted = closed(small[labels], max(5, shortest // 6) | 1, 1)
    return cv2.bitwise_or(level_strokes(ink, shortest // 2), level_strokes(dotted, shortest))


def rules_in(strokes: Any, shortest: int) -> list[Box]:
    """Level rules of at least `shortest` pixels, as boxes."""
    across, down = JOIN_RULES[0] // 2, JOIN_RULES[1] // 2
    return [
        (float(x + across), float(y + down), float(x + width - across), float(y + height - down))
        for x, y, width, height, _ in connected(thickened(strokes, *JOIN_RULES))
        if width >= shortest and height <= THICKEST_RULE + STEEPEST * width
    ]


def frames_in(ink: Any, edge: int) -> list[Box]:
    """Places that level and upright strokes close in: the paper between them, piece by piece."""
    least = round(FRAME_SIDES[0] * edge)
    strokes = cv2.bitwise_or(level_strokes(ink, 2 * least), upright_strokes(ink, 2 * least))
    walls = thickened(strokes, *JOIN_WALLS)
    found = []
    for x, y, width, height, area in connected(255 - walls, corners=False):
        inside = x > 0 and y > 0 and x + width < ink.shape[1] and y + height < ink.shape[0]
        filled = area >= FILLED_FRAME * width * height and width >= 2 * least
        if inside and filled and least <= height <= FRAME_SIDES[1] * edge:
            found.append((float(x), float(y), float(x + width), float(y + height)))
    return found
