"""Exported tables as a workbook of Excel."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from docglean.flows.export.sink import FileSink, SinkFormat, put_files
from docglean.flows.export.tables import FlatTable
from docglean.schemas.errors import DocgleanError

EXCEL_ROWS = 1_048_576
"""Rows of a sheet (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3)."""
EXCEL_TEXT = 32_767
"""Characters of a cell."""
EXCEL_DIGITS = 15
"""Figures of a number that Excel keeps."""


class ExcelSink(FileSink):
    """One workbook with a sheet for each table."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        import xlsxwriter

        self._path = self.folder / "export.xlsx"
        # Text is text, whatever it begins with.
        options = {"strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False, "remove_timezone": True}  # fmt: skip
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._sheets: dict[str, Any] = {}

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        sheet = self._book.add_worksheet(_sheet_name(table.name, self._sheets))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [column.name for column in table.columns], self._bold)
        self._sheets[table.name] = sheet

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        number = self.counts[table.name]
        if number >= EXCEL_ROWS:
            raise DocgleanError(
                "too_many_rows",
                f"{table.name} has more rows than a sheet of Excel takes ({EXCEL_ROWS:,}).",
                "Export to parquet, csv or sql.",
            )
        sheet = self._sheets[table.name]
        for index, column in enumerate(table.columns):
            cell = row.get(column.name)
            if isinstance(cell, datetime):
                sheet.write_datetime(number, index, cell, self._moment)
            elif isinstance(cell, date):
                sheet.write_datetime(number, index, cell, self._day)
            elif isinstance(cell, bool):
                sheet.write_boolean(number, index, cell)
            elif isinstance(cell, Decimal | int | float) and _excel_keeps(cell):
                sheet.write_number(number, index, cell)
            elif cell is not None:
                sheet.write_string(number, index, _short(str(cell)))

    def finish(self) -> None:
        self._book.close()
        put_files(self.to, {"": self._path})


def _excel_keeps(cell: Decimal | int | float) -> bool:
    """Whether Excel's numbers, which are floats, show it as it is."""
    if isinstance(cell, float):
        return cell == cell and abs(cell) != float("inf")
    told = Decimal(cell)
    return told.is_finite() and len(told.normalize().as_tuple().digits) <= EXCEL_DIGITS


def _short(text: str) -> str:
    """Text as a cell of Excel takes it; what is cut says so."""
    end = " ... (cut)"
    return text if len(text) <= EXCEL_TEXT else text[: EXCEL_TEXT - len(end)] + end


def _sheet_name(name: str, taken: dict[str, Any]) -> str:
    """Of 31 characters at the most, each once, and none that Excel keeps for itself."""
    names = {"history", *(sheet.name.lower() for sheet in taken.values())}
    found, number = name[:31], 2
    while found.lower() in names:
        end = f"_{number}"
        found, number = name[: 31 - len(end)] + end, number + 1
    return found


EXCEL = SinkFormat("xlsx", lambda to, prefix: ExcelSink(to), suffixes=(".xlsx",))
