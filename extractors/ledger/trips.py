"""Trips to the ledger's database that those who wait for it share.

A database that has one writer is waited for in a queue anyway. Whoever comes while a trip is under
way goes with the next one: many transactions become one, with one wait for the disk, and one word
goes back to each event loop. Nobody is told of anything before it is committed.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import Any

import sqlalchemy as sa

CROWD = 4
"""Errands of a trip from which the next one waits for more: then many are under way at once."""
GATHERING_SECONDS = 0.003
"""How long it waits for them. A call takes a hundred times as long."""


class Alone(Enum):
    """What an errand comes to that has to be done by itself."""

    ALONE = 0


ALONE = Alone.ALONE

Shared = Callable[[sa.Connection, Sequence[tuple[Any, ...]]], Sequence[Any]]
"""Does several errands of one kind, given their arguments, in a transaction that is shared. Tells
what each comes to: a value, an error of its own, or `ALONE`."""


@dataclass(slots=True, eq=False)
class Errand:
    """Something to be done at the database.

    Attributes:
        work: does it by itself, in a transaction of its own.
        shared: does it with others; None where it is to be done by itself.
        lasting: what it writes has to outlive a power cut.
        future: what it comes to, for who waits in `loop`.
        result: the same, until it is told; an exception where it failed.
    """

    work: Callable[..., Any]
    args: tuple[Any, ...]
    shared: Shared | None
    lasting: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = ALONE

    def tell(self) -> None:
        """Wake who waits, unless nobody does any more."""
        if self.future.done():
            return
        if isinstance(self.result, BaseException):
            self.future.set_exception(self.result)
        else:
            self.future.set_result(self.result)


class Trips:
    """Takes errands from any thread and loop, and does them in one thread, several at a time.

    Args:
        thread: where they are done.
        go: does these, sets what each comes to, and tells it.
    """

    def __init__(self, thread: Executor, go: Callable[[list[Errand]], None]) -> None:
        self._thread = thread
        self._go = go
        self._waiting: list[Errand] = []
        self._lock = threading.Lock()
        self._last = 0

    def send(self, errand: Errand) -> None:
        """Have it done with the next trip.

        Raises:
            RuntimeError: the ledger is closed.
        """
        with self._lock:
            self._waiting.append(errand)
            if len(self._waiting) > 1:  # the trip that takes them has yet to leave
                return
            try:
                self._thread.submit(self._leave)
            except RuntimeError:
                self._waiting = []
                raise

    def _leave(self) -> None:
        if self._last >= CROWD:
            time.sleep(GATHERING_SECONDS)
        with self._lock:
            errands, self._waiting = self._waiting, []
        self._last = len(errands)
        wanted = [one for one in errands if not one.future.cancelled()]
        try:
            self._go(wanted)
        except BaseException as error:
            for one in wanted:
                one.result = error if one.result is ALONE else one.result
            tell(wanted)
            raise


def tell(errands: Iterable[Errand]) -> None:
    """Say what became of these: one word to each loop."""
    for loop, ones in groupby(errands, lambda one: one.loop):
        with suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(_tell_all, list(ones))


def _tell_all(errands: list[Errand]) -> None:
    for one in errands:
        one.tell()
