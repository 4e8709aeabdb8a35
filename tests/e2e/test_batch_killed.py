"""A run in batches, killed by SIGKILL at every step: nothing is lost, nothing handed in twice."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import contracts
import pytest
from servers.billing import PayingServer, paying, slips
from servers.vendor import THINKING
from warm_commands import WarmProcess, warm

pytestmark = pytest.mark.e2e

DOCUMENTS = 4
# What waits a minute for a batch to appear at its provider waits less here.
MAIN = """
from datetime import timedelta
from docglean.extractors.calls import batch_results
batch_results.APPEARS = timedelta(seconds=0.5)
from docglean.cli.app import main
main()
"""

# Every step where files are uploaded and where none are; what comes behind the answer of a provider
# is the same code for all of them. Of the others, what may be lost on the way to the answer.
STEPS = {
    "anthropic": [
        ("POST", "/batches", "asked"),
        ("POST", "/batches", "done"),
        ("POST", "/batches", "said"),
        ("GET", "/batches/", "said"),
        ("GET", "/results", "asked"),
        ("GET", "/results", "said"),
    ],
    "openai": [
        ("POST", "/files", "asked"),
        ("POST", "/files", "done"),
        ("POST", "/batches", "asked"),
        ("POST", "/batches", "done"),
        ("POST", "/batches", "said"),
        ("GET", "/batches/", "said"),
        ("GET", "-out/content", "asked"),
        ("GET", "-out/content", "said"),
    ],
    "gemini": [
        ("POST", "/upload/v1beta/files", "done"),
        ("POST", ":batchGenerateContent", "asked"),
        ("POST", ":batchGenerateContent", "done"),
        ("POST", ":batchGenerateContent", "said"),
    ],
    "mistral": [
        ("POST", "/files", "done"),
        ("POST", "/batch/jobs", "asked"),
        ("POST", "/batch/jobs", "done"),
        ("POST", "/batch/jobs", "said"),
    ],
}


@pytest.fixture
def server() -> Iterator[PayingServer]:
    contracts.load()
    with paying(thinking=THINKING) as state:
        yield state


def start(server: PayingServer, vendor: str, folder: Path) -> WarmProcess:
    environment = {
        **os.environ,
        "DOCGLEAN_LEDGER": str(folder.parent / "ledger.sqlite"),
        "DOCGLEAN_LIMITS__WORKERS": "1",
        "DOCGLEAN_BATCH_POLL": "0.1",
    }
    words = ["extract", str(folder), "--engine", server.engine(vendor, effort="high"), "--batch"]
    words += ["--schema", f"{folder.parent / 'slip.py'}:Slip", "--out", str(folder.parent / "out")]
    return warm().start(words, env=environment, code=MAIN, merged=True, session=True)


def finish(process: WarmProcess) -> tuple[int, str]:
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


@pytest.mark.parametrize(
    ("vendor", "step"),
    [(vendor, step) for vendor, steps in STEPS.items() for step in steps],
    ids=lambda value: value if isinstance(value, str) else re.sub("[/:]", "", "-".join(value)),
)
def test_killed_at(
    server: PayingServer, tmp_path: Path, vendor: str, step: tuple[str, str, str]
) -> None:
    folder = slips(tmp_path / "in", DOCUMENTS)
    process = start(server, vendor, folder)
    killed = threading.Event()
    lock = threading.Lock()

    def kill(method: str, path: str, when: str) -> None:
        wanted, part, moment = step
        # The list of batches is asked for by those who come after a kill.
        fits = part in path if part.endswith("/") else path.endswith(part)
        with lock:
            if not killed.is_set() and (method, when) == (wanted, moment) and fits:
                killed.set()  # first: whoever waits for the process goes on at its death
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    server.told = kill
    finish(process)
    assert killed.is_set(), "the step never came"
    code, said = finish(start(server, vendor, folder))
    assert code == 0, said
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["data"]["number"] for line in lines] == list(range(DOCUMENTS))
    # Every question was handed in once and answered once; those that thinking cut are others.
    desk = server.desks[vendor]
    assert sum(len(batch.requests) for batch in desk.batches.values()) == server.questions
    assert (server.requests, server.twice) == (DOCUMENTS, 0)
    assert max(server.answers_to.values()) <= 3
    # Nothing is left: no half-written file, no request that waits.
    names = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert not [name for name in names if name.endswith(".part")]
