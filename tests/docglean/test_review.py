"""Status `review`: a document of which something is suspected to be wrong is seen everywhere."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from bs4 import BeautifulSoup
from docglean.extractors.extraction import Extraction
from docglean.flows.run import row_of
from docglean.flows.run_folder import RunFolder
from docglean.flows.totals import Totals

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED
from docglean.cli.progress import Display

SCHEMA = '''
from decimal import Decimal
from typing import Annotated, ClassVar

from docglean.schemas import Adds, Money, Printed
from pydantic import BaseModel


class Slip(BaseModel):
    """A slip whose parts add up."""

    __checks__: ClassVar = (Adds("/total", ("/net", "/tax")),)

    net: Annotated[Decimal | None, Money(), Printed("Net")]
    tax: Annotated[Decimal | None, Money(), Printed("Tax")]
    total: Annotated[Decimal | None, Money(), Printed("Total")]
'''


def slip(path: Path, **amounts: str) -> Path:
    document = pymupdf.open()
    page = document.new_page()
    for row, (label, amount) in enumerate(amounts.items()):
        page.insert_text((72, 100 + 30 * row), f"{label}: {amount}", fontsize=12)
    document.save(path)
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """A run over a slip that adds up and one that does not: its folder, what it said, its exit."""
    top = tmp_path_factory.mktemp("review")
    (top / "in").mkdir()
    slip(top / "in/right.pdf", Net="100.00", Tax="20.00", Total="120.00")
    slip(top / "in/wrong.pdf", Net="100.00", Tax="20.00", Total="130.00")
    (top / "slip.py").write_text(SCHEMA)
    done = subprocess.run(
        [sys.executable, "-m", "docglean", "extract", "in", "--engine", "local", "--schema",
         "slip.py:Slip", "--out", "out"],
        cwd=top, capture_output=True, text=True, check=False,
        env={**os.environ, "DOCGLEAN_LEDGER": str(top / "ledger.sqlite")},
    )  # fmt: skip
    return top / "out", done.stderr, done.returncode


def results(out: Path) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, (out / "results.jsonl").read_text().splitlines())
    return {told["document"]["name"]: told for told in lines}


@pytest.mark.slow
def test_the_run_says_it_and_ends_with_1(ran: tuple[Path, str, int]) -> None:
    out, said, code = ran
    assert code == SOME_FAILED
    assert "2 documents (1 ok, 1 to review), 2 pages" in said.splitlines()[-1]
    assert re.search(r"review +wrong\.pdf, slip, 1 page: check_failed at /total", said)
    assert json.loads((out / "run.json").read_text())["runs"][0]["totals"]["review"] == 1


@pytest.mark.slow
def test_results_and_tables_say_it(ran: tuple[Path, str, int], tmp_path: Path) -> None:
    out, _, _ = ran
    found = results(out)
    assert {name: told["status"] for name, told in found.items()} == {
        "right.pdf": "ok", "wrong.pdf": "review"}  # fmt: skip
    (problem,) = (p for p in found["wrong.pdf"]["problems"] if p["severity"] != "warning")
    assert (problem["code"], problem["severity"]) == ("check_failed", "review")
    assert run_command(["export", str(out), str(tmp_path / "csv")]) == OK
    with (tmp_path / "csv/documents.csv").open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["wrong.pdf"]["status"] == "review"
    assert problem["message"] in rows["wrong.pdf"]["problems"]
    assert rows["right.pdf"]["status"] == "ok"


@pytest.mark.slow
def test_the_page_leads_to_it(ran: tuple[Path, str, int], tmp_path: Path) -> None:
    assert run_command(["show", str(ran[0]), "--out", str(tmp_path / "show.html")]) == OK
    page = BeautifulSoup((tmp_path / "show.html").read_text("utf-8"), "lxml")
    head = page.select(".sum")[0].get_text(" ", strip=True)
    assert all(said in head for said in ("1 ok", "1 review", "1 to look at"))
    assert not page.select("#doubts")[0].has_attr("disabled")
    (link,) = page.select(".index li.doubt a")
    assert link.select(".name")[0].get_text(strip=True) == "wrong.pdf"
    text = (tmp_path / str(link["href"])).read_text("utf-8")
    (article,) = BeautifulSoup(text, "lxml").select("article.doubt")
    assert "wrong.pdf" in article.get_text()
    (leaf,) = article.select(".leaf.doubt")
    assert all(said in leaf.get_text() for said in ("Total", "check failed"))


def test_flows_name_the_problem(ran: tuple[Path, str, int]) -> None:
    rows = {
        one.document.name: row_of(one, RunFolder(ran[0])) for one in RunFolder(ran[0]).extractions()
    }
    assert (rows["right.pdf"]["status"], rows["right.pdf"]["problem"]) == ("ok", "")
    assert rows["wrong.pdf"]["status"] == "review"
    assert "net + tax is 120.00, but total says 130.00" in rows["wrong.pdf"]["problem"]


@pytest.mark.slow
def test_one_document_alone_and_from_python(tmp_path: Path, ran: tuple[Path, str, int]) -> None:
    schema = str(ran[0].parent / "slip.py") + ":Slip"
    wrong = slip(tmp_path / "a.pdf", Net="1.00", Tax="0.20", Total="9.00")
    assert extract(wrong, schema, engine="local").status == "review"
    assert run_command(["extract", str(wrong), "--schema", schema, "--engine", "local"]) == 1


def test_the_live_line_counts_it_within_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ran: tuple[Path, str, int]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    display = Display(12_345)
    with display:
        assert display.live
        display.pages = 31_234
        for one in RunFolder(ran[0]).extractions():
            display.on_done(one)
        display.ended += Totals(review=344, partial=21, failed=13)
        display._refresh(None)
    said = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    last = re.split(r"[\r\n]+", said.strip())[-1]
    assert len(last) <= 80
    assert "2/12345" in last
    assert "345 to review, 21 partial, 13 failed" in last
    assert re.search(r"\d:\d\d:\d\d", last)


def test_the_log_tells_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: tuple[Path, str, int]
) -> None:
    from docglean.extractors.telemetry import outcomes
    from docglean.extractors.telemetry.spans import NOTHING

    told: list[str] = []
    monkeypatch.setattr(outcomes, "log_ended", lambda one, mark, content: told.append(one.status))

    class Run:
        """Counts nothing."""

        def count(self, extraction: Extraction[Any]) -> None:
            told.append(extraction.status)

    for one in RunFolder(ran[0]).extractions():
        outcomes.document_ended(one, Run(), NOTHING, content=False)  # type: ignore[arg-type]
    assert told == ["ok", "ok", "review", "review"]
