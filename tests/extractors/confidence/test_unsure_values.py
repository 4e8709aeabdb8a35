"""What is less sure than was asked for is told: by the problem, totals, states and columns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.confidence.review import judged, percent, unsure_values
from docglean.extractors.extraction import (
    Confidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
    status_of,
)
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import load_settings
from docglean.flows.batch_run import BatchOrder
from docglean.flows.export.tables import Flattener
from docglean.flows.reports import ended
from docglean.flows.request import RunRequest
from docglean.flows.run import row_of
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WRONG


class Line(BaseModel):
    text: str | None = None
    amount: str | None = None


class Bill(BaseModel):
    number: str | None = None
    note: str | None = None
    lines: list[Line] = []


BILL = schema_of(Bill)
VALUES: dict[str, Any] = {
    "number": "A-1",
    "note": None,
    "lines": [{"text": "bolt", "amount": "2.00"}, {"text": "nut", "amount": None}],
}


def sure(calibrated: bool = False, **shares: float) -> dict[str, Confidence]:
    return {
        "/" + key.replace("_", "/"): Confidence(probability=share, calibrated=calibrated)
        for key, share in shares.items()
    }


def found(below: float | None, **shares: float) -> Extraction[Any]:
    confidence = sure(**shares)
    problems = unsure_values(VALUES, confidence, below)
    return Extraction[Any](
        document=SourceRecord(name="a.pdf", uri="file:///a.pdf", pages=1),
        schema=SchemaRecord(name=BILL.name, hash=BILL.hash),
        engine="local",
        status=status_of(VALUES, problems),
        data=VALUES,
        confidence=confidence,
        problems=problems,
    )


def test_one_problem_names_count_and_worst() -> None:
    (problem,) = unsure_values(
        VALUES, sure(number=0.8, lines_0_text=0.314159, lines_0_amount=0.95), 0.9
    )
    assert (problem.code, problem.severity) == ("unsure_value", "review")
    assert problem.paths == ("/lines/0/text", "/number")
    assert problem.message == (
        "2 of 3 values are less sure than 90%, the least /lines/0/text (31.4%, not calibrated)."
    )


def test_nothing_is_said_where_nobody_asked_or_all_is_sure() -> None:
    assert unsure_values(VALUES, sure(number=0.1), None) == []
    assert unsure_values(VALUES, sure(number=0.9), 0.9) == []
    assert unsure_values(VALUES, {}, 0.9) == []
    assert found(None, number=0.1).status == "ok"
    assert found(0.5, number=0.1).status == "review"


def test_a_null_counts_where_its_number_is_measured_or_speaks_against_it() -> None:
    def counted(**how: Any) -> list[str]:
        return [pointer for pointer, _ in judged(VALUES, sure(**how))]

    assert counted(number=0.9, note=0.7) == ["/number"]  # a prior knows nothing of absence
    assert counted(number=0.9, note=0.4) == ["/note", "/number"]  # likelier overlooked than not
    assert counted(calibrated=True, number=0.9, note=0.7) == ["/note", "/number"]
    (problem,) = unsure_values(VALUES, sure(calibrated=True, note=0.7), 0.9)
    assert "not calibrated" not in problem.message


def test_what_is_not_certain_never_reads_so() -> None:
    assert [percent(share) for share in (0, 0.5, 0.9996, 1)] == ["0%", "50%", "99.9%", "100%"]


def test_totals_states_and_rows_count_it(tmp_path: Path) -> None:
    totals = Totals()
    for one in (
        found(0.9, number=0.1, lines_0_text=0.2), found(0.9, number=0.3), found(0.9, number=1.0),
    ):  # fmt: skip
        totals.add(one)
    assert (totals.unsure, totals.unsure_values) == (2, 3)
    assert totals.sentence() == (
        "3 documents (1 ok, 2 to review), 3 pages, 3 unsure values in 2 documents."
    )
    record = RunRecord(id="r", started=datetime.now(UTC), engine="local", totals=totals + totals)
    state = ended(record, 6)
    assert state.name == "NeedsReview"
    assert state.message == "of 6 documents 4 to review; 6 unsure values in 4 documents"
    row = row_of(found(0.9, number=0.25), RunFolder(tmp_path))
    assert row["least sure"] == "25% /number (not calibrated)"
    assert "unsure" not in Totals(documents=1, ok=1).sentence()


def test_tables_have_the_least_confidence_of_each_row() -> None:
    shares = {"number": 0.8, "lines_0_text": 0.7, "lines_0_amount": 0.6, "lines_1_text": 0.9}
    flat = Flattener({BILL.hash: BILL}, {})
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, row in flat.rows(found(0.75, note=0.95, **shares)):
        rows.setdefault(table.name, []).append(row)
    (document,) = rows["documents"]
    assert (document["confidence"], document["least_sure"]) == (0.6, "/lines/0/amount")
    assert document["unsure_values"] == 2
    assert rows["bill"][0]["confidence"] == 0.8
    assert [row["confidence"] for row in rows["bill_lines"]] == [0.6, 0.9]
    names = {table.name: [column.name for column in table.columns] for table in flat.tables}
    assert names["bill"] == ["document", "number", "note", "confidence"]
    documents = names["documents"]
    assert documents[documents.index("problems") + 1 :][:3] == [
        "confidence", "least_sure", "unsure_values"]  # fmt: skip
    for table, row in flat.rows(found(None)):
        assert row["confidence"] is None, table.name


def test_a_field_called_confidence_keeps_its_column() -> None:
    class Guess(BaseModel):
        confidence: str | None = None

    (_, table) = Flattener({"x": schema_of(Guess)}, {}).tables
    assert [column.name for column in table.columns] == ["document", "confidence", "confidence_2"]


@pytest.mark.parametrize("told", [-0.1, 1.01, float("nan")])
def test_what_is_no_probability_is_refused(
    told: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="review_below"):
        RunOptions(review_below=told)
    monkeypatch.setenv("DOCGLEAN_REVIEW_BELOW", str(told))
    with pytest.raises(ConfigError, match="review_below"):
        load_settings()


def test_it_counts_for_a_batch_order_where_it_is_told_only() -> None:
    def key(**more: Any) -> str:
        order = RunRequest(run="r", engine="openai:gpt-6-luna", batch=True, **more)
        return BatchOrder(order=order, sources=(), out="/out", started=datetime.now(UTC)).key

    assert key() == key(review_below=None) != key(review_below=0.9)


@pytest.mark.slow
def test_a_document_goes_to_review_by_option_and_by_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), "Number: A-100", fontsize=12)
    document.save(tmp_path / "a.pdf")
    (tmp_path / "slip.py").write_text(
        "from pydantic import BaseModel\n\nclass Slip(BaseModel):\n    number: str | None = None\n"
    )
    asked = (tmp_path / "a.pdf", f"{tmp_path / 'slip.py'}:Slip")
    plain = extract(*asked, engine="local")
    assert (plain.status, plain.values) == ("ok", {"number": "A-100"})
    share = plain.confidence["/number"].probability
    doubted = extract(*asked, engine="local", review_below=min(1.0, share + 0.001))
    assert doubted.status == "review"
    assert doubted.values == plain.values
    assert [one.paths for one in doubted.problems if one.code == "unsure_value"] == [("/number",)]
    monkeypatch.setenv("DOCGLEAN_REVIEW_BELOW", "1")
    assert extract(*asked, engine="local").status == "review"
    assert extract(*asked, engine="local", review_below=0.0).status == "ok"
    words = ["extract", str(asked[0]), "--schema", asked[1], "--engine", "local"]
    assert run_command(words) == SOME_FAILED
    assert run_command([*words, "--review-below", "0"]) == OK
    assert run_command([*words, "--review-below", "90"]) == WRONG
    assert "not from 0 to 1" in capsys.readouterr().err
