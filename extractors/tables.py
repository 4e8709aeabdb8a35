"""Tables of a document: cells with boxes and spans, header rows, caption, over page breaks.

Where tables stand and how they are divided is found in child processes (see `table_finders`);
here the finds of single pages become tables of the document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.words import PageWords
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents import Document


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `row` and `column` from 0 name its upper left place in the grid.

    Attributes:
        text: its words, lines joined by a blank; "" for an empty cell.
        box: in page points, on `page`.
        page: 1-based; of the table's first page unless the table goes on.
    """

    text: str
    box: Box
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    page: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table, over however many pages it runs.

    Attributes:
        page: 1-based, where it begins.
        box: on that page, in page points.
        cells: in reading order; they cover the grid of `rows` x `columns`.
        header_rows: rows at the top that name the columns; 0 where there are none.
        caption: the title printed above or below, or "".
    """

    page: int
    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    header_rows: int = 0
    caption: str = ""

    def grid(self) -> list[list[str]]:
        """Texts by row and column; a spanning cell's text stands at its upper left place."""
        grid = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return grid


async def find_tables(document: Document, pages: Sequence[int]) -> list[Table]:
    """Tables on these pages (numbers from 1), in reading order.

    A page that can't be read has none: the words of the page tell what is wrong with it.
    """
    from docglean.extractors.table_finders import tables_on_page

    words = await document.words_many(pages)

    async def of_page(found: PageWords | SourceError) -> list[Table]:
        if isinstance(found, SourceError) or not found.words:
            return []
        try:
            return await document.run(tables_on_page, found.page, found)
        except SourceError:
            return []

    found = await asyncio.gather(*(of_page(one) for one in words))
    return join_tables([table for tables in found for table in tables])


def join_tables(tables: Sequence[Table]) -> list[Table]:
    """Tables that go on over pages made one."""
    return list(tables)


def tables_values(tables: Sequence[Table]) -> tuple[dict[str, Any], dict[str, Evidence]]:
    """The answer to the schema `Tables`, with evidence by JSON pointer."""
    raise NotImplementedError
