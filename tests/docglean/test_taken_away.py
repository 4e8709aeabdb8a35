"""What a run writes into is taken away while it runs; a terminal closes; a disk is full."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers.billing import COST, PayingServer, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import INTERRUPTED, OK, WRONG


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "1")
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


def words(server: PayingServer, folder: Path) -> list[str]:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    said = ["extract", str(folder), "--engine", server.engine(), "--schema", schema]
    return [*said, "--out", str(folder.parent / "out")]


def after(server: PayingServer, answers: int, what: Callable[[], object]) -> None:
    """Do something once, before the server says this answer."""
    done: list[bool] = []

    def told(method: str, path: str, when: str) -> None:
        if when == "done" and sum(server.asked.values()) >= answers and not done:
            done.append(True)
            what()

    server.told = told


def replaced(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.touch()


@pytest.mark.slow
@pytest.mark.parametrize("how", [Path.unlink, replaced])
def test_a_ledger_that_is_gone_is_noticed(
    server: PayingServer,
    tmp_path: Path,
    ledger: Path,
    capsys: pytest.CaptureFixture[str],
    how: Callable[[Path], None],
) -> None:
    folder = slips(tmp_path / "in", 12)
    after(server, 3, lambda: how(ledger))
    assert run_command(words(server, folder)) == WRONG
    assert "ledger" in (said := capsys.readouterr().err)
    assert "was removed or replaced while it was in use" in said
    assert sum(server.asked.values()) <= 4, "nothing more is paid for"


@pytest.mark.slow
def test_a_run_folder_that_is_gone_is_noticed(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 12)
    out = tmp_path / "out"
    after(server, 5, lambda: out.rename(tmp_path / "gone"))  # at once, whatever is written there
    assert run_command(words(server, folder)) == WRONG
    assert "was removed or emptied while a run wrote into it" in capsys.readouterr().err
    assert run_command(words(server, folder)) == OK
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["data"]["number"] for line in lines] == list(range(12))
    assert server.twice == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
@pytest.mark.parametrize("ignored", [False, True], ids=["terminal", "nohup"])
def test_a_terminal_that_closes_ends_a_run_as_a_service_is_stopped(
    server: PayingServer, tmp_path: Path, ignored: bool
) -> None:
    server.seconds = 0.3
    folder = slips(tmp_path / "in", 8)
    process = subprocess.Popen(
        [sys.executable, "-m", "docglean", *words(server, folder)],
        stderr=subprocess.PIPE,
        text=True,
        # Whatever these tests run under: nohup's children ignore it, too.
        preexec_fn=lambda: signal.signal(
            signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL
        ),
    )
    while not server.asked and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate()
    assert process.returncode == (OK if ignored else INTERRUPTED), said
    server.seconds = 0
    assert run_command([*words(server, folder), "--quiet"]) == OK
    assert (server.questions, server.twice) == (8, 0)


FULL = """
import resource, sys
from docglean.cli.app import run_command
# Not a byte can be written to any file, as on a full disk.
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.exit(run_command(["costs", "--json", "--by", "engine"]))
"""


def told_costs(**more: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", FULL], capture_output=True, text=True, env={**os.environ, **more}
    )
    assert process.returncode == OK, process.stderr
    return str(process.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_costs_are_read_on_a_full_disk(
    server: PayingServer, tmp_path: Path, ledger: Path, killed: bool
) -> None:
    pytest.importorskip("resource")
    folder = slips(tmp_path / "in", 3)
    if killed:  # what came back last is in the write-ahead log alone
        after(server, 3, lambda: shutil.copytree(tmp_path, tmp_path.parent / "copy"))
    assert run_command([*words(server, folder), "--quiet"]) == OK
    if killed:
        shutil.rmtree(tmp_path)
        shutil.move(tmp_path.parent / "copy", tmp_path)
        (tmp_path / "ledger.sqlite-shm").unlink()
        assert (tmp_path / "ledger.sqlite-wal").stat().st_size > 0
    [account] = json.loads(told_costs())["by"]["engine"]
    assert account["calls"] == (2 if killed else 3)
    assert float(account["cost"]) == pytest.approx(float(COST) * account["calls"])


def test_costs_make_no_ledger(tmp_path: Path, ledger: Path) -> None:
    assert json.loads(told_costs())["by"] == {"engine": []}
    assert not ledger.exists()
