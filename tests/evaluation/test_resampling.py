"""One draw for all figures: against scipy's bootstrap, exact counts and simulated truths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from docglean.evaluation.resampling import Draws, flip_p_value
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap


def simulated(size: int, seed: int, quality: float = 9) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    total = random.integers(4, 16, size)
    return random.binomial(total, random.beta(quality, 1, size)).astype(float), total.astype(float)


def test_one_set_agrees_with_scipy() -> None:
    hits, total = simulated(60, 1)
    theirs = bootstrap(
        (np.arange(60),),
        lambda index, axis=-1: hits[index].sum(axis=axis) / total[index].sum(axis=axis),
        n_resamples=20_000,
        method="BCa",
        rng=np.random.default_rng(7),
    ).confidence_interval
    ours = Draws(("a",) * 60, resamples=20_000).interval(hits, total)
    assert ours is not None
    assert ours.estimate == pytest.approx(hits.sum() / total.sum())
    assert ours.low == pytest.approx(theirs.low, abs=0.002)
    assert ours.high == pytest.approx(theirs.high, abs=0.002)


def test_two_sets_agree_with_scipy() -> None:
    """scipy resamples each of several samples on its own, which is the stratified bootstrap."""
    parts = [simulated(40, 2), simulated(15, 3, quality=3)]

    def figure(*chosen: np.ndarray, axis: int = -1) -> np.ndarray:
        shares = [h[i].sum(axis=axis) / t[i].sum(axis=axis)
                  for (h, t), i in zip(parts, chosen, strict=True)]  # fmt: skip
        return np.mean(shares, axis=0)

    theirs = bootstrap(
        tuple(np.arange(len(h)) for h, _ in parts), figure, n_resamples=20_000, method="BCa",
        vectorized=True, rng=np.random.default_rng(7),
    ).confidence_interval  # fmt: skip
    ours = Draws(("a",) * 40 + ("b",) * 15, resamples=20_000).interval(
        *(np.concatenate(both) for both in zip(*parts, strict=True))
    )
    assert ours is not None
    assert ours.low == pytest.approx(theirs.low, abs=0.004)
    assert ours.high == pytest.approx(theirs.high, abs=0.004)


def test_many_figures_at_once_are_the_same_as_one_by_one() -> None:
    figures = [simulated(30, seed) for seed in range(4)]
    figures[2][1][:10] = 0  # ten documents have nothing to count
    figures[2][0][:10] = 0
    draws = Draws(("a",) * 20 + ("b",) * 10)
    assert draws.intervals(figures) == [draws.interval(*figure) for figure in figures]


def test_a_mean_over_fields_weighs_them_alike() -> None:
    hits = np.array([[9.0, 0.0], [9.0, 1.0], [9.0, 0.0]])
    total = np.array([[10.0, 1.0], [10.0, 1.0], [10.0, 0.0]])
    found = Draws(("a",) * 3).interval(hits, total)
    assert found is not None
    assert found.estimate == pytest.approx((0.9 + 0.5) / 2)


@pytest.mark.parametrize(
    ("hits", "limits"), [(4, (0.72, 1.0)), (0, (0.0, 0.28)), (3, (0.43, 0.93))]
)
def test_documents_all_alike_are_told_by_wilson(hits: int, limits: tuple[float, float]) -> None:
    found = Draws(("a",) * 10).interval([hits] * 10, [4] * 10)
    assert found is not None
    assert found.estimate == hits / 4
    assert (round(found.low, 2), round(found.high, 2)) == pytest.approx(limits, abs=0.04)


def test_a_set_of_one_document_does_not_make_the_figure_sure() -> None:
    hits, total = simulated(20, 5)
    alone = Draws(("a",) * 20 + ("b",)).interval([*hits, 3], [*total, 4])
    assert alone is not None
    assert alone.estimate == pytest.approx((hits.sum() / total.sum() + 0.75) / 2)
    assert alone.high - alone.low > 0.02
    both = Draws(("a", "b")).interval([4, -4], [4, 4], difference=True)
    assert both is not None
    assert (both.low, both.high) == (-1, 1)
    assert Draws(("a",)).interval([2], [4], difference=True) is not None


def test_nothing_to_count_is_no_figure() -> None:
    assert Draws(("a", "a")).interval([0, 0], [0, 0]) is None


def test_a_ratio_may_exceed_one_where_it_is_told_so() -> None:
    errors, words = np.array([30.0, 5.0, 12.0, 40.0, 9.0]), np.full(5, 10.0)
    free = Draws(("a",) * 5).interval(errors, words, bounded=False)
    assert free is not None
    assert free.low < free.estimate < 3 < free.high
    assert free.estimate == pytest.approx(1.92)
    same = Draws(("a",) * 5).interval(np.full(5, 30.0), words, bounded=False)
    assert same is not None
    assert (same.low, same.estimate, same.high) == (3, 3, 3)


counts = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=12
)


@given(counts)
def test_the_estimate_lies_within(rows: list[tuple[int, int, str]]) -> None:
    found = Draws(tuple(s for *_, s in rows), resamples=200).interval(
        [min(h, t) for h, t, _ in rows], [t for _, t, _ in rows]
    )
    if found is not None:
        assert 0 <= found.low <= found.estimate <= found.high <= 1


@given(st.lists(st.integers(-3, 3), max_size=9))
def test_flips_are_counted_exactly(differences: list[int]) -> None:
    observed = abs(sum(differences))
    sums = [abs(sum(s * abs(d) for s, d in zip(signs, differences, strict=True)))
            for signs in product((1, -1), repeat=len(differences))]  # fmt: skip
    assert flip_p_value(differences) == pytest.approx(
        sum(one >= observed for one in sums) / len(sums)
    )


def test_five_documents_show_nothing_and_six_may() -> None:
    assert flip_p_value([1.0] * 5) == 2 / 32
    assert flip_p_value([1.0] * 6) == 2 / 64
    assert flip_p_value([]) == flip_p_value([0.0] * 40) == 1.0


def test_drawn_flips_are_near_the_exact_ones() -> None:
    random = np.random.default_rng(3)
    differences = random.normal(0.5, 1, 13)
    exact = flip_p_value(differences)
    doubled = np.concatenate([differences, [1e-12] * 10])  # too many to count, none that matters
    assert flip_p_value(doubled) == pytest.approx(exact, abs=0.02)
