"""Tables that people read on a terminal; lines are told by `notices.tell`."""

from __future__ import annotations

from typing import Any

import rich.table
from rich.console import Console
from rich.text import Text

from docglean.extractors.printable import printable


class TerminalTable(rich.table.Table):
    """A table whose cells are shown as they are.

    Names of files and of models come from strangers: nothing in them is markup, and nothing is
    obeyed by the terminal.
    """

    def add_row(self, *cells: Any, **how: Any) -> None:
        """Add a row; text is shown literally, line by line."""
        super().add_row(*map(_shown, cells), **how)


def print_table(table: rich.table.Table) -> None:
    """Print it on standard output; a pipe has no width, so nothing is cut off there."""
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)


def _shown(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    return Text("\n".join(map(printable, cell.split("\n"))))
