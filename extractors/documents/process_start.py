"""How processes of ours start: alone, without the caller's script, its folder and its Ctrl-C."""

from __future__ import annotations

import contextlib
import multiprocessing.spawn
import multiprocessing.util
import signal
import threading
from collections.abc import Iterator
from functools import cache
from multiprocessing.process import AuthenticationString  # type: ignore[attr-defined]
from typing import Any

_starting = threading.local()


@contextlib.contextmanager
def start_of_ours() -> Iterator[None]:
    """What multiprocessing starts in this block, it starts as `_start_alone` says."""
    _start_alone()
    before = getattr(_starting, "now", False)
    _starting.now = True
    try:
        yield
    finally:
        _starting.now = before


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Have a process that starts in this block never see Ctrl-C: its parent ends it.

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


def family_key(told: bytes) -> bytes:
    """The key of a family of processes, as multiprocessing lets it be sent to a child of its own.

    In a worker of Celery the current process is one of billiard's, whose keys it does not send.
    """
    key: bytes = AuthenticationString(told)
    return key


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
            data["authkey"] = family_key(data["authkey"])
        return data

    def without_folder() -> list[str]:
        told: list[str] = flags()
        return told if "-P" in told or not getattr(_starting, "now", False) else [*told, "-P"]

    multiprocessing.util._args_from_interpreter_flags = without_folder  # type: ignore[attr-defined]
    multiprocessing.spawn.get_preparation_data = without_main
