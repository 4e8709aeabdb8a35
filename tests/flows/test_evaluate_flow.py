"""What the scheduled evaluation says of itself: its table, and the state that it ends in."""

from __future__ import annotations

from datetime import UTC, datetime

from docglean.evaluation.changes import Change, Changes
from docglean.evaluation.engine_figures import Figures
from docglean.evaluation.gates import parse_gate
from docglean.evaluation.rates import Rates
from docglean.evaluation.resampling import Interval
from docglean.flows.evaluate import ended, headline


def found(accuracy: float = 0.9) -> Figures:
    rates = Rates(
        "local",
        documents=20,
        labelled=80,
        outcomes={},
        accuracy=Interval(accuracy - 0.05, accuracy, accuracy + 0.05),
        exact=Interval(0.3, 0.5, 0.7),
        failure=Interval(0.0, 0.05, 0.2),
    )
    return Figures(
        engines=("local",), documents=20, sets={"a": 20}, headline=[rates], by_schema={},
        fields=[], slices=[], repeats=[], comparisons=[], measures=[],
    )  # fmt: skip


def changed(low: float, high: float) -> Changes:
    change = Change(
        engine="local", documents=20, before=0.95, now=0.90, difference=(low + high) / 2, low=low,
        high=high, dropped=high < 0,
    )  # fmt: skip
    return Changes(since=datetime(2026, 1, 1, tzinfo=UTC), run="x", engines=[change])


def test_the_table_has_an_engine_a_row_with_its_change() -> None:
    [row] = headline(found(), changed(-0.08, -0.02))
    assert row == {
        "engine": "local",
        "documents": "20",
        "field accuracy": "90.00%",
        "95 % interval": "85.00% to 95.00%",
        "documents all right": "50.00%",
        "failed": "5.00%",
        "change": "-5.00% (-8.00% to -2.00%)",
    }
    assert headline(found(), None)[0]["change"] == ""


def test_a_drop_that_is_more_than_chance_fails_the_run() -> None:
    assert ended(found(), None, []).is_completed()
    assert ended(found(), changed(-0.08, 0.01), []).is_completed()
    state = ended(found(), changed(-0.08, -0.02), [])
    assert state.is_failed()
    assert state.message == (
        "local: field accuracy fell from 95.00% to 90.00% (-8.00% to -2.00%) on 20 documents."
    )


def test_a_gate_that_is_not_met_fails_the_run() -> None:
    gate = parse_gate("field_accuracy>=0.92")
    assert ended(found(0.93), None, [gate]).is_completed()
    assert ended(found(0.90), None, [gate]).is_failed()
