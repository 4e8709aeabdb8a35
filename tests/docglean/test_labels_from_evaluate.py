"""``evaluate --labels-from``: engines learn of what people have corrected, and nothing is paid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.results import Results
from reviewed_runs import Reviewer
from servers.billing import PayingServer, paying, slips

from docglean.cli.app import run_command

pytestmark = pytest.mark.slow

DOCUMENTS = 18


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PayingServer]:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    with paying() as state:
        state.answers = misreads
        yield state


def misreads(text: str, schema: dict[str, Any]) -> str | None:
    """A wrong word on every third document."""
    number = int(text.split("number:")[1].split()[0])
    return None if number % 3 else json.dumps({"number": number, "word": "smudge"})


def reviewed(folder: Path, server: PayingServer) -> tuple[Path, list[str]]:
    """A run whose documents somebody has corrected, and the words that name its schema."""
    schema = ["--schema", f"{folder.parent / 'slip.py'}:Slip"]
    run = folder.parent / "out"
    words = ["extract", str(folder), "--engine", server.engine(), "--out", str(run), "--quiet"]
    assert run_command([*words, *schema]) in (0, 1)
    ann = Reviewer(run)
    for number in range(DOCUMENTS):
        right = f"w{number * number}"
        ann.did(f"{number:04}.pdf", ("confirm", "/number"), ("set", "/word", right), ("done", ""))
    return run, schema


def test_corrections_make_labels_and_refit_the_calibration(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, schema = reviewed(slips(tmp_path / "in", DOCUMENTS), server)
    paid, report = server.questions, tmp_path / "report"
    words = ["evaluate", "--labels-from", str(run), *schema, "--out", str(report)]
    assert run_command(words) == 0
    assert server.questions == paid, "the ledger had every answer"
    told = " ".join(capsys.readouterr().err.split())
    engine = server.engine()
    assert f"{DOCUMENTS} of {DOCUMENTS} labels were made by correcting what {engine} had" in told
    manifest = Results(report).manifest()
    (measured,) = manifest.engines
    assert measured.spec == engine, "the one whose reading was corrected"
    assert manifest.sets[0].corrected == {engine: DOCUMENTS}
    calibration = manifest.calibrations[engine]
    assert (calibration.documents, calibration.registered) == (DOCUMENTS, True)
    rows = list(Results(report).rows())
    wrong = {row.document for row in rows if not row.right}
    assert wrong == {f"{number:04}" for number in range(0, DOCUMENTS, 3)}
    page = (report / "report.html").read_text("utf-8")
    assert "were made by correcting what" in page


def test_a_run_that_is_named_no_more_gives_no_label(server: PayingServer, tmp_path: Path) -> None:
    run, schema = reviewed(slips(tmp_path / "in", DOCUMENTS), server)
    report = tmp_path / "report"
    stale = {"id": "old", "file": "old.pdf", "schema": "invoice", "expected": {"a": "b"}}
    (report / "reviewed").mkdir(parents=True)
    (report / "reviewed" / "labels.jsonl").write_text(json.dumps(stale))
    words = ["evaluate", "--labels-from", str(run), *schema, "--out", str(report), "--first", "2"]
    assert run_command([*words, "--quiet"]) == 0
    assert Results(report).manifest().sets[0].labels == 2
    assert "old.pdf" not in (report / "reviewed" / "labels.jsonl").read_text()
