"""Boxes: what they share, and what stands in them."""

from __future__ import annotations

import pytest
from docglean.extractors.geometry import (
    across,
    area,
    centre,
    down,
    holds,
    overlap,
    scaled,
    share,
    union,
    within,
)

PAGE = (0.0, 0.0, 100.0, 50.0)


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ((90.0, 40.0, 110.0, 60.0), 100.0),
        ((100.0, 0.0, 120.0, 50.0), 0.0),  # touches
        ((120.0, 60.0, 130.0, 70.0), 0.0),  # apart both ways: two negative gaps make no area
    ],
)
def test_boxes_share_an_area(other: tuple[float, float, float, float], shared: float) -> None:
    assert overlap(PAGE, other) == overlap(other, PAGE) == shared
    assert share(other, PAGE) == shared / area(other)


def test_gaps_are_negative() -> None:
    apart = (120.0, 60.0, 130.0, 70.0)
    assert across(PAGE, apart) == -20
    assert down(PAGE, apart) == -10


def test_a_line_without_height_has_no_share() -> None:
    assert share((0.0, 10.0, 100.0, 10.0), PAGE) == 0.0


def test_a_box_is_where_its_middle_is() -> None:
    over_the_edge = (90.0, 20.0, 112.0, 30.0)
    assert centre(over_the_edge) == (101.0, 25.0)
    assert not within(over_the_edge, PAGE)
    assert within(over_the_edge, PAGE, slack=1.0)
    assert holds(PAGE, 100.0, 50.0)
    assert not holds(PAGE, 100.0, 50.1)


def test_boxes_are_joined_and_scaled() -> None:
    assert union([PAGE, (50.0, 40.0, 120.0, 45.0)]) == (0.0, 0.0, 120.0, 50.0)
    assert scaled(PAGE, 2, 0.5) == (0.0, 0.0, 200.0, 25.0)
