"""Exported tables as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from docglean.extractors.installation import install_extra
from docglean.flows.export.exact import PRECISION, SCALE
from docglean.flows.export.sink import SinkFormat, fits
from docglean.flows.export.table_files_sink import TableFiles
from docglean.flows.export.tables import FlatTable
from docglean.schemas.errors import ConfigError

ROWS = 5_000
"""Rows that are kept before they are written."""


class ParquetSink(TableFiles):
    """A file for each table, with the types of the schema."""

    bounded = True

    def __init__(self, to: str) -> None:
        super().__init__(to, ".parquet")
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise ConfigError(
                "no_parquet", f"pyarrow is not installed: {error}.",
                install_extra("parquet"),
            ) from error  # fmt: skip
        self._arrow: Any = pyarrow
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def columns(self, file: IO[bytes]) -> Sequence[str]:
        return [str(name) for name in self._arrow.parquet.read_schema(file).names]

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        arrow = self._arrow
        types = {
            "text": arrow.string(), "decimal": arrow.decimal128(PRECISION, SCALE),
            "integer": arrow.int64(), "float": arrow.float64(), "date": arrow.date32(),
            "moment": arrow.timestamp("us"), "truth": arrow.bool_(),
        }  # fmt: skip
        schema = arrow.schema([(column.name, types[column.type]) for column in table.columns])
        self._writers[table.name] = arrow.parquet.ParquetWriter(self.file(table.name), schema)
        self._rows[table.name] = []

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        rows = self._rows[table.name]
        rows.append({column.name: fits(row.get(column.name)) for column in table.columns})
        if len(rows) >= ROWS:
            self._flush(table.name)

    def _flush(self, name: str) -> None:
        writer, rows = self._writers[name], self._rows[name]
        if rows:
            writer.write_table(self._arrow.Table.from_pylist(rows, schema=writer.schema))
        self._rows[name] = []

    def finish(self) -> None:
        for name, writer in self._writers.items():
            self._flush(name)
            writer.close()
        self.put()


PARQUET = SinkFormat("parquet", lambda to, prefix: ParquetSink(to), suffixes=("parquet",))
