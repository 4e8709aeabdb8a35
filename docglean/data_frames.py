"""Values and lists of an Extraction as data frames, in the tables of ``docglean export``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.installation import install_extra
from docglean.flows.export.tables import FlatTable, flattener
from docglean.flows.export.values_table import VALUES, value_rows
from docglean.flows.schema_shape import Shaped, Type
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import built_in_by_hash, schema_of

if TYPE_CHECKING:
    from pandas import DataFrame

DTYPES: dict[Type, str] = {
    "text": "string", "integer": "Int64", "float": "float64", "truth": "boolean",
    "date": "datetime64[ns]", "moment": "datetime64[ns, UTC]", "decimal": "object",
}  # fmt: skip
"""Of pandas, by type of a column. Amounts stay decimals, to the cent."""

FIRST = ("pointer", "value", "page", "confidence")
"""Of `VALUES`: with so many columns pandas prints a few of the first and of the last."""
LAST = ("document", "part", "schema")


def values(extraction: Extraction[Any]) -> DataFrame:
    """One row a value, what it is first, and its document by its name among the last.

    Raises:
        ConfigError: ``no_extra``.
    """
    return _frame(extraction, VALUES, value_rows(extraction), FIRST, LAST)


def entries(extraction: Extraction[Any], pointer: str) -> DataFrame:
    """One row an entry of the list at this pointer, its document by its name, last.

    Raises:
        ConfigError: ``no_extra``; ``no_such_list``.
    """
    known: dict[str, Shaped] = {**built_in_by_hash()}
    if extraction.model is not None:
        own = schema_of(extraction.model)
        known[own.hash] = own
    flat = flattener([extraction], known)
    wanted = flat.table_at(extraction, f"/{pointer.strip('/')}/*")
    if wanted is None:
        root = flat.root(extraction)
        there = [one.path for one in root.walk() if one.shape == "list"] if root else []
        raise ConfigError(
            "no_such_list",
            f"{extraction.document.name} has no list {pointer!r}.",
            f"There are: {', '.join(there)}." if there else "It has no lists.",
        )
    rows = (row for table, row in flat.rows(extraction) if table is wanted)
    return _frame(extraction, wanted, rows, (), ("document",))


def _frame(
    extraction: Extraction[Any],
    table: FlatTable,
    rows: Iterable[dict[str, Any]],
    first: Sequence[str],
    last: Sequence[str],
) -> DataFrame:
    types = {column.name: DTYPES[column.type] for column in table.columns}
    names = [*first, *(name for name in types if name not in (*first, *last)), *last]
    named = [{**row, "document": extraction.document.name} for row in rows]
    made = _pandas().DataFrame(named, columns=names, dtype="object")
    frame: DataFrame = made.astype(types)
    return frame


def _pandas() -> ModuleType:
    try:
        import pandas
    except ImportError as error:
        raise ConfigError(
            "no_extra", "Data frames need pandas, which is not installed.", install_extra("pandas")
        ) from error
    found: ModuleType = pandas
    return found
