"""Exported tables in a database."""

from __future__ import annotations

from typing import Any

from docglean.extractors.installation import install_extra
from docglean.flows.export.sink import PRECISION, SCALE, Sink, SinkFormat, fits
from docglean.flows.export.tables import DOCUMENTS, FlatTable
from docglean.schemas.errors import ConfigError

MOST_ROWS = 5_000
"""Of a table that wait to be written."""


class SqlSink(Sink):
    """Tables of a database, in one transaction. Documents that are there are replaced."""

    def __init__(self, url: str, prefix: str) -> None:
        super().__init__()
        import sqlalchemy as sa

        self._sa = sa
        self._prefix = prefix
        self._rows: list[dict[str, Any]] = []
        self._documents: list[str] = []
        self._tables: dict[str, Any] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        try:
            self._engine = sa.create_engine(url)
            self._connection = self._engine.connect()
        except ImportError as error:
            raise ConfigError(
                "no_extra", f"Its driver for this database is not installed: {error}.",
                f"For Postgres: {install_extra('postgres')}",
            ) from error  # fmt: skip
        except (sa.exc.SQLAlchemyError, ValueError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise ConfigError(
                "no_database", f"The database cannot be reached: {cause}.",
                "Write a SQLAlchemy URL, such as postgresql+psycopg://user@host/name.",
            ) from error  # fmt: skip
        self._transaction = self._connection.begin()
        # Where a document is read by another schema, its rows of the earlier one go.
        there = sa.inspect(self._connection)
        self._others = [
            sa.table(name, sa.column("document"))
            for name in there.get_table_names()
            if name.startswith(prefix)
            and "document" in {column["name"] for column in there.get_columns(name)}
        ]
        self._there = self._read_parts(f"{prefix}{DOCUMENTS.name}", there)

    def _read_parts(self, table: str, there: Any) -> dict[str, list[str]]:
        """Uris of the documents that are there of files that held several, by file."""
        sa = self._sa
        found: dict[str, list[str]] = {}
        if table not in there.get_table_names():
            return found
        if "file_uri" in {column["name"] for column in there.get_columns(table)}:
            made = sa.table(table, sa.column("uri"), sa.column("file_uri"))
            parts = sa.select(made.c.uri, made.c.file_uri).where(made.c.uri != made.c.file_uri)
            for uri, file in self._connection.execute(parts):
                found.setdefault(file, []).append(uri)
        return found

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
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
        made = sa.Table(f"{self._prefix}{table.name}", sa.MetaData(), *columns)
        made.create(self._connection, checkfirst=True)
        there = {one["name"] for one in sa.inspect(self._connection).get_columns(made.name)}
        for column in made.columns:
            if column.name not in there:  # the schema has grown since
                told = sa.schema.CreateColumn(column).compile(dialect=self._connection.dialect)
                quoted = self._connection.dialect.identifier_preparer.format_table(made)
                self._connection.exec_driver_sql(f"ALTER TABLE {quoted} ADD COLUMN {told}")
        self._tables[table.name] = made
        self._waiting[table.name] = []

    def replace(self, file: str) -> None:
        self._documents += [file, *self._there.pop(file, ())]
        if len(self._documents) >= 200:
            self._flush()

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        exact = self._connection.dialect.name != "sqlite"
        told = {column.name: fits(row.get(column.name), text=not exact) for column in table.columns}
        self._waiting[table.name].append(told)
        if len(self._waiting[table.name]) >= MOST_ROWS:  # of one file with many documents
            self._flush()

    def _flush(self) -> None:
        """Delete first, then insert. The last file named may have rows still to come."""
        documents = self._tables[DOCUMENTS.name]
        for key in (documents.c.uri, *(other.c.document for other in self._others)):
            gone = self._sa.delete(key.table).where(key.in_(self._documents))
            self._connection.execute(gone)
        for name, made in self._tables.items():
            if self._waiting[name]:
                self._connection.execute(self._sa.insert(made), self._waiting[name])
                self._waiting[name] = []
        self._documents = []

    def finish(self) -> None:
        self._flush()
        self._transaction.commit()

    def close(self, *, failed: bool) -> None:
        if failed:
            self._transaction.rollback()
        self._connection.close()
        self._engine.dispose()


SQL = SinkFormat(
    "sql",
    SqlSink,
    schemes=(
        "postgresql", "postgres", "sqlite", "mysql", "mariadb", "mssql", "oracle", "duckdb",
    ),
    keeps=True,
)  # fmt: skip
