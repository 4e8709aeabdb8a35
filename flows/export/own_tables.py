"""Which tables of a database docglean has made: a table of its own tells, `REGISTRY`.

No other table is written to, or loses a row, whatever it is called. What was exported before there
was that table is known by its shape: `documents` by its columns, a schema's tables by the name of
a schema that stands in `documents` and by how their columns begin.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from docglean.flows.export.tables import DOCUMENTS, Column, FlatTable, plain_name
from docglean.flows.export.values_table import VALUES

REGISTRY = FlatTable("docglean__tables", (Column("prefix"), Column("name")))
"""The tables that docglean has made, of every prefix; no schema's table is called so."""

_DOCUMENTS = frozenset(column.name for column in DOCUMENTS.columns[:16])
"""Columns that the table `documents` has had from the first."""


def is_documents(columns: Collection[str]) -> bool:
    """Whether a table with these columns is the table `documents`."""
    return set(columns) >= _DOCUMENTS


def made_before(
    there: Mapping[str, Collection[str]], prefix: str, schemas: Iterable[str]
) -> set[str]:
    """Names of tables that exports made before there was `REGISTRY`.

    Args:
        there: columns of the tables that are there, in their order, by table.
        prefix: of the tables' names.
        schemas: names of those that documents were read by.
    """
    found = {f"{prefix}{DOCUMENTS.name}"}
    for name in map(plain_name, schemas):
        head = re.compile(rf"{re.escape(prefix + name)}(_\d+)?")
        below = f"{prefix}{name}_"
        for table, columns in there.items():
            if head.fullmatch(table) and _begins(columns, "document"):
                found.add(table)
            if table.startswith(below) and _begins(columns, "document", "number"):
                found.add(table)
    values = f"{prefix}{VALUES.name}"
    if {column.name for column in VALUES.columns} <= set(there.get(values, ())):
        found.add(values)
    return found & there.keys()


def fits(columns: Collection[str], table: FlatTable) -> bool:
    """Whether a table that is there looks as docglean makes this one."""
    if table == DOCUMENTS:
        return is_documents(columns)
    keys = (Column("document"), Column("number", "integer"))
    return _begins(columns, *(column.name for column in table.columns[:2] if column in keys))


def _begins(columns: Collection[str], *keys: str) -> bool:
    """Whether a table's columns begin with these, and tell a confidence."""
    return tuple(columns)[: len(keys)] == keys and "confidence" in columns
