"""Which task runner a word names, and what a flow's end is called."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import UTC, datetime
from typing import Any

import cloudpickle
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers
from docglean.flows.active_runs import in_run, under_way
from docglean.flows.extract import extract, read_documents
from docglean.flows.reports import ended
from docglean.flows.run_folder import RunRecord
from docglean.flows.task_runner import at_once, shard_size, task_runner
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError, Problem
from prefect.task_runners import ThreadPoolTaskRunner
from processes import runs, still_running


@pytest.mark.parametrize(("spec", "threads"), [("threads", 2), ("threads:7", 7)])
def test_threads(spec: str, threads: int) -> None:
    runner = task_runner(spec)
    assert isinstance(runner, ThreadPoolTaskRunner)
    assert runner._max_workers == threads


@pytest.mark.parametrize(
    ("documents", "most", "side_by_side", "size"),
    [(3, 25, 2, 3), (25, 25, 2, 25), (26, 25, 2, 13), (128, 25, 2, 22), (128, 25, 8, 16),
     (60, 5, 2, 5), (4, 2, 1, 2)],
)  # fmt: skip
def test_shards_fill_each_turn(documents: int, most: int, side_by_side: int, size: int) -> None:
    assert shard_size(documents, most, side_by_side) == size <= most


def test_how_many_shards_are_read_at_once() -> None:
    told = ["threads", "threads:7", "dask:3", "dask", "dask:tcp://10.0.0.1:8786"]
    assert [at_once(spec) for spec in told] == [2, 7, 3, 1, 1]


def test_dask_here_and_elsewhere() -> None:
    pytest.importorskip("prefect_dask")
    runners: list[Any] = [task_runner("dask:3"), task_runner("dask:tcp://10.0.0.1:8786")]
    assert runners[0].cluster_kwargs["n_workers"] == 3
    assert runners[1].address == "tcp://10.0.0.1:8786"
    import dask

    assert dask.config.get("distributed.worker.daemon") is False


def test_what_a_cluster_is_sent_can_be_pickled_while_a_run_goes_on() -> None:
    with under_way("a run", Limits(workers=1)):
        # Both: the context of a task holds its flow.
        flow, task = cloudpickle.loads(cloudpickle.dumps((extract, read_documents)))
    assert (flow.name, task.name) == ("extract", "read_documents")


def test_tasks_of_a_run_share_their_processes_which_end_with_the_last_of_them() -> None:
    async def pid(workers: Workers | None) -> tuple[Workers, int]:
        assert workers is not None
        return workers, await workers.run(os.getpid, source="a.pdf")

    with under_way("well", Limits(workers=1)):
        one, first = in_run("well", pid)
        other, second = in_run("well", pid)
        assert (one, first) == (other, second)
    assert not still_running([first])

    begun = threading.Event()
    told: list[bool] = []

    async def slow(workers: Workers | None) -> None:
        _, process = await pid(workers)
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:  # what is paid for is stored
            told.append(runs(process))

    def fail() -> None:
        with under_way("ill", Limits(workers=1)):
            task.start()
            assert begun.wait(60)
            raise KeyError

    def cancelled() -> None:
        with pytest.raises(asyncio.CancelledError):
            in_run("ill", slow)

    task = threading.Thread(target=cancelled)
    with pytest.raises(KeyError):
        fail()
    task.join(60)
    assert told == [True]
    with pytest.raises((asyncio.CancelledError, RuntimeError)):
        in_run("ill", pid)


@pytest.mark.parametrize("spec", ["", "fork", "threads:many", "ray"])
def test_others_are_refused(spec: str) -> None:
    with pytest.raises(ConfigError) as caught:
        task_runner(spec)
    assert caught.value.code == "bad_runner"


def record(problem: Problem | None = None, **counts: int) -> RunRecord:
    documents = sum(counts.values())
    totals = Totals(documents=documents, files=documents, **counts)
    now = datetime.now(UTC)
    return RunRecord(id="r", started=now, engine="local", totals=totals, problem=problem)


def test_the_state_tells_the_truth() -> None:
    over = Problem(code="over_budget", message="The next call would cross the budget.")
    told = [
        (ended(record(ok=3), 3), "Completed", "3 documents"),
        (ended(record(ok=2, partial=1), 3), "Partial", "of 3 documents 1 partial"),
        (ended(record(ok=1, partial=1, failed=1), 3), "Failed", "1 partial, 1 failed"),
        (ended(record(ok=1, review=2), 3), "NeedsReview", "of 3 documents 2 to review"),
        (ended(record(ok=1, review=1, partial=1), 3), "Partial", "1 to review, 1 partial"),
        (ended(record(ok=1), 3, ["Killed: x"]), "Failed", "2 of 3 files are not read: Kill"),
        (ended(record(over, ok=1, failed=1), 9), "BudgetExceeded", "7 of 9 files are not"),
    ]
    for state, name, message in told:
        assert state.name == name
        assert message in str(state.message)
        assert state.is_failed() == (name in ("Failed", "BudgetExceeded"))
