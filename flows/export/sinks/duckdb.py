"""Exported tables in a database of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from docglean.extractors.installation import install_extra
from docglean.flows.export.database_sink import DatabaseSink, Row
from docglean.flows.export.exact import PRECISION, SCALE
from docglean.flows.export.sink import SinkFormat, fits
from docglean.flows.export.tables import FlatTable
from docglean.flows.schema_shape import Type
from docglean.schemas.errors import ConfigError

URL = "duckdb:///"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""It would fetch extensions from its makers by itself."""
TYPES: dict[Type, str] = {
    "text": "VARCHAR", "decimal": f"DECIMAL({PRECISION},{SCALE})", "integer": "BIGINT",
    "float": "DOUBLE", "date": "DATE", "moment": "TIMESTAMP", "truth": "BOOLEAN",
}  # fmt: skip


class DuckDbSink(DatabaseSink):
    """Tables of a file of DuckDB, or of memory where the name is empty."""

    bounded = True

    def __init__(self, to: str, prefix: str) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise ConfigError(
                "no_duckdb", f"duckdb is not installed: {error}.", install_extra("duckdb")
            ) from error
        self._error: type[Exception] = duckdb.Error
        self._path = to.removeprefix(URL)
        Path(self._path).absolute().parent.mkdir(parents=True, exist_ok=True)
        with self.told():
            self._connection: Any = duckdb.connect(self._path, config=SETTINGS)
            self._connection.begin()
        try:
            super().__init__(self._path, prefix)
        except ConfigError:
            self.close(failed=True)
            raise

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            cause = str(error).strip().splitlines()[0]
            raise ConfigError(
                "no_database",
                f"The database {self._path} cannot be used: {cause}.",
                "Name a file that is a database of DuckDB or none yet, and that no other program "
                "has open.",
            ) from error

    def tables_there(self, prefix: str) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, dict[str, str]] = {}
        columns = self._connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND starts_with(lower(table_name), lower(?)) "
            "ORDER BY table_name, ordinal_position",
            [prefix],
        )
        for table, column, kind in columns.fetchall():
            found.setdefault(table, {})[column] = kind
        return found

    def takes(self, there: Any, kind: Type) -> bool:
        return bool(there == TYPES[kind])

    def distinct(self, table: str, *columns: str) -> Iterable[Sequence[Any]]:
        told = ", ".join(map(_quoted, columns))
        found: list[tuple[Any, ...]] = self._connection.execute(
            f"SELECT DISTINCT {told} FROM {_quoted(table)}"
        ).fetchall()
        return found

    def parts_there(self, table: str) -> Iterable[Sequence[str]]:
        parts = f"SELECT uri, file_uri FROM {_quoted(table)} WHERE uri <> file_uri"
        found: list[tuple[str, str]] = self._connection.execute(parts).fetchall()
        return found

    def make(self, name: str, table: FlatTable) -> None:
        columns = [f"{_quoted(column.name)} {TYPES[column.type]}" for column in table.columns]
        quoted = _quoted(name)
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted} ({', '.join(columns)})")
        for column in columns:  # the schema may have grown since
            self._connection.execute(f"ALTER TABLE {quoted} ADD COLUMN IF NOT EXISTS {column}")

    def delete(self, table: str, column: str, documents: Sequence[str]) -> None:
        gone = f"DELETE FROM {_quoted(table)} WHERE {_quoted(column)} IN (SELECT unnest(?))"
        self._connection.execute(gone, [list(documents)])

    def insert(self, name: str, table: FlatTable, rows: Sequence[Row]) -> None:
        # Column by column: row by row takes fourteen times as long.
        into = ", ".join(_quoted(column.name) for column in table.columns)
        cells = ", ".join(_cells(column.type) for column in table.columns)
        self._connection.execute(
            f"INSERT INTO {_quoted(name)} ({into}) SELECT {cells}",
            [[row[column.name] for row in rows] for column in table.columns],
        )

    def cell(self, value: Any) -> Any:
        value = fits(value)
        # As text, for it would take decimals of several lengths for floats.
        return format(value, "f") if isinstance(value, Decimal) else value

    def commit(self) -> None:
        self._connection.commit()

    def close(self, *, failed: bool) -> None:
        if failed:
            self._connection.rollback()
        self._connection.close()


def _cells(kind: Type) -> str:
    """The rows of a list that is given, in the column's type."""
    given = TYPES["text"] if kind == "decimal" else TYPES[kind]
    return f"unnest(?::{given}[])::{TYPES[kind]}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


DUCKDB = SinkFormat("duckdb", DuckDbSink, suffixes=(".duckdb",), schemes=("duckdb",), keeps=True)
