"""Rows of a list pasted from a spreadsheet or a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from docglean.review.editing import Typed, kind_of, parse
from docglean.review.list_rows import Column, named_by
from docglean.schemas.errors import ConfigError
from docglean.schemas.kinds import Number, Style, guess_style

MOST_ROWS = 5_000
"""Rows taken at once: more is no list that somebody looks over."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """Rows as they were understood.

    Attributes:
        columns: names of the list's columns that the cells were taken for, from the left; "" for
            cells that belong to none. Of a list of single values the name is "" as well.
        rows: for each row the cells by column.
        has_header: the first row names the columns, and is none of `rows`.
        left_out: cells with text that belong to no column.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Typed], ...]
    has_header: bool = False
    left_out: int = 0


def pasted_rows(columns: Sequence[Column], text: str, style: Style = Style()) -> Pasted:
    """What was pasted as rows with these columns.

    Cells are divided by tabs as spreadsheets put them on the clipboard, else by semicolons or
    commas; a cell in quotes may hold line breaks. A first row that names columns says which is
    which; without one they go by their order. Figures are read by the marks that the pasted cells
    themselves show, where they do: a spreadsheet writes in its owner's way, whatever the document
    does.

    Raises:
        ConfigError: ``too_many_rows``.
    """
    table = _cells(text, columns, style)
    if len(table) > MOST_ROWS:
        raise ConfigError(
            "too_many_rows",
            f"{len(table):,} rows were pasted, and {MOST_ROWS:,} are taken at once.",
            "Paste them in parts.",
        )
    header = _header(columns, table[0]) if table else None
    body = table[1:] if header is not None else table
    width = max(map(len, table), default=0)
    order = header or [*columns[:width], *[None] * (width - len(columns))]
    style = _style(order, body, style)
    rows = tuple(
        {
            column.name: parse(column.field, cell, style)
            for column, cell in zip(order, row, strict=False)
            if column is not None
        }
        for row in body
    )
    left_out = sum(
        bool(cell.strip())
        for row in body
        for place, cell in enumerate(row)
        if place >= len(order) or order[place] is None
    )
    names = tuple("" if column is None else column.name for column in order)
    return Pasted(names, rows, header is not None, left_out)


def _cells(text: str, columns: Sequence[Column], style: Style) -> list[list[str]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    table = _split(text, "\t")
    if len(columns) > 1 and all(len(row) == 1 for row in table):
        table = _by_marks(text, columns, style) or table
    return [row for row in table if any(cell.strip() for cell in row)]


def _by_marks(text: str, columns: Sequence[Column], style: Style) -> list[list[str]] | None:
    """As rows of a CSV file; None where it is none: a text may have commas of its own."""
    for mark in ";,":
        table = [row for row in _split(text, mark) if any(row)]
        widths = {len(row) for row in table}
        if len(widths) != 1 or widths == {1}:
            continue
        # "1,50" is one cell where a comma is what stands before cents.
        sure = mark == ";" or '"' in text or style.decimal == "."
        if sure or _header(columns, table[0]) is not None or widths == {len(columns)}:
            return table
    return None


def _split(text: str, mark: str) -> list[list[str]]:
    """The cells; a quote that is never closed is a sign like others, as in ``5" pipe``."""
    if text.count('"') % 2 == 0:
        with suppress(csv.Error):  # a cell of more than 128 kB
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    return [line.split(mark) for line in text.split("\n")]


def _header(columns: Sequence[Column], row: Sequence[str]) -> list[Column | None] | None:
    """The columns that a row names; None where it is no header: most of its cells must be names,
    and two at least where there are several."""
    named = named_by(columns, row)
    told = sum(bool(cell.strip()) for cell in row)
    known = sum(column is not None for column in named)
    is_header = known and 2 * known >= told and known >= min(2, len(columns), told)
    return named if is_header else None


def _style(order: Sequence[Column | None], rows: Sequence[Sequence[str]], style: Style) -> Style:
    """How the cells write figures, by those of them that are figures; else as the document."""
    figures = [
        cell
        for row in rows
        for column, cell in zip(order, row, strict=False)
        if column is not None and isinstance(kind_of(column.field), Number)
    ]
    mark = guess_style(" ; ".join(figures)).decimal
    return style if mark is None else replace(style, decimal=mark)
