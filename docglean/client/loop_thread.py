"""A thread with an event loop, in which calls that wait have their work done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from docglean.client.refusals import closed
from docglean.schemas.errors import ConfigError

T = TypeVar("T")


class LoopThread:
    """Begun with the first work. Safe to use from several threads."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._ending = False

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of it. Where the wait is interrupted, the work is ended.

        Raises:
            ConfigError: ``client_closed``; ``client_waits``, the thread would wait for itself.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise ConfigError(
                "client_waits",
                "A client cannot wait for itself: it was called from its own on_progress.",
                "Note what is to be done, and call it from elsewhere.",
            )
        with self._lock:
            if self._ending:
                work.close()
                raise closed()
            future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=_run, args=(self._loop,), name="docglean", daemon=True
            )
            self._thread.start()
        return self._loop

    def end(self, last: Coroutine[Any, Any, None]) -> Future[None] | None:
        """Do a last work and end. Who calls does not wait for it; `join` does.

        Returns:
            What comes of it; None where there is nothing to end any more.
        """
        with self._lock:
            loop, ending = self._loop, self._ending
            self._ending = True
        if loop is None or ending:
            last.close()
            return None
        done = asyncio.run_coroutine_threadsafe(last, loop)
        done.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
        return done

    def join(self) -> None:
        """Until it has ended."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
