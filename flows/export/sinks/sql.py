"""Exported tables in a database, by SQLAlchemy; files called .sqlite or .db are SQLite's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docglean.extractors.installation import install_extra
from docglean.flows.export.database_sink import DatabaseSink, Row
from docglean.flows.export.exact import PRECISION, SCALE
from docglean.flows.export.sent_record import without_secrets
from docglean.flows.export.sink import SinkFormat, fits
from docglean.flows.export.tables import DOCUMENTS, FlatTable
from docglean.flows.schema_shape import Type
from docglean.schemas.errors import ConfigError

SQLITE_FILES = (".sqlite", ".sqlite3", ".db")
WAIT_MS = 60_000
"""How long a file of SQLite is waited for that somebody else writes to."""


class SqlSink(DatabaseSink):
    """Tables of a database that SQLAlchemy speaks to."""

    def __init__(self, to: str, prefix: str) -> None:
        import sqlalchemy as sa

        self._sa = sa
        self._shown = without_secrets(to) if "://" in to else to
        self._made: dict[str, Any] = {}
        self._transaction: Any = None
        try:
            with self.told():
                self._engine = sa.create_engine(_url(to))
                self.bounded = self._engine.dialect.name != "sqlite"
                self.folds = self._engine.dialect.name in ("sqlite", "mssql")
                if self._engine.dialect.name == "sqlite":
                    _make_tables_in_transactions(sa, self._engine)
                self._connection = self._engine.connect()
        except ImportError as error:
            raise ConfigError(
                "no_extra", f"Its driver for this database is not installed: {error}.",
                f"For Postgres: {install_extra('postgres')}",
            ) from error  # fmt: skip
        try:
            with self.told():
                self._transaction = self._connection.begin()
            super().__init__(self._shown, prefix)
        except ConfigError:
            self.close(failed=True)
            raise

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except (self._sa.exc.SQLAlchemyError, ValueError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise ConfigError(
                "no_database",
                f"The database {self._shown} cannot be used: {cause}.",
                "Name a file of SQLite or none yet, such as results.sqlite, or a SQLAlchemy URL, "
                "such as postgresql+psycopg://user@host/name.",
            ) from error

    def tables_there(self, prefix: str) -> Mapping[str, Mapping[str, Any]]:
        there = self._sa.inspect(self._connection)
        return {
            name: {column["name"]: column["type"] for column in there.get_columns(name)}
            for name in there.get_table_names()
            if name.lower().startswith(prefix.lower())
        }

    def takes(self, there: Any, kind: Type) -> bool:
        sa = self._sa
        is_text = self._connection.dialect.name == "sqlite" and kind == "decimal"
        if kind in ("decimal", "float"):
            return isinstance(there, sa.String if is_text else sa.Numeric) and (
                is_text or isinstance(there, sa.Float) == (kind == "float")
            )
        # As databases tell theirs: some have no type for truths, or none for whole numbers.
        types = {"text": sa.String, "integer": (sa.Integer, sa.Numeric),
                 "date": (sa.Date, sa.DateTime), "moment": sa.DateTime,
                 "truth": (sa.Boolean, sa.Integer, sa.Numeric)}  # fmt: skip
        return isinstance(there, types[kind])

    def distinct(self, table: str, *columns: str) -> Iterable[Sequence[Any]]:
        sa = self._sa
        made = sa.table(table, *map(sa.column, columns))
        return [tuple(row) for row in self._connection.execute(sa.select(made).distinct())]

    def parts_there(self, table: str) -> Iterable[Sequence[str]]:
        sa = self._sa
        made = sa.table(table, sa.column("uri"), sa.column("file_uri"))
        parts = sa.select(made.c.uri, made.c.file_uri).where(made.c.uri != made.c.file_uri)
        return [(uri, file) for uri, file in self._connection.execute(parts)]

    def make(self, name: str, table: FlatTable) -> None:
        made = self._made[name] = self._described(name, table)
        made.create(self._connection, checkfirst=True)
        there = {one["name"] for one in self._sa.inspect(self._connection).get_columns(name)}
        for column in made.columns:
            if column.name not in there:  # the schema has grown since
                dialect = self._connection.dialect
                told = self._sa.schema.CreateColumn(column).compile(dialect=dialect)
                quoted = dialect.identifier_preparer.format_table(made)
                self._connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {told}")

    def _described(self, name: str, table: FlatTable) -> Any:
        """The table as SQLAlchemy has it."""
        sa = self._sa
        # SQLite has no exact decimals.
        exact = sa.Numeric(PRECISION, SCALE).with_variant(sa.String(60), "sqlite")
        types = {"text": sa.Text, "decimal": exact, "integer": sa.BigInteger, "float": sa.Float,
                 "date": sa.Date, "moment": sa.DateTime(timezone=False),
                 "truth": sa.Boolean}  # fmt: skip
        key = "uri" if table == DOCUMENTS else "document"
        columns = [
            sa.Column(
                column.name,
                sa.String(1_000) if column.name == key else types[column.type],
                index=column.name == key,
            )
            for column in table.columns
        ]
        return sa.Table(name, sa.MetaData(), *columns)

    def delete(self, table: str, column: str, documents: Sequence[str]) -> None:
        key: Any = self._sa.column(column)
        named = self._sa.table(table, key)
        self._connection.execute(self._sa.delete(named).where(key.in_(documents)))

    def insert(self, name: str, table: FlatTable, rows: Sequence[Row]) -> None:
        self._connection.execute(self._sa.insert(self._made[name]), rows)

    def cell(self, value: Any) -> Any:
        return fits(value, text=self._connection.dialect.name == "sqlite")

    def commit(self) -> None:
        self._transaction.commit()

    def close(self, *, failed: bool) -> None:
        if failed and self._transaction is not None:
            self._transaction.rollback()
        self._connection.close()
        self._engine.dispose()


def _make_tables_in_transactions(sa: Any, engine: Any) -> None:
    """Python's driver of SQLite commits what makes tables; several who write wait for each other.

    See https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable.
    """

    def connected(connection: Any, record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {WAIT_MS}")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", lambda one: one.exec_driver_sql("BEGIN IMMEDIATE"))


def _url(to: str) -> Any:
    """The database as SQLAlchemy names it; the folder of a file is made."""
    if "://" in to:
        return to
    from sqlalchemy import URL

    Path(to).absolute().parent.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=to)


SQL = SinkFormat(
    "sql",
    SqlSink,
    suffixes=SQLITE_FILES,
    schemes=("postgresql", "postgres", "sqlite", "mysql", "mariadb", "mssql", "oracle"),
    keeps=True,
)
