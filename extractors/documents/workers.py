"""Child processes in which files are parsed: one that crashes, hangs or eats memory costs one
document.

A parser of PDF, images or sound is C code fed by strangers. It runs in a child process with a
limit of processor time for each task and of memory for each child (both enforced by the kernel),
and a generous one of time by the clock (enforced by pebble, which replaces a child that ended).
What ends a child ends as a `SourceError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import TypeVar, TypeVarTuple, cast

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child import OwnFault
from docglean.extractors.documents.child_processes import ChildPool
from docglean.extractors.documents.child_start import get_ready
from docglean.extractors.documents.faults import internal_error
from docglean.extractors.fair_slots import FairSlots
from docglean.schemas.errors import DocgleanError, SourceError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

AHEAD = 1
"""Tasks that a pool has beyond those that its children work on, so that none waits for the next."""

MEGABYTE = 1_000_000

logger = logging.getLogger("docglean")


class Workers:
    """A pool of child processes for parsing; use it as an (async) context manager, or `close` it.

    Children start with the first task, import nothing of the caller's script (so it needs no
    ``if __name__ == "__main__"``), and are not forked (so threads may exist). Safe to use from
    several threads and event loops.

    Attributes:
        seconds: seconds spent in children, by stage (``open``, ``render``, ``encode``,
            ``words``, ``ocr``, ...), summed over all documents.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.seconds: dict[str, float] = {}
        self._pool: ChildPool | None = None
        self._ready: ChildPool | None = None
        # The pool takes tasks as they come: no more than keep it busy are given to it at once.
        self._slots = FairSlots(self.limits.workers + AHEAD)
        self._beside: dict[str, Workers] = {}
        self._lock = threading.Lock()
        self._closed = False

    async def __aenter__(self) -> Workers:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.close)

    async def run(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        source: str,
        seconds: float | None = None,
        threads: int = 1,
        stages: dict[str, float] | None = None,
    ) -> T:
        """Run `function(*args)` in a child and return what it returns.

        The function must stand at the top level of a module, its arguments and its result
        must pickle, and none of them may be of a class of the caller's script.

        Args:
            source: name of the document, for the message of an error.
            seconds: processor time that it may take; None takes that of the limits.
            threads: how many the task keeps busy at once; their time is counted together.
            stages: seconds by stage are added here too.

        Raises:
            SourceError: ``too_slow``, ``too_much_memory``, ``parser_crashed``,
                ``parser_failed`` or, where our own code failed, ``internal_error``; or the one
                that the function raised.
        """
        allowed = self.limits.seconds if seconds is None else seconds
        # Packed here and unpacked in the task: what can't be packed or unpacked must fail
        # there, not in the pool's own loops, which would break the pool for all.
        task = pickle.dumps((function, args))
        for last_try in (False, True):
            async with self._slots.turn():
                pool = self._started()
                schedule = partial(pool.schedule, task, allowed, threads)
                # The first one waits until a child is there.
                future = schedule() if self._ready is pool else await asyncio.to_thread(schedule)
                self._ready = pool
                try:
                    answer = await asyncio.wrap_future(future)
                except BrokenProcessPool as error:
                    # A child was killed while it had nothing to do; no document is to blame.
                    self._discard(pool)
                    if last_try:
                        raise _crashed(source, str(error)) from error
                except Exception as error:
                    raise _source_error(error, source, allowed, self.limits) from error
                else:
                    result, spent = pickle.loads(answer)
                    self._add(spent, stages)
                    return cast(T, result)
        raise AssertionError("unreachable")

    def start(self) -> None:
        """Begin a child and what most files are opened with, beside what the caller does next.

        The first task takes it over; what goes wrong is told with that.
        """
        task = pickle.dumps((get_ready, ()))
        pool = self._started()

        def begin() -> None:
            with contextlib.suppress(Exception):
                pool.schedule(task, self.limits.seconds, 1, counted=False)

        threading.Thread(target=begin, daemon=True, name="docglean-first-child").start()

    def beside(self, name: str, limits: Limits) -> Workers:
        """A second pool with limits of its own, for work of another size; closed with this one.

        The first call for a name makes it, later ones get the same.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("these workers are closed")
            if name not in self._beside:
                self._beside[name] = Workers(limits)
            return self._beside[name]

    @property
    def closed(self) -> bool:
        """Whether they take no work any more."""
        return self._closed

    def close(self) -> None:
        """End the children at once; tasks under way are abandoned. May be called twice."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            others, self._beside = self._beside, {}
        for other in others.values():
            other.close()
        if pool is not None:
            pool.stop()

    def _started(self) -> ChildPool:
        with self._lock:
            if self._closed:
                raise RuntimeError("these workers are closed")
            if self._pool is None:
                self._pool = ChildPool(self.limits)
            return self._pool

    def _discard(self, broken: ChildPool) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = None
        broken.stop()

    def _add(self, spent: dict[str, float], stages: dict[str, float] | None) -> None:
        with self._lock:
            for name, seconds in spent.items():
                self.seconds[name] = self.seconds.get(name, 0.0) + seconds
                if stages is not None:
                    stages[name] = stages.get(name, 0.0) + seconds


_OUT_OF_TIME = [-getattr(signal, name) for name in ("SIGALRM", "SIGPROF") if hasattr(signal, name)]
"""Exit codes of children that their timers ended."""


def _source_error(
    error: Exception, source: str, seconds: float, limits: Limits
) -> DocgleanError | CancelledError:
    from pebble import ProcessExpired

    if isinstance(error, DocgleanError | CancelledError):
        return error
    code = error.exitcode if isinstance(error, ProcessExpired) else None
    if isinstance(error, OwnFault):
        kind, text, frames = error.args
        logger.error("%s: docglean itself failed: %s\n%s", source, kind, frames)
        return internal_error(source, f"{kind}: {text}")
    if isinstance(error, TimeoutError) or code in _OUT_OF_TIME:
        return SourceError(
            "too_slow",
            f"{source}: reading it took longer than {seconds:g} s and was stopped.",
            "Raise the limit `seconds` if the file is to be trusted, or read fewer pages.",
        )
    if isinstance(error, MemoryError) or code == -getattr(signal, "SIGKILL", 9):
        return SourceError(
            "too_much_memory",
            f"{source}: reading it needs more memory than the limit of "
            f"{limits.memory_bytes / MEGABYTE:,.0f} MB.",
            "Raise the limit `memory_bytes` if the file is to be trusted.",
        )
    if code is not None:
        return _crashed(source, f"exit code {code}")
    return SourceError(
        "parser_failed",
        f"{source}: the parser failed on it ({error}).",
        "The file is probably damaged; open and save it with another program.",
    )


def _crashed(source: str, how: str) -> SourceError:
    return SourceError(
        "parser_crashed",
        f"{source}: the parser crashed on it ({how}).",
        "The file is probably damaged; open and save it with another program.",
    )
