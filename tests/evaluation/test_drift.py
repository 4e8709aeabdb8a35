"""A run held against a baseline, without labels: told soon, and seldom for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from docglean.evaluation.drift.chart import control_chart
from docglean.evaluation.drift.comparison import LEAST, compare
from docglean.evaluation.drift.page import drift_page
from docglean.evaluation.drift.readings import SIGNALS, DocumentReading, readings
from docglean.extractors.evidence import Confidence, Evidence
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Spending
from docglean.schemas.errors import ConfigError, Problem


def document(random: Random, *, worse: float = 0.0, **made: str) -> DocumentReading:
    """One of a trade where doubt, misses and failed checks differ from document to document."""
    figures = {
        "not_found": min(1.0, max(0.0, random.gauss(0.05, 0.04) + worse)),
        "doubt": random.betavariate(2, 18) + worse,
        "failed_checks": float(random.random() < 0.1 + worse),
        "cost": 0.004,
    }
    schema = made.pop("schema", "invoice")
    return DocumentReading(f"{random.random()}.pdf", schema, figures, {"engine": "e"} | made)


def run(seed: int, count: int, *, worse: float = 0.0, **made: str) -> list[DocumentReading]:
    random = Random(seed)
    return [document(random, worse=worse, **made) for _ in range(count)]


def test_runs_like_the_baseline_cross_the_limit_as_seldom_as_is_said() -> None:
    drifted = sum(compare(run(seed, 80), run(1000 + seed, 40), 0.1).drifted for seed in range(20))
    # Of 20 at 10 %: 7 or more are less likely than one in 400 (binomial).
    assert drifted < 7


def test_a_shift_is_told_within_a_few_documents_and_says_where() -> None:
    moved = compare(run(1, 80), [*run(2, 20), *run(3, 40, worse=0.15)])
    assert moved.drifted
    told = {one.signal: one.after for one in moved.figures if one.after is not None}
    assert {"not_found", "doubt"} <= set(told)
    assert all(20 < after <= 40 for after in told.values())
    assert moved.sentence.startswith("Drift: ")
    doubt = next(one for one in moved.figures if one.signal == "doubt")
    assert doubt.peak > doubt.limit


@pytest.mark.parametrize(
    ("made", "what"),
    [
        ({"model": "m-2"}, "model"),
        ({"engine": "f"}, "engine"),
        ({"schema invoice": "h2"}, "schema invoice"),
    ],
)
def test_what_made_it_is_told_with_the_first_document(made: dict[str, str], what: str) -> None:
    baseline = run(1, 40, **{"model": "m-1", "schema invoice": "h1"})
    now = {"model": "m-1", "schema invoice": "h1"} | made
    found = compare(
        baseline, [*run(2, 5, **{"model": "m-1", "schema invoice": "h1"}), *run(3, 5, **now)]
    )
    (one,) = found.made_otherwise
    assert (one.what, one.after) == (what, 6)
    assert found.drifted


def test_a_kind_that_the_baseline_does_not_have_is_left_out_and_said() -> None:
    found = compare(run(1, 40), [*run(2, 10), *run(3, 4, schema="receipt")])
    assert found.left_out == {"receipt": 4}
    assert found.compared == 10
    with pytest.raises(ConfigError, match="no schema of the run"):
        compare(run(1, 40), run(3, 4, schema="receipt"))


@pytest.mark.parametrize(
    ("baseline", "alarms", "code"), [(LEAST - 1, 0.05, "few_documents"), (40, 0.0, "bad_share")]
)
def test_what_tells_nothing_is_refused(baseline: int, alarms: float, code: str) -> None:
    with pytest.raises(ConfigError) as error:
        compare(run(1, baseline), run(2, 10), alarms)
    assert error.value.code == code


def test_a_figure_that_never_changes_moves_when_it_does() -> None:
    baseline, now = np.zeros((40, 1)), np.ones((12, 1))
    chart = control_chart(baseline, now, (["a"] * 40, ["a"] * 12), 0.05)
    assert chart.crossed()[0] is not None
    same = control_chart(baseline, np.zeros((12, 1)), (["a"] * 40, ["a"] * 12), 0.05)
    assert same.crossed() == [None]


def test_a_baseline_of_like_documents_moves_by_no_trifle() -> None:
    def alike(doubt: float, count: int) -> list[DocumentReading]:
        return [DocumentReading("a", "s", {"doubt": doubt})] * count

    assert not compare(alike(0.14, 30), alike(0.14 + 1e-7, 12)).drifted
    assert compare(alike(0.14, 30), alike(0.24, 12)).drifted


def test_what_a_document_does_not_tell_moves_nothing() -> None:
    baseline = np.array([[0.1 * (row % 7)] for row in range(40)])
    chart = control_chart(baseline, np.full((9, 1), np.nan), (["a"] * 40, ["a"] * 9), 0.05)
    assert np.abs(chart.paths).max() == 0


def extraction(**more: Any) -> Extraction[Any]:
    told: dict[str, Any] = {
        "document": SourceRecord(name="a.pdf", uri="a.pdf", pages=2),
        "schema_used": SchemaRecord(name="invoice", hash="h"),
        "engine": "anthropic:x",
        "served": ("x-1",),
        "status": "review",
        "values": {"total": "3", "date": None},
        "evidence": {"/total": Evidence(how="not_found")},
        "confidence": {
            "/total": Confidence(probability=0.4, signals={"page_doubt": 0.2}),
            "/date": Confidence(probability=0.9),
        },
        "problems": [Problem(code="check_failed", message="")],
        "spending": Spending(cost="0.01"),
    }
    return Extraction[Any](**(told | more))


def test_what_a_document_tells() -> None:
    (one,) = readings([extraction()])
    assert one.figures == pytest.approx(
        {
            "not_ok": 1.0,
            "failed_checks": 1.0,
            "not_found": 1.0,
            "empty": 0.5,
            "doubt": 0.6,
            "page_doubt": 0.2,
            "cost": 0.005,
        }
    )
    assert set(one.figures) == set(SIGNALS)
    assert one.made_by == {"engine": "anthropic:x", "model": "x-1", "schema invoice": "h"}
    (failed,) = readings([extraction(values=None, status="failed", evidence={}, confidence={})])
    assert failed.figures == {"not_ok": 1.0}


def test_the_page_shows_names_of_strangers_as_text() -> None:
    strange: Sequence[DocumentReading] = run(2, 12, model="<script>alert(1)</script>")
    page = drift_page(compare(run(1, 40, model="m"), strange), "now", "<b>then</b>")
    assert "<script" not in page
    assert "&lt;b&gt;then" in page
    assert page.count("<svg") == 4  # the others no document tells
