"""Efforts of one model side by side, against a server that thinks and bills it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from docglean.evaluation.report.contents import make_report
from docglean.evaluation.report.report import MARKDOWN
from servers.billing import slips
from strict import served

from docglean.cli.app import run_command
from docglean.cli.exits import OK

THOUGHT = 2_500


@pytest.mark.slow
def test_efforts_stand_side_by_side_with_what_they_think_and_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    slips(tmp_path / "labels" / "docs", 3)
    (tmp_path / "labels" / "labels.jsonl").write_text(
        "".join(
            f'{{"id": "{i}", "file": "docs/{i:04}.pdf", "schema": "slip.py:Slip",'
            f' "expected": {{"number": {i}, "word": "w{i * i}"}}}}\n'
            for i in range(3)
        )
    )
    out = tmp_path / "report"
    with served("anthropic", thinking=(THOUGHT,)) as (_, spec):
        engines = [f"{spec}&price=1/5", f"{spec}&price=1/5&effort=high"]
        command = ["evaluate", str(tmp_path / "labels"), "--out", str(out), "--yes"]
        for engine in engines:
            command += ["--engine", engine]
        assert run_command(command) == OK
    said = capsys.readouterr()
    # Told apart in the tables of a terminal, too, whose cells may be folded.
    for text in (said.out, said.err.partition("Engine ")[0]):
        assert re.search(r"effort=?.*=?high", text.replace("\n", " "))
    least, high = make_report(out).costs
    assert (least.thinking, high.thinking) == (0, THOUGHT)
    assert least.billed is not None
    assert high.billed is not None
    assert high.billed - least.billed == pytest.approx(1_000 * THOUGHT * 5 / 1e6, rel=0.02)
    [pair] = make_report(out).figures.comparisons
    assert sum("effort=high" in name for name in (pair.left, pair.right)) == 1
    assert f"{THOUGHT:,}" in (out / MARKDOWN).read_text()
