"""How trees learn from judged values what their signals come to together."""

from __future__ import annotations

import random

from docglean.evaluation.calibration_fit import JudgedValue
from docglean.extractors.confidence.weighed import AGAINST, FOR

from bench.trainings import weighed


def judged(documents: int) -> list[JudgedValue]:
    """A value is right where its checks hold or the page is hard to read; not where both are so."""
    draw = random.Random(3)
    found = []
    for number in range(documents):
        for field in ("invoice/grand_total", "invoice/bic"):
            holds, hard = draw.random() < 0.5, draw.random() < 0.5
            signals = {"exact": 1.0, "check_holds": float(holds), "page_doubt": float(hard)}
            found.append(JudgedValue(signals, field, holds != hard, f"d{number}", "drawn"))
    return found


def test_trees_see_what_signals_mean_to_each_other_in_documents_that_they_did_not_learn_from() -> (
    None
):
    values = judged(300)
    told = weighed.anew(values)
    right = [one.signals.get(FOR, 0.0) for one in told if one.right]
    wrong = [one.signals.get(AGAINST, 0.0) for one in told if not one.right]
    assert sum(signal > 0 for signal in right) > 0.95 * len(right)
    assert sum(signal > 0 for signal in wrong) > 0.95 * len(wrong)


def test_nothing_is_told_of_a_document_that_others_do_not_show() -> None:
    draw = random.Random(5)
    noise = [
        JudgedValue({"exact": 1.0, "rule_gap": draw.random()}, "invoice/bic", draw.random() < 0.5,
                    f"d{number}", "drawn")
        for number in range(400)
    ]  # fmt: skip
    told = weighed.anew(noise)
    hits = sum((FOR in one.signals) == one.right for one in told)
    assert 0.4 < hits / len(told) < 0.6


def test_a_field_of_which_little_is_known_is_held_near_all_others() -> None:
    many = [JudgedValue({}, "invoice/bic", True, str(n)) for n in range(99)]
    many += [JudgedValue({}, "invoice/bic", False, "x")]
    few = [JudgedValue({}, "invoice/iban", False, "y")]
    odds = weighed.field_odds(many + few)
    assert odds["invoice/bic"] > odds["invoice/iban"] > 0


def test_each_value_stands_there_as_one_of_an_unknown_field_too() -> None:
    known, unknown = weighed.of_values([JudgedValue({"exact": 1.0}, "invoice/bic", True, "d")])
    assert "field_odds" in known.features
    assert unknown.features == {n: v for n, v in known.features.items() if n != "field_odds"}
    assert (known.weight, unknown.weight, known.group) == (1.0, weighed.UNKNOWN, unknown.group)
    assert weighed.known([known, unknown]) == {
        "fields": {"invoice/bic": known.features["field_odds"]}
    }
