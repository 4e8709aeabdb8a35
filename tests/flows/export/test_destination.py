"""One function says what a place is: its name chooses the format."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.flows.export.delivery import Delivery
from docglean.flows.export.destination import destination, file_destination, guess
from docglean.flows.export.sink import put_files
from docglean.schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("out.csv", "csv"), ("OUT.CSV", "csv"), ("s3://b/out.csv", "csv"), ("x/csv", "csv"),
        ("out.parquet", "parquet"), ("s3://b/parquet/", "parquet"), ("out.xlsx", "xlsx"),
        ("out.jsonl", "jsonl"), ("out.json", "json"),
        ("out.sqlite", "sql"), ("out.db", "sql"), ("sqlite:///x.duckdb", "sql"),
        ("out.duckdb", "duckdb"), ("duckdb:///out.x", "duckdb"),
    ],
)  # fmt: skip
def test_a_destination_of_export_and_of_send_to(to: str, kind: str) -> None:
    assert guess(to).name == destination(to).format.name == Delivery(to).format.name == kind


@pytest.mark.parametrize("out", ["out", "out/", "runs/2026.11.29", "out.csv/", "."])
def test_a_run_folder_stays_one(out: str) -> None:
    assert file_destination(out) is None


def test_a_folder_that_is_there_stays_a_folder(tmp_path: Path) -> None:
    (tmp_path / "old.csv").mkdir()
    assert file_destination(str(tmp_path / "old.csv")) is None


@pytest.mark.parametrize(
    ("out", "kind", "said"),
    [
        ("out.xslx", None, "Did you mean .xlsx?"),
        ("out.cvs", None, "Did you mean .csv?"),
        ("out.parq", None, "Did you mean .parquet?"),
        ("out.pages", None, "with a slash"),
        ("out.xslx", "xlsx", "Did you mean .xlsx?"),
        ("out.csv", "xlsx", "End the name in .xlsx"),
        ("out", "csv", "End the name in .csv"),
        ("out.csv", "exel", "There is no output format"),
        ("out.csv", "parqet", "Did you mean parquet?"),
    ],
)
def test_what_nobody_can_tell_is_refused(out: str, kind: str | None, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        file_destination(out, kind)
    assert caught.value.code == "bad_format"
    assert said in str(caught.value)


def test_a_format_that_shares_a_suffix_is_asked_for_by_name() -> None:
    found = file_destination("out.csv", "csv-excel")
    assert found is not None
    assert found.format.name == "csv-excel"


@pytest.mark.parametrize("to", ["out.jsonl", "out.sqlite", "out.duckdb"])
def test_one_table_alone_has_no_place_in_some(to: str) -> None:
    with pytest.raises(ConfigError, match="no single table"):
        destination(to, table="lines")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux has such a folder")
def test_a_folder_that_looks_writable_and_takes_no_files_is_found_out_first() -> None:
    with pytest.raises(
        ConfigError, match=r"/proc takes no files \(.*\)\. Name another place"
    ) as told:
        destination("/proc/out.csv").check()
    assert "credentials" not in str(told.value)
    with pytest.raises(ConfigError) as told:
        put_files("/proc/out.csv", {"": Path(__file__)})
    assert "credentials" not in str(told.value)


def test_a_place_is_looked_at_before_anything_is_paid_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is no folder"):
        destination(str(tmp_path / "file" / "out.csv")).check()
    for name in ("out.csv", "out.sqlite", "out.duckdb"):
        destination(str(tmp_path / "new" / name)).check()
    assert not (tmp_path / "new").exists()
    (tmp_path / "out.sqlite").write_text("somebody's notes " * 500)
    with pytest.raises(ConfigError, match="cannot be used"):
        destination(str(tmp_path / "out.sqlite")).check()


@pytest.mark.parametrize("to", ["{}", "sqlite:///{}", "{}.link.db"])
@pytest.mark.parametrize("ledger", ["{}", "sqlite:///{}"])
def test_the_ledger_is_no_place_for_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, ledger: str
) -> None:
    file = tmp_path / "ledger.sqlite"
    monkeypatch.setenv("DOCGLEAN_LEDGER", ledger.format(file))
    destination(to.format(file)).check()  # nothing is there yet
    file.write_bytes(b"")
    (tmp_path / "ledger.sqlite.link.db").symlink_to(file)
    for attempt in (destination(to.format(file)).check, destination(to.format(file)).open):
        with pytest.raises(ConfigError, match="ledger") as caught:
            attempt()
        assert caught.value.code == "is_ledger"
    destination(str(tmp_path / "other.sqlite")).check()
