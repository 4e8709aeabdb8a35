"""Child processes that start alone: without the caller's script, its folder, and its Ctrl-C."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import shutil
import threading
import weakref
from concurrent.futures import Future
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child import prepare_child, work
from docglean.extractors.documents.child_limits import WAITING
from docglean.extractors.documents.fork_server import ForkedProcess, taken
from docglean.extractors.documents.process_start import family_key, interrupts_held, start_of_ours

logger = logging.getLogger("docglean")


class _Child(SpawnProcess):
    """A spawned process that doesn't import the caller's main module.

    multiprocessing would run the caller's script again in each child, which starts children
    again unless it is guarded; a notebook or standard input can't even be run again.

    Attributes:
        family: who is told that it starts; stays in the parent.
    """

    family: _Context

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "family"}

    def start(self) -> None:
        """Start it, unless its pool is being closed."""
        self.family.start(self)

    def begin(self) -> None:
        """Also from a daemonic process, as Dask's workers are, which may have no children.

        The rule guards against children that outlive a daemon that is killed; ours end when
        their pipe to the parent does.
        """
        self._config["authkey"] = family_key(self._config["authkey"])  # type: ignore[attr-defined]
        config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
        daemonic = config.pop("daemon", None)
        try:
            with interrupts_held():
                super().start()
        finally:
            if daemonic is not None:
                config["daemon"] = daemonic

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        family: _Context = process_obj.family
        with start_of_ours():
            if family.server is not None:
                try:
                    return ForkedProcess(process_obj, family.server, family.goes_on)
                except OSError as error:
                    if not family.goes_on():
                        raise
                    logger.debug("children are started anew each: %s", error)
            return SpawnProcess._Popen(process_obj)


class _Context(SpawnContext):
    """Where the children of one pool come from. Knows them all, also those that still start.

    Attributes:
        server: that forks them; None where each is started anew.
    """

    def __init__(self) -> None:
        super().__init__()
        self._children: list[_Child] = []
        self._lock = threading.Lock()
        self._ended = False
        self.server = taken()
        if os.name == "posix":
            from multiprocessing import resource_tracker

            with start_of_ours():  # a process beside the children that the first lock starts
                resource_tracker.ensure_running()

    def Process(self, *args: Any, **options: Any) -> SpawnProcess:  # type: ignore[override]
        """A child that has not started yet."""
        child = _Child(*args, **options)
        child.family = self
        return child

    def start(self, child: _Child) -> None:
        """Start a child.

        Raises:
            OSError: all are being ended.
        """
        with self._lock:
            if self._ended:
                raise OSError("the pool is being closed")
            child.begin()
            self._children = [one for one in self._children if one.is_alive()]
            self._children.append(child)

    def goes_on(self) -> bool:
        """Whether children are still wanted."""
        return not self._ended

    def refuse(self) -> None:
        """Start no child any more, not even the one that is waited for."""
        self._ended = True

    def end(self) -> None:
        """End all children, and what forks them; none is started any more."""
        self.refuse()
        with self._lock:
            for child in self._children:
                child.kill()
            for child in self._children:
                child.join()
            if self.server is not None:
                self.server.end()


class ChildPool:
    """The children of one `Workers`, run by pebble: as many as there were tasks at once, up to the
    limit. Each costs its start, and a single page keeps no second one busy."""

    def __init__(self, limits: Limits) -> None:
        from pebble import ProcessPool

        self._context = _Context()
        # Made by the first child that draws a file.
        scratch = Path(gettempdir()) / f"docglean-{secrets.token_hex(16)}"
        self._clean = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._pool = ProcessPool(
            max_workers=1,
            initializer=prepare_child,
            initargs=(limits.memory_bytes, str(scratch)),
            context=self._context,
        )
        self._most = limits.workers
        self._under_way = 0
        self._lock = threading.Lock()
        # A task that comes while pebble is being stopped would be waited for for ever.
        self._starting = threading.Lock()

    def schedule(
        self, task: bytes, seconds: float, threads: int, *, counted: bool = True
    ) -> Future[bytes]:
        """Have a child do this.

        Args:
            counted: while this child is at work, other tasks want others.
        """
        self._count(counted)
        with self._starting:
            future: Future[bytes] = self._pool.schedule(
                work, args=(task, seconds, threads), timeout=seconds * WAITING
            )
        future.add_done_callback(lambda _: self._count(-counted))
        return future

    def _count(self, change: int) -> None:
        """Note a task that comes or is done; pebble starts what is missing of its number."""
        with self._lock:
            self._under_way += change
            children = self._pool._pool_manager.worker_manager
            wanted = min(self._under_way, self._most)
            children.workers_number = max(children.workers_number, wanted)

    def stop(self) -> None:
        """End the children and wait for them."""
        self._context.refuse()
        with self._starting:
            self._pool.stop()  # type: ignore[no-untyped-call]
        # Before pebble takes away the locks that a child still has to find while it starts:
        # it would print a traceback.
        self._context.end()
        self._clean()
        for last_try in (False, False, True):
            try:
                self._pool.join()
                return
            except KeyError:  # a child that is being ended just ended of itself (pebble 5.2)
                if last_try:
                    raise
