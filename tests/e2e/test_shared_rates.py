"""Two processes keep one rate together, through a real Prefect server's concurrency limits."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.e2e

RATE, EACH = 120, 15  # a minute: twenty at once, then two a second
SCRIPT = """
import asyncio, json, sys, time
from docglean.flows.concurrency_limits import share_rates, shared_turn
from docglean.flows.request import RunRequest

async def main(count):
    order = RunRequest(engine="openai:gpt-6-luna")
    assert await share_rates(order)
    turn = shared_turn(order)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(count):
        await turn(1)
    print(json.dumps(time.time()), flush=True)

asyncio.run(main(int(sys.argv[1])))
"""


def test_two_processes_share_one_rate(server: dict[str, str]) -> None:
    told = {**server, "DOCGLEAN_RATES": json.dumps({"openai": {"requests": RATE}})}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(EACH)],
            env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    started = time.time()
    ends = [json.loads(process.communicate("go\n", timeout=120)[0]) for process in processes]
    assert all(process.returncode == 0 for process in processes)
    # Without the other one, each would have had all of its turns at once.
    assert max(ends) - started >= (2 * EACH - RATE / 6) / (RATE / 60) - 1


def test_without_a_rate_nothing_is_asked_of_the_server() -> None:
    from docglean.flows.concurrency_limits import shared_turn
    from docglean.flows.request import RunRequest

    assert shared_turn(RunRequest(engine="openai:gpt-6-luna")) is None
    assert shared_turn(RunRequest(engine="local")) is None
