"""``docglean evaluate`` as a user runs it, on real documents with the embedded engine."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from docglean.evaluation.compare import Tally
from docglean.evaluation.results import ResultRow, Results
from warm_commands import warm

pytestmark = pytest.mark.e2e

SETS = ("invoices_zugferd", "tables_pubtabnet", "funsd")


def docglean(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "DOCGLEAN_LEDGER": str(folder / "ledger.sqlite"),
        "DOCGLEAN_LIMITS__WORKERS": "1",  # three documents: a second child costs more than it reads
    }
    return warm().run(arguments, env=environment)


@pytest.fixture(scope="module")
def measured(evaldata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that measuring a document of each of three sets leaves."""
    folder = tmp_path_factory.mktemp("evaluate")
    sets = [str(evaldata / name) for name in SETS]
    out = folder / "report"
    done = docglean(
        folder, "evaluate", *sets, "--engine", "local", "--first", "1", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert "3/3" in done.stderr
    assert "nothing leaves this machine" in done.stderr
    return out


def test_real_documents_are_measured(measured: Path) -> None:
    """Loose bounds, well below what is measured now: a drop below them is a break, not noise."""
    results = Results(measured)
    manifest = results.manifest()
    assert manifest.state == "finished"
    assert [(one.name, one.layout, one.labels) for one in manifest.sets] == [
        (name, name, 1) for name in SETS
    ]
    by_set: dict[str, list[ResultRow]] = defaultdict(list)
    for row in results.rows():
        by_set[row.set].append(row)
    accuracy = {name: Tally.of(rows).accuracy or 0.0 for name, rows in by_set.items()}
    assert accuracy["invoices_zugferd"] > 0.8
    assert accuracy["tables_pubtabnet"] > 0.8
    assert accuracy["funsd"] > 0.3
    for answer in results.answers():
        assert answer.status in ("ok", "review", "partial")
        assert answer.machine_seconds > 0
        assert answer.cost == 0
        assert answer.tags["source"] == ("text" if answer.set == "invoices_zugferd" else "scan")
        if answer.set == "tables_pubtabnet":
            assert answer.measures["grits_con"][0] > 0.7
        if answer.set == "funsd":
            hits, boxes = answer.measures["grounding_word"]
            assert 0 < hits <= boxes


def test_the_report_stands_beside_what_was_measured(measured: Path) -> None:
    page = (measured / "report.html").read_text(encoding="utf-8")
    assert "local" in page
    assert json.loads((measured / "report.json").read_text(encoding="utf-8"))


def test_a_gate_makes_it_fail_and_a_rerun_reads_nothing(evaldata: Path, measured: Path) -> None:
    sets = [str(evaldata / name) for name in SETS]
    before, code = (measured / "documents.jsonl").read_text(), Results(measured).manifest().code
    done = docglean(
        measured.parent, "evaluate", *sets, "--engine", "local", "--first", "1",
        "--out", str(measured), "--gate", "field_accuracy>=0.999",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "local: field_accuracy is 0." in done.stderr
    unchanged = Results(measured).manifest().code == code  # nobody worked on docglean meanwhile
    assert (measured / "documents.jsonl").read_text() == before or not unchanged
