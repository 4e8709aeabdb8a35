"""Batches in the ledger: functions over a connection, for `Ledger.look` and `Ledger.change`.

A batch is written down with all its requests before it is handed in. From then on each request is
a call under way that belongs to the batch and to no process. So a process may be killed anywhere:

    state        what is known
    submitting   it may have been handed in; where its process is gone, the provider is asked
    submitted    the provider has it, under the name in `remote`
    collected    each request has its reply in the ledger
    dropped      the provider never made it; its requests are free again
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from docglean.extractors.ledger.accounts import reserve, settle, spent_of
from docglean.extractors.ledger.budget import Budget
from docglean.extractors.ledger.rows import (
    Flight,
    expected_row,
    flight_of,
    meta_row,
    parts,
    reply_of,
    reply_row,
    stored,
    writable,
)
from docglean.extractors.ledger.tables import BATCHES, FLIGHTS, REPLIES
from docglean.extractors.models.base import Reply

State = Literal["submitting", "submitted", "collected", "dropped"]


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as the ledger has it; see the module and `tables.BATCHES`."""

    id: str
    engine: str
    run: str
    state: State
    process: str
    requests: int
    bytes: int
    created: datetime
    expected_cost: Decimal | None = None
    remote: str | None = None
    submitted: datetime | None = None
    ended: datetime | None = None
    message: str = ""

    @property
    def open(self) -> bool:
        """Whether replies are still to come."""
        return self.state in ("submitting", "submitted")


def affordable(
    connection: sa.Connection, budgets: Sequence[Budget], costs: Sequence[Decimal]
) -> int:
    """How many calls of these costs, from the first on, no budget forbids."""
    left = None
    for budget in budgets:
        spent, reserved = spent_of(connection, budget.scope)
        free = budget.limit - spent - reserved
        left = free if left is None else min(left, free)
    if left is None:
        return len(costs)
    for count, cost in enumerate(costs):
        left -= cost
        if left < 0:
            return count
    return len(costs)


def claim(
    connection: sa.Connection,
    batch: BatchRow,
    flights: Sequence[Flight],
    budgets: Sequence[Budget],
    since: int = 0,
) -> list[str]:
    """Write a batch down with those of the calls that nobody else makes; ids of these.

    Nothing is written where there are none.

    Args:
        since: as `rows.stored`.

    Raises:
        BudgetExceeded: all of them together would cross a budget.
    """
    there = connection.execute(sa.select(BATCHES.c.id).where(BATCHES.c.id == batch.id)).scalar()
    if there is not None:  # written by a commit that seemed to be cut off
        query = sa.select(FLIGHTS.c.id).where(FLIGHTS.c.batch == batch.id)
        return list(connection.execute(query).scalars())
    keys = [flight.key for flight in flights]
    taken = set(stored(connection, keys, since))
    for some in parts(keys):
        query = sa.select(FLIGHTS.c.key).where(FLIGHTS.c.key.in_(some))
        taken |= set(connection.execute(query).scalars())
    free = [flight for flight in flights if flight.key not in taken]
    if not free:
        return []
    total = sum((flight.expected.counted for flight in free), Decimal(0))
    reserve(connection, budgets, total)
    connection.execute(
        sa.insert(BATCHES).values(
            **asdict(batch)
            | {
                "requests": len(free),
                "expected_cost": str(total) if all(one.expected.cost for one in free) else None,
            }
        )
    )
    scopes = "\n".join(budget.scope for budget in budgets)
    connection.execute(
        sa.insert(FLIGHTS),
        [
            writable({
                "key": flight.key, "id": flight.id, "process": "", "began": flight.began,
                "scopes": scopes, "batch": batch.id,
                "likely_cost": str(flight.expected.counted),
                **meta_row(flight.facts), **expected_row(flight.expected),
            })
            for flight in free
        ],
    )  # fmt: skip
    return [flight.id for flight in free]


def submitted(connection: sa.Connection, batch: str, remote: str) -> None:
    """Note the provider's name of a batch."""
    connection.execute(
        sa.update(BATCHES)
        .where(BATCHES.c.id == batch, BATCHES.c.state == "submitting")
        .values(remote=remote, state="submitted", submitted=datetime.now(UTC))
    )


def abandon(connection: sa.Connection, batch: str) -> None:
    """Note that nobody hands this batch in any more: whether the provider has it is unclear."""
    connection.execute(sa.update(BATCHES).where(BATCHES.c.id == batch).values(process=""))


def drop(connection: sa.Connection, batch: str, message: str) -> None:
    """Set the requests of a batch free that the provider does not have. They cost nothing."""
    for scopes, reserved in _reserved(connection, batch).items():
        settle(connection, scopes, reserved, Decimal(0))
    connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.batch == batch))
    connection.execute(
        sa.update(BATCHES)
        .where(BATCHES.c.id == batch)
        .values(state="dropped", ended=datetime.now(UTC), message=message)
    )


def book(connection: sa.Connection, batch: str, replies: Mapping[str, Reply]) -> int:
    """Store replies to requests of a batch by their ids; how many were still waited for."""
    waiting = {
        flight.id: flight
        for flight in flights_of(connection, batch, replies.keys())
        if flight.id in replies
    }
    money: dict[tuple[str, ...], tuple[Decimal, Decimal]] = {}
    rows: list[dict[str, Any]] = []
    for number, flight in waiting.items():
        reply = replies[number]
        reserved = flight.expected.counted
        paid = reserved if reply.cost is None else reply.cost
        before = money.get(flight.scopes, (Decimal(0), Decimal(0)))
        money[flight.scopes] = before[0] + reserved, before[1] + paid
        rows.append(reply_row(flight, reply))
    if rows:
        for some in parts(list(waiting)):
            connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.id.in_(some)))
        connection.execute(sa.insert(REPLIES), rows)
        for scopes, (reserved, paid) in money.items():
            settle(connection, scopes, reserved, paid)
    return len(rows)


def close(connection: sa.Connection, batch: str) -> None:
    """Note that nothing more of a batch is waited for."""
    connection.execute(
        sa.update(BATCHES)
        .where(BATCHES.c.id == batch)
        .values(state="collected", ended=datetime.now(UTC))
    )


def batches(connection: sa.Connection, *, only_open: bool = False) -> list[BatchRow]:
    """All batches, the oldest first."""
    query = sa.select(BATCHES).order_by(BATCHES.c.created, BATCHES.c.id)
    if only_open:
        query = query.where(BATCHES.c.state.in_(("submitting", "submitted")))
    return [_batch(row) for row in connection.execute(query).mappings()]


def flights_of(
    connection: sa.Connection, batch: str, ids: Iterable[str] | None = None
) -> list[Flight]:
    """The requests of a batch that are waited for; those of these ids only."""
    query = sa.select(FLIGHTS).where(FLIGHTS.c.batch == batch)
    if ids is None:
        queries = [query]
    else:
        queries = [query.where(FLIGHTS.c.id.in_(some)) for some in parts(list(ids))]
    return [
        flight_of({**row, "host": "", "pid": 0})
        for one in queries
        for row in connection.execute(one).mappings()
    ]


def waiting(connection: sa.Connection) -> set[str]:
    """SHA-256 of the documents that have a request in an open batch."""
    query = sa.select(FLIGHTS.c.document).where(FLIGHTS.c.batch.is_not(None)).distinct()
    return set(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Answered:
    """What the ledger knows of a request.

    Attributes:
        reply: the stored one, None where there is none.
        run, name: who paid for it, for which document.
        expected: input and output tokens that were estimated.
        in_batch: it is under way in a batch.
        under_way: some process makes this call now.
        failures: how often it failed in this run; `failed` is the last of these replies.
    """

    reply: Reply | None = None
    run: str = ""
    name: str = ""
    expected: tuple[int, int] = (0, 0)
    in_batch: bool = False
    under_way: bool = False
    failures: int = 0
    failed: Reply | None = None


def answered(connection: sa.Connection, key: str, run: str, since: int = 0) -> Answered:
    """What is known of the request with this key, seen from this run.

    Args:
        since: as `rows.stored`.
    """
    rows = connection.execute(
        sa.select(REPLIES).where(REPLIES.c.key == key, REPLIES.c.id > since).order_by(REPLIES.c.id)
    ).mappings()
    failures, failed, found = 0, None, None
    for row in rows:
        if row["outcome"] == "failed":
            failures += row["run"] == run
            failed = reply_of(row) if row["run"] == run else failed
        elif row["outcome"] != "interrupted":
            found = row
    if found is not None:
        told = (found["expected_input"], found["expected_output"])
        return Answered(reply_of(found), found["run"], found["name"], told)
    flight = connection.execute(
        sa.select(FLIGHTS.c.batch).where(FLIGHTS.c.key == key)
    ).one_or_none()
    return Answered(
        in_batch=flight is not None and flight[0] is not None,
        under_way=flight is not None and flight[0] is None,
        failures=failures,
        failed=failed,
    )


def _reserved(connection: sa.Connection, batch: str) -> dict[tuple[str, ...], Decimal]:
    found: dict[tuple[str, ...], Decimal] = {}
    for flight in flights_of(connection, batch):
        cost = flight.expected.counted
        found[flight.scopes] = found.get(flight.scopes, Decimal(0)) + cost
    return found


def _batch(row: Mapping[Any, Any]) -> BatchRow:
    told = {field.name: row[field.name] for field in fields(BatchRow)}
    for name in ("created", "submitted", "ended"):
        moment = told[name]
        if moment is not None and moment.tzinfo is None:
            told[name] = moment.replace(tzinfo=UTC)
    cost = told["expected_cost"]
    return BatchRow(**told | {"expected_cost": None if cost is None else Decimal(cost)})
