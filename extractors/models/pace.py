"""How fast calls go to a server: within the rates that were told, and slower when it says so.

One `Pace` for each server and key, shared by all threads of a process. Rates shared between
processes and machines are kept by Prefect (`flows.concurrency_limits`).
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from docglean.extractors.models.engines import Engine, api_key
from docglean.extractors.rate import Rate
from docglean.extractors.settings import Settings

MINUTE = 60.0
BURST = 10.0
"""Seconds of a rate that may be used at once after a pause."""
LOOK_AGAIN = 0.05
"""Seconds between two looks whether a call has ended."""
EPISODE = 2.0
"""Seconds in which several refusals are one: calls that were under way meet the same limit."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds of the pause after refusals that say nothing of how long; doubled each time."""
SLOW_DOWN = frozenset({429, 503, 529})
"""Statuses that ask for fewer calls."""


class _Meter:
    """A rate, as the time at which all that was let through would have been due (GCRA)."""

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        self._due = 0.0

    def wait(self, now: float) -> float:
        """Seconds until something may go through."""
        return self._due - now - BURST

    def take(self, now: float, amount: float) -> None:
        """Let this much through."""
        self._due = max(self._due, now) + amount / self.per_minute * MINUTE


class Pace:
    """See the module.

    Attributes:
        window: calls that may be under way at once; halved when the server asks for fewer, and
            slowly raised again with each answer. Infinite until it asks for the first time.
        taken: calls that the server has taken so far.
    """

    def __init__(self, rate: Rate | None = None, longest_pause: float = LONGEST_PAUSE) -> None:
        self.rate = rate or Rate()
        self.window = math.inf
        self.taken = 0
        self._longest = longest_pause
        self._requests = None if self.rate.requests is None else _Meter(self.rate.requests)
        self._tokens = None if self.rate.tokens is None else _Meter(self.rate.tokens)
        self._under_way = 0
        self._shut_until = 0.0
        self._cut_at = -math.inf
        self._refused = 0
        self._refusing_since = -math.inf
        self._lock = threading.Lock()

    @property
    def shut_for(self) -> float:
        """Seconds until the server is asked again."""
        return max(0.0, self._shut_until - time.monotonic())

    @property
    def refused_for(self) -> float:
        """Seconds since it first refused a call and has taken none; 0 where it takes them."""
        return time.monotonic() - self._refusing_since if self._refused else 0.0

    @asynccontextmanager
    async def slot(self, tokens: int) -> AsyncIterator[None]:
        """Held by a call: begins when it may be sent.

        Args:
            tokens: that it is expected to take, answer included.
        """
        while (wait := self._enter(tokens)) > 0:
            await asyncio.sleep(wait)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def _enter(self, tokens: int) -> float:
        """Take a slot; or the seconds after which to ask again."""
        with self._lock:
            now = time.monotonic()
            if now < self._shut_until:
                # Not all at the same moment.
                return self._shut_until - now + random.uniform(0.0, LOOK_AGAIN)
            if self._under_way >= max(1.0, self.window):
                return LOOK_AGAIN
            for meter in (self._requests, self._tokens):
                if meter is not None and (wait := meter.wait(now)) > 0:
                    return wait
            if self._requests is not None:
                self._requests.take(now, 1)
            if self._tokens is not None:
                self._tokens.take(now, tokens)
            self._under_way += 1
            return 0.0

    async def open(self) -> None:
        """Wait until the server takes requests again."""
        while (wait := self._shut_until - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def answered(self, status: int, retry_after: float | None = None) -> None:
        """Take note of how the server answered a request.

        Args:
            retry_after: seconds that it asks to wait.
        """
        with self._lock:
            if status not in SLOW_DOWN:
                if status < 400:
                    self.taken += 1
                    self._refused = 0
                    if self.window < math.inf:
                        self.window += 1 / max(1.0, self.window)
                return
            now = time.monotonic()
            if now - self._cut_at > EPISODE:
                self._cut_at = now
                if not self._refused:
                    self._refusing_since = now
                self._refused += 1
                self.window = max(1.0, min(self.window, self._under_way) / 2)
            pause = retry_after
            if pause is None:
                pause = min(FIRST_PAUSE * 2 ** (self._refused - 1), LONGEST_PAUSE)
            self._shut_until = max(self._shut_until, now + min(pause, self._longest))


_paces: dict[tuple[str, str], Pace] = {}
_making = threading.Lock()


def pace_of(engine: Engine, settings: Settings | None = None) -> Pace:
    """The pace to the engine's server with its key; made at the first call, by the settings."""
    key, _ = api_key(engine)
    name = (engine.url or "", key or "")
    with _making:
        found = _paces.get(name)
        if found is None:
            rates: Mapping[str, Rate] = {} if settings is None else settings.rates
            longest = LONGEST_PAUSE if settings is None else settings.max_retry_after
            found = _paces[name] = Pace(rates.get(engine.provider), longest)
        return found
