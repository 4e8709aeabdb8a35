"""The ledger's tables, and the way to any database that may hold them."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from docglean.extractors.extraction import Usage
from docglean.extractors.installation import install_extra
from docglean.schemas.errors import ConfigError
from sqlalchemy.pool import NullPool

LEDGER_VERSION = 9
"""Of the tables below. A ledger of a later version is refused, one of an earlier is brought up."""

BUSY_SECONDS = 60.0
"""How long a locked file, or a database that is away, is waited for."""

Purpose = Literal["extract", "re-ask", "sort", "split", "speech"]
"""What a request is for."""


@dataclass(frozen=True, slots=True)
class RequestMeta:
    """What a call was about: for accounts and for people, not for finding the reply again.

    `document` is the SHA-256 of the file, `pages` such as ``1-8``, `run` names the run that paid.
    `family` and `shape` tell requests apart that differ in the fields asked for, see
    `earlier_answers`; empty where that is of no use.
    """

    document: str = ""
    name: str = ""
    pages: str = ""
    engine: str = ""
    schema_name: str = ""
    schema_hash: str = ""
    prompt_version: str = ""
    purpose: Purpose = "extract"
    run: str = ""
    family: str = ""
    shape: str = ""


TABLES = sa.MetaData()
_moment = sa.DateTime(timezone=True)


_LATER = ("family", "shape")
"""Facts that calls of earlier versions have none of."""


def _fact_columns() -> list[sa.Column[str]]:
    return [
        sa.Column(
            field.name, sa.Text, nullable=False, server_default="" if field.name in _LATER else None
        )
        for field in fields(RequestMeta)
    ]


def _expected_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("expected_input", sa.Integer, nullable=False, server_default="0"),
        sa.Column("expected_output", sa.Integer, nullable=False, server_default="0"),
        # As `cost` of a reply; as it was estimated, without what earlier calls taught.
        sa.Column("expected_cost", sa.String(40)),
    ]


VERSIONS = sa.Table("ledger", TABLES, sa.Column("version", sa.Integer, primary_key=True))

REPLIES = sa.Table(
    "replies",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # One row a call, whatever has to be repeated to write it.
    sa.Column("call", sa.String(32), nullable=False, unique=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    *_fact_columns(),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("repaired", sa.Boolean, nullable=False, default=False),
    sa.Column("tokens", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("code", sa.Text, nullable=False, default=""),
    sa.Column("retryable", sa.Boolean, nullable=False, default=False),
    *(
        sa.Column(name, sa.Integer, nullable=False, default=0, server_default="0")
        for name in Usage.model_fields
    ),
    # A decimal as text: exact in every database. NULL where the price is unknown.
    sa.Column("cost", sa.String(40)),
    sa.Column("model", sa.Text, nullable=False, default=""),
    sa.Column("request_id", sa.Text),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created", _moment, nullable=False, index=True),
    *_expected_columns(),
    sa.Index("ix_replies_family", "family"),
)

FLIGHTS = sa.Table(
    "flights",
    TABLES,
    # One call a key at a time, over all processes: the primary key sees to it.
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("process", sa.String(32), nullable=False, index=True),
    *_fact_columns(),
    sa.Column("began", _moment, nullable=False),
    *_expected_columns(),
    # The budgets that it counts against, one a line; what it will likely cost, as the last calls
    # turned out; and what is set aside for it.
    sa.Column("scopes", sa.Text, nullable=False, server_default=""),
    sa.Column("likely_cost", sa.String(40)),
    sa.Column("reserved_cost", sa.String(40)),
    # Where it was handed in with others; then it belongs to no process.
    sa.Column("batch", sa.String(32), index=True),
)

BATCHES = sa.Table(
    "batches",
    TABLES,
    # Our own name: it is stored before anything is sent.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    # The provider's name; NULL until it is known.
    sa.Column("remote", sa.Text),
    # Who hands it in; while that process lives, nobody else looks for the batch.
    sa.Column("process", sa.String(32), nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("expected_cost", sa.String(40)),
    sa.Column("created", _moment, nullable=False),
    sa.Column("submitted", _moment),
    sa.Column("ended", _moment),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
)

BUDGETS = sa.Table(
    "budgets",
    TABLES,
    sa.Column("scope", sa.String(200), primary_key=True),
    sa.Column("spent", sa.String(40), nullable=False),
    # What the calls under way are expected to cost.
    sa.Column("reserved", sa.String(40), nullable=False),
)

RUNS = sa.Table(
    "runs",
    TABLES,
    # What names it in all other tables, and in results.
    sa.Column("run", sa.String(200), primary_key=True),
    # Its name for people: the day (UTC) and the number of it.
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("began", _moment, nullable=False),
    sa.UniqueConstraint("day", "number"),
)

PROCESSES = sa.Table(
    "processes",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seen", _moment, nullable=False),
)

JOBS = sa.Table(
    "jobs",
    TABLES,
    # Begins with the moment in which it was accepted: they sort by age.
    sa.Column("id", sa.String(32), primary_key=True),
    # Names the folder that its file lies in, and who handed it in.
    sa.Column("service", sa.String(32), nullable=False),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # SHA-256 of the file.
    sa.Column("document", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    # As it was asked for; empty where nothing was said.
    sa.Column("schema_name", sa.Text, nullable=False, server_default=""),
    sa.Column("pages", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.String(16), nullable=False),
    # Who reads it, or did; while that process lives, nobody else does. One taking has one claim.
    sa.Column("process", sa.String(32), nullable=False, server_default=""),
    sa.Column("claim", sa.String(32), nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created", _moment, nullable=False),
    sa.Column("began", _moment),
    sa.Column("ended", _moment),
    # How its documents ended, one a line; as `cost` of a reply.
    sa.Column("statuses", sa.Text, nullable=False, server_default=""),
    sa.Column("cost", sa.String(40)),
    # Why it failed.
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("way_out", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_jobs_state", "service", "state"),
)

KEPT = sa.Table(
    "kept",
    TABLES,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    # SHA-256 of the document that it was read from; empty where it is of none.
    sa.Column("document", sa.String(64), nullable=False, server_default="", index=True),
    sa.Column("created", _moment, nullable=False),
)


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
