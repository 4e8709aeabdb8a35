"""Runs of many documents that are killed, interrupted, run twice at once, or out of room."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from servers.billing import PayingServer, paying, slips
from servers.vendor import THINKING
from warm_commands import WarmProcess, warm

from docglean.cli.exits import INTERRUPTED, OK, WRONG

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by signals"),
]

DOCUMENTS, KILLS, CONCURRENCY = 120, 6, 8


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying(seconds=0.05, thinking=THINKING) as state:
        yield state


Process = WarmProcess | subprocess.Popen[str]


def start(
    server: PayingServer,
    folder: Path,
    out: Path,
    ledger: Path | str,
    *,
    cold: bool = False,
    in_background: bool = False,
    **environment: str,
) -> Process:
    """A run.

    Args:
        cold: it starts as a shell starts it: what is interrupted does.
    """
    words = ["extract", str(folder), "--engine", server.engine(effort="high"), "--out", str(out)]
    words += ["--schema", f"{folder.parent / 'slip.py'}:Slip", "--quiet"]
    told = {
        **os.environ,
        "DOCGLEAN_LEDGER": str(ledger),
        "DOCGLEAN_LIMITS__WORKERS": "1",
        "DOCGLEAN_CONCURRENCY": str(CONCURRENCY),
        **environment,
    }
    if not cold:
        return warm().start(words, env=told)
    return subprocess.Popen(
        [sys.executable, "-m", "docglean", *words],
        env=told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=ignore_ctrl_c if in_background else None,
    )  # fmt: skip


def ignore_ctrl_c() -> None:
    """As shells start what a script puts behind an &."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


NEVER = 3600.0
"""Seconds that an answer takes which no test waits for: `finish` gives up long before."""


def finish(process: Process) -> tuple[int, str]:
    _, said = process.communicate(timeout=300)
    return process.wait(), said


def wait(until: Callable[[], bool], process: Process) -> None:
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end
        if process.poll() is not None:
            return
        time.sleep(0.005)


def check_all_read(out: Path, count: int = DOCUMENTS) -> None:
    """Every document once, each with its own answer; nothing half-written."""
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert sorted(line["data"]["number"] for line in lines) == list(range(count))
    for path in out.rglob("*"):
        assert not path.name.endswith(".part")
        if path.suffix == ".json":
            json.loads(path.read_text())
    files = {path.name for path in (out / "documents").iterdir()}
    assert files == {f"{number:04}.pdf.json" for number in range(count)}


def in_accounts(ledger: Path) -> dict[str, int]:
    """Calls by how they ended."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        query = "select outcome, count(*) from replies group by outcome"
        return dict(connection.execute(query).fetchall())


@pytest.mark.parametrize("concurrency", [CONCURRENCY, 64])
def test_killed_again_and_again(server: PayingServer, tmp_path: Path, concurrency: int) -> None:
    folder, out, ledger = slips(tmp_path / "in", DOCUMENTS), tmp_path / "out", tmp_path / "l.sqlite"
    chance = random.Random(20261124)
    killed = 0
    for _ in range(KILLS):
        enough = server.questions + 1
        process = start(server, folder, out, ledger, DOCGLEAN_CONCURRENCY=str(concurrency))
        wait(partial(lambda least: server.questions >= least, enough), process)
        time.sleep(chance.uniform(0.0, 0.6))
        killed += process.poll() is None
        process.kill()
        finish(process)
    assert killed > KILLS / 2
    code, said = finish(start(server, folder, out, ledger))
    assert code == OK, said
    check_all_read(out)
    assert server.requests == DOCUMENTS
    booked = in_accounts(ledger)
    assert booked["ok"] == DOCUMENTS
    # What was answered twice was under way at a kill, and stands in the accounts as such.
    assert server.twice <= booked.get("interrupted", 0) <= killed * concurrency


def test_two_runs_over_one_folder_at_once(server: PayingServer, tmp_path: Path) -> None:
    folder, out, ledger = slips(tmp_path / "in", 60), tmp_path / "out", tmp_path / "l.sqlite"
    processes = [start(server, folder, out, ledger) for _ in range(2)]
    for process in processes:
        code, said = finish(process)
        assert code == OK, said
    check_all_read(out, 60)
    assert (server.requests, server.twice) == (60, 0)
    assert max(server.answers_to.values()) <= 3
    runs = json.loads((out / "run.json").read_text())["runs"]
    assert [(run["state"], run["totals"]["ok"]) for run in runs] == [("finished", 60)] * 2
    assert sum(run["totals"]["spending"]["calls"] for run in runs) == server.questions


@pytest.mark.parametrize(("how", "in_background"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_an_interrupted_run_waits_for_what_is_paid_for(
    server: PayingServer, tmp_path: Path, how: signal.Signals, in_background: bool
) -> None:
    server.seconds = 1.5
    folder, out, ledger = slips(tmp_path / "in", 30), tmp_path / "out", tmp_path / "l.sqlite"
    process = start(server, folder, out, ledger, cold=True, in_background=in_background)
    wait(lambda: server.under_way >= 4, process)
    process.send_signal(how)
    code, said = finish(process)
    assert code == INTERRUPTED, said
    assert "run again to go on" in said
    assert 4 <= server.requests < 30
    booked = in_accounts(ledger)
    assert set(booked) <= {"ok", "truncated"}
    assert sum(booked.values()) == server.questions
    server.seconds = 0.0
    assert finish(start(server, folder, out, ledger))[0] == OK
    check_all_read(out, 30)
    assert (server.requests, server.twice) == (30, 0)


def test_a_run_that_ends_in_an_error_pays_for_nothing_twice(
    server: PayingServer, tmp_path: Path
) -> None:
    refusing = True

    def refused_before_the_others(text: str, _: object) -> int | None:
        if refusing and "number: 3" in text:
            return 401
        time.sleep(1.0)
        return None

    server.answers = refused_before_the_others
    folder, out, ledger = slips(tmp_path / "in", 12), tmp_path / "out", tmp_path / "l.sqlite"
    code, said = finish(start(server, folder, out, ledger))
    assert code == WRONG
    assert "The key is refused" in said
    assert 1 < server.requests < 12
    booked = in_accounts(ledger)
    assert (booked.pop("failed"), sum(booked.values())) == (1, server.questions - 1)
    refusing = False
    assert finish(start(server, folder, out, ledger))[0] == OK
    check_all_read(out, 12)
    assert (server.requests, server.twice) == (12, 1), "only what was refused is asked again"


def test_a_second_ctrl_c_ends_at_once(server: PayingServer, tmp_path: Path) -> None:
    server.seconds = NEVER
    folder, out, ledger = slips(tmp_path / "in", 8), tmp_path / "out", tmp_path / "l.sqlite"
    process = start(server, folder, out, ledger, cold=True, DOCGLEAN_GRACE=str(NEVER))
    wait(lambda: server.under_way >= 2, process)
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    code, said = finish(process)
    assert code == INTERRUPTED, said
    assert set(in_accounts(ledger)) == {"interrupted"}


def test_an_interrupted_run_does_not_wait_for_ever(server: PayingServer, tmp_path: Path) -> None:
    server.seconds = NEVER
    folder, out, ledger = slips(tmp_path / "in", 4), tmp_path / "out", tmp_path / "l.sqlite"
    process = start(server, folder, out, ledger, cold=True, DOCGLEAN_GRACE="0.5")
    wait(lambda: server.under_way >= 1, process)
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == INTERRUPTED


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that can be filled; only root may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may make a small file system")
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def fill(file: Path) -> None:
    """Take all the room that is left on the file's disk, to the last page of memory."""
    with file.open("wb", buffering=0) as taken, suppress(OSError):
        while taken.write(bytes(4096)):
            pass


@pytest.mark.parametrize("what", ["ledger", "out"])
def test_a_full_disk_ends_the_run_and_room_goes_on_with_it(
    server: PayingServer, tmp_path: Path, small_disk: Path, what: str
) -> None:
    server.seconds = 0.2
    folder = slips(tmp_path / "in", 120)
    places: dict[str, Any] = {"ledger": tmp_path / "l.sqlite", "out": tmp_path / "out"}
    places[what] = small_disk / places[what].name
    process = start(server, folder, places["out"], places["ledger"])
    wait(lambda: server.questions >= CONCURRENCY, process)
    fill(small_disk / "others")
    code, said = finish(process)
    assert code == WRONG, said
    assert "Make room" in said
    assert "Traceback" not in said
    assert server.questions >= CONCURRENCY
    assert server.requests < 120
    (small_disk / "others").unlink()
    code, said = finish(start(server, folder, places["out"], places["ledger"]))
    assert code == OK, said
    check_all_read(places["out"], 120)
    # Only what could not be stored any more is paid for again.
    assert server.twice <= CONCURRENCY


@contextmanager
def gateway(to: tuple[str, int]) -> Iterator[tuple[int, threading.Event]]:
    """A port that leads to another; while the event is set, nobody comes through."""
    shut = threading.Event()
    pairs: list[tuple[socket.socket, socket.socket]] = []

    def carry(one: socket.socket, other: socket.socket) -> None:
        try:
            while content := one.recv(1 << 16):
                other.sendall(content)
        except OSError:
            pass
        other.close()

    def listen(listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            if shut.is_set():
                near.close()
                continue
            pairs.append((near, socket.create_connection(to)))
            for one, other in (pairs[-1], pairs[-1][::-1]):
                threading.Thread(target=carry, args=(one, other), daemon=True).start()

    def cut_off() -> None:
        while shut.wait():
            for one in [side for pair in pairs for side in pair]:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        for work in (partial(listen, listening), cut_off):
            threading.Thread(target=work, daemon=True).start()
        yield listening.getsockname()[1], shut


def test_a_database_that_is_gone_for_ten_seconds_costs_nothing(
    server: PayingServer, tmp_path: Path, postgres: str
) -> None:
    url = sqlalchemy.make_url(postgres)
    folder, out = slips(tmp_path / "in", 100), tmp_path / "out"
    with gateway((url.host or "127.0.0.1", url.port or 5432)) as (port, shut):
        here = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        process = start(server, folder, out, here)
        wait(lambda: server.questions >= 30, process)
        shut.set()
        time.sleep(10)
        assert server.questions <= 30 + 2 * CONCURRENCY
        shut.clear()
        code, said = finish(process)
    assert code == OK, said
    check_all_read(out, 100)
    assert (server.requests, server.twice) == (100, 0)
