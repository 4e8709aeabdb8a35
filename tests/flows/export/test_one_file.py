"""One file with everything in it, read back by the programs that it is for."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.flows.export.copy import export
from docglean.flows.export.sinks import duckdb as duckdb_sink
from docglean.schemas.errors import ConfigError
from test_flow_export import BILL, MODEL, TABLES, cells_of, csv_rows, fill

from docglean.cli.app import run_command

HOSTILE = (
    "=1+1",
    "+49 30 1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "=cmd|' /C x'!A",
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two bills and a document that failed."""
    (tmp_path / "model.py").write_text(MODEL)
    return fill(tmp_path, [BILL, {**BILL, "number": "2", "lines": [], "notes": []}, None])


def test_csv_is_a_row_a_document_with_its_lists_beside_it(run: Path, tmp_path: Path) -> None:
    written = export(run, str(tmp_path / "new" / "out.csv"))
    assert written.rows == {
        "results": 3, "bill_lines": 3, "bill_lines_parts": 3, "bill_notes": 2,
    }  # fmt: skip
    there = {path.name: str(path) for path in (tmp_path / "new").iterdir()}
    assert set(there) == {
        "out.csv", "out-bill_lines.csv", "out-bill_lines_parts.csv", "out-bill_notes.csv",
    }  # fmt: skip
    assert sorted(written.places.values()) == sorted(there.values())
    first, second, third = csv_rows(tmp_path / "new" / "out.csv")
    assert list(first) == [
        "file", "status", "schema", "number", "issued", "printed", "paid", "count", "share",
        "total", "seller_name", "seller_vat_id", "confidence", "problems", "document",
    ]  # fmt: skip
    assert (first["file"], first["number"], first["total"]) == ("0.pdf", "'=1+1", "1234.50")
    assert (second["number"], second["status"]) == ("2", "ok")
    assert (third["status"], third["total"]) == ("failed", "")
    lines = csv_rows(tmp_path / "new" / "out-bill_lines.csv")
    assert {line["document"] for line in lines} == {first["document"]}


def test_for_excel_a_csv_begins_with_a_mark(run: Path, tmp_path: Path) -> None:
    export(run, str(tmp_path / "out.csv"), "csv-excel")
    told = (tmp_path / "out.csv").read_bytes()
    assert told.startswith(b"\xef\xbb\xbffile,status")
    assert "Bäcker" in told.decode()


def test_parquet_has_the_types(run: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export(run, str(tmp_path / "out.parquet"))
    first, *_ = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert (first["total"], first["issued"]) == (Decimal("1234.50"), date(2026, 11, 24))
    assert (first["number"], first["paid"], first["count"]) == ("=1+1", True, 3)
    lines = parquet.read_table(tmp_path / "out-bill_lines.parquet").to_pylist()
    assert [line["total"] for line in lines] == [Decimal("-0.10"), None, Decimal("1234.60")]


def test_json_has_documents_whole(run: Path, tmp_path: Path) -> None:
    assert export(run, str(tmp_path / "out.jsonl")).rows == {"documents": 3}
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    export(run, str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == lines
    assert [line["status"] for line in lines] == ["ok", "ok", "failed"]
    assert lines[0]["data"] == BILL


def test_json_of_one_document_is_that_document(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    export(fill(tmp_path, [BILL]), str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["data"] == BILL


@pytest.mark.parametrize(
    ("word", "rows"), [("lines", 3), ("bill_lines", 3), ("values", 29), ("documents", 3)]
)
def test_one_table_alone_is_one_file(run: Path, tmp_path: Path, word: str, rows: int) -> None:
    export(run, str(tmp_path / "only" / "out.csv"), table=word)
    assert [path.name for path in (tmp_path / "only").iterdir()] == ["out.csv"]
    assert len(csv_rows(tmp_path / "only" / "out.csv")) == rows


def test_one_table_alone_is_one_sheet(run: Path, tmp_path: Path) -> None:
    export(run, str(tmp_path / "out.xlsx"), table="results")
    [sheet] = cells_of(tmp_path / "out.xlsx").values()
    assert (sheet["J2"][0], float(sheet["J2"][1])) == ("number", 1234.5)


def test_a_table_that_there_is_not_is_named_with_those_that_there_are(run: Path) -> None:
    with pytest.raises(ConfigError, match=r"Did you mean bill_lines\?.*bill_notes"):
        export(run, "out.csv", table="bill_line")


def test_columns_of_the_schema_give_way_to_those_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from pydantic import BaseModel\nclass Bill(BaseModel):\n    status: str\n    name: str\n"
    )
    export(fill(tmp_path, [{"status": "paid", "name": "x"}]), str(tmp_path / "out.csv"))
    [row] = csv_rows(tmp_path / "out.csv")
    assert (row["status"], row["status_2"], row["name"]) == ("ok", "paid", "x")


def test_of_several_schemas_each_has_its_columns(tmp_path: Path) -> None:
    from test_written_files import BILL as OTHER
    from test_written_files import INVOICE, of, written

    field = "invoice_number"
    invoice = of(INVOICE, {field: "7"}, "invoice.pdf")
    bill = of(OTHER, {"number": "9"}, "bill.pdf")
    written(tmp_path / "out", [invoice, bill], INVOICE, OTHER)
    export(tmp_path / "out", str(tmp_path / "out.csv"))
    rows = csv_rows(tmp_path / "out.csv")
    assert [(row["schema"], row[field], row["number"]) for row in rows] == [
        ("invoice", "7", ""), ("bill", "", "9"),
    ]  # fmt: skip


@pytest.mark.parametrize("told", HOSTILE)
def test_nothing_in_a_document_is_run_by_a_spreadsheet(tmp_path: Path, told: str) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    run = fill(tmp_path, [{**BILL, "number": told, "total": "-1234.50", "count": -3}])
    export(run, str(tmp_path / "out.csv"))
    [row] = csv_rows(tmp_path / "out.csv")
    first, rest = told[0], told[1:]
    assert row["number"] == (f"'{first}'{rest}" if first in "\t\r\n" else f"'{told}")
    assert (row["total"], row["count"]) == ("-1234.50", "-3")
    export(run, str(tmp_path / "out.xlsx"))
    assert cells_of(tmp_path / "out.xlsx")["bill"]["B2"][0] == "text"  # and no formula anywhere


def sqlite_rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("name", ["out.sqlite", "o'ut?a=b.db", "new/out.sqlite3"])
def test_a_file_of_sqlite(run: Path, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        written = export(run, str(tmp_path / name))
        assert written.rows == TABLES
    assert written.places["bill"] == f"{tmp_path / name}, docglean_bill"
    for table, count in TABLES.items():
        query = f"select count(*) from docglean_{table}"
        assert sqlite_rows(tmp_path / name, query) == [(count,)]
    [(total,)] = sqlite_rows(
        tmp_path / name, "select total from docglean_bill where document like '%0.pdf'"
    )
    assert total == "1234.50"


def duckdb_rows(path: Path, query: str) -> list[Any]:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        return list(connection.execute(query).fetchall())


def test_a_file_of_duckdb_replaces_documents(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = tmp_path / "new" / "out.duckdb"
    for _ in range(2):
        assert export(run, str(path)).rows == TABLES
    for table, count in TABLES.items():
        assert duckdb_rows(path, f"select count(*) from docglean_{table}") == [(count,)]
    [(total, issued, paid)] = duckdb_rows(
        path, "select total, issued, paid from docglean_bill where document like '%0.pdf'"
    )
    assert (total, issued, paid) == (Decimal("1234.50"), date(2026, 11, 24), True)
    short = {**BILL, "lines": BILL["lines"][:1], "notes": []}
    export(fill(tmp_path, [short, None]), str(path))
    assert duckdb_rows(path, "select count(*) from docglean_bill_lines") == [(1,)]
    assert duckdb_rows(path, "select count(*) from docglean_documents") == [(3,)]


def test_every_figure_of_a_decimal_is_in_duckdb(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "model.py").write_text(MODEL)
    told = ["0.000000000001", "12345678901234567890123456.789012345678", "1E+3", "-7", None]
    lines = [{"text": None, "total": one, "parts": []} for one in told]
    export(fill(tmp_path, [{**BILL, "lines": lines}]), str(tmp_path / "out.duckdb"))
    found = duckdb_rows(
        tmp_path / "out.duckdb", "select total from docglean_bill_lines order by number"
    )
    assert [total for (total,) in found] == [None if one is None else Decimal(one) for one in told]


def test_a_table_of_duckdb_grows_with_its_schema(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = tmp_path / "out.duckdb"
    export(run, str(path))
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "model.py").write_text(
        MODEL.replace("    number: str", "    currency: str | None = None\n    number: str")
    )
    export(fill(tmp_path / "more", [{**BILL, "currency": "EUR"}]), str(path))
    found = duckdb_rows(path, "select currency from docglean_bill order by document")
    assert found == [("EUR",), (None,)]


def test_duckdb_fetches_no_extension(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    with duckdb_sink.DUCKDB.open(str(tmp_path / "out.duckdb"), "x_") as sink:
        assert isinstance(sink, duckdb_sink.DuckDbSink)
        told = sink._connection.execute(
            "select name, value from duckdb_settings() where name like 'auto%extensions'"
        ).fetchall()
    assert {value for _, value in told} == {"false"}
    assert {name for name, _ in told} >= set(duckdb_sink.SETTINGS)


@pytest.mark.parametrize("name", ["out.sqlite", "out.duckdb"])
def test_a_file_that_is_no_database_stays_as_it_is(run: Path, tmp_path: Path, name: str) -> None:
    if name.endswith("duckdb"):
        pytest.importorskip("duckdb")
    (tmp_path / name).write_text("somebody's notes " * 500)
    with pytest.raises(ConfigError) as caught:
        export(run, str(tmp_path / name))
    assert caught.value.code == "no_database"
    assert name in str(caught.value)
    assert (tmp_path / name).read_text() == "somebody's notes " * 500


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.jsonl", "out.sqlite", "out.duckdb"])
def test_killed_while_it_writes_it_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    if name.endswith("duckdb"):
        pytest.importorskip("duckdb")
    (tmp_path / "model.py").write_text(MODEL)
    run = fill(tmp_path, [BILL])
    path = tmp_path / "to" / name
    assert run_command(["export", str(run), str(path)]) == 0
    before = content(path)
    line = (run / "results.jsonl").read_text("utf-8")
    (run / "results.jsonl").write_text(
        "".join(line.replace("0.pdf", f"{n}.pdf") for n in range(2_000)), "utf-8"
    )
    command = [sys.executable, "-m", "docglean", "export", str(run)]
    began = time.monotonic()
    subprocess.run([*command, str(tmp_path / "whole" / name)], check=True, capture_output=True)
    whole = time.monotonic() - began
    killed = 0
    for share in (0.5, 0.8):
        started = subprocess.Popen(
            [*command, str(path)], start_new_session=True, stdout=subprocess.DEVNULL
        )
        with suppress(subprocess.TimeoutExpired):
            started.wait(share * whole)
            break  # it was faster than before
        os.killpg(started.pid, signal.SIGKILL)
        if started.wait() != -signal.SIGKILL:
            break
        killed += 1
        assert content(path) == before
    assert killed


def content(path: Path) -> Any:
    """What somebody who opens the file finds."""
    query = "select document, total from docglean_bill"
    if path.suffix == ".sqlite":
        return sqlite_rows(path, query)
    if path.suffix == ".duckdb":
        return duckdb_rows(path, query)
    return path.read_bytes()


def test_a_full_cell_and_a_quote_come_back(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    told = 'a "b"; c,\r\nd\n'
    export(fill(tmp_path, [{**BILL, "number": told}]), str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["number"] == told
