"""An output format that another package adds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docglean.flows.export.sink import SINKS

from docglean.cli.app import run_command
from docglean.cli.exits import OK, WRONG
from tests.plugin_packages import install

PACKAGE = '''
import json
from docglean.flows.export.sink import FileSink, SinkFormat, put_files

class JsonLines(FileSink):
    """One file: a line for each row, with the name of its table."""

    typed = False

    def __init__(self, to):
        super().__init__(to)
        self.file = (self.folder / "rows.ndjson").open("w", encoding="utf-8")

    def write(self, table, row):
        self.file.write(json.dumps({"table": table.name, **row}, default=str) + "\\n")

    def finish(self):
        self.file.close()
        put_files(self.to, {"": self.folder / "rows.ndjson"})

RECORD = SinkFormat("ndjson", lambda to, prefix: JsonLines(to), suffixes=(".ndjson",))
'''


@pytest.fixture
def run(tmp_path: Path) -> Path:
    from test_flow_export import BILL, MODEL, fill

    (tmp_path / "model.py").write_text(MODEL)
    return fill(tmp_path, [BILL, None])


@pytest.mark.parametrize("told", [(), ("--to", "ndjson")])
def test_a_package_adds_an_output_format(
    run: Path, packages: Path, tmp_path: Path, told: tuple[str, ...]
) -> None:
    install(packages, "docglean.sinks", "ndjson", PACKAGE)
    to = tmp_path / ("out.ndjson" if not told else "anything")
    assert run_command(["export", str(run), str(to), *told]) == OK
    rows = [json.loads(line) for line in to.read_text("utf-8").splitlines()]
    assert [row["table"] for row in rows][:2] == ["documents", "bill"]
    assert [row["total"] for row in rows if row["table"] == "bill_lines"] == [
        "-0.10", None, "1234.60",
    ]  # fmt: skip


def test_a_broken_one_leaves_the_others(
    run: Path, packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(packages, "docglean.sinks", "torn", "import nothing_of_this_name")
    assert run_command(["export", str(run), str(tmp_path / "csv")]) == OK
    for told in (["out.torn"], ["anything", "--to", "torn"]):
        capsys.readouterr()
        assert run_command(["export", str(run), *told]) == WRONG
        error = " ".join(capsys.readouterr().err.split())
        assert "plugin-torn 1.5" in error
        assert "No module named 'nothing_of_this_name'" in error


@pytest.mark.parametrize(
    ("name", "does", "cause"),
    [
        ("raising", "raise ValueError('no ink')", "ValueError: no ink"),
        ("leaving", "raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_what_one_does_wrong_is_told_by_its_name(
    run: Path,
    packages: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    does: str,
    cause: str,
) -> None:
    code = re.sub(r"self\.file\.write\(.*\)", does, PACKAGE).replace('"ndjson"', repr(name))
    install(packages, "docglean.sinks", name, code)
    assert run_command(["export", str(run), str(tmp_path / "out"), "--to", name]) == WRONG
    error = " ".join(capsys.readouterr().err.split())
    assert f"plugin-{name} 1.5" in error
    assert cause in error


def test_every_format_that_is_built_in_is_found() -> None:
    assert [one.name for one in SINKS.built_in()] == [
        "csv", "csv-excel", "duckdb", "xlsx", "json", "jsonl", "parquet", "sql",
    ]  # fmt: skip
