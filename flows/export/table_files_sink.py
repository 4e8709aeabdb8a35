"""Exported tables as files: a folder with a file each, or one file with its lists beside it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from docglean.flows.export.beside import Beside
from docglean.flows.export.sink import FileSink, names_file, no_storage, put_files
from docglean.flows.export.tables import RESULTS_NAME, FlatTable
from docglean.schemas.errors import ConfigError, cause_of


class TableFiles(FileSink):
    """A file for each table: in a folder, or, where `to` is the name of one file, the first table
    as that file and the others beside it, as ``NAME-TABLE.csv``. Lists of an earlier export to
    the same file that there are no longer are taken away.

    Args:
        suffix: of the files, such as ``.csv``.
    """

    def __init__(self, to: str, suffix: str) -> None:
        super().__init__(to)
        self._suffix = suffix
        self.single = names_file(to, suffix)
        self._tables: list[FlatTable] = []

    def place(self, table: str) -> str:
        folder, name = self._placed(table)
        return f"{folder.rstrip('/')}/{name}" if folder not in ("", "/") else f"{folder}{name}"

    @abstractmethod
    def columns(self, file: IO[bytes]) -> Sequence[str]:
        """Names of the columns of a file of this format.

        Raises:
            ValueError: it is none.
        """

    def check(self, tables: Iterable[FlatTable]) -> None:
        _, *lists = tables
        if lists and self.single:
            try:
                self._beside().check(lists)
            except ConfigError:
                raise
            except Exception as error:
                raise no_storage(self.to, error) from error

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self._tables.append(table)

    def file(self, table: str) -> Path:
        """Where a table is made."""
        return self.folder / f"{table}{self._suffix}"

    def put(self) -> None:
        """Bring all tables to their places, the first at last: who sees it sees the others.

        Raises:
            ConfigError: ``no_storage``, ``file_taken``.
        """
        self.check(self._tables)
        for table in reversed(self.counts):
            folder, name = self._placed(table)
            put_files(folder or ".", {name: self.file(table)})
        if self.single and RESULTS_NAME in self.counts:
            self._take_away()

    def _take_away(self) -> None:
        beside = self._beside()
        for place in beside.earlier(self.counts.keys()):
            try:
                beside.take_away(place)
                self.notes.append(f"{place} of an earlier export is taken away.")
            except OSError as error:
                self.notes.append(f"{place} is of an earlier export: {cause_of(error)}.")

    def _beside(self) -> Beside:
        return Beside(self.to, self._suffix, self.columns)

    def _placed(self, table: str) -> tuple[str, str]:
        """Folder and name of a table's file."""
        if not self.single:
            return self.to, f"{table}{self._suffix}"
        folder, slash, name = self.to.rpartition("/")
        if table == next(iter(self.counts)):
            return f"{folder}{slash}", name
        end = len(name) - len(self._suffix)
        return f"{folder}{slash}", f"{name[:end]}-{table}{name[end:]}"
