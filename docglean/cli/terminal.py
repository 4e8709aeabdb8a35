"""Tables that people read on a terminal; lines are told by `notices.tell`.

A name that somebody may have to type (an engine, a file, a field, a command) is never cut and never
broken over two lines; what describes it is folded between words.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import Literal, TextIO

from rich.cells import cell_len

from docglean.extractors.printable import printable

WIDTH = 80
"""Columns where none are told, as in a pipe."""
GAP = 2
"""Blanks between two columns, and before what stands below a name."""
NARROWEST = 20
"""Columns that a description has at least, before it goes below the name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        kind: ``name`` and ``figure`` are never folded; a figure stands to the right.
    """

    head: str
    kind: Literal["name", "figure", "text"] = "text"


def named(head: str) -> Column:
    """A column of names that are typed as they stand."""
    return Column(head, "name")


def figure(head: str) -> Column:
    """A column of figures."""
    return Column(head, "figure")


class TerminalTable:
    """A table whose cells are shown as they are.

    Names of files and of models come from strangers: nothing in them is markup, and nothing is
    obeyed by the terminal.

    Args:
        columns: a head alone stands for a description.
        title: a line above it.
    """

    def __init__(self, *columns: Column | str, title: str = "") -> None:
        self.columns = [one if isinstance(one, Column) else Column(one) for one in columns]
        self.title = title
        self._rows: list[list[list[str]] | None] = []

    def add_row(self, *cells: str) -> None:
        """Add a row; text is shown literally, line by line."""
        shown = [[printable(line) for line in cell.split("\n")] for cell in cells]
        self._rows.append(shown + [[""]] * (len(self.columns) - len(cells)))

    def add_section(self) -> None:
        """Draw a line below the rows so far."""
        self._rows.append(None)

    def lines(self, width: int) -> Iterator[str]:
        """The table, in so many columns where names leave room for it."""
        if self.title:
            yield from folded(self.title, width)
        widths = self._widths(self.columns, 0, width)
        if widths is not None:
            yield from self._drawn(0, widths)
            return
        # What stands beside the name goes below it.
        below = self._widths(self.columns[1:], 1, width - GAP)
        if below is None:
            yield from self._listed(width)
        else:
            yield from self._drawn(1, below)

    def _cells(self, place: int) -> list[list[str]]:
        return [row[place] for row in self._rows if row is not None]

    def _widths(self, columns: Sequence[Column], first: int, width: int) -> list[int] | None:
        """Of each column; None where they do not fit."""
        least, longest = [], []
        for place, column in enumerate(columns, first):
            lines = [line for cell in self._cells(place) for line in cell]
            widest = max(map(cell_len, lines), default=0)
            smallest = widest
            if column.kind == "text":
                words = max((cell_len(word) for line in lines for word in line.split()), default=0)
                smallest = max(words, min(widest, NARROWEST))
            least.append(max(smallest, *map(cell_len, column.head.split()), 0))
            longest.append(widest)
        room = width - GAP * (len(columns) - 1) - sum(least)
        # Cells first: a heading on two lines is no loss.
        least, room = _widened(least, longest, room)
        heads = [cell_len(column.head) for column in columns]
        return None if room < 0 else _widened(least, heads, room)[0]

    def _drawn(self, first: int, widths: Sequence[int]) -> Iterator[str]:
        """Heads, a line, rows; with `first` 1 the first column stands on lines of its own."""
        indent = " " * (GAP * first)
        columns = self.columns[first:]
        rule = indent + (" " * GAP).join("─" * width for width in widths)
        if first:
            yield self.columns[0].head
        heads = [
            list(folded(column.head, width)) for column, width in zip(columns, widths, strict=True)
        ]
        deepest = max(map(len, heads))
        yield from _beside([[""] * (deepest - len(one)) + one for one in heads], columns, widths,
                           indent)  # fmt: skip
        yield rule
        for row in self._rows:
            if row is None:
                yield rule
                continue
            if first:
                yield from row[0]
            cells = [
                [line for told in cell for line in folded(told, width)]
                if column.kind == "text"
                else cell
                for column, cell, width in zip(columns, row[first:], widths, strict=True)
            ]
            yield from _beside(cells, columns, widths, indent)

    def _listed(self, width: int) -> Iterator[str]:
        """Each row as its name, and below it what there is of it."""
        for row in self._rows:
            if row is None:
                continue
            yield from row[0]
            for column, cell in zip(self.columns[1:], row[1:], strict=True):
                told = ", ".join(line for line in cell if line)
                line = f"{column.head}: {told}"
                if told and column.kind == "text":
                    yield from folded(line, width, " " * GAP)
                elif told:
                    yield " " * GAP + line


def print_table(table: TerminalTable, file: TextIO | None = None) -> None:
    """Print it, on standard output unless told otherwise."""
    for line in table.lines(columns_of(file)):
        print(line, file=file or sys.stdout)


def print_lines(text: str, file: TextIO | None = None, indent: str = "") -> None:
    """Print a sentence, folded between words; what begins a line of its own is after a line
    break."""
    for line in text.split("\n"):
        for one in folded(printable(line), columns_of(file), indent):
            print(one, file=file or sys.stdout)


def columns_of(file: TextIO | None = None) -> int:
    """How many columns are shown: as COLUMNS says, as the terminal has; in a pipe 80."""
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told):
        return int(told)
    file = file or sys.stdout
    return shutil.get_terminal_size((WIDTH, 24)).columns if file.isatty() else WIDTH


def folded(text: str, width: int, indent: str = "") -> Iterator[str]:
    """A line in lines of this width; a word that is longer is not broken."""
    fold = TextWrapper(
        width=max(width, len(indent) + 1),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from fold.wrap(text) or [indent.rstrip()]


def _widened(widths: Sequence[int], wanted: Sequence[int], room: int) -> tuple[list[int], int]:
    """Widths nearer to what is wanted, in equal shares of the room, and what is left of it."""
    wider = list(widths)
    lacking = sorted(range(len(wider)), key=lambda one: wanted[one] - wider[one])
    for left, place in zip(range(len(wider), 0, -1), lacking, strict=True):
        more = max(0, min(wanted[place] - wider[place], room // left))
        wider[place] += more
        room -= more
    return wider, room


def _beside(
    cells: Sequence[Sequence[str]], columns: Sequence[Column], widths: Sequence[int], indent: str
) -> Iterator[str]:
    """Cells of some lines each beside each other."""
    for number in range(max(map(len, cells))):
        line = [cell[number] if number < len(cell) else "" for cell in cells]
        parts = [
            _padded(text, width, column)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        yield (indent + (" " * GAP).join(parts)).rstrip()


def _padded(text: str, width: int, column: Column) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if column.kind == "figure" else text + blanks
