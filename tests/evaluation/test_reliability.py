"""Figures of confidence: as their definitions and other people's programs have them."""

from __future__ import annotations

import numpy as np
import pytest
from docglean.evaluation.reliability import (
    JudgedConfidence,
    Reliability,
    accuracy_at,
    errors_caught,
    reliability,
)
from docglean.evaluation.thresholds import thresholds
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import proportion_confint


def judged(pairs: list[tuple[float, bool]], each: int = 1) -> list[JudgedConfidence]:
    """Values with a document for every `each` of them."""
    return [
        JudgedConfidence(chance, right, str(place // each))
        for place, (chance, right) in enumerate(pairs)
    ]


def drawn(values: int, *, power: float = 1.0, seed: int = 3) -> list[tuple[float, bool]]:
    """Values that are right as often as their confidence says, or its power."""
    random = np.random.default_rng(seed)
    chances = np.round(random.beta(4, 1, values), 3)
    return [(float(c), bool(random.random() < c**power)) for c in chances]


def of(values: list[JudgedConfidence]) -> Reliability:
    found = reliability(values)
    assert found is not None
    return found


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    pairs = [(round(chance, 1), right) for chance, right in drawn(400)]  # many ties
    right = [chance for chance, good in pairs if good]
    wrong = [chance for chance, good in pairs if not good]
    expected = mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong))
    found = of(judged(pairs)).auroc
    assert found is not None
    assert found.estimate == pytest.approx(expected)
    assert found.low < expected < found.high


def test_constant_confidence_ranks_nothing_and_its_error_is_its_distance() -> None:
    pairs = [(0.8, place % 10 < 6) for place in range(100)]
    found = of(judged(pairs))
    assert found.auroc is not None
    assert found.auroc.estimate == 0.5
    assert found.ece.estimate == pytest.approx(0.2)
    assert found.brier.estimate == pytest.approx(0.6 * 0.04 + 0.4 * 0.64)
    assert [one.figure.estimate for one in found.coverage] == pytest.approx([0.6] * 6)
    assert [one.figure.estimate for one in found.caught] == pytest.approx(
        [one.share for one in found.caught]  # as in random order
    )


def test_ece_and_brier_are_those_of_a_program_of_a_few_lines() -> None:
    pairs = drawn(600, power=2)
    chances, right = np.asarray([p for p, _ in pairs]), np.asarray([r for _, r in pairs])
    place = np.digitize(chances, np.linspace(0, 1, 11)[1:-1])
    expected = sum(
        (place == one).mean() * abs(right[place == one].mean() - chances[place == one].mean())
        for one in np.unique(place)
    )
    found = of(judged(pairs))
    assert found.ece.estimate == pytest.approx(expected)
    assert found.ece.estimate > 0.05
    assert found.brier.estimate == pytest.approx(((chances - right) ** 2).mean())
    assert sum(one.values for one in found.curve) == 600


def test_confidence_that_holds_has_next_to_no_error() -> None:
    assert of(judged(drawn(20_000))).ece.estimate < 0.01


def test_coverage_and_errors_caught_by_hand() -> None:
    right, wrong = np.asarray([[0.0, 2.0, 4.0]]), np.asarray([[2.0, 2.0, 0.0]])
    # of those that tie, half are kept, and half are looked at
    assert accuracy_at(right, wrong, (1.0, 0.4, 0.6))[0] == pytest.approx([0.6, 1.0, 5 / 6])
    assert errors_caught(right, wrong, (0.2, 0.4, 1.0))[0] == pytest.approx([0.5, 0.75, 1.0])


def test_thresholds_by_hand_and_how_sure_they_are() -> None:
    levels = np.asarray([0.5, 0.9, 0.99])
    right, wrong = np.asarray([50.0, 96.0, 1000.0]), np.asarray([50.0, 4.0, 2.0])
    found = {one.wanted: one for one in thresholds(levels, right, wrong, 1.0)}
    one = found[0.99]
    assert one.threshold == 0.9
    assert one.coverage == pytest.approx(1102 / 1202)
    assert one.accuracy == pytest.approx(1096 / 1102)
    low, _ = proportion_confint(1096, 1102, alpha=0.1, method="wilson")
    assert one.at_least == pytest.approx(low, abs=1e-4)
    assert one.sure == pytest.approx(0.99 if low < 0.99 else 0.9)
    assert found[0.95].threshold == 0.5
    tenth = {one.wanted: one for one in thresholds(levels, right, wrong, 0.01)}
    assert tenth[0.99].sure is None  # eleven independent values promise no 99 %


def test_values_that_fail_together_count_as_fewer() -> None:
    random = np.random.default_rng(5)
    together = [(0.9, bool(good)) for good in random.random(50) < 0.8 for _ in range(20)]
    alone = [(0.9, bool(good)) for good in random.random(1000) < 0.8]
    clustered, independent = of(judged(together, 20)), of(judged(alone, 20))
    assert clustered.effective == pytest.approx(50, rel=0.1)
    assert independent.effective > 600
    assert _width(clustered) > 3 * _width(independent)


def _width(found: Reliability) -> float:
    return found.accuracy.high - found.accuracy.low


def test_where_nothing_is_wrong_nothing_is_claimed_that_is_not_known() -> None:
    found = of(judged([(0.97, True)] * 40, 2))
    assert found.auroc is None
    assert found.caught == []
    assert all(one.sure is None for one in found.thresholds if one.wanted >= 0.95)
    assert reliability([]) is None


def test_the_same_values_give_the_same_limits() -> None:
    assert of(judged(drawn(200), 5)) == of(judged(drawn(200), 5))


def test_many_values_of_two_documents_show_no_threshold_to_be_safe() -> None:
    judged = [JudgedConfidence(0.99, True, place % 2) for place in range(1000)]
    judged += [JudgedConfidence(0.1, False, place) for place in range(2)]
    found = reliability(judged)
    assert found is not None
    assert found.effective == 2
    assert all(one.sure is None for one in found.thresholds)


def test_few_values_of_a_right_confidence_show_an_error_and_many_hardly_any() -> None:
    few = [of(judged(drawn(150, seed=seed))) for seed in range(20)]
    many = of(judged(drawn(20_000)))
    assert all(one.ece_by_chance.estimate > 0.03 for one in few)
    assert many.ece_by_chance.estimate < 0.01
    # All are right as often as they say: about 19 of 20 are within what chance shows.
    within = [one.ece_by_chance.low <= one.ece.estimate <= one.ece_by_chance.high for one in few]
    assert sum(within) >= 17


def test_a_wrong_confidence_stands_out_from_chance() -> None:
    found = of(judged(drawn(2_000, power=3.0)))
    assert found.ece.estimate > 2 * found.ece_by_chance.high
