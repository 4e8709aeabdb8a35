"""`docglean serve` as people start it, and kill it with -9: nothing is lost or paid twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from served_documents import ANN, ended, handed_in
from servers.billing import PayingServer, paying, slips

pytestmark = pytest.mark.e2e

COUNT, AT_ONCE = 6, 2


def start(folder: Path, server: PayingServer) -> tuple[subprocess.Popen[str], str]:
    """A service and its address."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "docglean", "serve", "--folder", str(folder / "service"),
            "--schema", "slip.py:Slip", "--engine", server.engine(), "--concurrency", str(AT_ONCE),
            "--port", "0",
        ],
        cwd=folder,
        env={
            **os.environ, "DOCGLEAN_LEDGER": str(folder / "ledger.sqlite"),
            "DOCGLEAN_SERVE_TOKEN": ANN, "DOCGLEAN_LIMITS__WORKERS": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    if not address:
        raise AssertionError(process.communicate(timeout=60)[1])
    return process, address


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def asked_of(address: str) -> httpx2.Client:
    return httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {ANN}"}, timeout=60)


def test_after_kill_9_what_was_accepted_is_read_and_nothing_is_paid_twice(tmp_path: Path) -> None:
    papers = sorted(slips(tmp_path / "papers", COUNT).iterdir())
    with paying() as server:

        def held(*_: object) -> None:
            if server.questions > AT_ONCE:
                server.let_go.wait()

        server.answers = held
        process, address = start(tmp_path, server)
        with asked_of(address) as client:
            ids = [handed_in(client, one.read_bytes(), name=one.name) for one in papers]
        until(lambda: server.questions > AT_ONCE)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        server.let_go.set()
        until(lambda: server.under_way == 0)
        assert AT_ONCE < server.questions < COUNT  # it was in the middle
        process, address = start(tmp_path, server)
        with asked_of(address) as client:
            told = [ended(client, id) for id in ids]
            found = [
                client.get(f"/documents/{id}/value", params={"pointer": "/number"}).json()
                for id in ids
            ]
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "Traceback" not in said
    assert [one["name"] for one in told] == [one.name for one in papers]
    assert {one["state"] for one in told} == {"done"}
    assert [int(one["value"]) for one in found] == list(range(COUNT))
    assert sum(one["attempts"] == 2 for one in told) <= AT_ONCE
    # What was under way when it was killed may be asked again, and nothing else is.
    assert server.questions == COUNT
    assert server.twice <= AT_ONCE
