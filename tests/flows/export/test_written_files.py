"""Every file that a run or an export writes, opened and compared with the Extractions."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Spending
from docglean.flows.export.copy import export
from docglean.flows.export.csv_files import csv_cell
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.totals import Totals
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema, load_schema, schema_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

TABLES = load_schema("tables")
INVOICE = load_schema("invoice")

APART = ("documents", "values")
"""Tables that are no schema's."""


class Line(BaseModel):
    text: str | None = None
    total: Decimal | None = None
    parts: list[str] = []


class Bill(BaseModel):
    number: str | None = None
    paid: bool | None = None
    count: int | None = None
    lines: list[Line] = []


class Sheet(BaseModel):
    grid: list[list[float]] = []
    other: list[list[str]] = []


BILL, SHEET = schema_of(Bill), schema_of(Sheet)


def of(schema: Schema, values: dict[str, Any] | None, name: str, uri: str = "") -> Extraction[Any]:
    uri = uri or f"file:///in/{name}"
    return Extraction[Any](
        run="r1",
        document=SourceRecord(name=name, uri=uri, sha256=uri, pages=2),
        schema=SchemaRecord(name=schema.name, hash=schema.hash),
        engine="local",
        status="failed" if values is None else "review",
        data=values,
        problems=[Problem(code="check_failed", message="a, b\n\"c\"", path="/x")],
        spending=Spending(cost=Decimal("0.0012"), calls=1),
    )  # fmt: skip


def table(*rows: list[str], spans: list[list[int]] | None = None, **more: Any) -> dict[str, Any]:
    told = {"caption": None, "page": 1, "header_rows": 1, "rows": list(rows), "spans": spans or []}
    return {**told, **more}


FOUND = [
    of(TABLES, {"tables": [table(["a", "=1+1"], ["b,c", 'x"\ny'], spans=[[0, 0, 0, 1]]),
                           table(["only"], caption="Second")]}, "one.pdf"),
    of(TABLES, {"tables": [table(["from another folder"])]}, "one.pdf", "file:///other/one.pdf"),
    of(TABLES, {"tables": [table(["from below"])]}, "sub/one.pdf"),
    of(TABLES, {"tables": [table(["whose name would be the same"])]}, "sub-one.pdf"),
    of(TABLES, {"tables": [table(["ONE"])]}, "ONE.PDF"),
    of(TABLES, {"tables": []}, "none.pdf"),
    of(BILL, {"number": "-1", "paid": True, "count": 3, "lines": [
        {"text": "@x", "total": "1.50", "parts": ["a", "b"]},
        {"text": None, "total": "-0.10", "parts": []}]}, "bill.pdf"),
    # What breaks the schema stands in the results as it was read.
    of(BILL, {"number": "2", "paid": "maybe", "count": 2.5, "lines": [
        {"text": "t", "total": "about ten", "parts": []}]}, "broken.pdf"),
    of(SHEET, {"grid": [[1.5, 2.0], [3.0]], "other": [["x"]]}, "sheet.pdf"),
    of(INVOICE, None, "failed.pdf"),
]  # fmt: skip


def written(folder: Path, found: list[Extraction[Any]], *schemas: Schema) -> RunRecord:
    run = RunFolder(folder)
    record = RunRecord(id="r1", started=datetime.now(UTC), engine="local")
    record.schemas = {schema.name: schema.hash for schema in schemas}
    run.begin(record)
    for one in found:
        run.add(one)
        record.totals.add(one)
    record.state = "finished"
    run.end(record, [one.document.uri for one in found], {one.name: one for one in schemas})
    return record


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    written(folder, FOUND, TABLES, BILL, SHEET, INVOICE)
    return folder


def same(one: Extraction[Any]) -> dict[str, Any]:
    return dict(json.loads(one.to_json()))


def test_run_json_tells_what_the_documents_came_to(out: Path) -> None:
    (run,) = json.loads((out / "run.json").read_text())["runs"]
    totals = Totals()
    for one in FOUND:
        totals.add(one)
    assert Totals.model_validate(run["totals"]) == totals
    assert (totals.review, totals.failed) == (len(FOUND) - 1, 1)
    assert run["schemas"]["bill"] == BILL.hash


def test_results_are_the_extractions_in_their_order(out: Path) -> None:
    lines = (out / "results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [same(one) for one in FOUND]


def test_each_document_has_its_file(out: Path) -> None:
    files = list((out / "documents").rglob("*.json"))
    told = [json.loads(path.read_text()) for path in files]
    assert len(told) == len(FOUND)
    for one in FOUND:
        assert same(one) in told


def as_csv(value: Any) -> str:
    """A JSON value as a CSV holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    pieces = re.split(r"([;\t\r\n])", value)
    text = "".join(guarded(piece) if number else piece for number, piece in enumerate(pieces))
    runs = value[:1] and value[0] in f"{SIGNS}\t\r\n"
    return f"'{text}" if runs and not is_number(value) else text


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d.,]+", text))


def guarded(piece: str) -> str:
    """What follows a semicolon, a tab or the end of a line within a text."""
    bare = piece.lstrip('"')
    runs = bare[:1] and bare[0] in SIGNS and not is_number(bare.rstrip('"'))
    return f"'{piece}" if runs else piece


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"), ("-1.5", "-1.5"), ("a;b", "a;b"), ("a;-1.5;c", "a;-1.5;c"),
        ("a;=1+1", "a;'=1+1"), ("a\t@x;+y", "a\t'@x;'+y"), ('a;"=1"', "a;'\"=1\""),
        ("a\n=1+1", "a\n'=1+1"), ("a =1", "a =1"), ("\t=1", "'\t'=1"), ("-5 %;=1", "'-5 %;'=1"),
    ],
)  # fmt: skip
def test_text_runs_in_no_spreadsheet(text: str, told: str) -> None:
    assert csv_cell(text) == told == as_csv(text)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_grid_has_a_file_of_its_own_and_holds_its_cells(out: Path) -> None:
    grids = [entry["rows"] for one in FOUND if one.schema_used and one.schema_used.name == "tables"
             for entry in (one.values or {})["tables"]]  # fmt: skip
    grids += [FOUND[8].values["grid"], FOUND[8].values["other"]]  # type: ignore[index]
    wanted = sorted([[as_csv(cell) for cell in row] for row in grid] for grid in grids)
    files = [path for path in (out / "tables").glob("*.csv") if "-" in path.name]
    assert sorted(map(read, files)) == wanted
    assert read(out / "tables/one.pdf-1.csv") == [["a", "'=1+1"], ["b,c", 'x"\ny']]
    assert read(out / "tables/one.pdf-2.csv") == [["only"]]
    # Those that only a capital tells apart are two files on any system.
    names = [path.name.casefold() for path in files]
    assert len(set(names)) == len(names)


def leaves(value: Any, path: tuple[str, ...] = (), at: tuple[int, ...] = ()) -> Iterator[Any]:
    """Each value that there is: keys that lead to it, numbers of the entries, the value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key), at)
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from leaves(inner, (*path, "*"), (*at, number))
    elif value is not None:
        yield path, at, value


def cells(found: list[Extraction[Any]]) -> dict[tuple[Any, ...], Any]:
    """Where each value belongs: table, document, numbers, column."""
    wanted: dict[tuple[Any, ...], Any] = {}
    for one in found:
        for path, at, value in leaves(one.values):
            last = max((n for n, key in enumerate(path) if key == "*"), default=-1)
            names = [key for key in path[: last + 1] if key != "*"]
            assert one.schema_used is not None
            name = "_".join([one.schema_used.name, *names])
            column = "_".join(path[last + 1 :]) or "value"
            wanted[(name, one.document.uri, at, column)] = value
    return wanted  # fmt: skip


def told(name: str, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], Any]:
    """The same of the rows of a table that was read back."""
    found: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        keys = [key for key in row if re.fullmatch(r"number(_\d+)?", key)]
        depth = sum(isinstance(row[key], int) or str(row[key]).isdigit() for key in keys)
        keys = keys if name != "bill" else []
        at = tuple(int(row[key]) for key in keys[:depth])
        for column, value in row.items():
            if column not in ("document", *keys) and value not in (None, ""):
                found[(name, row["document"], at, column)] = value
    return found


def dicts(path: Path) -> list[dict[str, Any]]:
    head, *rows = read(path)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_tables_of_a_run_hold_every_value_where_it_belongs(out: Path, tmp_path: Path) -> None:
    export(out, str(tmp_path / "csv"), "csv")
    flat = [path for path in (out / "tables").glob("*.csv") if "-" not in path.name]
    found: dict[tuple[Any, ...], Any] = {}
    for path in flat:
        # An export has the same files; user schemas that it does not know tell their own shape.
        if path.stem in ("documents", "tables_tables", "tables_tables_rows"):
            assert path.read_bytes() == (tmp_path / "csv" / path.name).read_bytes()
        if path.stem != "documents":
            found |= told(path.stem, dicts(path))
    assert found == {key: as_csv(value) for key, value in cells(FOUND).items() if value != ""}
    rows = dicts(out / "tables/documents.csv")
    assert [(row["uri"], row["status"]) for row in rows] == [
        (one.document.uri, one.status) for one in FOUND]  # fmt: skip
    assert {row["problems"] for row in rows} == {'a, b\n"c"'}


def typed(values: dict[tuple[Any, ...], Any]) -> dict[tuple[Any, ...], str]:
    """Figures of any type alike."""
    return {key: str(float(v)) if re.fullmatch(r"-?[\d.]+", str(v)) else str(v)
            for key, v in values.items()}  # fmt: skip


def right() -> list[Extraction[Any]]:
    """Those that a typed column takes: what breaks the schema has no place in one."""
    return [one for one in FOUND if one.document.name != "broken.pdf"]


def test_parquet_holds_every_value(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    written(tmp_path / "out", right(), TABLES, BILL, SHEET, INVOICE)
    export(tmp_path / "out", str(tmp_path / "parquet"), "parquet")
    found: dict[tuple[Any, ...], Any] = {}
    for path in (tmp_path / "parquet").glob("*.parquet"):
        if path.stem not in APART:
            found |= told(path.stem, parquet.read_table(path).to_pylist())
    assert typed(found) == typed(cells(right()))


def test_a_database_holds_every_value(tmp_path: Path) -> None:
    written(tmp_path / "out", right(), TABLES, BILL, SHEET, INVOICE)
    export(tmp_path / "out", f"sqlite:///{tmp_path / 'out.db'}")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'out.db'}")
    found: dict[tuple[Any, ...], Any] = {}
    with engine.connect() as connection:
        for name in sa.inspect(engine).get_table_names():
            rows = connection.execute(sa.text(f"select * from {name}")).mappings()
            plain = name.removeprefix("docglean_")
            if plain not in APART and not plain.startswith("_"):
                found |= told(plain, [dict(row) for row in rows])
    engine.dispose()
    truth = {key: 1 if v is True else v for key, v in cells(right()).items()}
    assert typed(found) == typed(truth)


def test_a_workbook_holds_every_value(tmp_path: Path) -> None:
    from test_flow_export import cells_of

    written(tmp_path / "out", right(), TABLES, BILL, SHEET, INVOICE)
    export(tmp_path / "out", str(tmp_path / "out.xlsx"))
    found: dict[tuple[Any, ...], Any] = {}
    for name, sheet in cells_of(tmp_path / "out.xlsx").items():
        if name in APART:
            continue
        rows: dict[str, dict[str, str]] = {}
        for place, (kind, text) in sheet.items():
            column, row = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
            rows.setdefault(row, {})[column] = "True" if kind == "b" else text
        heads = rows.pop("1")
        found |= told(name, [{heads[c]: text for c, text in row.items()} for row in rows.values()])
    assert typed(found) == typed(cells(right()))


def test_a_document_read_again_leaves_no_table_of_before(tmp_path: Path) -> None:
    many = of(TABLES, {"tables": [table(["1"]), table(["2"]), table(["3"])]}, "a.pdf")
    written(tmp_path, [many], TABLES)
    mine = tmp_path / "tables" / "mine-1.csv"
    mine.write_text("somebody else's")
    written(tmp_path, [of(TABLES, {"tables": [table(["new"])]}, "a.pdf")], TABLES)
    grids = sorted(path.name for path in (tmp_path / "tables").glob("*-*.csv"))
    assert grids == ["a.pdf-1.csv", "mine-1.csv"]
    assert read(tmp_path / "tables/a.pdf-1.csv") == [["new"]]
    assert mine.read_text() == "somebody else's"


def test_a_later_run_by_another_schema_keeps_the_tables_of_the_first(tmp_path: Path) -> None:
    written(tmp_path, [FOUND[0], FOUND[6]], TABLES, BILL)
    before = {path.name: path.read_text() for path in (tmp_path / "tables").glob("*-*.csv")}
    written(tmp_path, [FOUND[8]], SHEET)
    after = {path.name: path.read_text() for path in (tmp_path / "tables").glob("*-*.csv")}
    assert before.items() <= after.items()
    wanted = {key: as_csv(value) for key, value in cells([FOUND[6]]).items()}
    lines = {key: value for key, value in wanted.items() if key[0] == "bill_lines"}
    assert told("bill_lines", dicts(tmp_path / "tables/bill_lines.csv")) == lines


def test_two_schemas_of_one_name_have_tables_of_their_own(tmp_path: Path) -> None:
    older = of(BILL, {"number": "9", "lines": [{"words": "x"}]}, "old.pdf")
    assert older.schema_used is not None
    older.schema_used = SchemaRecord(name="bill", hash="older")
    written(tmp_path, [FOUND[6], older], BILL)
    assert [row["words"] for row in dicts(tmp_path / "tables/bill_lines_2.csv")] == ["x"]
    assert len(dicts(tmp_path / "tables/bill_lines.csv")) == 2
    export(tmp_path, str(tmp_path / "csv"))
    names = {path.name for path in (tmp_path / "csv").iterdir()}
    assert {"documents.csv", "bill.csv", "bill_lines.csv"} < names


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@pytest.mark.slow
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_text_in_a_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    written(folder, [of(TABLES, {"tables": [table(*rows)]}, "a.pdf")], TABLES)
    assert read(folder / "tables/a.pdf-1.csv") == [[as_csv(cell) for cell in row] for row in rows]
