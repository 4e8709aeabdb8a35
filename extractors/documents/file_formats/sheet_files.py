"""Excel files (XLSX): each shown sheet as pages, its rows and columns in frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.notices import left_out_hidden, listed, not_fetched
from docglean.extractors.documents.drawing.package import open_package, sniff_package
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import Problem

if TYPE_CHECKING:  # loaded where such a file is drawn
    from docglean.extractors.documents.drawing.sheets import Sheet, Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES = (".xlsx", ".xlsm", ".xltx")


def _sniff(head: bytes, name: str) -> str:
    return XLSX if sniff_package(head, name, "xl", SUFFIXES) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    from docglean.extractors.documents.drawing.grid import add_grid
    from docglean.extractors.documents.drawing.sheets import Workbook
    from docglean.extractors.documents.drawing.story import StoryPages

    with open_package(source) as package:
        book = Workbook(package)
        pages = StoryPages(source.name, most_pages)
        sheets = []
        for sheet in book.sheets():
            pages.expect(len(sheet.cells))
            add_grid(pages, sheet.rows(), sheet.name)
            for picture in sheet.pictures:
                pages.show(escape(picture), package.read(picture))
            sheet.cells.clear()
            sheet.right.clear()
            sheets.append(sheet)
        problems = (
            *not_fetched(source.name, package.elsewhere()),
            *left_out_hidden(source.name, _hidden(book, sheets)),
            *_lacking(source.name, sheets),
        )
        return Drawing(pages.close(), problems)


def _hidden(book: Workbook, sheets: Sequence[Sheet]) -> list[str]:
    found = [f"sheet {name}" for name in book.hidden]
    for sheet in sheets:
        told = (("rows", sheet.hidden_rows), ("columns", sheet.hidden_columns))
        found += [f"{count} {what} of sheet {sheet.name}" for what, count in told if count]
    return found


def _lacking(name: str, sheets: Sequence[Sheet]) -> Iterator[Problem]:
    """What the sheets show in their program, and not on these pages."""
    count = sum(sheet.without_value for sheet in sheets)
    if count:
        yield Problem(
            code="formula_without_value",
            message=f"{name}: {count:,} formulas have no value in the file, and are empty on its "
            "pages: the program that wrote it did not compute them.",
            way_out="Open it in Excel or LibreOffice, save it, and give that.",
            severity="review",
        )
    if charts := [sheet.name for sheet in sheets if sheet.charts]:
        yield Problem(
            code="drawn_from_text",
            message=f"{name}: charts are not drawn; there are some on {listed(charts)}.",
            way_out="Print it to PDF, and give that, if they matter.",
            severity="warning",
        )


SHEET_FILES = drawn_format("sheets", (XLSX,), SUFFIXES, _sniff, _draw, general=-2)
