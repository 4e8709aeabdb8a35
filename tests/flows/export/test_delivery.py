"""Results sent on before and after review: each once a revision, and what waits is held back."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.extraction import PartRecord
from docglean.flows.export.delivery import AfterReview, Delivered, Delivery, deliver
from docglean.flows.export.sent_record import SENT, SentRecord, without_secrets
from docglean.flows.run_folder import RESULTS, RunFolder
from docglean.schemas.errors import ConfigError
from reviewed_runs import BELOW, DOUBTED, GOOD, Reviewer, local_run

TOLD = ("--review-below", str(BELOW), "--calibration", "off")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One document that is ok, and one with a value that is less sure than was asked for."""
    out = local_run(tmp_path_factory.mktemp("run"), [GOOD, DOUBTED], *TOLD)
    assert {one.document.name: one.status for one in RunFolder(out).extractions()} == {
        GOOD: "ok", DOUBTED: "review",
    }  # fmt: skip
    return out


@pytest.fixture
def run(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "out"))


def names(folder: Path) -> dict[str, str]:
    """Status by name of the documents in exported tables."""
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["status"] for row in csv.DictReader(file)}


def read_table(url: str, table: str) -> list[dict[str, Any]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.execute(sa.text(f"SELECT * FROM {table}"))
            return [dict(row._mapping) for row in found]
    finally:
        engine.dispose()


def statuses(url: str, table: str = "docglean_documents") -> dict[str, str]:
    return {row["name"]: row["status"] for row in read_table(url, table)}


def test_without_waiting_all_go_out_and_their_status_tells(run: Path, tmp_path: Path) -> None:
    to = tmp_path / "csv"
    delivery = Delivery(str(to))
    assert deliver(run, delivery) == Delivered(2, 0, 1)
    assert names(to) == {GOOD: "ok", DOUBTED: "review"}
    Reviewer(run).did(DOUBTED, ("confirm", "/invoice_number"), ("done", ""))
    assert deliver(run, delivery) == Delivered(1, 0, 0)
    assert names(to) == {GOOD: "ok", DOUBTED: "reviewed"}


def test_what_waits_is_sent_once_it_is_signed_off(run: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite'}"
    delivery = Delivery(url, after_review="wait")
    assert str(deliver(run, delivery)) == "1 document sent, 1 to review"
    assert statuses(url) == {GOOD: "ok"}
    ann = Reviewer(run)
    ann.did(DOUBTED, ("set", "/grand_total", "1.00"))
    assert deliver(run, delivery) == Delivered(0, 0, 1), "somebody has begun, and is not done"
    ann.did(DOUBTED, ("done", ""))
    assert deliver(run, delivery) == Delivered(1, 0, 0)
    assert statuses(url) == {GOOD: "ok", DOUBTED: "reviewed"}
    totals = {row["document"]: row["grand_total"] for row in read_table(url, "docglean_invoice")}
    assert totals[ann.read(DOUBTED).document.uri] == "1.00"
    ann.did(DOUBTED, ("reopen", ""))
    assert deliver(run, delivery) == Delivered(0, 0, 1)
    assert statuses(url) == {GOOD: "ok"}, "what is doubted again is taken out again"


def test_documents_of_one_file_wait_each_for_itself(run: Path, tmp_path: Path) -> None:
    file, lines = "file:///in/packet.pdf", []
    for number, one in enumerate(RunFolder(run).extractions(), start=1):
        part = PartRecord(number=number, of=2, first=number, last=number)
        document = one.document.model_copy(update={"part": part, "uri": part.uri_in(file)})
        lines.append(one.model_copy(update={"document": document}).to_json() + "\n")
    (run / RESULTS).write_text("".join(lines))
    url = f"sqlite:///{tmp_path / 'db.sqlite'}"
    assert deliver(run, Delivery(url, after_review="apart")) == Delivered(1, 1, 1)
    assert deliver(run, Delivery(url, after_review="wait")) == Delivered(0, 0, 1)
    assert statuses(url) == {GOOD: "ok"}
    Reviewer(run).did(DOUBTED, ("done", ""))
    assert deliver(run, Delivery(url, after_review="apart")) == Delivered(2, 0, 0)
    assert statuses(url) == {GOOD: "ok", DOUBTED: "reviewed"}
    assert len(read_table(url, "docglean_documents")) == 2, "once each"
    assert statuses(url, "to_review_docglean_documents") == {}


def test_what_waits_may_go_to_tables_of_its_own(run: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite'}"
    delivery = Delivery(url, after_review="apart")
    assert str(deliver(run, delivery)) == "1 document sent, 1 apart, 1 to review"
    assert statuses(url) == {GOOD: "ok"}
    assert statuses(url, "to_review_docglean_documents") == {DOUBTED: "review"}
    Reviewer(run).did(DOUBTED, ("done", ""))
    assert deliver(run, delivery) == Delivered(1, 0, 0)
    assert statuses(url) == {GOOD: "ok", DOUBTED: "reviewed"}
    assert statuses(url, "to_review_docglean_documents") == {}
    assert read_table(url, "to_review_docglean_invoice") == []


@pytest.mark.parametrize(
    ("to", "apart"),
    [
        ("{run}/csv", "out/csv-to-review"),
        ("csv/", "csv-to-review"),
        ("all.xlsx", "all-to-review.xlsx"),
    ],
)
def test_files_of_what_waits_lie_beside_the_others(
    run: Path, tmp_path: Path, to: str, apart: str
) -> None:
    delivery = Delivery(f"{tmp_path}/{to}", after_review="apart").of_run("out")
    assert deliver(run, delivery) == Delivered(1, 1, 1)
    assert delivery.places[1].to == f"{tmp_path}/{apart}"
    assert Path(delivery.places[1].to).exists()


@pytest.mark.parametrize("after", ["send", "apart", "wait"])
def test_what_has_not_changed_is_not_sent_again(
    run: Path, tmp_path: Path, after: AfterReview
) -> None:
    delivery = Delivery(str(tmp_path / "csv"), after_review=after)
    assert deliver(run, delivery).documents
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("csv*/*")}
    again = deliver(run, delivery)
    assert (again.documents, again.apart) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("csv*/*")} == before


def test_what_was_killed_before_it_was_written_down_is_sent_again_alone(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite'}"
    delivery = Delivery(url, after_review="wait")
    deliver(run, delivery)
    Reviewer(run).did(DOUBTED, ("done", ""))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SentRecord, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(run, delivery)
    assert statuses(url) == {GOOD: "ok", DOUBTED: "reviewed"}
    assert deliver(run, delivery) == Delivered(1, 0, 0)
    assert statuses(url) == {GOOD: "ok", DOUBTED: "reviewed"}
    assert len(read_table(url, "docglean_documents")) == 2, "once each"
    told = json.loads((run / SENT).read_text())["sent"][f"sql {url} docglean_"]
    assert {
        document["uri"].rpartition("/")[2]: document.get("revision")
        for file in told.values()
        for document in file["documents"]
    } == {GOOD: 0, DOUBTED: 2}


def test_a_destination_that_is_away_is_told_and_nothing_counts_as_sent(
    run: Path, tmp_path: Path
) -> None:
    away = Delivery(f"sqlite:///{tmp_path / 'nowhere' / 'db.sqlite'}")
    with pytest.raises(ConfigError) as caught:
        deliver(run, away)
    assert caught.value.code == "no_database"
    (tmp_path / "nowhere").mkdir()
    assert deliver(run, away) == Delivered(2, 0, 1)


def test_a_damaged_record_is_told_with_a_way_out(run: Path, tmp_path: Path) -> None:
    (run / SENT).write_text("{")
    with pytest.raises(ConfigError, match="remove it: then all documents are sent") as caught:
        deliver(run, Delivery(str(tmp_path / "csv")))
    assert caught.value.code == "bad_sent"
    (run / SENT).write_text('{"version": 99}')
    with pytest.raises(ConfigError):
        deliver(run, Delivery(str(tmp_path / "csv")))


@pytest.mark.parametrize(("to", "kind"), [("nobody knows", None), ("out", "folder")])
def test_what_is_no_destination_is_refused_at_once(to: str, kind: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        Delivery(to, kind)
    assert caught.value.code == "bad_format"


def test_the_record_knows_destinations_without_what_lets_one_in() -> None:
    assert without_secrets("postgresql+psycopg://me:hush@host/db") == "postgresql+psycopg://host/db"
    assert without_secrets("postgresql://host/db?password=hush&sslmode=require") == (
        "postgresql://host/db?sslmode=require"
    )
    odbc = "mssql+pyodbc:///?odbc_connect=Driver%3DX%3BServer%3Da%3BUID%3Dme%3BPWD%3Dhush"
    assert "hush" not in without_secrets(odbc)
    assert "Server=a" in without_secrets(odbc)
    assert without_secrets("s3://bucket/a@b/csv") == "s3://bucket/a@b/csv"
    assert without_secrets("/tmp/a@b/csv") == "/tmp/a@b/csv"
