"""Whether processes have ended: one that nobody has taken note of yet (a zombie) has."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

SECONDS = 60.0


def runs(pid: int) -> bool:
    """Whether it is still at work. In containers the first process may never look at orphans."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_running(processes: Iterable[psutil.Process | int]) -> list[int]:
    """Those that have not ended within a minute, by their numbers."""
    left = [one if isinstance(one, int) else one.pid for one in processes]
    until = time.monotonic() + SECONDS
    while (left := [pid for pid in left if runs(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    return left
