"""Exported tables as CSV."""

from __future__ import annotations

from typing import IO, Any

from docglean.flows.export.csv_files import CsvFiles
from docglean.flows.export.sink import FileSink, SinkFormat, put_files
from docglean.flows.export.tables import FlatTable


class CsvSink(FileSink):
    """A file for each table, with values as they were found."""

    typed = False

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self._files: dict[str, IO[str]] = {}
        self._tables = CsvFiles(self._opened)

    def _opened(self, name: str) -> IO[str]:
        self._files[name] = (self.folder / name).open("w", encoding="utf-8", newline="")
        return self._files[name]

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self._tables.begin(table)

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        self._tables.write(table, row)

    def finish(self) -> None:
        for file in self._files.values():
            file.close()
        put_files(self.to, {name: self.folder / name for name in self._files})

    def close(self, *, failed: bool) -> None:
        for file in self._files.values():
            file.close()
        super().close(failed=failed)


CSV = SinkFormat("csv", lambda to, prefix: CsvSink(to), suffixes=("csv",))
