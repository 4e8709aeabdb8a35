"""Exported tables as CSV (RFC 4180), in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO, Any

from docglean.flows.export.csv_files import CsvFiles
from docglean.flows.export.sink import SinkFormat
from docglean.flows.export.table_files_sink import TableFiles
from docglean.flows.export.tables import FlatTable

MOST_OF_A_HEAD = 1_000_000
"""Bytes of a file that are looked at for the names of its columns."""


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
        self._csv = CsvFiles(self._opened)

    def _opened(self, name: str) -> IO[str]:
        file = (self.folder / name).open("w", encoding=self._encoding, newline="")
        return self._open.enter_context(file)

    def columns(self, file: IO[bytes]) -> Sequence[str]:
        head = file.read(MOST_OF_A_HEAD).decode("utf-8-sig", errors="replace").splitlines()
        return next(csv.reader(head[:1]), [])

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self._csv.begin(table)

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        self._csv.write(table, row)

    def finish(self) -> None:
        self._open.close()
        self.put()

    def close(self, *, failed: bool) -> None:
        self._open.close()
        super().close(failed=failed)


CSV = SinkFormat("csv", lambda to, prefix: CsvSink(to), suffixes=("csv",))
CSV_EXCEL = SinkFormat("csv-excel", lambda to, prefix: CsvSink(to, "utf-8-sig"), suffixes=("csv",))
"""Excel takes a file without that mark for one of an old code page."""
