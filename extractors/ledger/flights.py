"""Calls that begin and end, one or several in a transaction: functions over a connection.

Those for several are for SQLite, where nobody else writes until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from docglean.extractors.ledger.accounts import admit, settle
from docglean.extractors.ledger.budget import Budget
from docglean.extractors.ledger.rows import (
    Flight,
    expected_row,
    meta_row,
    parts,
    reply_row,
    stored,
    writable,
)
from docglean.extractors.ledger.tables import FLIGHTS, REPLIES
from docglean.extractors.ledger.trips import ALONE, Alone
from docglean.extractors.models.base import Reply
from docglean.schemas.errors import BudgetExceeded

Begin = tuple[Flight, tuple[Budget, ...]]
"""A call that is to begin, and the budgets that it counts against."""
End = tuple[Flight, Reply | None]
"""A call that has ended, and how; None where nobody waited for it to the end."""

# Made once, as `rows._STORED`.
_LANDED = sa.delete(FLIGHTS).where(
    FLIGHTS.c.key == sa.bindparam("of_key"), FLIGHTS.c.id == sa.bindparam("flight")
)
_UNDER_WAY = sa.select(FLIGHTS.c.key, FLIGHTS.c.id).where(
    FLIGHTS.c.key.in_(sa.bindparam("keys", expanding=True))
)


def put_down(connection: sa.Connection, process: str, flights: Sequence[Flight]) -> None:
    """Write calls down that a process has under way from now on.

    Raises:
        IntegrityError: the key of one is under way.
    """
    rows = [
        writable({
            "key": flight.key, "id": flight.id, "process": process, "began": flight.began,
            "scopes": "\n".join(flight.scopes),
            **meta_row(flight.facts), **expected_row(flight.expected),
        })
        for flight in flights
    ]  # fmt: skip
    if rows:
        connection.execute(sa.insert(FLIGHTS), rows)


def take_off(connection: sa.Connection, flights: Sequence[Flight]) -> int:
    """Have these calls under way no longer; how many were."""
    told = [{"of_key": flight.key, "flight": flight.id} for flight in flights]
    return connection.execute(_LANDED, told).rowcount if told else 0


def admitted(connection: sa.Connection, budgets: Sequence[Budget], flight: Flight) -> Flight:
    """A call that was written down with what it will likely cost, and what is set aside for it.

    Raises:
        BudgetExceeded, Crowded: as `accounts.admit`.
    """
    likely, reserved = admit(connection, budgets, flight)
    connection.execute(
        sa.update(FLIGHTS)
        .where(FLIGHTS.c.id == flight.id)
        .values(likely_cost=str(likely), reserved_cost=str(reserved))
    )
    return replace(flight, expected=replace(flight.expected, likely=likely), reserved=reserved)


def paid_for(flight: Flight, reply: Reply | None) -> Decimal:
    """What a call counts as that has ended: what was expected where nobody knows more."""
    cost = None if reply is None else reply.cost
    return flight.expected.counted if cost is None else cost


def begin_all(
    connection: sa.Connection, process: str, calls: Sequence[Begin], since: int
) -> list[Flight | Reply | BudgetExceeded | Alone]:
    """What each of these calls comes to: it has begun, or its reply is there, or a budget would be
    crossed. One whose key is under way is begun alone: it may be a dead process that has it.

    Args:
        since: as `rows.stored`.
    """
    keys = list(dict.fromkeys(flight.key for flight, _ in calls))
    come, taken = stored(connection, keys, since), set(_under_way(connection, keys))
    told: list[Flight | Reply | BudgetExceeded | Alone] = []
    plain: list[Flight] = []
    for flight, budgets in calls:
        if flight.key in taken:
            told.append(ALONE)
        elif flight.key in come:
            told.append(come[flight.key])
        else:
            taken.add(flight.key)
            told.append(_begun(connection, process, flight, budgets) if budgets else flight)
            plain += () if budgets else (flight,)
    put_down(connection, process, plain)
    return told


def _begun(
    connection: sa.Connection, process: str, flight: Flight, budgets: Sequence[Budget]
) -> Flight | BudgetExceeded:
    """A call within budgets; where one would be crossed, nothing of it is written."""
    try:
        with connection.begin_nested():
            put_down(connection, process, [flight])
            return admitted(connection, budgets, flight)
    except BudgetExceeded as error:
        return error


def finish_all(connection: sa.Connection, ended: Sequence[End]) -> list[Alone | None]:
    """Store how these calls ended. One that is not under way any more is booked alone."""
    keys = list(dict.fromkeys(flight.key for flight, _ in ended))
    there = set(_under_way(connection, keys).values())
    told: list[Alone | None] = []
    booked: list[End] = []
    for flight, reply in ended:
        told.append(None if flight.id in there else ALONE)
        booked += ((flight, reply),) if flight.id in there else ()
        there.discard(flight.id)
    take_off(connection, [flight for flight, _ in booked])
    for flight, reply in booked:
        settle(connection, flight.scopes, flight.reserved, paid_for(flight, reply))
    # A statement for many takes rows with the same columns.
    for answered in (True, False):
        rows = [reply_row(*one) for one in booked if (one[1] is not None) is answered]
        if rows:
            connection.execute(sa.insert(REPLIES), rows)
    return told


def _under_way(connection: sa.Connection, keys: list[str]) -> dict[str, str]:
    """Ids of the calls under way by their keys, of these keys."""
    return {
        key: call
        for part in parts(keys)
        for key, call in connection.execute(_UNDER_WAY, {"keys": part})
    }
