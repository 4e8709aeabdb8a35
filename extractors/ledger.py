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
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import psutil
import sqlalchemy as sa
from docglean.extractors.accounts import reserve, settle
from docglean.extractors.database import (
    BUSY_SECONDS,
    FLIGHTS,
    KEPT,
    LEDGER_VERSION,
    LOOSE,
    PROCESSES,
    REPLIES,
    TABLES,
    VERSIONS,
    Facts,
    bring_up,
    connect,
    is_passing,
    unusable,
)
from docglean.extractors.models.base import Reply
from docglean.extractors.money import Budget, Expected
from docglean.extractors.rows import Flight, expected_row, flight_of, parts, reply_row, stored
from docglean.schemas.errors import ConfigError, ModelError

T = TypeVar("T")

BEAT_SECONDS = 20.0
SILENT_SECONDS = 120.0
"""A process on another machine which gave no sign for so long is taken for dead."""


class Ledger:
    """Get it from `Ledger.open`; an async context manager, or `close` it.

    Safe to use from several threads, event loops and processes at once.

    Attributes:
        where: the path or URL, without a password.
        interrupted: calls of dead processes that were found under way. They may have been paid
            for; they are in the accounts with the outcome ``interrupted`` and an unknown cost.
    """

    def __init__(self, engine: sa.Engine, where: str) -> None:
        self.where = where
        self.interrupted: list[Flight] = []
        self._engine = engine
        self._loose = engine.execution_options(**{LOOSE: True})
        self._process = uuid.uuid4().hex
        self._entered = False
        self._flying: set[str] = set()
        self._closed = threading.Event()
        # SQLite has one writer: in a queue of our own nobody waits for a lock.
        threads = 1 if engine.dialect.name == "sqlite" else 8
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ledger")

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
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    # --- replies ------------------------------------------------------------------------------

    async def reply(self, key: str) -> Reply | None:
        """The stored reply to the request with this key; None where it has to be asked.

        Failed and interrupted calls have no stored reply.
        """
        found = await self._do(self._replies_of, [key])
        return found.get(key)

    async def replies(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The stored replies among those to these requests."""
        return await self._do(self._replies_of, list(dict.fromkeys(keys)))

    def _replies_of(self, keys: list[str]) -> dict[str, Reply]:
        with self._reading() as connection:
            return stored(connection, keys)

    async def begin(
        self,
        key: str,
        facts: Facts,
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
        return await self._do(self._begin, flight, tuple(budgets))

    def _begin(self, flight: Flight, budgets: tuple[Budget, ...]) -> Flight | Reply | None:
        row = {
            "key": flight.key, "id": flight.id, "process": self._process, "began": flight.began,
            "scopes": "\n".join(flight.scopes),
            **asdict(flight.facts), **expected_row(flight.expected),
        }  # fmt: skip
        if not self._entered:
            self._enter()
        for last_try in (False, True):
            try:
                with self._writing() as connection:
                    # Waits for a transaction that is just finishing the same call, so that its
                    # reply is seen.
                    connection.execute(sa.insert(FLIGHTS).values(row))
                    come = stored(connection, [flight.key]).get(flight.key)
                    if come is not None:
                        connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.id == flight.id))
                        return come
                    reserve(connection, budgets, flight.expected.cost or Decimal(0))
                self._flying.add(flight.id)
                return flight
            except sa.exc.IntegrityError:
                if self._is_under_way(flight):
                    self._flying.add(flight.id)
                    return flight
                self._not_in_batch(flight)
                if last_try or not self._sweep(flight.key):
                    return None
        return None

    def _is_under_way(self, flight: Flight) -> bool:
        """Whether this very call was written by a commit that seemed to be cut off."""
        query = sa.select(FLIGHTS.c.id).where(FLIGHTS.c.key == flight.key)
        with self._reading() as connection:
            return bool(connection.execute(query).scalar() == flight.id)

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
        await asyncio.shield(self._do(self._finish, flight, reply))

    async def book(self, facts: Facts, paid: Reply, budgets: Sequence[Budget] = ()) -> None:
        """Put into the accounts what was paid for elsewhere, as for a transcript."""
        scopes = tuple(budget.scope for budget in budgets)
        now = datetime.now(UTC)
        flight = Flight(uuid.uuid4().hex, "", facts, _host(), os.getpid(), now, Expected(), scopes)
        await self._do(self._book, flight, paid)

    def _book(self, flight: Flight, paid: Reply) -> None:
        with self._writing() as connection:
            before = connection.execute(sa.delete(REPLIES).where(REPLIES.c.call == flight.id))
            connection.execute(sa.insert(REPLIES).values(reply_row(flight, paid)))
            if not before.rowcount:
                settle(connection, flight.scopes, Decimal(0), paid.cost or Decimal(0))

    async def interrupt(self, flight: Flight) -> None:
        """Say that nobody waits for this call any more; it may have been paid for."""
        await asyncio.shield(self._do(self._finish, flight, None))

    def _finish(self, flight: Flight, reply: Reply | None) -> None:
        with self._writing() as connection:
            gone = connection.execute(sa.delete(FLIGHTS).where(FLIGHTS.c.id == flight.id))
            reserved = flight.expected.cost or Decimal(0)
            paid = reserved if reply is None or reply.cost is None else reply.cost
            if gone.rowcount:
                settle(connection, flight.scopes, reserved, paid)
            else:
                # There is a row where another process took us for dead (a machine that slept),
                # or where the commit was cut off after all was written.
                row = REPLIES.c.call == flight.id
                told = connection.execute(sa.select(REPLIES.c.outcome).where(row)).scalar()
                if told == "interrupted" and reply is not None:
                    settle(connection, flight.scopes, Decimal(0), paid - reserved)
                connection.execute(sa.delete(REPLIES).where(row))
            connection.execute(sa.insert(REPLIES).values(reply_row(flight, reply)))
        self._flying.discard(flight.id)

    async def in_flight(self) -> list[Flight]:
        """Calls under way now, of this process and others that are alive."""
        return await self._do(self._in_flight)

    def _in_flight(self) -> list[Flight]:
        with self._reading() as connection:
            rows = connection.execute(_flights_with_process()).mappings().all()
        return [flight_of(row) for row in rows]

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
                    cost = flight.expected.cost or Decimal(0)
                    settle(connection, flight.scopes, cost, cost)
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

    # --- what was read from documents ---------------------------------------------------------

    async def kept(self, kind: str, key: str) -> str | None:
        """What was kept under this kind and key."""
        return (await self.kept_many(kind, [key])).get(key)

    async def kept_many(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """What was kept under these keys, where there is something."""
        return await self._do(self._kept_many, kind, list(keys))

    def _kept_many(self, kind: str, keys: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        with self._reading() as connection:
            for part in parts(keys):
                query = sa.select(KEPT.c.key, KEPT.c.payload).where(
                    KEPT.c.kind == kind, KEPT.c.key.in_(part)
                )
                for key, payload in connection.execute(query):
                    found[key] = zlib.decompress(payload).decode()
        return found

    async def kept_all(self, kind: str) -> dict[str, str]:
        """All that was kept under this kind, by its key, the oldest first."""
        return await self._do(self._kept_all, kind)

    def _kept_all(self, kind: str) -> dict[str, str]:
        query = sa.select(KEPT.c.key, KEPT.c.payload).where(KEPT.c.kind == kind)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(KEPT.c.created, KEPT.c.key)).all()
        return {key: zlib.decompress(payload).decode() for key, payload in rows}

    async def forget(self, kind: str, key: str) -> None:
        """Keep this no longer."""
        gone = sa.delete(KEPT).where(KEPT.c.kind == kind, KEPT.c.key == key)
        await self.change(lambda connection: connection.execute(gone).rowcount)

    async def keep(self, kind: str, key: str, payload: str, *, lasting: bool = True) -> None:
        """Keep a payload, in place of what was there; `lasting` as `keep_many`."""
        await self.keep_many(kind, {key: payload}, lasting=lasting)

    async def keep_many(
        self, kind: str, payloads: Mapping[str, str], *, lasting: bool = True
    ) -> None:
        """Keep several payloads in one transaction.

        Args:
            lasting: False for what can be had again: a power cut may lose it, a kill does not.
        """
        if payloads:
            await self._do(self._keep_many, kind, dict(payloads), lasting)

    def _keep_many(self, kind: str, payloads: dict[str, str], lasting: bool) -> None:
        now = datetime.now(UTC)
        rows = [
            {"kind": kind, "key": key, "payload": zlib.compress(text.encode(), 3), "created": now}
            for key, text in payloads.items()
        ]
        try:
            self._replace_kept(kind, rows, lasting)
        except sa.exc.IntegrityError:  # another process kept the same at the same time
            self._replace_kept(kind, rows, lasting)

    def _replace_kept(self, kind: str, rows: list[dict[str, Any]], lasting: bool) -> None:
        with self._writing(lasting=lasting) as connection:
            for part in parts([row["key"] for row in rows]):
                connection.execute(sa.delete(KEPT).where(KEPT.c.kind == kind, KEPT.c.key.in_(part)))
            connection.execute(sa.insert(KEPT), rows)

    # --- accounts -----------------------------------------------------------------------------

    async def look(self, work: Callable[..., T], *args: Any, **told: Any) -> T:
        """What a function of `accounts` reads, given a connection and these arguments."""

        def read() -> T:
            with self._reading() as connection:
                return work(connection, *args, **told)

        return await self._do(read)

    async def change(self, work: Callable[..., T], *args: Any, **told: Any) -> T:
        """What a function does with a connection and these arguments, in one transaction.

        It is done again where the commit was cut off: doing it twice must come to the same.
        """

        def write() -> T:
            for last_try in (False, False, True):
                try:
                    with self._writing() as connection:
                        return work(connection, *args, **told)
                except sa.exc.IntegrityError:  # another process wrote the same key just now
                    if last_try:
                        raise
            raise AssertionError("unreachable")

        return await asyncio.shield(self._do(write))

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

    # --- the database -------------------------------------------------------------------------

    def _prepare(self) -> None:
        try:
            self._make_tables()
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.OperationalError):
            time.sleep(0.2)  # another process is making the same tables
            self._make_tables()

    def _make_tables(self) -> None:
        with self._writing() as connection:
            TABLES.create_all(connection)
            version = connection.execute(sa.select(sa.func.max(VERSIONS.c.version))).scalar()
            if version is None:
                connection.execute(sa.insert(VERSIONS).values(version=LEDGER_VERSION))
            elif version < LEDGER_VERSION:
                bring_up(connection)
                connection.execute(sa.update(VERSIONS).values(version=LEDGER_VERSION))
            elif version > LEDGER_VERSION:
                raise ConfigError(
                    "ledger_newer",
                    f"The ledger {self.where} was written by a later docglean.",
                    "Upgrade docglean, or name another ledger in DOCGLEAN_LEDGER.",
                )

    def _reading(self) -> sa.Connection:
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _writing(self, *, lasting: bool = True) -> Any:
        return (self._engine if lasting else self._loose).begin()

    async def _do(self, work: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, functools.partial(self._try, work, *args))

    def _try(self, work: Callable[..., T], *args: Any) -> T:
        """Do it; wait for a database that is away or locked.

        Everything here may be done twice: a transaction whose commit was cut off is repeated
        whole, and its rows carry their own ids.

        Raises:
            ConfigError: ``ledger_unusable``, ``ledger_full``.
        """
        until = time.monotonic() + BUSY_SECONDS
        pause = 0.1
        while True:
            try:
                return work(*args)
            except sa.exc.DBAPIError as error:
                away = error.connection_invalidated or is_passing(error)
                if not away or time.monotonic() + pause > until:
                    raise unusable(self.where, error) from error
            except sa.exc.SQLAlchemyError as error:
                raise unusable(self.where, error) from error
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


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
    """When the process with this number began; None when there is none."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
