"""The way to any database that may hold the ledger's tables."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from docglean.extractors.installation import install_extra
from docglean.extractors.ledger.tables import KEPT, LEDGER_VERSION, REPLIES, TABLES, VERSIONS
from docglean.schemas.errors import ConfigError
from sqlalchemy.pool import NullPool

BUSY_SECONDS = 60.0
"""How long a locked file, or a database that is away, is waited for."""

VACUUM_SECONDS = 15.0
"""How long others are waited for before the tables are written anew."""

LOOSE = "docglean_loose"
"""Execution option: this transaction need not outlive a power cut."""


def connect(where: str) -> tuple[sa.Engine, str]:
    """The engine for a path or URL, and how to name it."""
    try:
        url = sa.make_url(where) if "://" in where else sa.URL.create("sqlite", database=where)
        if url.get_backend_name() != "sqlite":
            engine = sa.create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=0)
            return engine, url.render_as_string(hide_password=True)
        if not url.database or url.database == ":memory:":
            raise ValueError("a ledger has to outlive the run; name a file")
        path = Path(url.database).expanduser()
        _make_private(path)
        engine = sa.create_engine(
            url.set(database=str(path)), connect_args={"timeout": BUSY_SECONDS}
        )
        sa.event.listen(engine, "connect", _sqlite_connected)
        sa.event.listen(engine, "begin", _sqlite_begins)
        return engine, str(path)
    except (sa.exc.SQLAlchemyError, ImportError, OSError, ValueError) as error:
        raise unusable(_without_password(where), error) from error


def connect_reading(where: str) -> tuple[sa.Engine, str]:
    """As `connect`, and nothing is made or written: for a full disk, or one that is not ours.

    Raises:
        FileNotFoundError: there is no such file.
        ConfigError: ``ledger_unusable``.
    """
    try:
        url = sa.make_url(where) if "://" in where else sa.URL.create("sqlite", database=where)
    except sa.exc.SQLAlchemyError as error:
        raise unusable(_without_password(where), error) from error
    if url.get_backend_name() != "sqlite":
        return connect(where)
    path = Path(url.database or "").expanduser()
    if not path.is_file():
        raise FileNotFoundError(path)
    engine = sa.create_engine(
        "sqlite://", creator=partial(_sqlite_reading, path), poolclass=NullPool
    )
    return engine, str(path)


def _sqlite_reading(path: Path) -> sqlite3.Connection:
    """A connection that reads beside others; where nothing can be written, one that reads alone.

    Readers share an index of the write-ahead log in a file that SQLite has to make; who holds the
    database alone keeps it in memory (sqlite.org/wal.html, "Use of WAL Without Shared-Memory").
    """

    def connected(mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            timeout=BUSY_SECONDS,
            uri=True,
            check_same_thread=False,
        )

    connection = connected("ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError:
        connection.close()
        connection = connected("rw")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA temp_store=MEMORY")
    return connection


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The file that a database is in, told from another one at the same place."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, engine: sa.Engine) -> SqliteFile | None:
        """That of an engine; None where it is a server."""
        if engine.dialect.name != "sqlite" or not engine.url.database:
            return None
        path = Path(engine.url.database)
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    def is_there(self) -> bool:
        """Whether it still is where it was."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self.device, self.inode)


def _make_private(path: Path) -> None:
    """Make the file readable by its owner only, before anything is in it.

    SQLite gives the files beside it (-wal, -shm) the same mode.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    with os.fdopen(descriptor, "rb") as file:
        head = file.read(16)
    if head and not head.startswith(b"SQLite format 3"):
        raise ValueError("it is not a database")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _sqlite_connected(connection: Any, _: object) -> None:
    # Transactions begin where we say so, not where the driver guesses:
    # docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _sqlite_begins(connection: sa.Connection) -> None:
    # At once, or two readers that want to write could never both go on.
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        # Replies are money: they survive a power cut too. What can be read again may be lost in
        # one (never damaged): waiting for the disk is most of what a small document costs.
        loose = options.get(LOOSE, False)
        connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if loose else 'FULL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_current(connection: sa.Connection) -> bool:
    """Whether the tables are those of this version."""
    if not sa.inspect(connection).has_table(VERSIONS.name):
        return False
    version = connection.execute(sa.select(sa.func.max(VERSIONS.c.version))).scalar()
    return version == LEDGER_VERSION


def bring_up(connection: sa.Connection) -> None:
    """Give the tables of an earlier version the columns that have come since."""
    quote = connection.dialect.identifier_preparer
    there = sa.inspect(connection)
    for table in TABLES.sorted_tables:
        have = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in have:
                told = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(
                    f"ALTER TABLE {quote.format_table(table)} ADD COLUMN {told}"
                )
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def vacuum(engine: sa.Engine) -> None:
    """Write the tables that hold contents anew; their old pages are gone from the files.

    https://www.sqlite.org/lang_vacuum.html, and the write-ahead log is emptied;
    https://www.postgresql.org/docs/current/sql-vacuum.html (FULL).

    Raises:
        DBAPIError: others use them, for longer than is waited.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(VACUUM_SECONDS * 1000)}")
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            if busy:
                raise sa.exc.OperationalError("wal_checkpoint", {}, Exception("database is busy"))
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
        elif engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = {round(VACUUM_SECONDS * 1000)}")
            for table in (REPLIES, KEPT):
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
            connection.exec_driver_sql("RESET lock_timeout")


def is_transient(error: sa.exc.DBAPIError) -> bool:
    """Whether the database may be there again in a moment."""
    text = str(error.orig).lower()
    signs = ("locked", "busy", "connect", "terminat", "shutting down", "starting up", "timeout",
             "deadlock", "server closed", "recovery")  # fmt: skip
    return isinstance(error, sa.exc.OperationalError) and any(sign in text for sign in signs)


def unusable(where: str, error: BaseException) -> ConfigError:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
    if "full" in cause or "No space left" in cause:
        return ConfigError(
            "ledger_full",
            f"The ledger {where} cannot be written: {cause}.",
            "Make room; everything stored so far is kept, and the next run goes on from there.",
        )
    if isinstance(error, ImportError):
        return ConfigError(
            "ledger_unusable",
            f"The ledger {where} needs a database driver: {cause}.",
            f"For Postgres: {install_extra('postgres')} and postgresql+psycopg://...",
        )
    return ConfigError(
        "ledger_unusable",
        f"The ledger {where} cannot be used: {cause}.",
        "Name a path that can be written, or a SQLAlchemy URL, in DOCGLEAN_LEDGER.",
    )


def _without_password(where: str) -> str:
    try:
        return sa.make_url(where).render_as_string(hide_password=True)
    except (sa.exc.SQLAlchemyError, ValueError):
        return where.rsplit("@", 1)[-1]
