"""Rows and columns of text as pages: each cell in a frame, each page as wide as its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, islice

from docglean.extractors.documents.drawing.story import A4, MARGIN, MOST_WIDE, StoryPages

LETTER = 5.2
"""Points that a letter of 9 points takes at most, in the middle of all letters."""
NARROWEST, WIDEST = 24.0, 240.0
"""Points of a column; longer text is broken into lines."""
PADDING = 6.0
"""Points beside the text of a cell."""
SAMPLE = 500
"""Rows by which the widths of columns are chosen."""
ROWS_AT_ONCE = 1_000
"""Rows drawn at once: so many are a few dozen pages."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell.

    Attributes:
        across, down: columns and rows that it takes.
        right: its text stands at its right edge, as numbers do.
    """

    text: str
    across: int = 1
    down: int = 1
    right: bool = False
    bold: bool = False


Row = Sequence[GridCell | None]
"""A row; None where a cell above or on the left reaches."""


def add_grid(pages: StoryPages, rows: Iterable[Row], heading: str = "") -> None:
    """Pages with these rows.

    Raises:
        SourceError: ``too_many_pages``.
    """
    rows = iter(rows)
    sample = list(islice(rows, SAMPLE))
    widths = _widths(sample)
    wide = min(max(A4[0], sum(widths) + 2 * MARGIN + len(widths)), MOST_WIDE)
    every = chain(sample, rows)
    above = f"<p><b>{escape(heading)}</b></p>" if heading else ""
    while part := list(islice(every, ROWS_AT_ONCE)):
        body = "".join(_rows(part, widths))
        table = f'<table class="grid" style="font-size:9px">{body}</table>'
        pages.add(above + table, (wide, A4[1]), fit=False)
        above = ""


def _rows(rows: Sequence[Row], widths: Sequence[float]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "<tr>"
        for column, cell in enumerate(row):
            if cell is not None:
                yield _cell(cell, widths[column] if column < len(widths) else 0, len(rows) - number)
        yield "</tr>"


def _cell(cell: GridCell, width: float, most_down: int) -> str:
    style = f"width:{width:.0f}px" if cell.across == 1 and width else ""
    style += ";text-align:right" if cell.right else ""
    style += ";font-weight:bold" if cell.bold else ""
    spans = f' colspan="{cell.across}"' if cell.across > 1 else ""
    down = min(cell.down, most_down)
    spans += f' rowspan="{down}"' if down > 1 else ""
    text = escape(cell.text).replace("\n", "<br>")
    return f'<td style="{style}"{spans}>{text}</td>'


def _widths(rows: Sequence[Row]) -> list[float]:
    """Points of each column: its longest text of one line, but not over `WIDEST`."""
    longest: list[int] = []
    for row in rows:
        longest += [0] * (len(row) - len(longest))
        for column, cell in enumerate(row):
            if cell is not None and cell.across == 1:
                most = max(map(len, cell.text.split("\n")))
                longest[column] = max(longest[column], most)
    return [min(max(NARROWEST, most * LETTER + PADDING), WIDEST) for most in longest]
