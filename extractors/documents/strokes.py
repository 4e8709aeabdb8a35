"""Ink in the picture of a page, and the straight strokes in it.

What finds the rules of tables, lines to write on, frames and boxes to tick is made of these.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy


def ink_of(gray: Any, window: int, darker: int) -> Any:
    """A picture in which ink is 255 and paper 0.

    Against the light around: a shadow on a photo is not ink.

    Args:
        window: pixels of the square around each pixel that it is held against, an odd number.
        darker: grey levels by which ink is darker than that.
    """
    return cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, darker
    )


def level_strokes(ink: Any, length: int) -> Any:
    """The ink that runs level for at least `length` pixels."""
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(length, 1))


def upright_strokes(ink: Any, length: int) -> Any:
    """The ink that runs upright for at least `length` pixels."""
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(1, length))


def thickened(ink: Any, across: int, down: int) -> Any:
    """The ink, grown to a block of `across` x `down` pixels around each of its pixels."""
    return cv2.dilate(ink, _block(across, down))


def closed(ink: Any, across: int, down: int) -> Any:
    """The ink with gaps filled that a block of `across` x `down` pixels does not fit into."""
    return cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _block(across, down))


def connected(ink: Any, *, corners: bool = True) -> list[tuple[int, int, int, int, int]]:
    """Left, top, width, height and area, in pixels, of each connected piece of ink.

    Args:
        corners: whether pixels that touch at a corner are connected.
    """
    _, _, pieces, _ = cv2.connectedComponentsWithStats(ink, connectivity=8 if corners else 4)
    return [(x, y, width, height, area) for x, y, width, height, area in pieces[1:].tolist()]


def _block(across: int, down: int) -> Any:
    return numpy.ones((down, across), numpy.uint8)
