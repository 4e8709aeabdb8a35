"""Exported tables in a database, whichever speaks to it: what is deleted and inserted, and when."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from docglean.flows.export.sink import Sink
from docglean.flows.export.tables import DOCUMENTS, FlatTable

MOST_ROWS = 5_000
"""Of a table that wait to be written."""
MOST_DOCUMENTS = 200
"""Documents that wait to be replaced."""

Row = dict[str, Any]


class DatabaseSink(Sink):
    """Tables of a database, in one transaction. Documents that are there are replaced.

    A kind of database tells what is there (`tables_there`, `parts_there`), makes tables, deletes
    and inserts. It is connected, and its transaction has begun, when this is initialised.

    Args:
        to: the database, for people.
        prefix: of the tables' names.
    """

    def __init__(self, to: str, prefix: str) -> None:
        super().__init__()
        self.to = to
        self._prefix = prefix
        self._documents: list[str] = []
        self._tables: dict[str, FlatTable] = {}
        self._waiting: dict[str, list[Row]] = {}
        with self.told():
            there = self.tables_there(prefix)
            # Where a document is read by another schema, its rows of the earlier one go.
            self._others = [name for name, columns in there.items() if "document" in columns]
            documents = self._name(DOCUMENTS.name)
            self._parts: dict[str, list[str]] = {}
            if "file_uri" in there.get(documents, ()):
                for uri, file in self.parts_there(documents):
                    self._parts.setdefault(file, []).append(uri)

    @abstractmethod
    def told(self) -> AbstractContextManager[None]:
        """What the database says in the block, said by us.

        Raises:
            ConfigError: ``no_database``.
        """

    @abstractmethod
    def tables_there(self, prefix: str) -> Mapping[str, Collection[str]]:
        """Columns of the tables whose names begin so, by table."""

    @abstractmethod
    def parts_there(self, table: str) -> Iterable[Sequence[str]]:
        """Uri and file of the documents that are there of files that hold several."""

    @abstractmethod
    def make(self, name: str, table: FlatTable) -> None:
        """Make a table of this name, or give the one that is there what columns it lacks."""

    @abstractmethod
    def delete(self, table: str, column: str, documents: Sequence[str]) -> None:
        """Delete the rows of these documents."""

    @abstractmethod
    def insert(self, name: str, table: FlatTable, rows: Sequence[Row]) -> None:
        """Insert rows, one at least, that have every column."""

    @abstractmethod
    def commit(self) -> None:
        """The transaction holds from here on."""

    def cell(self, value: Any) -> Any:
        """A value as this database takes it."""
        return value

    def place(self, table: str) -> str:
        return f"{self.to}, {self._name(table)}"

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        with self.told():
            self.make(self._name(table.name), table)
        self._tables[table.name] = table
        self._waiting[table.name] = []

    def replace(self, file: str) -> None:
        self._documents += [file, *self._parts.pop(file, ())]
        if len(self._documents) >= MOST_DOCUMENTS:
            self._flush()

    def write(self, table: FlatTable, row: Row) -> None:
        told = {column.name: self.cell(row.get(column.name)) for column in table.columns}
        self._waiting[table.name].append(told)
        if len(self._waiting[table.name]) >= MOST_ROWS:  # of one file with many documents
            self._flush()

    def _flush(self) -> None:
        """Delete first, then insert. The last file named may have rows still to come."""
        with self.told():
            if self._documents:
                self.delete(self._name(DOCUMENTS.name), "uri", self._documents)
                for name in self._others:
                    self.delete(name, "document", self._documents)
            for name, rows in self._waiting.items():
                if rows:
                    self.insert(self._name(name), self._tables[name], rows)
                    self._waiting[name] = []
        self._documents = []

    def finish(self) -> None:
        self._flush()
        with self.told():
            self.commit()

    def _name(self, table: str) -> str:
        return f"{self._prefix}{table}"
