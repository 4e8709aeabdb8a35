"""`extract --format` and `extract --out FILE`: what comes out, read back by other programs."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord
from docglean.flows.export.destination import destination
from docglean.flows.export.sinks import excel
from docglean.flows.totals import Totals
from docglean.schemas.errors import DocgleanError
from docglean.schemas.schema import load_schema

from docglean.cli.app import run_command
from docglean.cli.progress import Display
from docglean.commands.result_outputs import Filed

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "documents"
FORM = str(SAMPLES / "form.pdf")
LOCAL = ("--engine", "local", "--schema", "form")


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_out_csv_is_a_row_a_document_and_its_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(b"%PDF-1.7 nothing more")
    out = tmp_path / "new" / "out.csv"
    assert run_command(["extract", str(torn), FORM, *LOCAL, "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"2 rows  results          {out}" in printed.err
    assert f"6 rows  form_fields      {tmp_path / 'new' / 'out-form_fields.csv'}" in printed.err
    rows = rows_of(out.read_text("utf-8"))
    assert [(row["file"], row["status"], row["title"]) for row in rows] == [
        ("torn.pdf", "failed", ""), ("form.pdf", "ok", "Application for a reader's card"),
    ]  # fmt: skip
    assert rows[0]["problems"]
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "out.csv", "out-form_fields.csv", "out-form_checkboxes.csv", "out-form_signatures.csv",
    }  # fmt: skip


def test_a_copy_is_told_in_the_file_whichever_was_read_first(tmp_path: Path) -> None:
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(Path(FORM).read_bytes())
    out = tmp_path / "out.jsonl"
    assert run_command(["extract", FORM, str(copy), *LOCAL, "--out", str(out), "--quiet"]) == 1
    first, second = (json.loads(line) for line in out.read_text("utf-8").splitlines())
    assert [one["document"]["name"] for one in (first, second)] == ["form.pdf", "copy.pdf"]
    assert [one["status"] for one in (first, second)] == ["ok", "review"]
    assert {one["code"] for one in second["problems"]} >= {"duplicate"}


def test_a_database_has_the_document_once_after_two_runs(tmp_path: Path) -> None:
    out = tmp_path / "out.sqlite"
    for _ in range(2):
        assert run_command(["extract", FORM, *LOCAL, "--out", str(out), "--quiet"]) == 0
    with closing(sqlite3.connect(out)) as connection, connection:
        found = connection.execute("select status from docglean_documents").fetchall()
    assert found == [("ok",)]


def test_formats_on_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    command = ["extract", FORM, *LOCAL, "--format"]
    assert run_command([*command, "csv"]) == 0
    printed = capfdbinary.readouterr()
    [row] = rows_of(printed.out.decode())
    assert row["title"] == "Application for a reader's card"
    assert b"Not in it: form_fields, form_checkboxes" in printed.err
    assert run_command([*command, "csv", "--table", "fields", "--quiet"]) == 0
    rows = rows_of(capfdbinary.readouterr().out.decode())
    assert [row["value"] for row in rows][:2] == ["Amina Okafor", "09/07/1991"]
    assert run_command([*command, "xlsx", "--quiet"]) == 0
    with ZipFile(io.BytesIO(capfdbinary.readouterr().out)) as book:
        assert "xl/workbook.xml" in book.namelist()
    assert run_command([*command, "jsonl", "--quiet"]) == 0
    [line] = capfdbinary.readouterr().out.decode().splitlines()
    assert json.loads(line)["document"]["name"] == "form.pdf"


def test_a_table_for_people_has_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["extract", FORM, *LOCAL, "--format", "table", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "form.pdf  form  ok  1 page  $0.00"
    assert max(map(len, lines)) <= 80
    told = " ".join(" ".join(lines).split())
    assert "title Application for a reader's card" in told
    assert "1 Full name Amina Okafor Personal details" in told
    assert "warning: The embedded engine found" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "out.xslx"], "Did you mean .xlsx?"),
        (["--out", "out.csv", "--format", "xlsx"], "End the name in .xlsx"),
        (["--out", "out", "--format", "csv"], "End the name in .csv"),
        (["--out", "out", "--table", "lines"], "run folder, which has all tables"),
        (["--out", "out.csv", "--format", "table"], "goes to the terminal"),
        (["--out", "out.csv", "--only", "new"], "docglean export FOLDER out.csv"),
        (["--out", "out.csv", "--batch"], "docglean export FOLDER out.csv"),
        (["--out", "out.jsonl", "--table", "lines"], "no single table"),
        (["--table", "lines"], "Add --format csv"),
        (["--format", "sql"], "Add --out results.sqlite"),
        (["--format", "folder"], "Add --out FOLDER"),
        (["--format", "exel"], "There is no output format"),
        (["--format", "xslx"], "Did you mean xlsx?"),
        (["--out", "nosuch://bucket/out.csv"], "cannot be written"),
    ],
)
def test_what_does_not_go_together_is_one_message_before_anything_is_read(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["extract", FORM, *LOCAL, *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert "[1/1]" not in printed.err
    assert not list(tmp_path.glob("out*"))


def on_a_terminal(words: list[str], *, out: Path | None = None) -> tuple[int, str]:
    """A command on a terminal, its standard output there too or in a file; what is seen there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80"}
    command = [sys.executable, "-m", "docglean", *words]
    with (out or Path(os.devnull)).open("wb") as file:
        started = subprocess.Popen(
            command, stdin=theirs, stderr=theirs, stdout=file if out else theirs, env=environment
        )
    os.close(theirs)
    seen = b""
    try:
        while some := os.read(ours, 4096):
            seen += some
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    return started.wait(), seen.decode()


@pytest.mark.slow
def test_on_a_terminal_several_documents_are_some_words_each_and_a_pipe_gets_json_lines(
    tmp_path: Path,
) -> None:
    words = ["extract", FORM, str(tmp_path / "nofile.pdf"), *LOCAL]
    code, seen = on_a_terminal(words)
    assert code == 1
    assert '"document"' not in seen
    assert "form.pdf, form, 1 page" in seen
    assert "title: Application for a reader's card" in seen
    assert seen.count("there is no such file") == 1
    assert "--out FOLDER or --out results.xlsx" in seen
    out = tmp_path / "out.jsonl"
    code, seen = on_a_terminal(words, out=out)
    read = [json.loads(line)["document"]["name"] for line in out.read_text("utf-8").splitlines()]
    assert sorted(read) == ["form.pdf", "nofile.pdf"]
    assert "--format table" not in seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [(["nofile.pdf"], "there is no such file"), ([FORM, "--pages", "99"], "its last page is 1")],
)
def test_on_a_terminal_what_is_wrong_is_said_once(words: list[str], told: str) -> None:
    code, seen = on_a_terminal(["extract", *words, *LOCAL])
    assert code == 1
    assert seen.count(told) == 1


@pytest.mark.slow
def test_on_a_terminal_one_document_is_a_table_and_in_a_file_it_is_json(tmp_path: Path) -> None:
    words = ["extract", FORM, *LOCAL]
    code, seen = on_a_terminal(words)
    assert code == 0
    assert "Full name" in seen
    assert '"document"' not in seen
    out = tmp_path / "out.json"
    code, seen = on_a_terminal(words, out=out)
    assert code == 0
    assert json.loads(out.read_text("utf-8"))["document"]["name"] == "form.pdf"
    assert '"document"' not in seen
    code, seen = on_a_terminal([*words, "--format", "xlsx"])
    assert code == 2
    assert "Add --out results.xlsx" in " ".join(seen.split())


@pytest.mark.slow
def test_a_killed_run_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "to"
    folder.mkdir()
    out = folder / "out.csv"
    out.write_text("of yesterday")
    command = [sys.executable, "-m", "docglean", "extract", str(SAMPLES), "--engine", "local"]
    started = subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert started.stderr is not None
    assert any(line.startswith("[2/") for line in started.stderr)  # something is read by now
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    started.stderr.close()
    assert [path.name for path in folder.iterdir()] == ["out.csv"]
    assert out.read_text() == "of yesterday"


def test_what_cannot_be_put_there_at_the_end_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "EXCEL_ROWS", 1)
    (tmp_path / "price.py").write_text(
        "from decimal import Decimal\nfrom pydantic import BaseModel\n"
        "class Price(BaseModel):\n    price: Decimal\n"
    )
    schema = load_schema(f"{tmp_path / 'price.py'}:Price")
    read = Extraction[Any](
        document=SourceRecord(name="a.pdf", uri="file:///a.pdf"), engine="local", status="ok",
        schema=SchemaRecord(name=schema.name, hash=schema.hash), data={"price": "1"},
    )  # fmt: skip
    output = Filed(destination(str(tmp_path / "out.xlsx")))
    output.begin([schema])
    totals = Totals()
    totals.add(output.take(0, read))
    with pytest.raises(DocgleanError, match="comes from the ledger") as caught:
        output.end(totals, Display(1, quiet=True))
    assert caught.value.code == "too_many_rows"
    assert not (tmp_path / "out.xlsx").exists()
    output.close()
