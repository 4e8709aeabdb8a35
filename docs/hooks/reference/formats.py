"""Files that are read and written, from the registries of formats."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from docglean.extractors.documents.formats import FORMATS
from docglean.flows.export import values_table
from docglean.flows.export.sink import SINKS
from docglean.flows.export.tables import DOCUMENTS, FlatTable

from .markdown import code, table


def read() -> str:
    """What is opened."""
    rows = (
        (one.name, _several(map(_whole, one.media_types)), _several(one.suffixes))
        for one in FORMATS.built_in()
    )
    return table(("kind", "media types", "names in folders end with"), rows)


def _whole(media_type: str) -> str:
    return f"{media_type}..." if media_type.endswith("/") else media_type


def written() -> str:
    """What `export` writes."""
    rows = (
        (code(one.name), _opening(one.open), _several(one.suffixes),
         _several(f"{scheme}://" for scheme in one.schemes), "yes" if one.keeps else "")
        for one in SINKS.built_in()
    )  # fmt: skip
    head = (
        "format",
        "what it writes",
        "by the end of the name",
        "by the URL",
        "keeps other documents",
    )
    return table(head, rows)


def _opening(opener: object) -> str:
    module = inspect.getmodule(opener)
    return (inspect.getdoc(module) or "").split("\n")[0]


def tables() -> str:
    """Columns that do not depend on the schema."""
    return "\n\n".join([_columns(DOCUMENTS), _columns(values_table.VALUES)])


def _columns(one: FlatTable) -> str:
    told = ", ".join(f"`{column.name}` ({column.type})" for column in one.columns)
    return f"Table `{one.name}`: {told}."


def _several(words: Iterable[str]) -> str:
    return ", ".join(code(word) for word in words)
