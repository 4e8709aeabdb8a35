"""Markdown of tables and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


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
    return "".join(f"\\{sign}" if sign in "\\*_<>[]#" else sign for sign in text)


def docstring(text: str) -> str:
    """A docstring's prose: double backticks as Markdown has them."""
    return text.replace("``", "`")
