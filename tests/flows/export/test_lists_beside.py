"""Files of lists beside one file: only what an export has made is replaced or taken away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord
from docglean.flows.export.copy import export
from docglean.flows.export.destination import destination
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema, schema_of
from pydantic import create_model

from docglean.cli.app import run_command

LINE = create_model("Line", text=(str | None, None))
BILL = schema_of(create_model("Bill", lines=(list[LINE], [])))  # type: ignore[valid-type]
ORDER = schema_of(create_model("Order", parts=(list[LINE], [])))  # type: ignore[valid-type]
RESULTS = schema_of(create_model("Results", total=(str | None, None)))
HISTORY = schema_of(create_model("History", total=(str | None, None)))


def run(folder: Path, schema: Schema, **values: Any) -> Path:
    made = RunFolder(folder / f"run-{schema.name}")
    record = RunRecord(id="r1", started=datetime.now(UTC), engine="local")
    made.begin(record)
    made.add(
        Extraction[Any](
            run="r1", document=SourceRecord(name="a.pdf", uri="file:///a.pdf"), engine="local",
            schema=SchemaRecord(name=schema.name, hash=schema.hash), status="ok", data=values,
        )
    )  # fmt: skip
    made.end(record, ["file:///a.pdf"], {schema.name: schema})
    return made.path


@pytest.fixture(params=["csv", "csv-excel", "parquet"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "parquet":
        pytest.importorskip("pyarrow")
    return str(request.param)


def test_lists_of_an_earlier_export_are_taken_away_and_nothing_else(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix = kind.partition("-")[0]
    bill = run(tmp_path, BILL, lines=[{"text": "x"}])
    order = run(tmp_path, ORDER, parts=[{"text": "y"}])
    out = tmp_path / "out"
    for name in ("a", "a-2026"):
        export(bill, str(out / f"{name}.{suffix}"), kind)
    mine = out / f"a-mine.{suffix}"
    mine.write_text("document,mine\n")
    assert run_command(["export", str(order), str(out / f"a.{suffix}"), "--to", kind]) == 0
    assert f"a-bill_lines.{suffix} of an earlier export is taken" in capsys.readouterr().out
    stems = ["a", "a-2026", "a-2026-bill_lines", "a-mine", "a-order_parts"]
    assert sorted(path.stem for path in out.iterdir()) == stems
    assert mine.read_text() == "document,mine\n"
    # One table alone says nothing of the others.
    export(bill, str(out / f"a.{suffix}"), kind, table="values")
    assert (out / f"a-order_parts.{suffix}").exists()


@pytest.mark.parametrize("text", ["mine,too\n1,2\n", "", "\x00\xff"])
def test_a_file_that_docglean_has_not_made_is_not_replaced(
    tmp_path: Path, kind: str, text: str
) -> None:
    suffix = kind.partition("-")[0]
    folder = run(tmp_path, BILL, lines=[{"text": "x"}])
    to = tmp_path / f"sales.{suffix}"
    mine = tmp_path / f"sales-bill_lines.{suffix}"
    mine.write_text(text)
    for attempt in (
        lambda: export(folder, str(to), kind),
        lambda: destination(str(to), kind).check({BILL.hash: BILL}),
    ):
        with pytest.raises(ConfigError, match="bill_lines") as caught:
            attempt()
        assert caught.value.code == "file_taken"
    assert mine.read_text() == text
    assert not to.exists()
    mine.unlink()
    for _ in range(2):  # its own are replaced
        assert export(folder, str(to), kind).rows == {"results": 1, "bill_lines": 1}


def test_a_schema_may_be_called_as_a_table_is(tmp_path: Path) -> None:
    folder = run(tmp_path, RESULTS, total="9")
    written = export(folder, str(tmp_path / "a.csv"))
    assert written.rows == {"results": 1}
    assert (tmp_path / "a.csv").read_text().splitlines() == [
        "file,status,schema,total,confidence,problems,document",
        "a.pdf,ok,results,9,,,file:///a.pdf",
    ]
    rows = export(folder, str(tmp_path / "csv")).rows
    assert rows == {"documents": 1, "results_2": 1, "values": 1}


def test_a_sheet_has_no_name_that_excel_keeps(tmp_path: Path) -> None:
    from test_flow_export import cells_of

    export(run(tmp_path, HISTORY, total="9"), str(tmp_path / "a.xlsx"))
    assert list(cells_of(tmp_path / "a.xlsx")) == ["documents", "history_2", "values"]
