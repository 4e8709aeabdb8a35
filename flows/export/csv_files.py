"""Flat tables as CSV, the same in a run folder and in an export."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import IO, Any

from docglean.flows.export.tables import FlatTable

# The wide ones are what Excel takes for the others in Japan.
_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
_NUMBER = r"[+-]?[\d.,]+"
_WITHIN = re.compile(
    rf"(?<=[;\t\r\n])(?=\"*[{re.escape(_SIGNS)}])(?!\"*{_NUMBER}\"*(?:[;\t\r\n]|\Z))"
)
"""Where text begins a cell for a spreadsheet that takes semicolons or tabs for the ends of cells:
it does not see the quotes around the whole."""


class CsvFiles:
    """A file for each table. Text that a spreadsheet would run stands behind an apostrophe,
    within a cell, too, after what a spreadsheet of another country takes for the cell's end.

    Args:
        opened: opens a file by name; the caller closes it.
    """

    def __init__(self, opened: Callable[[str], IO[str]]) -> None:
        self._opened = opened
        self._writers: dict[str, Any] = {}

    def begin(self, table: FlatTable) -> None:
        """A table that rows will come for."""
        writer = self._writers[table.name] = csv.writer(self._opened(f"{table.name}.csv"))
        writer.writerow([column.name for column in table.columns])

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        """One row."""
        cells = [row.get(column.name) for column in table.columns]
        self._writers[table.name].writerow([csv_cell(cell) for cell in cells])

    def write_grid(self, name: str, rows: list[Any]) -> None:
        """A file of its own for the rows of cells of one table."""
        writer = csv.writer(self._opened(name))
        writer.writerows([csv_cell(cell) for cell in row or ()] for row in rows)


def csv_cell(cell: Any) -> Any:
    """A value as it stands in a CSV: decimals and numbers as they were found, never as floats;
    text that a spreadsheet would run (https://owasp.org/www-community/attacks/CSV_Injection)
    behind an apostrophe, wherever it may begin a cell."""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _guarded(cell) if isinstance(cell, str) else cell


def _guarded(text: str) -> str:
    within = _WITHIN.sub("'", text)
    begins = within.startswith((*_SIGNS, "\t", "\r", "\n"))
    return f"'{within}" if begins and not re.fullmatch(_NUMBER, text) else within
