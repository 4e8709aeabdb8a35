"""Boxes on a page: (left, top, right, bottom) in points, from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.extraction import Box

USUAL_HEIGHT = 10.0
"""Points: height of print where there is none to measure."""
LEAST_AREA = 1e-6
"""Square points taken for the area of a box that has none."""


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of `boxes` (at least one)."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def across(left: Box, right: Box) -> float:
    """Width that two boxes share, in points; negative is the gap between them."""
    return min(left[2], right[2]) - max(left[0], right[0])


def down(upper: Box, lower: Box) -> float:
    """Height that two boxes share, in points; negative is the gap between them."""
    return min(upper[3], lower[3]) - max(upper[1], lower[1])


def overlap(one: Box, other: Box) -> float:
    """Area that two boxes share, in square points."""
    return max(0.0, across(one, other)) * max(0.0, down(one, other))


def area(box: Box) -> float:
    """Area of a box, never 0: shares are taken of it."""
    return max((box[2] - box[0]) * (box[3] - box[1]), LEAST_AREA)


def share(inner: Box, outer: Box) -> float:
    """Share of `inner` that lies in `outer`, 0 to 1."""
    return overlap(inner, outer) / area(inner)


def centre(box: Box) -> tuple[float, float]:
    """The middle of a box, from the left and from the top."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds(frame: Box, x: float, y: float, slack: float = 0.0) -> bool:
    """Whether a point lies in a box, or less than `slack` points outside of it."""
    return frame[0] - slack <= x <= frame[2] + slack and frame[1] - slack <= y <= frame[3] + slack


def within(inner: Box, outer: Box, slack: float = 0.0) -> bool:
    """Whether the middle of one box lies in another."""
    return holds(outer, *centre(inner), slack)


def scaled(box: Box, across: float, down: float) -> Box:
    """A box in another unit of length, of which a point has `across` and `down`."""
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down
