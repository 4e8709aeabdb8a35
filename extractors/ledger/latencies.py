"""How long calls took, as the ledger has it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from docglean.extractors.ledger.tables import REPLIES

RECENT = 500
"""Calls of one engine that are looked at, the last ones: servers become faster and slower."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of an engine's last answered calls, waiting for the server's rate not counted.

    Attributes:
        calls: how many there are.
        median: half of them took no longer.
        most: nine of ten took no longer.
    """

    calls: int
    median: float
    most: float


def latencies(connection: sa.Connection) -> dict[str, Latency]:
    """Latency by engine, as its spec stands in the ledger. Batches, which answer within a day, and
    calls that nobody waited for are left out: they have no seconds."""
    query = (
        sa.select(REPLIES.c.engine, REPLIES.c.seconds)
        .where(REPLIES.c.outcome == "ok", REPLIES.c.seconds > 0)
        .order_by(REPLIES.c.id.desc())
    )
    found: dict[str, list[float]] = {}
    for engine, seconds in connection.execute(query):
        if len(own := found.setdefault(engine, [])) < RECENT:
            own.append(seconds)
    return {engine: _latency(sorted(seconds)) for engine, seconds in found.items()}


def _latency(seconds: list[float]) -> Latency:
    last = len(seconds) - 1
    return Latency(len(seconds), seconds[last // 2], seconds[round(last * 0.9)])
