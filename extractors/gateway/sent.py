"""What comes of a call: the reply with what it took, the time at models, and waits for a server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.ledger.budget import Expected
from docglean.extractors.models.base import Reply


@dataclass(frozen=True, slots=True)
class Wait:
    """A server has calls wait.

    Attributes:
        why: code of its refusal, as ``rate_limited``.
        seconds: until it is asked again.
        since: seconds since it first refused one, and has answered none.
        calls: that are sent or wait.
    """

    host: str
    why: str
    seconds: float
    since: float
    calls: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply as `ModelGateway.send` brings it.

    Attributes:
        saved: it came from the ledger after all.
        failed: replies to the same call before it; each was a request, and may have been billed.
    """

    reply: Reply
    expected: Expected
    saved: bool = False
    failed: tuple[Reply, ...] = ()

    @property
    def spending(self) -> Spending:
        """What it cost now, or would have cost again."""
        if self.saved:
            return saved_by(self.reply)
        return paid_for((*self.failed, self.reply), self.expected)


def paid_for(replies: Iterable[Reply], expected: Expected) -> Spending:
    """What requests for one call cost, each of which was expected to take this."""
    spent = Spending()
    for reply in replies:
        told = expected.usage if reply.usage.total else Usage()
        spent += Spending(usage=reply.usage, expected=told, cost=reply.cost, calls=1)
    return spent


def saved_by(reply: Reply) -> Spending:
    """What a reply that the ledger holds would have cost again."""
    return Spending(
        saved=reply.cost, cached=1, saved_usage=reply.usage, saved_seconds=reply.seconds
    )


class DeadlineClock:
    """Seconds that a document has spent at models; waiting for a turn does not count."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._spent = 0.0
        self._calls = 0
        self._since = 0.0

    def __enter__(self) -> None:
        if not self._calls:
            self._since = time.monotonic()
        self._calls += 1

    def __exit__(self, *_: object) -> None:
        self._calls -= 1
        if not self._calls:
            self._spent += time.monotonic() - self._since

    @property
    def spent(self) -> float:
        """Seconds in which at least one call was under way."""
        return self._spent + (time.monotonic() - self._since if self._calls else 0.0)

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.limit - self.spent
