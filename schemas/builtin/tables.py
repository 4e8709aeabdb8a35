"""The built-in schema ``tables``."""

from __future__ import annotations

from typing import Annotated

from docglean.schemas.fields import RowNumbers
from docglean.schemas.kinds import Cell, Number, Text
from pydantic import BaseModel, Field


class Table(BaseModel):
    """One table as a grid of texts."""

    caption: Annotated[
        str | None,
        Text(),
        Field(description="Title of the table with its number, as printed above or below it."),
    ] = None
    page: Annotated[
        int | None,
        Number(on_page=False),
        Field(description="Page on which the table begins, from 1."),
    ] = None
    header_rows: Annotated[
        int | None,
        Number(on_page=False),
        Field(description="How many of the first rows are column headings; 0 for none."),
    ] = None
    rows: Annotated[
        list[list[Annotated[str, Cell()]]],
        Field(description="All rows from top to bottom, heading rows first, each with one text a "
                          "column, so that all rows are equally long. An empty cell is an empty "
                          "text. The text of a cell that spans several stands at its top left "
                          "place, and the other places are empty. A table that goes on over a "
                          "page break is one table, its repeated heading left out."),
    ] = []  # fmt: skip
    spans: Annotated[
        list[list[Annotated[int, Number(on_page=False)]]],
        RowNumbers("rows", at=(0, 2)),
        Field(description="For each cell that spans several rows or columns four numbers: first "
                          "row, first column, last row, last column, counted from 0."),
    ] = []  # fmt: skip


class Tables(BaseModel):
    """Every table of the document, cell by cell."""

    tables: Annotated[
        list[Table],
        Field(description="All tables, in the order of the document. Text set in columns, lists "
                          "and forms are no tables."),
    ] = []  # fmt: skip
