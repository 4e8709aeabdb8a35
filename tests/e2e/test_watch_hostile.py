"""A watch over a folder that somebody hostile filled, against a real Prefect server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hostile_folder
import psutil
import pytest
from docglean.flows.sources import find_sources

pytestmark = pytest.mark.e2e


def start(inbox: Path, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    words = ["watch", str(inbox), "--settle", "0.5", "--every", "0.2"]
    with log.open("ab") as file:
        command = [sys.executable, "-m", "docglean", *words]
        return subprocess.Popen(command, env=environment, stderr=file)


def until(condition: Callable[[], bool], watching: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 300  # of a test that hangs; never what is measured
    while not condition():
        assert watching.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.2)


def told(log: Path) -> list[str]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.removeprefix("uploaded ") for line in lines if line.startswith("uploaded ")]


def test_it_tells_of_each_document_once_and_ends_when_it_is_told_to(
    server: dict[str, str], tmp_path: Path
) -> None:
    inbox, log = tmp_path / "in", tmp_path / "watch.log"
    inbox.mkdir()
    (inbox / "first.pdf").write_bytes(b"%PDF-1.7 x")
    watching = start(inbox, server, log)
    try:
        until(lambda: told(log) == ["first.pdf"], watching, log)
        hostile_folder.fill(inbox, b"%PDF-1.7 x")  # while it watches
        hostile_folder.dig(inbox)
        (inbox / "gone.pdf").write_bytes(b"%PDF-1.7 gone before it has settled")
        (inbox / "gone.pdf").unlink()
        until(lambda: sorted(told(log)[1:]) == sorted(hostile_folder.READ), watching, log)
        assert psutil.Process(watching.pid).memory_info().rss < 1_000_000_000
        watching.send_signal(signal.SIGTERM)
        watching.wait(timeout=120)
        Path(os.fsdecode(os.fsencode(inbox) + b"/" + hostile_folder.NOT_UTF8)).unlink()
        (inbox / "last.pdf").write_bytes(b"%PDF-1.7 x")
        watching = start(inbox, server, log)
        until(lambda: "last.pdf" in told(log), watching, log)
        assert sorted(told(log)) == sorted(["first.pdf", *hostile_folder.READ, "last.pdf"])
    finally:
        watching.kill()
        watching.wait()
    text = log.read_text()
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert len(find_sources([str(inbox)]).sources) == len(hostile_folder.READ) + 1
