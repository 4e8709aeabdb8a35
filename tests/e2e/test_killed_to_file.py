"""Results that go into one file or a pipe: a run that is killed, out of money or held up by whoever
reads it, and what going on costs."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from servers.billing import PayingServer, paying, slips
from warm_commands import warm

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
        started = warm().start(told, env=dict(os.environ), session=True)
        wait_for(server, 3)
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
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


def full_pipe() -> tuple[int, int, int]:
    """The ends of a pipe into which nothing more goes, and how many bytes are in it."""
    there, here = os.pipe()
    size = 0
    os.set_blocking(here, False)
    with suppress(BlockingIOError):
        while True:
            size += os.write(here, b" " * 4096)
    os.set_blocking(here, True)
    return there, here, size


def test_who_does_not_read_standard_output_keeps_no_answer_from_the_ledger(
    tmp_path: Path, words: list[str]
) -> None:
    def stored() -> int:
        """Replies."""
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as ledger, ledger:
            return int(ledger.execute("select count(*) from replies").fetchone()[0])

    def second_later(text: str, _: object) -> None:
        while "number: 1" in text and not stored():
            time.sleep(0.05)
        time.sleep(4.0 if "number: 1" in text else 0.0)  # until the first is being printed

    there, here, size = full_pipe()
    with paying(answers=second_later) as server:
        told = [*words[:-2], "--quiet", "--engine", server.engine()]
        run = subprocess.Popen([sys.executable, "-m", "docglean", *told], stdout=here)
        os.close(here)
        wait_for(server, AT_ONCE)
        end = time.monotonic() + 60
        while stored() < AT_ONCE:
            assert time.monotonic() < end
            time.sleep(0.05)
        with os.fdopen(there, "rb") as pipe:
            assert pipe.read(size).isspace()
            lines = [json.loads(line) for line in pipe]
        assert run.wait(60) == OK
    assert sorted(line["data"]["number"] for line in lines) == list(range(SLIPS))
