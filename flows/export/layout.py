"""Which tables a destination gets of some documents, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.flows.export.overview import Overview
from docglean.flows.export.tables import DOCUMENTS, FlatTable, Flattener
from docglean.flows.export.values_table import VALUES, value_rows
from docglean.schemas.errors import ConfigError


class Layout:
    """The tables of a destination.

    Args:
        single: one file with a row a document, and the lists; else `documents`, a table for each
            schema, the lists, and `values`.
        table: this one alone, by its name or its end (``lines`` for ``bill_lines``).

    Attributes:
        left_out: names of lists that `table` leaves out.

    Raises:
        ConfigError: ``bad_table``: no table, or several, are called so.
    """

    def __init__(self, flat: Flattener, *, single: bool = False, table: str | None = None) -> None:
        self._flat = flat
        self._overview = Overview(flat.heads)
        whole = [*flat.tables, VALUES]
        if table is not None:
            self.tables = [_named(table, [self._overview.table, *whole])]
        elif single:
            self.tables = [self._overview.table, *_lists(flat)]
        else:
            self.tables = whole
        self._wanted = {one.name for one in self.tables}
        self.left_out = tuple(
            one.name for one in _lists(flat) if table is not None and one.name not in self._wanted
        )

    def rows(
        self, extraction: Extraction[Any], *, typed: bool = True
    ) -> Iterator[tuple[FlatTable, dict[str, Any]]]:
        """The rows of one document in these tables; `typed` as `Flattener.rows`."""
        for table, row in self._all(extraction, typed):
            if table.name in self._wanted:
                yield table, row

    def _all(
        self, extraction: Extraction[Any], typed: bool
    ) -> Iterator[tuple[FlatTable, dict[str, Any]]]:
        document: dict[str, Any] = {}
        head: tuple[str | None, dict[str, Any]] = (None, {})
        for table, row in self._flat.rows(extraction, typed=typed):
            if table == DOCUMENTS:
                document = row
            elif table.name in self._flat.heads:
                head = (table.name, row)
            yield table, row
        yield self._overview.table, self._overview.row(document, *head)
        if VALUES.name in self._wanted:
            yield from ((VALUES, row) for row in value_rows(extraction))


def _lists(flat: Flattener) -> list[FlatTable]:
    return [one for one in flat.tables if one != DOCUMENTS and one.name not in flat.heads]


def _named(word: str, tables: list[FlatTable]) -> FlatTable:
    """The table that a word means."""
    by_name = {table.name: table for table in tables}
    found = [word] if word in by_name else [one for one in by_name if one.endswith(f"_{word}")]
    if len(found) == 1:
        return by_name[found[0]]
    near = get_close_matches(word, by_name, 1)
    guess = f" Did you mean {near[0]}?" if near else ""
    many = f"{', '.join(found)} may be meant" if found else f"there is none.{guess}"
    raise ConfigError(
        "bad_table",
        f"No one table is called {word}: {many}",
        f"There are {', '.join(by_name)}.",
    )
