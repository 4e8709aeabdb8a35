"""Exported tables as CSV (RFC 4180), in UTF-8."""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO, Any

from docglean.flows.export.csv_files import CsvFiles
from docglean.flows.export.sink import SinkFormat, TableFiles
from docglean.flows.export.tables import FlatTable


class CsvSink(TableFiles):
    """A file for each table, with values as they were found.

    Args:
        encoding: of Python; ``utf-8-sig`` begins with a byte order mark.
    """

    typed = False

    def __init__(self, to: str, encoding: str = "utf-8") -> None:
        super().__init__(to, ".csv")
        self._encoding = encoding
        self._open = ExitStack()
        self._tables = CsvFiles(self._opened)

    def _opened(self, name: str) -> IO[str]:
        file = (self.folder / name).open("w", encoding=self._encoding, newline="")
        return self._open.enter_context(file)

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self._tables.begin(table)

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        self._tables.write(table, row)

    def finish(self) -> None:
        self._open.close()
        self.put()

    def close(self, *, failed: bool) -> None:
        self._open.close()
        super().close(failed=failed)


CSV = SinkFormat("csv", lambda to, prefix: CsvSink(to), suffixes=("csv",))
CSV_EXCEL = SinkFormat("csv-excel", lambda to, prefix: CsvSink(to, "utf-8-sig"), suffixes=("csv",))
"""Excel takes a file without that mark for one of an old code page."""
