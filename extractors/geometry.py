"""Boxes on a page: (left, top, right, bottom) in points, from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.extraction import Box


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of `boxes` (at least one)."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def across(left: Box, right: Box) -> float:
    """Width that two boxes share, in points; negative is the gap between them."""
    return min(left[2], right[2]) - max(left[0], right[0])
