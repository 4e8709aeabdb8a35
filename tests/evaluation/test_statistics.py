"""Intervals against known values, simulated truths and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from docglean.evaluation.statistics import (
    Counts,
    difference_interval,
    documents_needed,
    holm,
    mcnemar,
    pass_all,
    ratio_interval,
    spread,
    wilson,
)


def documents(hits: list[int], total: int = 4, stratum: str = "a") -> list[Counts]:
    return [Counts(f"{stratum}{i}", stratum, h, total) for i, h in enumerate(hits)]


def test_wilson_is_never_sure_of_all() -> None:
    """54 of 54 is 0.934 to 1, not 1 to 1 (Wilson, 1927)."""
    found = wilson(54, 54)
    assert (round(found.low, 3), found.estimate, found.high) == (0.934, 1.0, pytest.approx(1.0))
    assert math.isnan(wilson(0, 0).estimate)


def test_all_right_falls_back_to_wilson_on_documents() -> None:
    found = ratio_interval(documents([4] * 54))
    assert round(found.low, 3) == 0.934
    assert found.estimate == 1.0


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Documents fail as a whole in part, so that fields are not independent."""
    random = np.random.default_rng(1)
    held = 0
    rounds = 60
    for _ in range(rounds):
        quality = random.beta(9, 1, size=40)  # mean 0.9
        hits = [int(h) for h in random.binomial(10, quality)]
        found = ratio_interval(documents(hits, 10))
        held += found.low <= 0.9 <= found.high
    assert held >= 0.85 * rounds


def test_a_pooled_figure_is_the_mean_of_the_sets() -> None:
    many = documents([4] * 30 + [0] * 30, stratum="large")
    few = documents([4] * 6, stratum="small")
    assert ratio_interval(many + few).estimate == pytest.approx(0.75)


def test_paired_is_sharper_than_two_intervals() -> None:
    random = np.random.default_rng(2)
    hard = random.integers(0, 9, 60)
    left = documents([int(10 - h) for h in hard], 10)
    right = documents([int(max(0, 9 - h)) for h in hard], 10)
    difference = difference_interval(left, right)
    assert not difference.spans_zero
    ours, theirs = ratio_interval(left), ratio_interval(right)
    assert ours.low < theirs.high  # the two intervals alone would show nothing
    assert difference.high - difference.low < (ours.high - ours.low) / 2


def test_engines_that_agree_everywhere_differ_by_nothing() -> None:
    same = documents([4, 3, 2, 4])
    found = difference_interval(same, same)
    assert (found.low, found.estimate, found.high) == (0, 0, 0)
    assert found.spans_zero


def test_mcnemar_exact() -> None:
    """3 against 11 discordant documents: p = 0.057."""
    left = {str(i): i < 11 for i in range(30)}
    right = {str(i): 11 <= i < 14 for i in range(30)}
    assert round(mcnemar(left, right), 3) == 0.057
    assert mcnemar(left, left) == 1.0


def test_holm_adjusts_for_many() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_documents_needed_grow_with_the_square_of_precision() -> None:
    random = np.random.default_rng(3)
    left = documents([int(x) for x in random.integers(5, 10, 40)], 10)
    right = documents([int(x) for x in random.integers(5, 10, 40)], 10)
    found = difference_interval(left, right)
    five, ten = (documents_needed(found, 40, difference=d) for d in (0.05, 0.1))
    assert five is not None
    assert ten is not None
    assert 3.8 < five / ten < 4.2
    assert documents_needed(found, 2, difference=0.1) is None
    # the textbook's: ((1.96 + 0.84) * sd / difference) ** 2
    apart = [(a.hits - b.hits) / 10 for a, b in zip(left, right, strict=True)]
    assert five == pytest.approx((2.8 * np.std(apart, ddof=1) / 0.05) ** 2, rel=0.15)


def test_engines_that_never_differed_yet_may_differ_a_little() -> None:
    same = documents([4, 3, 2, 4])
    assert documents_needed(difference_interval(same, same), 4, difference=0.01) == 300


def test_repeats() -> None:
    assert pass_all({"a": [True, True], "b": [True, False]}) == 0.5
    assert pass_all({}) is None
    assert spread([0.9, 0.85, 0.92]) == pytest.approx(0.07)
