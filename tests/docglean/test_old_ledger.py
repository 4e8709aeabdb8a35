"""A ledger made before modules were moved and renamed still answers: nothing is paid again.

`ledgers/before_the_redraw.sql` was made by commit 67af991 from `slip.png` and `slip.json`, with a
stand-in for Claude at that address. Keys are made of what decides an answer: the document, the
image's size, the schema, the words that are sent. Where one of these changes on purpose (another
PROMPT_VERSION) the file has to be made anew.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from docglean.cli.app import run_command
from docglean.cli.exits import SOME_FAILED

LEDGERS = Path(__file__).resolve().parents[1] / "ledgers"
ENGINE = "anthropic:claude-haiku-5-5@http://127.0.0.1:18765?key=OLD_KEY&price=1/5"


def test_what_was_paid_before_the_move_is_not_paid_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as old, old:
        old.executescript((LEDGERS / "before_the_redraw.sql").read_text())
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("OLD_KEY", "sk-ant-standin")
    command = ["extract", str(LEDGERS / "slip.png"), "--schema", str(LEDGERS / "slip.json")]
    # Nobody listens there: a call would end the run.
    done = run_command([*command, "--engine", ENGINE, "--out", str(tmp_path / "out")])
    [found] = map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    assert done == SOME_FAILED  # values that the stand-in made up stand nowhere
    assert found["status"] == "review"
    assert found["data"] == {
        "number": "4711",
        "issued": "2026-11-28",
        "total": 12.5,
        "lines": [{"text": "Tea", "amount": 12.5}],
    }
    assert (found["spending"]["calls"], found["spending"]["cached"]) == (0, 1)
