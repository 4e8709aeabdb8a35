"""What the text of a table's cell says as a value of a kind."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from docglean.schemas.kinds import Code, Day, Kind, Money, Name, Number, Style, Text

MOST_WORDS = 4
"""Words of a figure with its unit or currency."""


@lru_cache(maxsize=16384)
def reading(kind: Kind, text: str, style: Style) -> tuple[Any, int, int] | None:
    """What a cell's text says as a value of this kind, and which of its words say it.

    The whole text or, of figures, the longest part: "50 pieces" is 50. A date without its year
    is readable too: it stands as it is printed.
    """
    words = text.split()
    value = kind.parse(text, style)
    if value is not None:
        whole = not isinstance(kind, Number) or len(words) == 1
        sizes = () if whole else range(1, len(words))
        return (
            value,
            0,
            next((n for n in sizes if kind.parse(" ".join(words[:n]), style) == value), len(words)),
        )
    if isinstance(kind, Day) and kind.complete(text, "2000-06-30", style):
        return text, 0, len(words)
    if isinstance(kind, Text | Name | Code):
        return None
    for size in range(min(len(words) - 1, MOST_WORDS), 0, -1):
        for start in range(len(words) - size + 1):
            value = kind.parse(" ".join(words[start : start + size]), style)
            if value is not None:
                return value, start, start + size
    return None


def figure(text: str, style: Style) -> Decimal | None:
    """A cell's text as a number, an amount or not; None where it is more than that."""
    if len(text) > 40 or not any(map(str.isdigit, text)):
        return None
    found = reading(Money(), text, style) or reading(Number(), text, style)
    if found is None or len(text.split()) - (found[2] - found[1]) > 2:
        return None
    return Decimal(found[0])
