"""What runs in a child process: one task after the other, timed by stage, failures as text."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from docglean.extractors.documents.child_limits import lift_time_limit, limit_memory, limit_time
from docglean.extractors.documents.faults import is_own, where
from docglean.extractors.documents.sandbox import cut_off_network
from docglean.extractors.opt_outs import OFFLINE
from docglean.schemas.errors import DocgleanError

DEFAULT_SECONDS = 60.0
"""Of a task in a process that is no child of a pool."""
_EXHAUSTED = ("bad_alloc", "bad alloc", "malloc", "calloc", "failed to allocate", "out of memory",
              "insufficient memory", "outofmemory", "cannot allocate memory")  # fmt: skip


class ParserFailure(Exception):
    """What a library raised in a child, as text: its own exception may not pickle."""


class OwnFault(Exception):
    """What our own code raised in a child: its type, its text, and its frames."""


_stages: dict[str, float] = {}
_releases: list[Callable[[], None]] = []
_told: dict[str, float | str] = {}


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


def scratch_folder() -> Path:
    """The folder that the children of a pool share, gone with the pool; in a process that is none
    of them, one that is gone with it."""
    told = _told.get("scratch")
    folder = Path(str(told) if told else _own_folder().name)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@cache
def _own_folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="docglean-")


def allowed_seconds() -> float:
    """Processor time that the task under way may take, for programs that it starts."""
    return float(_told.get("seconds", DEFAULT_SECONDS))


def is_exhaustion(error: BaseException) -> bool:
    """Whether a library's own error says that memory ran out."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _EXHAUSTED)


def work(task: bytes, seconds: float, threads: int) -> bytes:
    """Carry out a pickled task; its result comes back pickled, with its seconds by stage.

    Raises:
        DocgleanError: what the task itself raised.
        MemoryError: a library says that memory ran out.
        OwnFault, ParserFailure: anything else, as text.
    """
    _stages.clear()
    _told["seconds"] = seconds
    limit_time(seconds, threads)
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
        lift_time_limit()


def prepare_child(memory_bytes: int, scratch: str) -> None:
    """Make a new child fit for strangers' files: no network, a limit of memory, no output."""
    _told["scratch"] = scratch
    os.environ.update(OFFLINE)
    cut_off_network()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # end at once, also inside C code
    warnings.simplefilter("ignore")  # what a parser thinks of a damaged file nobody can act on
    os.dup2(2, 1)  # standard output belongs to the result; C libraries like to print there
    limit_memory(memory_bytes)
