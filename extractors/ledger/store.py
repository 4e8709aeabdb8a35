"""Transactions over the ledger's database, and what is kept in it by kind and key."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from docglean.extractors.ledger.database import (
    BUSY_SECONDS,
    LOOSE,
    SqliteFile,
    bring_up,
    is_transient,
    unusable,
    vacuum,
)
from docglean.extractors.ledger.rows import parts
from docglean.extractors.ledger.tables import KEPT, LEDGER_VERSION, TABLES, VERSIONS
from docglean.extractors.ledger.trips import ALONE, Errand, Shared, Trips, tell
from docglean.schemas.errors import ConfigError

T = TypeVar("T")

RACES = 5
"""Times that others may be first to keep the same: copies of a document are read side by side, and
all of them write at once when a database has come back."""

# Made once, as `rows._STORED`.
_THESE = (KEPT.c.kind == sa.bindparam("what"), KEPT.c.key.in_(sa.bindparam("keys", expanding=True)))
_THOSE_KEPT = sa.select(KEPT.c.key, KEPT.c.payload).where(*_THESE)
_FORGET = sa.delete(KEPT).where(*_THESE)
_REPLACE = sa.insert(KEPT).prefix_with("OR REPLACE")


class Store:
    """A database that several threads, event loops and processes use at once.

    Args:
        where: the path or URL, without a password.
    """

    def __init__(self, engine: sa.Engine, where: str) -> None:
        self.where = where
        self._file = SqliteFile.of(engine)
        self._engine = engine
        self._loose = engine.execution_options(**{LOOSE: True})
        # SQLite has one writer: in a queue of our own nobody waits for a lock. Others wait for each
        # other row by row, and write what several have committed to disk together by themselves.
        alone = engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(1 if alone else 8, thread_name_prefix="ledger")
        self._trips = Trips(self._threads, self._go) if alone else None
        self._written: tuple[Shared, ...] = (self._keep_all,)
        self._read: tuple[Shared, ...] = (self._kept_all_of, self._look_all)

    def _shut(self) -> None:
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    # --- what was read from documents ---------------------------------------------------------

    async def kept(self, kind: str, key: str) -> str | None:
        """What was kept under this kind and key."""
        return (await self.kept_many(kind, [key])).get(key)

    async def kept_many(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """What was kept under these keys, where there is something."""
        wanted = list(keys)
        if not wanted:
            return {}
        return await self._do(self._kept_many, kind, wanted, shared=self._kept_all_of)

    def _kept_many(self, kind: str, keys: list[str]) -> dict[str, str]:
        with self._reading() as connection:
            return _kept_of(connection, kind, keys)

    def _kept_all_of(
        self, connection: sa.Connection, wanted: Sequence[tuple[Any, ...]]
    ) -> list[dict[str, str]]:
        """`_kept_many` of several: one look for each kind."""
        keys: dict[str, list[str]] = {}
        for kind, some in wanted:
            keys.setdefault(kind, []).extend(some)
        found = {kind: _kept_of(connection, kind, some) for kind, some in keys.items()}
        return [{key: found[kind][key] for key in some if key in found[kind]}
                for kind, some in wanted]  # fmt: skip

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

    async def keep(
        self, kind: str, key: str, payload: str, *, document: str = "", lasting: bool = True
    ) -> None:
        """Keep a payload, in place of what was there; the others as `keep_many`."""
        await self.keep_many(kind, {key: payload}, document=document, lasting=lasting)

    async def keep_many(
        self,
        kind: str,
        payloads: Mapping[str, str],
        *,
        document: str = "",
        lasting: bool = True,
    ) -> None:
        """Keep several payloads in one transaction.

        Args:
            document: SHA-256 of the one that they were read from, by which they are forgotten.
            lasting: False for what can be had again: a power cut may lose it, a kill does not.
        """
        if payloads:
            told = (kind, dict(payloads), document, lasting)
            await self._do(self._keep_many, *told, shared=self._keep_all, lasting=lasting)

    def _keep_many(self, kind: str, payloads: dict[str, str], document: str, lasting: bool) -> None:
        rows = _kept_rows(kind, payloads, document)
        for _ in range(RACES):
            try:
                return self._replace_kept(kind, rows, lasting)
            except sa.exc.IntegrityError:  # others kept the same at the same time
                continue
        self._replace_kept(kind, rows, lasting)

    def _replace_kept(self, kind: str, rows: list[dict[str, Any]], lasting: bool) -> None:
        with self._writing(lasting=lasting) as connection:
            for part in parts([row["key"] for row in rows]):
                connection.execute(_FORGET, {"what": kind, "keys": part})
            connection.execute(sa.insert(KEPT), rows)

    def _keep_all(self, connection: sa.Connection, kept: Sequence[tuple[Any, ...]]) -> list[None]:
        """`_keep_many` of several, the last for good where two keep the same; for SQLite."""
        connection.execute(_REPLACE, [row for *told, _ in kept for row in _kept_rows(*told)])
        return [None] * len(kept)

    # --- accounts -----------------------------------------------------------------------------

    async def look(self, work: Callable[..., T], *args: Any, **told: Any) -> T:
        """What a function of `accounts` reads, given a connection and these arguments."""

        def looking(connection: sa.Connection) -> T:
            return work(connection, *args, **told)

        return await self._do(self._look, looking, shared=self._look_all)

    def _look(self, looking: Callable[[sa.Connection], T]) -> T:
        with self._reading() as connection:
            return looking(connection)

    def _look_all(self, connection: sa.Connection, asked: Sequence[tuple[Any, ...]]) -> list[Any]:
        """`_look` of several."""
        return [looking(connection) for (looking,) in asked]

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

    async def shrink(self) -> bool:
        """Write the database anew, so that nothing of what was removed is left in its files.

        Returns:
            False where others use it, so that it could not be done now.
        """

        def write() -> bool:
            try:
                vacuum(self._engine)
            except sa.exc.DBAPIError as error:
                if error.connection_invalidated or not is_transient(error):
                    raise
                return False
            return True

        return await self._do(write)

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

    def _still_there(self) -> None:
        """Whether what is written can be found again: SQLite writes on into a removed file.

        Raises:
            ConfigError: ``ledger_gone``.
        """
        if self._file is not None and not self._file.is_there():
            raise ConfigError(
                "ledger_gone",
                f"The ledger {self.where} was removed or replaced while it was in use: what came "
                "back last is not in it.",
                "Put it back from a copy and run again; without it, all is paid for again.",
            )

    async def _do(
        self,
        work: Callable[..., T],
        *args: Any,
        shared: Shared | None = None,
        lasting: bool = True,
    ) -> T:
        """Do it in a thread of the ledger, with others where there is a way for that.

        Args:
            shared, lasting: as `Errand`.
        """
        loop = asyncio.get_running_loop()
        if self._trips is None:
            return await loop.run_in_executor(self._threads, partial(self._try, work, *args))
        told: asyncio.Future[T] = loop.create_future()
        self._trips.send(Errand(work, args, shared, lasting, loop, told))
        return await told

    def _go(self, errands: list[Errand]) -> None:
        """Do these: first what is written, so that whoever reads finds what was written before he
        asked."""
        written = [one for one in errands if one.shared in self._written]
        lasting = any(one.lasting for one in written)
        self._go_together(written, self._written, partial(self._writing, lasting=lasting))
        self._end(written)
        others = [one for one in errands if one.shared not in self._written]
        read = [one for one in others if one.shared is not None]
        self._go_together(read, self._read, self._reading)
        self._end(others)

    def _end(self, errands: list[Errand]) -> None:
        """Tell what was done together, then do and tell what is to be done alone."""
        alone = [one for one in errands if one.result is ALONE]
        tell(one for one in errands if one.result is not ALONE)
        for one in alone:
            try:
                one.result = self._try(one.work, *one.args)
            except BaseException as error:
                one.result = error
            tell([one])

    def _go_together(
        self, errands: list[Errand], works: Sequence[Shared], connected: Callable[[], Any]
    ) -> None:
        """Do these in one transaction. Where it fails, each is done alone: one is to blame."""
        if len(errands) < 2:
            return

        def share() -> list[tuple[Errand, Any]]:
            done: list[tuple[Errand, Any]] = []
            with connected() as connection:
                for work in works:
                    mine = [one for one in errands if one.shared == work]
                    if mine:
                        done += zip(mine, work(connection, [one.args for one in mine]), strict=True)
            return done

        try:
            done = self._try(share)
        except ConfigError as error:
            cause = error.__cause__
            if isinstance(cause, sa.exc.SQLAlchemyError) and not _is_away(cause):
                return
            done = [(one, error) for one in errands]
        except Exception:  # it is met again, by the one that it is of
            return
        for one, result in done:
            one.result = result

    def _try(self, work: Callable[..., T], *args: Any) -> T:
        """Do it; wait for a database that is away or locked.

        Everything here may be done twice: a transaction whose commit was cut off is repeated
        whole, and its rows carry their own ids.

        Raises:
            ConfigError: ``ledger_unusable``, ``ledger_full``, ``ledger_gone``.
        """
        until = time.monotonic() + BUSY_SECONDS
        pause = 0.1
        while True:
            try:
                self._still_there()
                done = work(*args)
                self._still_there()
                return done
            except sa.exc.SQLAlchemyError as error:
                if not _is_away(error) or time.monotonic() + pause > until:
                    raise unusable(self.where, error) from error
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


def _is_away(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether the database cannot be reached, or is locked, and may be had in a moment."""
    return isinstance(error, sa.exc.DBAPIError) and (
        error.connection_invalidated or is_transient(error)
    )


def _kept_of(connection: sa.Connection, kind: str, keys: list[str]) -> dict[str, str]:
    return {
        key: zlib.decompress(payload).decode()
        for part in parts(keys)
        for key, payload in connection.execute(_THOSE_KEPT, {"what": kind, "keys": part})
    }


def _kept_rows(kind: str, payloads: Mapping[str, str], document: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [
        {
            "kind": kind,
            "key": key,
            "payload": zlib.compress(text.encode(), 3),
            "created": now,
            "document": document,
        }
        for key, text in payloads.items()
    ]
