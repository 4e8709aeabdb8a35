"""Gates: what they say, and what they refuse to say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from docglean.evaluation.confidence_figures import ConfidencePart, EngineConfidence
from docglean.evaluation.gates import FIGURES, Gate, parse_gate
from docglean.evaluation.rates import Rates
from docglean.evaluation.reliability import JudgedConfidence, reliability
from docglean.evaluation.resampling import Interval
from docglean.evaluation.results import CalibrationRecord
from docglean.schemas.errors import ConfigError


def rates(engine: str, accuracy: float | None) -> Rates:
    interval = None if accuracy is None else Interval(accuracy - 0.02, accuracy, accuracy + 0.02)
    return Rates(engine, documents=10, labelled=40, outcomes={}, accuracy=interval)


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("field_accuracy>=0.95", Gate("field_accuracy", ">=", 0.95)),
        (" field_accuracy >= 95 % ", Gate("field_accuracy", ">=", 0.95)),
        ("failure_rate<0.1", Gate("failure_rate", "<", 0.1)),
    ],
)
def test_gates_are_read(text: str, gate: Gate) -> None:
    assert parse_gate(text) == gate


@pytest.mark.parametrize(
    "text", ["", "0.95", "accuracy>=0.95", "field_accuracy=0.95", "f1>=high", "f1>=0.9.1", "f1>=."]
)
def test_what_is_no_gate_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(ConfigError, match=r"field_accuracy>=0\.95; figures are field_accuracy"):
        parse_gate(text)


def test_a_share_is_never_over_one() -> None:
    with pytest.raises(ConfigError, match=r"write 0\.9 or 90 %"):
        parse_gate("auroc>=90")


def test_every_engine_has_to_meet_it() -> None:
    gate = parse_gate("field_accuracy>=0.95")
    assert gate.failures([rates("a", 0.95), rates("b", 0.99)]) == []
    [line] = gate.failures([rates("a", 0.95), rates("b", 0.94)])
    assert line == "b: field_accuracy is 0.9400 (0.9200 to 0.9600), not >= 0.95."


def test_a_figure_that_is_not_there_meets_nothing() -> None:
    assert parse_gate("field_accuracy>=0").failures([rates("a", None)])
    assert parse_gate("hallucination_rate<=1").failures([rates("a", 0.9)])


def test_all_names_are_figures_of_engines() -> None:
    assert all(hasattr(rates("a", 0.5), attribute) for attribute in FIGURES.values())


def sure(engine: str, *, auroc: float | None, ece: float) -> EngineConfidence:
    found = reliability([JudgedConfidence(0.9, True, "a"), JudgedConfidence(0.2, False, "b")])
    assert found is not None
    told = replace(
        found,
        auroc=None if auroc is None else Interval(auroc - 0.01, auroc, auroc + 0.01),
        ece=Interval(ece, ece, ece),
    )
    parts = [ConfidencePart("ran", True, found), ConfidencePart("cross-fitted", True, told)]
    return EngineConfidence(engine, CalibrationRecord(), parts, {})


def test_confidence_has_gates_of_its_own_on_documents_that_were_not_used_to_fit() -> None:
    measured = [sure("a", auroc=0.93, ece=0.04), sure("b", auroc=0.88, ece=0.02)]
    engines = [rates("a", 0.95), rates("b", 0.99)]
    assert parse_gate("ece<=0.05").failures(engines, measured) == []
    assert parse_gate("auroc >= 90 %").failures(engines, measured) == [
        "b: auroc is 0.8800 (0.8700 to 0.8900), not >= 0.9."
    ]
    # Nothing wrong, nothing to rank; an engine of which no confidence is known.
    unknown = [sure("a", auroc=None, ece=0.01)]
    assert parse_gate("auroc>=0.9").failures(engines, unknown) == [
        "a: there is no auroc to compare.", "b: there is no auroc to compare.",
    ]  # fmt: skip
