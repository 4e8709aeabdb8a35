"""Where exported tables go as files: CSV, Parquet, Excel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from docglean.extractors.installation import install_extra
from docglean.flows.export.csv_files import CsvFiles
from docglean.flows.export.tables import FlatTable
from docglean.schemas.errors import ConfigError, DocgleanError

ROWS = 5_000
"""Rows that are kept before they are written."""
EXCEL_ROWS = 1_048_576
"""Rows of a sheet (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3)."""
EXCEL_TEXT = 32_767
"""Characters of a cell."""
EXCEL_DIGITS = 15
"""Figures of a number that Excel keeps."""
PRECISION, SCALE = 38, 12
"""Of a decimal in Parquet and SQL: figures in all, and behind the point."""


class Sink(ABC):
    """Where tables go: `begin` each, `add` rows, `finish`; all of it in a with block.

    Attributes:
        typed: its columns have types, and take no value that is not of theirs.
    """

    typed = True

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *error: object) -> None:
        self.close(failed=error[0] is not None)

    def begin(self, table: FlatTable) -> None:
        """A table that rows will come for."""
        self.counts[table.name] = 0

    def replace(self, document: str) -> None:  # noqa: B027
        """What stands there of this document is to be replaced."""

    def add(self, table: FlatTable, row: dict[str, Any]) -> None:
        """One row."""
        self.counts[table.name] += 1
        self.write(table, row)

    @abstractmethod
    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        """As `add`."""

    @abstractmethod
    def finish(self) -> None:
        """All rows have come: what was written counts from here on."""

    @abstractmethod
    def close(self, *, failed: bool) -> None:
        """Let go of everything."""


class FileSink(Sink):
    """Files are made in a folder of their own, and brought to their place when all is whole."""

    suffix = ""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = to
        self._folder = TemporaryDirectory(prefix="docglean-export-")
        self.folder = Path(self._folder.name)

    def close(self, *, failed: bool) -> None:
        self._folder.cleanup()


def put_files(to: str, files: dict[str, Path]) -> None:
    """Put files where they belong, by their names below `to`; empty for `to` itself.

    Each is there whole or not at all.

    Raises:
        ConfigError: ``no_storage``.
    """
    import fsspec

    try:
        storage, place = fsspec.core.url_to_fs(to)
        for name, file in files.items():
            target = f"{place.rstrip('/')}/{name}" if name else place
            if "file" in storage.protocol:
                storage.makedirs(str(Path(target).parent), exist_ok=True)
                part = f"{target}.part"
                storage.put_file(str(file), part)
                Path(part).replace(target)
            else:  # a store shows an object when all of it is there
                storage.put_file(str(file), target)
    except Exception as error:
        raise ConfigError(
            "no_storage", f"{to} cannot be written: {error}.",
            "Check the place and its credentials; nothing half is left there.",
        ) from error  # fmt: skip


class CsvSink(FileSink):
    """A file for each table, with values as they were found."""

    typed = False

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self._files: dict[str, IO[str]] = {}
        self._tables = CsvFiles(self._opened)

    def _opened(self, name: str) -> IO[str]:
        self._files[name] = (self.folder / name).open("w", encoding="utf-8", newline="")
        return self._files[name]

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        self._tables.begin(table)

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        self._tables.write(table, row)

    def finish(self) -> None:
        for file in self._files.values():
            file.close()
        put_files(self.to, {name: self.folder / name for name in self._files})

    def close(self, *, failed: bool) -> None:
        for file in self._files.values():
            file.close()
        super().close(failed=failed)


class ParquetSink(FileSink):
    """A file for each table, with the types of the schema."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise ConfigError(
                "no_parquet", f"pyarrow is not installed: {error}.",
                install_extra("parquet"),
            ) from error  # fmt: skip
        self._arrow: Any = pyarrow
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def begin(self, table: FlatTable) -> None:
        super().begin(table)
        arrow = self._arrow
        types = {
            "text": arrow.string(), "decimal": arrow.decimal128(PRECISION, SCALE),
            "integer": arrow.int64(), "float": arrow.float64(), "date": arrow.date32(),
            "moment": arrow.timestamp("us"), "truth": arrow.bool_(),
        }  # fmt: skip
        schema = arrow.schema([(column.name, types[column.type]) for column in table.columns])
        path = self.folder / f"{table.name}.parquet"
        self._writers[table.name] = arrow.parquet.ParquetWriter(path, schema)
        self._rows[table.name] = []

    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        rows = self._rows[table.name]
        rows.append({column.name: fits(row.get(column.name)) for column in table.columns})
        if len(rows) >= ROWS:
            self._flush(table.name)

    def _flush(self, name: str) -> None:
        writer, rows = self._writers[name], self._rows[name]
        if rows:
            writer.write_table(self._arrow.Table.from_pylist(rows, schema=writer.schema))
        self._rows[name] = []

    def finish(self) -> None:
        for name, writer in self._writers.items():
            self._flush(name)
            writer.close()
        files = {f"{name}.parquet": self.folder / f"{name}.parquet" for name in self._writers}
        put_files(self.to, files)


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
    """Of 31 characters at the most, each once."""
    names = {sheet.name.lower() for sheet in taken.values()}
    found, number = name[:31], 2
    while found.lower() in names:
        end = f"_{number}"
        found, number = name[: 31 - len(end)] + end, number + 1
    return found


def fits(cell: Any, *, text: bool = False) -> Any:
    """A decimal with as many places as a column has.

    Raises:
        DocgleanError: ``too_exact``: it has more.
    """
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.replace(tzinfo=None)
    if not isinstance(cell, Decimal):
        return cell
    if text:
        return format(cell, "f")
    if not cell.is_finite():
        return None
    exponent = cell.as_tuple().exponent
    assert isinstance(exponent, int)
    if (-exponent > SCALE and cell != round(cell, SCALE)) or cell.adjusted() >= PRECISION - SCALE:
        raise DocgleanError(
            "too_exact",
            f"{cell} has more figures than a column of decimals holds ({PRECISION} in all, "
            f"{SCALE} behind the point).",
            "Export to csv.",
        )
    return round(cell, SCALE) if -exponent > SCALE else cell
