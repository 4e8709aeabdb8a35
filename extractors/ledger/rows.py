"""What stands in a row of the ledger, as what it is in memory, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.budget import Expected
from docglean.extractors.ledger.tables import REPLIES, RequestMeta
from docglean.extractors.models.base import Reply
from docglean.extractors.models.loose_json import storable

MANY = 500
"""Keys in one query; databases limit the variables of a statement."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A call under way, or one that was when its process died.

    Attributes:
        id: the call's own.
        expected: what it will take.
        scopes: the budgets that it counts against.
        reserved: US dollars set aside in them.
    """

    id: str
    key: str
    facts: RequestMeta
    host: str
    pid: int
    began: datetime
    expected: Expected = Expected()
    scopes: tuple[str, ...] = ()
    reserved: Decimal = Decimal(0)


REPLAYED = ("ok", "truncated", "refused", "invalid", "too_large")
"""Outcomes that asking again would not change; a failed or interrupted call is made again."""


_META = tuple(field.name for field in fields(RequestMeta))

# Made once: SQLAlchemy takes longer to make a statement than SQLite to answer it.
_STORED = (
    sa.select(REPLIES)
    .where(
        REPLIES.c.key.in_(sa.bindparam("keys", expanding=True)),
        REPLIES.c.outcome.in_(REPLAYED),
        REPLIES.c.id > sa.bindparam("since"),
    )
    .order_by(REPLIES.c.id)
)


def parts(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + MANY] for start in range(0, len(keys), MANY)]


def latest(connection: sa.Connection) -> int:
    """Number of the last reply; 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(REPLIES.c.id))).scalar() or 0


def stored(connection: sa.Connection, keys: list[str], since: int = 0) -> dict[str, Reply]:
    """The latest reply to each of these keys that may be used again.

    Args:
        since: number of the last reply before those that count.
    """
    found: dict[str, Reply] = {}
    for part in parts(keys):
        for row in connection.execute(_STORED, {"keys": part, "since": since}).mappings():
            found[row["key"]] = reply_of(row)
    return found


def meta_of(row: Mapping[Any, Any]) -> RequestMeta:
    """What a call was about."""
    return RequestMeta(**{name: row[name] for name in _META})


def meta_row(facts: RequestMeta) -> dict[str, Any]:
    """The same in a row: plain values, which nobody has to copy."""
    return {name: getattr(facts, name) for name in _META}


def flight_of(row: Mapping[Any, Any]) -> Flight:
    began = row["began"]
    began = began.replace(tzinfo=UTC) if began.tzinfo is None else began
    tokens = Usage(input_tokens=row["expected_input"], output_tokens=row["expected_output"])
    expected = Expected(tokens, amount(row["expected_cost"]), amount(row["likely_cost"]))
    scopes = tuple(row["scopes"].splitlines())
    # Of a batch, and of a call that an earlier version began, what it counts as is set aside.
    reserved = amount(row["reserved_cost"])
    return Flight(
        row["id"], row["key"], meta_of(row), row["host"], row["pid"], began, expected, scopes,
        expected.counted if reserved is None else reserved,
    )  # fmt: skip


def amount(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)


def expected_row(expected: Expected) -> dict[str, Any]:
    return {
        "expected_input": expected.usage.input_tokens,
        "expected_output": expected.usage.output_tokens,
        "expected_cost": None if expected.cost is None else str(expected.cost),
    }


def writable(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose texts every database takes, whatever a server or a file's name had in them."""
    return {
        name: storable(value) if isinstance(value, str) else value for name, value in row.items()
    }


def reply_row(flight: Flight, reply: Reply | None) -> dict[str, Any]:
    """A row of the accounts; `reply` is None for a call that nobody waited for to the end."""
    row = {
        "call": flight.id,
        "key": flight.key,
        **meta_row(flight.facts),
        **expected_row(flight.expected),
        "created": datetime.now(UTC),
    }
    if reply is None:
        return writable(row | {"outcome": "interrupted", "attempts": 1})
    told = reply.model_dump(exclude={"usage", "cost"})
    cost = None if reply.cost is None else str(reply.cost)
    return writable(row | told | reply.usage.model_dump() | {"cost": cost})


def reply_of(row: Mapping[Any, Any]) -> Reply:
    cost = amount(row["cost"])
    usage = Usage(**{name: row[name] for name in Usage.model_fields})
    told = {
        name: row[name]
        for name, field in Reply.model_fields.items()
        if not field.exclude and name not in ("usage", "cost")
    }
    return Reply(**told, usage=usage, cost=cost)
