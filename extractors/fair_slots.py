"""Slots that documents take in turn, so that a long one does not hold up those after it."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from contextvars import ContextVar

DOCUMENT: ContextVar[str] = ContextVar("docglean_document", default="")
"""The uri of the document that is being read here; tasks begun for it inherit it."""


class FairSlots:
    """A semaphore whose free slots go round by document, and within one in order.

    Safe to use from several threads and event loops.

    Args:
        slots: how many may be held at once.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: OrderedDict[str, deque[Future[None]]] = OrderedDict()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a slot, once it is this document's turn."""
        await self._take()
        try:
            yield
        finally:
            self._give()

    async def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            ticket: Future[None] = Future()
            self._waiting.setdefault(DOCUMENT.get(), deque()).append(ticket)
        try:
            await asyncio.wrap_future(ticket)
        except asyncio.CancelledError:
            if not ticket.cancel():  # its turn had just come
                self._give()
            raise

    def _give(self) -> None:
        with self._lock:
            while self._waiting:
                document, tickets = next(iter(self._waiting.items()))
                ticket = tickets.popleft()
                if tickets:
                    self._waiting.move_to_end(document)
                else:
                    del self._waiting[document]
                if ticket.set_running_or_notify_cancel():
                    ticket.set_result(None)
                    return
            self._free += 1
