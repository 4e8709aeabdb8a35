"""The run folder: whole files only, added to, never corrupted."""

from __future__ import annotations

import csv
import json
import multiprocessing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Spending
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import schema_of
from pydantic import BaseModel


class Line(BaseModel):
    text: str | None
    total: Decimal | None


class Bill(BaseModel):
    number: str | None
    lines: list[Line]


BILL = schema_of(Bill)


def extraction(name: str, uri: str | None = None, **values: Any) -> Extraction[Any]:
    return Extraction[Any](
        document=SourceRecord(name=name, uri=uri or f"file:///{name}", pages=1),
        schema=SchemaRecord(name=BILL.name, hash=BILL.hash),
        engine="local",
        status="ok",
        data={"number": name, "lines": [], **values},
        spending=Spending(cost=Decimal("0.25"), calls=1),
    )


def record(name: str) -> RunRecord:
    return RunRecord(id=name, started=datetime.now(UTC), engine="local")


def finish(folder: RunFolder, run: RunRecord, names: list[str]) -> None:
    run.state = "finished"
    folder.end(run, [f"file:///{name}" for name in names], {BILL.name: BILL})


def names_in(folder: Path) -> list[str]:
    lines = (folder / "results.jsonl").read_text().splitlines()
    return [json.loads(line)["document"]["name"] for line in lines]


def test_results_stand_in_input_order_whatever_was_done_first(tmp_path: Path) -> None:
    folder, run = RunFolder(tmp_path), record("one")
    folder.begin(run)
    for name in ("b.pdf", "c.pdf", "a.pdf"):
        folder.add(extraction(name))
    finish(folder, run, ["a.pdf", "b.pdf", "c.pdf"])
    assert names_in(tmp_path) == ["a.pdf", "b.pdf", "c.pdf"]
    assert json.loads((tmp_path / "documents/b.pdf.json").read_text())["data"]["number"] == "b.pdf"


def test_of_what_is_known_only_at_the_end_the_files_are_told(tmp_path: Path) -> None:
    folder, run = RunFolder(tmp_path), record("one")
    folder.begin(run)
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        one = extraction(name)
        content = "other" if name == "b.pdf" else "same"
        one.document = one.document.model_copy(update={"sha256": content})
        folder.add(one)
    changed = folder.end(run, [f"file:///{name}.pdf" for name in "abc"], {BILL.name: BILL})
    assert changed == [tmp_path / "documents/c.pdf.json"]
    [(path, told)] = folder.documents(changed)
    assert (path, told.document.name) == (changed[0], "c.pdf")
    assert "duplicate" in {problem.code for problem in told.problems}
    path.unlink()  # by who reads it again at the same time
    assert not list(folder.documents(changed))


def test_a_second_run_adds_and_replaces(tmp_path: Path) -> None:
    for run, name, number in (
        ("one", "a.pdf", "old"),
        ("two", "b.pdf", "b"),
        ("3", "a.pdf", "new"),
    ):
        folder, started = RunFolder(tmp_path), record(run)
        folder.begin(started)
        folder.add(extraction(name, number=number))
        finish(folder, started, [name])
    assert names_in(tmp_path) == ["a.pdf", "b.pdf"]
    assert [one.values["number"] for one in RunFolder(tmp_path).extractions() if one.values] == [
        "new",
        "b",
    ]
    assert [run.id for run in RunFolder(tmp_path).record().runs] == ["3", "two", "one"]


def test_documents_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folder, run = RunFolder(tmp_path), record("one")
    folder.begin(run)
    first = folder.add(extraction("a.pdf", "file:///x/a.pdf"))
    second = folder.add(extraction("a.pdf", "file:///y/a.pdf"))
    assert first != second
    assert folder.add(extraction("a.pdf", "file:///y/a.pdf")) == second


@pytest.mark.parametrize("name", ["../../evil.pdf", "/etc/passwd", "a:b?.pdf", "x" * 400, ".."])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder, run = RunFolder(tmp_path / "out"), record("one")
    folder.begin(run)
    path = folder.add(extraction(name, "file:///x"))
    assert path.resolve().is_relative_to((tmp_path / "out" / "documents").resolve())


def test_lists_become_tables_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    folder, run = RunFolder(tmp_path), record("one")
    folder.begin(run)
    lines = [{"text": "=HYPERLINK(1)", "total": "-5.00"}, {"text": "bolt, large", "total": None}]
    folder.add(extraction("a.pdf", lines=lines))
    finish(folder, run, ["a.pdf"])
    with (tmp_path / "tables/bill_lines.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["document", "number", "text", "total", "confidence"],
        ["file:///a.pdf", "1", "'=HYPERLINK(1)", "-5.00", ""],
        ["file:///a.pdf", "2", "bolt, large", "", ""],
    ]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), atomic_write(path) as file:  # noqa: PT012
        file.write("half of the new")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_used_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as caught:
        RunFolder(tmp_path / "file").begin(record("one"))
    assert caught.value.code == "bad_out"
    (tmp_path / "run.json").write_text("{broken")
    with pytest.raises(ConfigError):
        RunFolder(tmp_path).begin(record("one"))


def add_many(folder: str, run: str) -> None:
    """In a process of its own: a run of twenty documents, half of them shared with the other."""
    out, started = RunFolder(Path(folder)), record(run)
    out.begin(started)
    names = [f"{i}.pdf" for i in range(10)] + [f"{run}-{i}.pdf" for i in range(10)]
    for name in names:
        out.add(extraction(name))
    finish(out, started, names)


@pytest.mark.slow
def test_two_runs_at_once_share_a_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=add_many, args=(str(tmp_path), run)) for run in ("one", "two")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(names_in(tmp_path)) == len(set(names_in(tmp_path))) == 30
    assert {run.id for run in RunFolder(tmp_path).record().runs} == {"one", "two"}


def test_totals_add_up_and_unknown_cost_stays_unknown() -> None:
    totals = Totals()
    totals.add(extraction("a"))
    totals.add(extraction("b"))
    assert totals.spending.cost == Decimal("0.50")
    both = totals + Totals(spending=Spending(cost=None))
    assert both.documents == 2
    assert both.spending.cost is None
    assert "cost unknown" in (both.model_copy(update={"spending": Spending(cost=None, calls=1)})
                              .sentence())  # fmt: skip
