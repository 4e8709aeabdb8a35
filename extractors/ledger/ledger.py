"""The ledger: every reply is stored before anyone reads it, so nothing is paid for twice.

An SQLite file, or any database that SQLAlchemy reaches where several machines share the work.
Beside the replies it holds the calls under way (what a killed process leaves there is counted as
``interrupted``) and what was once read from a document (words, surveys, transcripts), so that a
second run of the same work sends nothing and renders nothing.
"""

from __future__ import annotations

import asyncio
import functools
import os
import platform
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from docglean.extractors.ledger.accounts import settle
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.extractors.ledger.database import connect
from docglean.extractors.ledger.earlier_answers import EarlierAnswer, earlier_answers
from docglean.extractors.ledger.flights import (
    admitted,
    begin_all,
    finish_all,
    paid_for,
    put_down,
    take_off,
)
from docglean.extractors.ledger.rows import Flight, flight_of, reply_row, stored
from docglean.extractors.ledger.store import Store
from docglean.extractors.ledger.tables import FLIGHTS, PROCESSES, REPLIES, RequestMeta
from docglean.extractors.ledger.trips import ALONE, Alone
from docglean.extractors.models.base import Reply
from docglean.schemas.errors import BudgetExceeded, ModelError

BEAT_SECONDS = 20.0
SILENT_SECONDS = 120.0
"""A process on another machine which gave no sign for so long is taken for dead."""


class Ledger(Store):
    """Get it from `Ledger.open`; an async context manager, or `close` it.

    Safe to use from several threads, event loops and processes at once.

    Attributes:
        where: the path or URL, without a password.
        since: number of the last reply before those that count, for a run that asks anew; see
            `rows.latest`.
        interrupted: calls of dead processes that were found under way. They may have been paid
            for; they are in the accounts with the outcome ``interrupted`` and an unknown cost.
    """

    def __init__(self, engine: sa.Engine, where: str) -> None:
        super().__init__(engine, where)
        self._written = (self._finish_all, self._begin_all, self._keep_all)
        self._read = (
            self._replies_of_all, self._earlier_all, self._kept_all_of, self._look_all
        )  # fmt: skip
        self.since = 0
        self.interrupted: list[Flight] = []
        self._process = uuid.uuid4().hex
        self._entered = False
        self._flying: set[str] = set()
        self._closed = threading.Event()

    @classmethod
    async def open(cls, where: str | Path) -> Ledger:
        """Open or make the ledger at this path or SQLAlchemy URL.

        Raises:
            ConfigError: ``ledger_unusable``, ``ledger_newer``, ``ledger_full``.
        """
        return await asyncio.to_thread(cls._open, str(where))

    @classmethod
    def _open(cls, where: str) -> Ledger:
        engine, shown = connect(where)
        ledger = cls(engine, shown)
        try:
            ledger._try(ledger._prepare)
            ledger._try(ledger._sweep)
        except BaseException:
            engine.dispose()
            raise
        threading.Thread(target=ledger._beat, name="ledger-beat", daemon=True).start()
        return ledger

    async def __aenter__(self) -> Ledger:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
        self._closed.set()
        await asyncio.to_thread(self._shut)

    # --- replies ------------------------------------------------------------------------------

    async def reply(self, key: str) -> Reply | None:
        """The stored reply to the request with this key; None where it has to be asked.

        Failed and interrupted calls have no stored reply.
        """
        return (await self.replies([key])).get(key)

    async def replies(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The stored replies among those to these requests."""
        wanted = list(dict.fromkeys(keys))
        return await self._do(self._replies_of, wanted, shared=self._replies_of_all)

    def _replies_of(self, keys: list[str]) -> dict[str, Reply]:
        with self._reading() as connection:
            return stored(connection, keys, self.since)

    def _replies_of_all(
        self, connection: sa.Connection, wanted: Sequence[tuple[Any, ...]]
    ) -> list[dict[str, Reply]]:
        """`_replies_of` several, in one look."""
        every = list(dict.fromkeys(key for (keys,) in wanted for key in keys))
        found = stored(connection, every, self.since)
        return [{key: found[key] for key in keys if key in found} for (keys,) in wanted]

    async def earlier(self, family: str) -> list[EarlierAnswer]:
        """The stored answers to the requests of a family, as `earlier_answers` gives them."""
        return await self._do(self._earlier, family, shared=self._earlier_all)

    def _earlier(self, family: str) -> list[EarlierAnswer]:
        with self._reading() as connection:
            return self._earlier_all(connection, [(family,)])[0]

    def _earlier_all(
        self, connection: sa.Connection, asked: Sequence[tuple[Any, ...]]
    ) -> list[list[EarlierAnswer]]:
        """`_earlier` of several, in one look."""
        return earlier_answers(connection, [family for (family,) in asked], self.since)

    async def begin(
        self,
        key: str,
        facts: RequestMeta,
        expected: Expected | None = None,
        budgets: Sequence[Budget] = (),
    ) -> Flight | Reply | None:
        """Say that a call is about to be sent. Committed when this returns.

        A Reply where it has come in the meantime. None where another process that is alive has
        this very call under way: wait, and ask again.

        Args:
            expected: what it will take; its cost is set aside in the budgets.
            budgets: what it counts against, over all processes that use this ledger.

        Raises:
            BudgetExceeded: it would cross one of them.
            Crowded: it has to wait for calls under way to end.
            ModelError: ``in_batch``: it is under way in a batch, which may take a day.
        """
        # Made here: what is repeated after a commit that was cut off has to be the same call.
        flight = Flight(
            uuid.uuid4().hex,
            key,
            facts,
            _host(),
            os.getpid(),
            datetime.now(UTC),
            expected or Expected(),
            tuple(budget.scope for budget in budgets),
        )
        return await self._do(self._begin, flight, tuple(budgets), shared=self._begin_all)

    def _begin(self, flight: Flight, budgets: tuple[Budget, ...]) -> Flight | Reply | None:
        if not self._entered:
            self._enter()
        for last_try in (False, True):
            try:
                with self._writing() as connection:
                    # Waits for a transaction that is just finishing the same call, so that its
                    # reply is seen.
                    put_down(connection, self._process, [flight])
                    come = stored(connection, [flight.key], self.since).get(flight.key)
                    if come is not None:
                        connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.id == flight.id))
                        return come
                    if budgets:
                        flight = admitted(connection, budgets, flight)
                self._flying.add(flight.id)
                return flight
            except sa.exc.IntegrityError:
                under_way = self._under_way(flight)
                if under_way is not None:
                    self._flying.add(flight.id)
                    return under_way
                self._not_in_batch(flight)
                if last_try or not self._sweep(flight.key):
                    return None
        return None

    def _begin_all(
        self, connection: sa.Connection, calls: Sequence[tuple[Any, ...]]
    ) -> Sequence[Flight | Reply | BudgetExceeded | Alone]:
        """`_begin` of several."""
        if not self._entered:
            return [ALONE] * len(calls)
        told = begin_all(connection, self._process, calls, self.since)
        self._flying.update(one.id for one in told if isinstance(one, Flight))
        return told

    def _under_way(self, flight: Flight) -> Flight | None:
        """This very call, where a commit that seemed to be cut off has written it."""
        query = sa.select(FLIGHTS).where(FLIGHTS.c.id == flight.id)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else flight_of({**row, "host": _host(), "pid": os.getpid()})

    def _not_in_batch(self, flight: Flight) -> None:
        query = sa.select(FLIGHTS.c.batch, FLIGHTS.c.began).where(FLIGHTS.c.key == flight.key)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is not None and row[0] is not None:
            raise ModelError(
                "in_batch",
                f"{flight.facts.name}: page {flight.facts.pages} is in the batch {row[0]}, which "
                f"was handed in on {row[1]:%Y-%m-%d %H:%M} (UTC).",
                "Wait for it (`docglean collect`), or cancel it (`docglean batches --cancel`).",
                retryable=True,
            )

    async def finish(self, flight: Flight, reply: Reply) -> None:
        """Store how a call ended. Committed when this returns; only then read the reply."""
        await asyncio.shield(self._do(self._finish, flight, reply, shared=self._finish_all))

    async def interrupt(self, flight: Flight) -> None:
        """Say that nobody waits for this call any more; it may have been paid for."""
        await asyncio.shield(self._do(self._finish, flight, None, shared=self._finish_all))

    def _finish(self, flight: Flight, reply: Reply | None) -> None:
        with self._writing() as connection:
            paid = paid_for(flight, reply)
            if take_off(connection, [flight]):
                settle(connection, flight.scopes, flight.reserved, paid)
            else:
                # There is a row where another process took us for dead (a machine that slept),
                # or where the commit was cut off after all was written.
                row = REPLIES.c.call == flight.id
                told = connection.execute(sa.select(REPLIES.c.outcome).where(row)).scalar()
                if told == "interrupted" and reply is not None:
                    counted = flight.expected.counted
                    settle(connection, flight.scopes, Decimal(0), paid - counted)
                connection.execute(sa.delete(REPLIES).where(row))
            connection.execute(sa.insert(REPLIES), reply_row(flight, reply))
        self._flying.discard(flight.id)

    def _finish_all(
        self, connection: sa.Connection, ended: Sequence[tuple[Any, ...]]
    ) -> list[Alone | None]:
        """`_finish` of several."""
        told = finish_all(connection, ended)
        self._flying.difference_update(flight.id for flight, _ in ended)
        return told

    async def in_flight(self) -> list[Flight]:
        """Calls under way now, of this process and others that are alive."""
        return await self._do(self._in_flight)

    def _in_flight(self) -> list[Flight]:
        with self._reading() as connection:
            rows = connection.execute(_flights_with_process()).mappings().all()
        return [flight_of(row) for row in rows]

    async def sweep(self) -> None:
        """Book the calls of processes that have died."""
        await self._do(self._sweep)

    def _sweep(self, key: str | None = None) -> list[Flight]:
        """Book the calls of dead processes as interrupted and return them."""
        query = _flights_with_process()
        if key is not None:
            query = query.where(FLIGHTS.c.key == key)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
            now = connection.execute(sa.select(sa.func.now())).scalar_one() if rows else None
        dead = [row for row in rows if not self._alive(row, now)]
        booked: list[Flight] = []
        for row in dead:
            flight = flight_of(row)
            with self._writing() as connection:
                gone = connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.id == flight.id))
                if gone.rowcount:  # two sweeping at once: one of them books it
                    connection.execute(sa.insert(REPLIES).values(reply_row(flight, None)))
                    # It may have been paid for.
                    counted = flight.expected.counted
                    settle(connection, flight.scopes, flight.reserved, counted)
                    booked.append(flight)
        self.interrupted += booked
        return booked

    def _alive(self, row: Mapping[Any, Any], now: Any) -> bool:
        if row["process"] == self._process:
            return True
        if row["host"] == _host():
            return bool(_started(row["pid"]) == row["started"])
        return bool(row["seen"] and (now - row["seen"]).total_seconds() < SILENT_SECONDS)

    def _enter(self) -> None:
        """Make this process known before its first call."""
        row = {
            "id": self._process,
            "host": _host(),
            "pid": os.getpid(),
            "started": _started(os.getpid()),
            "seen": sa.func.now(),
        }
        try:
            with self._writing() as connection:
                connection.execute(sa.insert(PROCESSES).values(row))
        except sa.exc.IntegrityError:
            pass  # written, but the commit was cut off
        self._entered = True

    def _beat(self) -> None:
        """Give a sign of life while calls are under way; for processes on other machines."""
        while not self._closed.wait(BEAT_SECONDS):
            if self._flying:
                try:
                    with self._writing() as connection:
                        connection.execute(
                            sa.update(PROCESSES)
                            .where(PROCESSES.c.id == self._process)
                            .values(seen=sa.func.now())
                        )
                except sa.exc.SQLAlchemyError:
                    continue  # the next call to the database tells

    @contextmanager
    def busy(self, name: str) -> Iterator[None]:
        """Give signs of life inside, as while calls are under way."""
        self._flying.add(name)
        try:
            yield
        finally:
            self._flying.discard(name)

    async def entered(self) -> str:
        """The name of this process in the ledger, made known to others."""

        def enter() -> str:
            if not self._entered:
                self._enter()
            return self._process

        return await self._do(enter)

    async def lives(self, process: str) -> bool:
        """Whether the process of this name is alive."""
        return await self._do(self._lives, process)

    def _lives(self, process: str) -> bool:
        with self._reading() as connection:
            query = sa.select(PROCESSES).where(PROCESSES.c.id == process)
            row = connection.execute(query).mappings().one_or_none()
            now = connection.execute(sa.select(sa.func.now())).scalar_one()
        return row is not None and self._alive({**row, "process": process}, now)


def _flights_with_process() -> sa.Select[Any]:
    return sa.select(
        FLIGHTS, PROCESSES.c.host, PROCESSES.c.pid, PROCESSES.c.started, PROCESSES.c.seen
    ).join(PROCESSES, PROCESSES.c.id == FLIGHTS.c.process)


@functools.cache
def _host() -> str:
    """This machine, and where there are containers, which of them."""
    name = platform.node()
    try:
        return f"{name} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return name


def _started(pid: int) -> float | None:
    """When the process with this number began; None when there is none that still runs."""
    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE  # nobody has waited for it
        return None if ended else float(process.create_time())
    except psutil.Error:
        return None
