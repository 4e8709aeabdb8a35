"""What is fitted to judged values: known models are found again, and no document judges itself."""

from __future__ import annotations

import numpy as np
import pytest
from docglean.evaluation.calibration_fit import (
    FOLDS,
    JudgedValue,
    cross_fit,
    fit,
    folds,
    too_little,
)
from docglean.extractors.calibration_file import Calibration

NOTHING = Calibration(family="local")
TRUE = {"exact": 2.0, "nowhere": -1.5, "idle": 0.0}


def drawn(documents: int, each: int = 20, seed: int = 1) -> list[JudgedValue]:
    """Values of a known model: log odds 0.5, `TRUE`, and 1.5 for one field of five."""
    random = np.random.default_rng(seed)
    found = []
    for document in range(documents):
        for place in range(each):
            signals = {name: 1.0 for name in TRUE if random.random() < 0.5}
            odds = 0.5 + sum(TRUE[name] for name in signals) + 1.5 * (place % 5 == 3)
            right = bool(random.random() < 1 / (1 + np.exp(-odds)))
            found.append(JudgedValue(signals, f"form/{place % 5}", right, str(document), "one"))
    return found


def noise(documents: int, signals: int) -> list[JudgedValue]:
    """Values whose signals say nothing, though each document's say which one it is."""
    random = np.random.default_rng(7)
    found = []
    for document in range(documents):
        marks = {f"s{one}": float(random.random()) for one in range(signals)}
        right = bool(random.random() < 0.5)
        found += [JudgedValue(marks, "form/a", right, str(document), "one") for _ in range(4)]
    return found


def ranks_right(probabilities: list[float], values: list[JudgedValue]) -> float:
    """AUROC by its definition: pairs in the right order, ties half."""
    right = [p for p, value in zip(probabilities, values, strict=True) if value.right]
    wrong = [p for p, value in zip(probabilities, values, strict=True) if not value.right]
    pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
    return sum(pairs) / len(pairs)


def test_a_known_model_is_found_again() -> None:
    found = fit(drawn(400), NOTHING)
    for name, weight in TRUE.items():
        assert found.weights[name] == pytest.approx(weight, abs=0.2)
    offsets = found.fields
    others = np.mean([offsets[f"form/{one}"] for one in (0, 1, 2, 4)])
    assert offsets["form/3"] - others == pytest.approx(1.5, abs=0.25)


def test_few_values_leave_the_prior_nearly_as_it_was() -> None:
    prior = NOTHING.model_copy(update={"weights": {"exact": 3.0, "nowhere": 1.0, "idle": -1.0}})
    few, many = fit(drawn(3, 2), prior), fit(drawn(400), prior)
    for name, weight in prior.weights.items():
        assert abs(few.weights[name] - weight) < 0.6
        assert abs(many.weights[name] - TRUE[name]) < 0.25


def test_a_fit_that_knows_its_documents_would_pass_and_the_cross_fit_does_not() -> None:
    values = noise(60, 40)
    found = fit(values, NOTHING)
    own = [found.probability(found.contributions(v.signals, "form", "/a")) for v in values]
    assert ranks_right(own, values) > 0.8
    assert 0.3 < ranks_right(cross_fit(values), values) < 0.65


def test_the_label_of_a_document_does_not_change_its_own_probabilities() -> None:
    values = drawn(40, 5)
    turned = [
        JudgedValue(v.signals, v.field, not v.right if v.document == "7" else v.right, v.document,
                    v.set)
        for v in values
    ]  # fmt: skip
    before, after = cross_fit(values), cross_fit(turned)
    own = [place for place, value in enumerate(values) if value.document == "7"]
    assert [before[place] for place in own] == [after[place] for place in own]
    assert before != after


def test_probabilities_of_the_cross_fit_are_those_of_the_model() -> None:
    values = drawn(400)
    chances = []
    for value in values:
        odds = 0.5 + sum(TRUE[name] for name in value.signals) + 1.5 * (value.field == "form/3")
        chances.append(1 / (1 + np.exp(-odds)))
    assert np.abs(np.asarray(cross_fit(values)) - chances).max() < 0.08


def test_folds_are_the_same_in_any_order_and_share_every_set() -> None:
    documents = [(name, str(one)) for name in ("a", "b") for one in range(20)]
    found = folds(documents, FOLDS)
    assert found == folds([*reversed(documents), *documents], FOLDS)
    for name in ("a", "b"):
        sizes = np.bincount([fold for one, fold in found.items() if one[0] == name])
        assert sizes.tolist() == [4] * FOLDS


def test_what_cannot_be_fitted_is_told() -> None:
    assert "too few" in too_little(drawn(14))
    assert too_little(drawn(15)) == ""
    all_right = [JudgedValue({}, "form/a", True, str(one)) for one in range(30)]
    assert "Every value is right" in too_little(all_right)


@pytest.mark.parametrize("labelled", [True, False])
def test_nulls_are_judged_only_by_labels_that_know_right_ones(labelled: bool) -> None:
    prior = Calibration(family="local", weights={"absent": 2.0, "absent_usual": -4.0})
    values = drawn(40)
    for number in range(40):
        for signals in ({"absent": 1.0}, {"absent": 1.0, "absent_usual": 1.0}):
            values.append(JudgedValue(signals, "x/tip", right=False, document=str(number)))
    if labelled:
        values.append(JudgedValue({"absent": 1.0}, "x/tip", right=True, document="0"))
    found = fit(values, prior).weights
    assert (found["absent"] == 2.0) is not labelled
    assert found["absent"] + found["absent_usual"] < -1.5
