"""Exported tables in a database, whichever speaks to it: what is deleted and inserted, and when."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from docglean.flows.export.own_tables import REGISTRY, fits, is_documents, made_before
from docglean.flows.export.sink import Sink
from docglean.flows.export.tables import DOCUMENTS, FlatTable
from docglean.flows.schema_shape import Type
from docglean.schemas.errors import ConfigError

MOST_ROWS = 5_000
"""Of a table that wait to be written."""
MOST_DOCUMENTS = 200
"""Documents that wait to be replaced."""

Row = dict[str, Any]


class DatabaseSink(Sink):
    """Tables of a database, in one transaction. Documents that are there are replaced, in tables
    that docglean has made (see `own_tables`); a table of somebody else is never touched.

    A kind of database tells what is there (`tables_there`, `distinct`, `parts_there`), makes
    tables, deletes and inserts. It is connected, and its transaction has begun, when this is
    initialised.

    Args:
        to: the database, for people.
        prefix: of the tables' names.

    Attributes:
        folds: the database takes names of tables that only capitals tell apart for one.
    """

    folds = True

    def __init__(self, to: str, prefix: str) -> None:
        super().__init__()
        self.to = to
        self._prefix = prefix
        self._documents: list[str] = []
        self._tables: dict[str, FlatTable] = {}
        self._waiting: dict[str, list[Row]] = {}
        with self.told():
            self._there = {
                self._key(name): columns
                for some in (prefix, REGISTRY.name)
                for name, columns in self.tables_there(some).items()
            }
            self._look()

    def _look(self) -> None:
        """What is there of docglean's own."""
        known = self._key(REGISTRY.name) in self._there
        rows = self.distinct(REGISTRY.name, "prefix", "name") if known else ()
        self._registered = {name for prefix, name in rows if prefix == self._prefix}
        self._own = {self._key(name) for name in self._registered}
        documents = self._name(DOCUMENTS.name)
        columns = self._there.get(self._key(documents), {})
        self._before = not self._own and is_documents(columns)
        if self._before:
            schemas = [name for (name,) in self.distinct(documents, "schema") if name]
            self._own = made_before(self._there, self._key(self._prefix), schemas)
        self._parts: dict[str, list[str]] = {}
        if self._key(documents) in self._own and "file_uri" in columns:
            for uri, file in self.parts_there(documents):
                self._parts.setdefault(file, []).append(uri)

    @abstractmethod
    def told(self) -> AbstractContextManager[None]:
        """What the database says in the block, said by us.

        Raises:
            ConfigError: ``no_database``.
        """

    @abstractmethod
    def tables_there(self, prefix: str) -> Mapping[str, Mapping[str, Any]]:
        """Columns of the tables whose names begin so, in capitals or not, by table: in their
        order, with their types as `takes` has them."""

    @abstractmethod
    def takes(self, there: Any, kind: Type) -> bool:
        """Whether a column of a type that is there holds such values as `kind` has them."""

    @abstractmethod
    def distinct(self, table: str, *columns: str) -> Iterable[Sequence[Any]]:
        """What stands in some columns, each combination once."""

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

    def check(self, tables: Iterable[FlatTable]) -> None:
        for table in tables:
            name = self._name(table.name)
            columns = self._there.get(self._key(name), {})
            if columns and not self._is_own(name, table):
                raise ConfigError(
                    "table_taken",
                    f"{self.to} has a table {name} that docglean has not made.",
                    "Name another database, or other names for its tables with --prefix.",
                )
            for column in table.columns:
                there = columns.get(column.name)
                if there is not None and not self.takes(there, column.type):
                    raise ConfigError(
                        "other_type",
                        f"In {self.to} the column {column.name} of the table {name} is "
                        f"{there}, which is not for values of the type {column.type}: the schema "
                        "has changed since.",
                        "Name another database, or other names for its tables with --prefix.",
                    )

    def _is_own(self, name: str, table: FlatTable) -> bool:
        key = self._key(name)
        return key in self._own or (self._before and fits(self._there[key], table))

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self.check([table])
        name = self._name(table.name)
        with self.told():
            self._register(name)
            self.make(name, table)
        self._tables[table.name] = table
        self._waiting[table.name] = []

    def _register(self, name: str) -> None:
        """Write down that a table is docglean's, before it is made."""
        self._own.add(self._key(name))
        new = {name, *(self._own if self._before else ())} - self._registered
        if new:
            self.make(REGISTRY.name, REGISTRY)
            rows = [{"prefix": self._prefix, "name": one} for one in sorted(new)]
            self.insert(REGISTRY.name, REGISTRY, rows)
            self._registered |= new

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
                # Where a document is read by another schema, its rows of the earlier one go.
                for name in sorted(self._own):
                    if "document" in self._there.get(name, ()):
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

    def _key(self, name: str) -> str:
        """A table's name as this database tells it from others."""
        return name.lower() if self.folds else name

    def _name(self, table: str) -> str:
        return f"{self._prefix}{table}"
