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
import ctypes
import gc
import logging
import multiprocessing.spawn
import multiprocessing.util
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.context import SpawnContext, SpawnProcess
from types import TracebackType
from typing import Any, TypeVar, TypeVarTuple, cast

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.faults import internal_error, is_own, where
from docglean.extractors.documents.sandbox import cut_off_network
from docglean.extractors.fair_slots import FairSlots
from docglean.extractors.opt_outs import OFFLINE
from docglean.schemas.errors import DocgleanError, SourceError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

M_MMAP_THRESHOLD, LARGE_PIECE = -3, 4 << 20
WAITING = 10.0
"""How much longer than its processor time a task may take by the clock: on a busy machine it waits
for its turn, which is not the file's fault. What hangs without computing ends by this."""
GRACE_SECONDS = 10.0
"""How much later than the pool a child ends itself: only when the pool is no longer there."""

_EXHAUSTED = ("bad_alloc", "bad alloc", "malloc", "calloc", "failed to allocate", "out of memory",
              "insufficient memory", "outofmemory", "cannot allocate memory")  # fmt: skip


AHEAD = 1
"""Tasks that a pool has beyond those that its children work on, so that none waits for the next."""


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
        self._pool: _Pool | None = None
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
                future = pool.schedule(task, allowed, threads)
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

    def _started(self) -> _Pool:
        with self._lock:
            if self._closed:
                raise RuntimeError("these workers are closed")
            if self._pool is None:
                self._pool = _Pool(self.limits)
            return self._pool

    def _discard(self, broken: _Pool) -> None:
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


# --- what runs in the child --------------------------------------------------------------------


class ParserFailure(Exception):
    """What a library raised in a child, as text: its own exception may not pickle."""


class OwnFault(Exception):
    """What our own code raised in a child: its type, its text, and its frames."""


_stages: dict[str, float] = {}
_releases: list[Callable[[], None]] = []


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the seconds of the block under `name`; `Workers.run` brings them to the parent."""
    start = time.perf_counter()
    try:
        yield
    finally:
        _stages[name] = _stages.get(name, 0.0) + time.perf_counter() - start


def on_exhaustion(release: Callable[[], None]) -> None:
    """Have `release` called in this child when a task ran out of memory: drop caches there."""
    _releases.append(release)


def is_exhaustion(error: BaseException) -> bool:
    """Whether a library's own error says that memory ran out."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _EXHAUSTED)


def _work(task: bytes, seconds: float, threads: int) -> bytes:
    _stages.clear()
    # C code may hold the interpreter for ever, and the parent may be gone: the kernel's own
    # timers (their default action ends the process) leave no orphan.
    _alarm(seconds * threads, seconds * WAITING + GRACE_SECONDS)
    try:
        function, args = pickle.loads(task)
        result = function(*args)
        return pickle.dumps((result, dict(_stages)))
    except DocgleanError:
        raise
    except Exception as error:
        if is_exhaustion(error):
            for release in _releases:
                release()
            gc.collect()
            raise MemoryError(str(error)) from None
        kind = type(error).__name__
        if is_own(error):
            raise OwnFault(kind, str(error), where(error)) from None
        raise ParserFailure(f"{kind}: {error}") from None
    finally:
        _alarm(0.0, 0.0)


def _alarm(computing: float, waiting: float) -> None:
    """End this process after seconds of processor time, and after seconds by the clock."""
    if hasattr(signal, "setitimer"):
        # Time of the process and of the system for it, in all threads; unlike RLIMIT_CPU, which
        # counts from the process's beginning, set anew for each task.
        # https://man7.org/linux/man-pages/man2/setitimer.2.html
        signal.setitimer(signal.ITIMER_PROF, computing)
        signal.setitimer(signal.ITIMER_REAL, waiting)


def _prepare_child(memory_bytes: int) -> None:
    os.environ.update(OFFLINE)
    cut_off_network()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # end at once, also inside C code
    warnings.simplefilter("ignore")  # what a parser thinks of a damaged file nobody can act on
    os.dup2(2, 1)  # standard output belongs to the result; C libraries like to print there
    if sys.platform == "linux":
        import resource

        # RLIMIT_DATA counts what is really writable; RLIMIT_AS also counts address space that
        # allocators and threads only reserve. https://man7.org/linux/man-pages/man2/setrlimit.2.html
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        _give_large_pieces_back()


def _give_large_pieces_back() -> None:
    """Have the C library return large pieces of memory to the system once they are freed.

    Left alone, glibc raises the size above which it does so to 32 MB, and what models free in
    between stays in its heap, in pieces that fit nothing: OCR alone takes twice the memory.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_PIECE)


# --- what runs in the parent -------------------------------------------------------------------

logger = logging.getLogger("docglean")
_starting = threading.local()


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
        config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
        daemonic = config.pop("daemon", None)
        try:
            with _interrupts_held():
                super().start()
        finally:
            if daemonic is not None:
                config["daemon"] = daemonic

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _start_of_ours():
            return SpawnProcess._Popen(process_obj)


@contextlib.contextmanager
def _start_of_ours() -> Iterator[None]:
    """What multiprocessing starts in this block, it starts as `_start_alone` says."""
    _start_alone()
    _starting.now = True
    try:
        yield
    finally:
        _starting.now = False


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Have a child that starts in this block never see Ctrl-C: its parent ends it.

    A child ignores it, but not before it has started; until then it would print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    """Where the children of one pool come from. Knows them all, also those that still start."""

    def __init__(self) -> None:
        super().__init__()
        self._children: list[_Child] = []
        self._lock = threading.Lock()
        self._ended = False
        if os.name == "posix":
            from multiprocessing import resource_tracker

            with _start_of_ours():  # a process beside the children that the first lock starts
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

    def end(self) -> None:
        """End all children; none is started any more."""
        with self._lock:
            self._ended = True
            for child in self._children:
                child.kill()
            for child in self._children:
                child.join()


@cache
def _start_alone() -> None:
    """Have multiprocessing start processes of ours without the caller's main module, and without
    the current folder: it may be an inbox, and hold a stranger's ``pickle.py``."""
    prepare = multiprocessing.spawn.get_preparation_data
    flags = multiprocessing.util._args_from_interpreter_flags  # type: ignore[attr-defined]

    def without_main(name: str) -> dict[str, Any]:
        data = prepare(name)
        if getattr(_starting, "now", False):
            data.pop("init_main_from_name", None)
            data.pop("init_main_from_path", None)
        return data

    def without_folder() -> list[str]:
        told: list[str] = flags()
        return told if "-P" in told or not getattr(_starting, "now", False) else [*told, "-P"]

    multiprocessing.util._args_from_interpreter_flags = without_folder  # type: ignore[attr-defined]
    multiprocessing.spawn.get_preparation_data = without_main


class _Pool:
    """The children of one `Workers`, run by pebble."""

    def __init__(self, limits: Limits) -> None:
        from pebble import ProcessPool

        self._context = _Context()
        self._pool = ProcessPool(
            max_workers=limits.workers,
            initializer=_prepare_child,
            initargs=(limits.memory_bytes,),
            context=self._context,
        )

    def schedule(self, task: bytes, seconds: float, threads: int) -> Future[bytes]:
        """Have a child do this."""
        future: Future[bytes] = self._pool.schedule(
            _work, args=(task, seconds, threads), timeout=seconds * WAITING
        )
        return future

    def stop(self) -> None:
        """End the children and wait for them."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        # Before pebble takes away the locks that a child still has to find while it starts:
        # it would print a traceback.
        self._context.end()
        for last_try in (False, False, True):
            try:
                self._pool.join()
                return
            except KeyError:  # a child that is being ended just ended of itself (pebble 5.2)
                if last_try:
                    raise


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
            f"{limits.memory_bytes / 1e6:,.0f} MB.",
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
