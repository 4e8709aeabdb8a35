"""Results for other programs: every value in its place and of its type, nothing half-written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Spending
from docglean.flows.export.copy import export
from docglean.flows.export.destination import guess
from docglean.flows.export.exact import holds
from docglean.flows.export.tables import Flattener
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.schema_shape import SchemaShape
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import BUILT_IN, load_schema

from docglean.cli.app import run_command

MODEL = """
from datetime import date, datetime
from decimal import Decimal
from pydantic import BaseModel

class Part(BaseModel):
    code: str | None = None

class Line(BaseModel):
    text: str | None = None
    total: Decimal | None = None
    parts: list[Part] = []

class Seller(BaseModel):
    name: str | None = None
    vat_id: str | None = None

class Bill(BaseModel):
    number: str | None = None
    issued: date | None = None
    printed: datetime | None = None
    paid: bool | None = None
    count: int | None = None
    share: float | None = None
    total: Decimal | None = None
    seller: Seller = Seller()
    lines: list[Line] = []
    notes: list[str] = []
"""
BILL = {
    "number": "=1+1",
    "issued": "2026-11-24",
    "printed": "2026-11-24T08:30:00",
    "paid": True,
    "count": 3,
    "share": 0.25,
    "total": "1234.50",
    "seller": {"name": "Bäcker & Söhne", "vat_id": None},
    "lines": [
        {"text": "-5 % off", "total": "-0.10", "parts": [{"code": "a"}, {"code": "b"}]},
        {"text": None, "total": None, "parts": []},
        {"text": "two\nlines", "total": "1234.60", "parts": [{"code": "c"}]},
    ],
    "notes": ["one", "two"],
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two bills and a document that failed."""
    (tmp_path / "model.py").write_text(MODEL)
    return fill(tmp_path, [BILL, {**BILL, "number": "2", "lines": [], "notes": []}, None])


def fill(tmp_path: Path, values: list[dict[str, Any] | None]) -> Path:
    spec = f"{tmp_path / 'model.py'}:Bill"
    schema = load_schema(spec)
    folder = RunFolder(tmp_path / "run")
    record = RunRecord(
        id="r1", started=datetime.now(UTC), engine="local",
        schemas={schema.name: schema.hash}, options={"schemas": [spec]},
    )  # fmt: skip
    folder.begin(record)
    uris = []
    for number, value in enumerate(values):
        uris.append(f"file:///in/{number}.pdf")
        folder.add(
            Extraction[Any](
                run="r1",
                document=SourceRecord(name=f"{number}.pdf", uri=uris[-1], pages=2),
                schema=SchemaRecord(name=schema.name, hash=schema.hash),
                engine="local",
                status="failed" if value is None else "ok",
                data=value,
                spending=Spending(cost=Decimal("0.0012"), calls=1),
            )
        )
    folder.end(record, uris, {schema.name: schema})
    return folder.path


TABLES = {
    "documents": 3,
    "bill": 2,
    "bill_lines": 3,
    "bill_lines_parts": 3,
    "bill_notes": 2,
    "values": 29,
}


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv(run: Path, tmp_path: Path) -> None:
    assert export(run, str(tmp_path / "csv")).rows == TABLES
    found = {path.stem: csv_rows(path) for path in (tmp_path / "csv").iterdir()}
    assert set(found) == set(TABLES)
    first = found["bill"][0]
    assert first == {
        "document": "file:///in/0.pdf", "number": "'=1+1", "issued": "2026-11-24",
        "printed": "2026-11-24T08:30:00", "paid": "true", "count": "3", "share": "0.25",
        "total": "1234.50", "seller_name": "Bäcker & Söhne", "seller_vat_id": "",
        "confidence": "",
    }  # fmt: skip
    assert [row["text"] for row in found["bill_lines"]] == ["'-5 % off", "", "two\nlines"]
    assert [row["total"] for row in found["bill_lines"]] == ["-0.10", "", "1234.60"]
    assert [(row["number"], row["number_2"], row["code"]) for row in found["bill_lines_parts"]] == [
        ("1", "1", "a"), ("1", "2", "b"), ("3", "1", "c"),
    ]  # fmt: skip
    assert [row["value"] for row in found["bill_notes"]] == ["one", "two"]
    assert [row["status"] for row in found["documents"]] == ["ok", "ok", "failed"]
    assert {row["cost"] for row in found["documents"]} == {"0.0012"}


def test_parquet(run: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert export(run, str(tmp_path / "out"), "parquet").rows == TABLES
    rows = parquet.read_table(tmp_path / "out" / "bill.parquet").to_pylist()
    assert rows[0] == {
        "document": "file:///in/0.pdf", "number": "=1+1", "issued": date(2026, 11, 24),
        "printed": datetime(2026, 11, 24, 8, 30), "paid": True, "count": 3, "share": 0.25,
        "total": Decimal("1234.50"), "seller_name": "Bäcker & Söhne", "seller_vat_id": None,
        "confidence": None,
    }  # fmt: skip
    lines = parquet.read_table(tmp_path / "out" / "bill_lines.parquet").to_pylist()
    assert [line["total"] for line in lines] == [Decimal("-0.10"), None, Decimal("1234.60")]


def test_excel(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert export(run, str(path)).rows == TABLES
    sheets = cells_of(path)
    assert list(sheets) == list(TABLES)
    bill = sheets["bill"]
    assert bill["B2"] == ("text", "=1+1")  # no formula
    assert (bill["H2"][0], float(bill["H2"][1])) == ("number", 1234.5)
    assert bill["E2"] == ("b", "1")
    assert bill["C2"] == ("number", "46350")  # 2026-11-24 in Excel's days
    assert bill["I2"] == ("text", "Bäcker & Söhne")
    assert "J2" not in bill


def cells_of(path: Path) -> dict[str, dict[str, tuple[str, str]]]:
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with ZipFile(path) as archive:
        assert "xl/calcChain.xml" not in archive.namelist()
        read = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()
                if name.endswith(".xml")}  # fmt: skip
    shared = [
        "".join(part.text or "" for part in entry.iter(f"{{{space['x']}}}t"))
        for entry in read["xl/sharedStrings.xml"].findall("x:si", space)
    ]
    names = [one.attrib["name"] for one in read["xl/workbook.xml"].findall(".//x:sheet", space)]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for number, name in enumerate(names, start=1):
        sheet = read[f"xl/worksheets/sheet{number}.xml"]
        assert sheet.find(".//x:f", space) is None
        found[name] = {}
        for cell in sheet.findall(".//x:c", space):
            value = cell.find("x:v", space)
            if value is not None and value.text is not None:
                kind = cell.attrib.get("t", "number")
                told = ("text", shared[int(value.text)]) if kind == "s" else (kind, value.text)
                found[name][cell.attrib["r"]] = told
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'out.db'}"
        return
    yield request.getfixturevalue("postgres")


def rows_of(url: str, query: str) -> list[Any]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return found


def test_sql_replaces_documents_that_are_there(run: Path, tmp_path: Path, database: str) -> None:
    assert export(run, database).rows == TABLES
    assert export(run, database).rows == TABLES
    for name, count in TABLES.items():
        assert rows_of(database, f"select count(*) from docglean_{name}") == [(count,)]
    [(total, issued)] = rows_of(
        database, "select total, issued from docglean_bill where document like '%0.pdf'"
    )
    assert Decimal(total) == Decimal("1234.50")
    assert str(issued) == "2026-11-24"
    # Another run over the same documents: what they no longer have is gone.
    short = {**BILL, "lines": BILL["lines"][:1], "notes": []}
    export(fill(tmp_path, [short, None]), database)
    assert rows_of(database, "select count(*) from docglean_bill_lines") == [(1,)]
    assert rows_of(database, "select count(*) from docglean_bill_notes") == [(0,)]
    assert rows_of(database, "select count(*) from docglean_documents") == [(3,)]


def test_a_table_grows_with_its_schema(run: Path, tmp_path: Path, database: str) -> None:
    export(run, database)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "model.py").write_text(
        MODEL.replace("    number: str", "    currency: str | None = None\n    number: str")
    )
    export(fill(tmp_path / "more", [{**BILL, "currency": "EUR"}]), database)
    found = rows_of(database, "select currency from docglean_bill order by document")
    assert found == [("EUR",), (None,)]


def test_what_fails_half_way_leaves_no_trace(
    run: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run" / "results.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "{ no json"]))
    for to in (database, str(tmp_path / "csv"), str(tmp_path / "out.xlsx")):
        with pytest.raises(ConfigError, match=r"results\.jsonl"):
            export(run, to)
    assert not (tmp_path / "csv").exists()
    assert not (tmp_path / "out.xlsx").exists()
    engine = sa.create_engine(database)
    names = sa.inspect(engine).get_table_names()
    engine.dispose()
    for name in names:
        if name.startswith("docglean_"):
            assert rows_of(database, f"select count(*) from {name}") == [(0,)]


def test_the_shape_of_a_schema_is_in_the_run(run: Path, tmp_path: Path) -> None:
    (tmp_path / "model.py").unlink()
    assert export(run, str(tmp_path / "csv")).rows == TABLES
    [first, _] = csv_rows(tmp_path / "csv" / "bill.csv")
    assert (first["total"], first["count"], first["paid"]) == ("1234.50", "3", "true")
    export(run, f"sqlite:///{tmp_path / 'a.sqlite'}")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    columns = {one["name"]: one["type"] for one in sa.inspect(engine).get_columns("docglean_bill")}
    assert isinstance(columns["issued"], sa.Date)
    assert isinstance(columns["count"], sa.BigInteger)


def test_of_an_older_version_values_tell_their_own_shape(run: Path, tmp_path: Path) -> None:
    told = json.loads((run / "run.json").read_text())
    del told["schemas"]
    (run / "run.json").write_text(json.dumps(told))
    assert export(run, str(tmp_path / "csv")).rows == TABLES
    [first, _] = csv_rows(tmp_path / "csv" / "bill.csv")
    assert (first["total"], first["count"], first["paid"]) == ("1234.50", "3", "true")


@pytest.mark.parametrize("spec", list(BUILT_IN))
def test_a_schema_and_its_shape_have_the_same_tables(spec: str) -> None:
    schema = load_schema(spec)
    written = SchemaShape.of(schema).model_dump_json()
    shape = SchemaShape.model_validate_json(written)
    assert (shape.name, shape.hash) == (schema.name, schema.hash)
    ours, theirs = (Flattener({one.hash: one}, {}).tables for one in (schema, shape))
    assert ours == theirs
    told = [
        [(field.path, field.is_row_of_cells, field.row_numbers is None) for field in root.walk()]
        for root in (schema.root, shape.root)
    ]
    assert told[0] == told[1]


EVIL = """
from pathlib import Path
Path({mark!r}).write_text("taken")
from pydantic import BaseModel
class Bill(BaseModel):
    number: str | None = None
"""


@pytest.mark.parametrize("spec", ["{folder}/evil.py:Bill", "evil.py", "evil:Bill", "evil"])
def test_reading_a_run_runs_no_code_that_it_names(
    spec: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    (run / "evil.py").write_text(EVIL.format(mark=str(mark)))
    told = json.loads((run / "run.json").read_text())
    told["runs"][0]["options"] = {"schemas": [spec.format(folder=run)]}
    told["runs"][0]["schemas"] = {"bill": "0" * 64}
    del told["schemas"]
    (run / "run.json").write_text(json.dumps(told))
    monkeypatch.chdir(run)
    for to in ("csv", "out.xlsx", f"sqlite:///{tmp_path / 'x.sqlite'}"):
        assert run_command(["export", str(run), to]) == 0
    assert run_command(["export", str(run), str(tmp_path / "copy"), "--to", "folder"]) == 0
    assert run_command(["show", str(run)]) == 0
    assert not mark.exists()


@pytest.mark.parametrize(
    "schemas",
    [
        "nonsense",
        {"a": 1},
        {"a": {"name": "a", "hash": "a", "fields": {"name": "", "shape": "list"}}},
    ],
)
def test_a_run_file_that_is_none_is_named(schemas: Any, run: Path, tmp_path: Path) -> None:
    told = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**told, "schemas": schemas}))
    with pytest.raises(ConfigError, match=r"run\.json") as caught:
        export(run, str(tmp_path / "csv"))
    assert caught.value.code == "no_run"


def test_a_link_out_of_the_run_is_not_copied(run: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (run / "documents" / "1.json.txt").symlink_to(tmp_path / "secret")
    (run / "more").symlink_to(tmp_path)
    export(run, str(tmp_path / "copy"), "folder")
    assert (tmp_path / "copy" / "run.json").is_file()
    assert not any("key" in path.read_text() for path in (tmp_path / "copy").rglob("*.*")
                   if path.is_file())  # fmt: skip


def test_too_many_figures_are_not_rounded_in_silence(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    run = fill(tmp_path, [{**BILL, "total": "0.12345678901234567890"}, BILL])
    parquet = pytest.importorskip("pyarrow.parquet")
    written = export(run, str(tmp_path / "out"), "parquet")
    assert "1 decimal with more figures" in written.notes[0]
    [bill, _] = parquet.read_table(tmp_path / "out" / "bill.parquet").to_pylist()
    assert bill["total"] is None
    [told, other] = parquet.read_table(tmp_path / "out" / "documents.parquet").to_pylist()
    assert "total of bill has more figures" in told["problems"]
    assert other["problems"] is None
    values = parquet.read_table(tmp_path / "out" / "values.parquet").to_pylist()
    assert "0.12345678901234567890" in {row["value"] for row in values}
    export(run, str(tmp_path / "one.parquet"))
    [row, _] = parquet.read_table(tmp_path / "one.parquet").to_pylist()
    assert row["total"] is None
    assert "total of results has more" in row["problems"]
    export(run, str(tmp_path / "csv"))
    assert "0.12345678901234567890" in (tmp_path / "csv" / "bill.csv").read_text()


@pytest.mark.parametrize(
    ("told", "is_held"),
    [("1.5", True), ("0.123456789012", True), ("0.1234567890120", True), ("0.1234567890121", False),
     ("0.0000000000001", False), ("0E-20", True), ("1E25", True), ("1E26", False), ("NaN", True),
     ("9" * 26 + "." + "9" * 12, True), ("9" * 27, False)],
)  # fmt: skip
def test_what_a_column_of_decimals_holds(told: str, is_held: bool) -> None:
    assert holds(Decimal(told)) is is_held


@pytest.mark.parametrize(
    ("to", "kind"),
    [("out.xlsx", "xlsx"), ("s3://b/parquet/", "parquet"), ("x/csv", "csv"),
     ("postgresql+psycopg://u@h/d", "sql"), ("sqlite:///x.db", "sql")],
)  # fmt: skip
def test_the_format_is_seen_from_the_place(to: str, kind: str) -> None:
    assert guess(to).name == kind


def test_wrong_words_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nobody can tell"):
        export(run, "somewhere")
    with pytest.raises(ConfigError, match="no run folder"):
        export(tmp_path, "out.xlsx")
    with pytest.raises(ConfigError, match="database"):
        export(run, "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(ConfigError, match="cannot be written"):
        export(run, "nosuch://bucket/out", "csv")


def test_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", str(run), str(tmp_path / "out"), "--to", "csv"]) == 0
    assert "3 rows  bill_lines" in capsys.readouterr().out
    assert json.loads((run / "run.json").read_text())["runs"]
