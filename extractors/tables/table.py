"""What a table is: cells with boxes and spans, header rows, caption; and its form as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docglean.extractors.extraction import Box, Evidence


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `row` and `column` from 0 name its upper left place in the grid.

    Attributes:
        text: its words, lines joined by a blank; "" for an empty cell.
        box: that of its words, in page points on `page`; the place of an empty cell.
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
        caption_box: where it stands, in points of the table's first page.
    """

    page: int
    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    header_rows: int = 0
    caption: str = ""
    caption_box: Box | None = None

    def grid(self) -> list[list[str]]:
        """Texts by row and column; a spanning cell's text stands at its upper left place."""
        grid = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return grid


def tables_values(tables: Sequence[Table]) -> tuple[dict[str, Any], dict[str, Evidence]]:
    """The answer to the schema ``tables``, with evidence by JSON pointer."""
    values: list[dict[str, Any]] = []
    evidence: dict[str, Evidence] = {}
    for number, table in enumerate(tables):
        pointer = f"/tables/{number}"
        spans = []
        for cell in table.cells:
            if cell.row_span > 1 or cell.column_span > 1:
                bottom, right = cell.row + cell.row_span - 1, cell.column + cell.column_span - 1
                spans.append([cell.row, cell.column, bottom, right])
            if cell.text:
                evidence[f"{pointer}/rows/{cell.row}/{cell.column}"] = _seen(cell, cell.text)
        if table.caption and table.caption_box is not None:
            place = Cell(table.caption, table.caption_box, 0, 0, page=table.page)
            evidence[f"{pointer}/caption"] = _seen(place, table.caption)
        values.append(
            {
                "caption": table.caption or None,
                "page": table.page,
                "header_rows": table.header_rows,
                "rows": table.grid(),
                "spans": spans,
            }
        )
    return {"tables": values}, evidence


def _seen(cell: Cell, text: str) -> Evidence:
    return Evidence(how="exact", page=cell.page, box=cell.box, text=text, score=1.0)
