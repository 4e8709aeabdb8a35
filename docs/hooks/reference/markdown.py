"""Markdown of tables and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MEANT = {sign: f"\\{sign}" for sign in "\\*_[]#"} | {"<": "&lt;", ">": "&gt;"}
"""Signs that Markdown takes for its own."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Bars in code are no ends of cells."""
    parts = " ".join(text.split()).split("`")
    return "`".join(
        part if number % 2 else part.replace("|", "\\|") for number, part in enumerate(parts)
    )


def code(text: object) -> str:
    """A word of the program; nothing where there is none."""
    return f"`{text}`" if str(text) else ""


def plain(text: str) -> str:
    """Text that is no Markdown but for words in backticks, such as ``--help`` shows."""
    parts = text.split("`")
    parts[::2] = ["".join(MEANT.get(sign, sign) for sign in part) for part in parts[::2]]
    return "`".join(parts)


def docstring(text: str) -> str:
    """A docstring's prose: double backticks as Markdown has them."""
    return text.replace("``", "`")
