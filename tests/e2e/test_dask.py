"""The same flow on a Dask cluster of several processes; one of them is killed in mid-run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from docglean.extractors.ledger.accounts import accounts
from docglean.extractors.ledger.ledger import Ledger
from servers.billing import PayingServer, paying, slips
from servers.prefect import free_port, start_code
from warm_commands import WarmProcess

pytest.importorskip("prefect_dask")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by signals"),
]

DOCUMENTS, WORKERS, CONCURRENCY = 36, 3, 2
DASK = "import sys; from dask.__main__ import main; sys.exit(main())"
FLOW = """
import json, sys
from docglean.flows.extract import extract
state = extract(**json.loads(sys.argv[1]), return_state=True)
print(state.name, state.message)
"""


@dataclass
class Cluster:
    """A scheduler and workers, each a process group of its own as if on a machine of its own."""

    address: str
    workers: list[WarmProcess]


@pytest.fixture
def paid() -> Iterator[PayingServer]:
    with paying(seconds=1.0) as state:
        yield state


@pytest.fixture
def environment(server: dict[str, str], postgres: str) -> dict[str, str]:
    return {
        **server,
        "DOCGLEAN_LEDGER": postgres,
        "DOCGLEAN_LIMITS__WORKERS": "1",
        "DOCGLEAN_CONCURRENCY": str(CONCURRENCY),
    }


@pytest.fixture
def cluster(environment: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    address = f"tcp://127.0.0.1:{free_port()}"
    with ExitStack() as stack:

        def start(*words: str) -> WarmProcess:
            process = start_code(
                environment, tmp_path, DASK, *words, session=True, log=[tmp_path / "dask.log"]
            )
            stack.callback(end, process)
            return process

        port = address.rpartition(":")[2]
        start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        # Under their nannies, workers are daemonic processes.
        words = ("worker", address, "--nthreads", "1", "--no-dashboard")
        yield Cluster(address, [start(*words) for _ in range(WORKERS)])


def end(process: WarmProcess) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def test_a_worker_that_dies_costs_nothing_but_what_it_had_under_way(
    environment: dict[str, str], cluster: Cluster, paid: PayingServer, postgres: str, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", DOCUMENTS)
    parameters = {
        "source": str(folder),
        "schemas": [f"{tmp_path / 'slip.py'}:Slip"],
        "engine": paid.engine(),
        "out": str(tmp_path / "out"),
        "runner": f"dask:{cluster.address}",
        "shard": 3,
    }
    process = start_code(environment, tmp_path, FLOW, json.dumps(parameters), merged=True)
    until = time.monotonic() + 120
    while paid.questions < DOCUMENTS // 3:
        assert time.monotonic() < until, "no calls came"
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    end(cluster.workers[0])
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said
    assert f"Completed {DOCUMENTS} documents" in said
    # Every document once, each with its own answer, by several workers.
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["data"]["number"] for line in lines] == list(range(DOCUMENTS))
    assert paid.most_under_way > CONCURRENCY

    # What was asked twice is what the dead worker had under way, and the ledger says so.
    async def interrupted() -> int:
        async with await Ledger.open(postgres) as ledger:
            found = (await ledger.look(accounts, ["engine"]))["engine"]
            return found[0].interrupted

    assert paid.twice <= asyncio.run(interrupted()) <= CONCURRENCY
    assert Counter(paid.asked.values())[1] >= DOCUMENTS - CONCURRENCY
