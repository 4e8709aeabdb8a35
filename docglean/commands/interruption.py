"""Commands that end well when they are interrupted."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any


def until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """Run it; signals by which services are stopped and terminals closed are taken as Ctrl-C is."""
    if threading.current_thread() is threading.main_thread():
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            # Shells have what runs in the background of a script ignore it.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # What ``nohup`` started goes on without its terminal.
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    return asyncio.run(work)
