"""Decimals in Parquet and databases, whose columns hold so many figures and no more.

A value that has more is not rounded: it stays empty, and the row of its document tells so.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from docglean.flows.export.tables import DOCUMENTS, RESULTS_NAME, FlatTable
from docglean.schemas.errors import shown

PRECISION, SCALE = 38, 12
"""Of a decimal in Parquet and SQL: figures in all, and behind the point."""


def holds(cell: Any) -> bool:
    """Whether a column holds every figure of a value."""
    if not isinstance(cell, Decimal) or not cell.is_finite():
        return True
    exponent = cell.as_tuple().exponent
    assert isinstance(exponent, int)
    if cell.adjusted() >= PRECISION - SCALE:
        return False
    return -exponent <= SCALE or not any(cell.as_tuple().digits[exponent + SCALE :])


def without_too_exact(rows: Iterable[tuple[FlatTable, dict[str, Any]]]) -> int:
    """Empty the cells of one document that no column holds, and tell of them among the problems of
    its row; how many.

    Args:
        rows: are changed.
    """
    rows, told = list(rows), []
    for table, row in rows:
        for name, cell in row.items():
            if not holds(cell):
                row[name] = None
                told.append(
                    f"{name} of {table.name} has more figures than a column of decimals holds "
                    f"({PRECISION} in all, {SCALE} behind the point) and is empty here: "
                    f"{shown(str(cell))}"
                )
    for table, row in rows if told else ():
        if table == DOCUMENTS or table.name == RESULTS_NAME:
            row["problems"] = "\n".join(filter(None, [row.get("problems"), *dict.fromkeys(told)]))
    return len(told)
