"""The table `results`: one row a document, for whoever opens one file with everything in it.

    file, status, schema    its name, how it ended, what it was read as
    number, total, ...      every single value, under the names of the schema's own table
    confidence              of its least sure value, from 0 to 1
    problems, document      what is to be known of it; its uri, by which the lists name it

Documents that failed have a row, too. Where several schemas were used, each has its columns;
those of one name are one column, of text where their types differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from docglean.flows.export.tables import RESULTS_NAME, Column, FlatTable, once
from docglean.flows.schema_shape import Type

_BEFORE = (Column("file"), Column("status"), Column("schema"))
_AFTER = (Column("confidence", "float"), Column("problems"), Column("document"))
_RESERVED = frozenset(column.name for column in (*_BEFORE, *_AFTER))

Row = dict[str, Any]


class Overview:
    """Puts the row of `documents` and that of the schema's own table together.

    Args:
        heads: the tables of all schemas that have a row a document.
    """

    def __init__(self, heads: Mapping[str, FlatTable]) -> None:
        self._names: dict[str, dict[str, str]] = {}
        types: dict[str, set[Type]] = {}
        for name, table in heads.items():
            taken = set(_RESERVED)
            renamed = {column.name: once(column.name, taken) for column in _values(table)}
            self._names[name] = renamed
            for column in _values(table):
                types.setdefault(renamed[column.name], set()).add(column.type)
        self._mixed = {name for name, kinds in types.items() if len(kinds) > 1}
        columns = [
            Column(name, "text" if name in self._mixed else next(iter(kinds)))
            for name, kinds in types.items()
        ]
        self.table = FlatTable(RESULTS_NAME, (*_BEFORE, *columns, *_AFTER))

    def row(self, document: Row, table: str | None, values: Row) -> Row:
        """The row of one document.

        Args:
            document: its row of `documents`.
            table, values: its row of the schema's own table; None where it has none.
        """
        told = {"file": document["name"], "document": document["uri"]}
        told |= {name: document[name] for name in ("status", "schema", "confidence", "problems")}
        names = self._names.get(table or "", {})
        return told | {name: self._cell(name, values.get(own)) for own, name in names.items()}

    def _cell(self, name: str, value: Any) -> Any:
        return _text(value) if name in self._mixed else value


def _values(table: FlatTable) -> Iterator[Column]:
    """The columns between the document and its confidence."""
    yield from table.columns[1:-1]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
