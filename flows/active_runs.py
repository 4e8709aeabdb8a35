"""Runs of this process that are under way, and what all their tasks here have in common.

A module of its own: Dask pickles flows and tasks with the globals that they name, and neither
events nor child processes can be pickled.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from docglean.extractors.concurrency import unless
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers

T = TypeVar("T")


@dataclass
class _Run:
    """A run in the process of its flow.

    Attributes:
        workers: child processes that its tasks share: to start some for each shard costs more
            than to read it.
        ended: set when the flow ends before its tasks, which then store what is paid for and end.
        tasks: that are under way.
    """

    workers: Workers
    ended: threading.Event = field(default_factory=threading.Event)
    tasks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_runs: dict[str, _Run] = {}


@contextmanager
def under_way(name: str, limits: Limits) -> Iterator[None]:
    """Held by a flow over its tasks; those under way, and those that still begin, end on error."""
    run = _runs[name] = _Run(Workers(limits))
    try:
        yield
    except BaseException:
        with run.lock:  # the run stays known, to tasks that still begin
            run.ended.set()
            idle = not run.tasks
        if idle:
            run.workers.close()
        raise
    else:
        del _runs[name]
        run.workers.close()


def in_run(name: str, work: Callable[[Workers | None], Coroutine[Any, Any, T]]) -> T:
    """Do the work of a task, which is cancelled when its run ends early.

    Args:
        work: is given the processes that the tasks share; None where the flow is in another
            process, as on a cluster.
    """
    run = _runs.get(name)
    if run is None:
        return asyncio.run(work(None))
    with run.lock:
        run.tasks += 1
    try:
        return asyncio.run(unless(run.ended, work(run.workers)))
    finally:
        with run.lock:
            run.tasks -= 1
            last = run.ended.is_set() and not run.tasks
        if last:
            run.workers.close()
