"""Gates: what they say, and what they refuse to say."""

from __future__ import annotations

import pytest
from docglean.evaluation.gates import FIGURES, Gate, parse_gate
from docglean.evaluation.rates import Rates
from docglean.evaluation.resampling import Interval
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


@pytest.mark.parametrize("text", ["", "0.95", "accuracy>=0.95", "field_accuracy=0.95", "f1>=high"])
def test_what_is_no_gate_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(ConfigError, match=r"field_accuracy>=0\.95; figures are field_accuracy"):
        parse_gate(text)


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
