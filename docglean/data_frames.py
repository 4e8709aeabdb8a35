"""Values and lists of an Extraction as data frames, in the tables of ``docglean export``."""

from __future__ import annotations

from collections.abc import Iterable
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


def values(extraction: Extraction[Any]) -> DataFrame:
    """One row a value.

    Raises:
        ConfigError: ``no_extra``.
    """
    return _frame(VALUES, value_rows(extraction))


def entries(extraction: Extraction[Any], pointer: str) -> DataFrame:
    """One row an entry of the list at this pointer.

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
    return _frame(wanted, (row for table, row in flat.rows(extraction) if table is wanted))


def _frame(table: FlatTable, rows: Iterable[dict[str, Any]]) -> DataFrame:
    names = [column.name for column in table.columns]
    made = _pandas().DataFrame(list(rows), columns=names, dtype="object")
    frame: DataFrame = made.astype({one.name: DTYPES[one.type] for one in table.columns})
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
