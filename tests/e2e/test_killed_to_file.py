"""Results that go into one file: a run that is killed or out of money, and what going on costs."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers.billing import PayingServer, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET

pytestmark = pytest.mark.e2e

SLIPS = 8
AT_ONCE = 2


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command, but for its engine."""
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    found = ["extract", str(slips(tmp_path / "in", SLIPS)), "--concurrency", str(AT_ONCE)]
    return [*found, "--schema", f"{tmp_path / 'slip.py'}:Slip", "--out", str(tmp_path / "out.csv")]


def numbers(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["number"] for row in csv.DictReader(file)]


def wait_for(server: PayingServer, answers: int) -> None:
    end = time.monotonic() + 60
    while server.questions < answers:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_was_paid_for_before_kill_9_is_not_paid_for_again(
    tmp_path: Path, words: list[str]
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("of yesterday")
    with paying(seconds=0.3) as server:
        told = [*words, "--engine", server.engine()]
        started = subprocess.Popen(
            [sys.executable, "-m", "docglean", *told], start_new_session=True
        )
        wait_for(server, 3)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        assert out.read_text() == "of yesterday"
        assert not list(tmp_path.glob(".*.part"))
        assert run_command([*told, "--quiet"]) == OK
        assert numbers(out) == [str(number) for number in range(SLIPS)]
        assert sum(server.asked.values()) <= SLIPS + AT_ONCE  # those under way at that moment
        before = sum(server.asked.values())
        assert run_command([*told, "--quiet"]) == OK
        assert sum(server.asked.values()) == before


def test_a_budget_that_ends_a_run_leaves_what_it_paid_for_in_the_file(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    with paying() as server:
        told = [*words, "--engine", server.engine()]
        out.write_text("of yesterday")
        assert run_command([*told, "--budget", "0.0002"]) == OVER_BUDGET
        assert out.read_text() == "of yesterday"  # nothing was read
        assert run_command([*told, "--budget", "0.002"]) == OVER_BUDGET
        assert 0 < len(numbers(out)) < SLIPS
        assert "not read" in capsys.readouterr().err
        assert run_command([*told, "--quiet"]) == OK
        assert numbers(out) == [str(number) for number in range(SLIPS)]
        assert sum(server.asked.values()) == SLIPS
