"""What is wrong with a schema that was written as text, and where."""

from __future__ import annotations

from docglean.schemas.errors import SchemaError

BEFORE, SHOWN = 48, 76
"""Characters shown before the place, and in all."""


class SchemaTextError(SchemaError):
    """A schema written as text does not make sense at a place.

    Attributes:
        excerpt: the line of it, and below it a caret under the place.
    """

    def __init__(self, code: str, message: str, way_out: str, excerpt: tuple[str, str]) -> None:
        super().__init__(code, message, way_out)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return "\n".join((self.message, *self.excerpt, self.way_out)).rstrip()

    def __reduce__(self) -> tuple[type[SchemaTextError], tuple[object, ...]]:
        return type(self), (self.code, self.message, self.way_out, self.excerpt)


def excerpt(text: str, at: int) -> tuple[str, str]:
    """The line of `text` that holds a place, cut where it is long, and a caret under the place."""
    at = min(at, len(text))
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line, column = text[begin : len(text) if end < 0 else end], at - begin
    first = max(0, column - BEFORE)
    shown = "".join(char if char.isprintable() else "?" for char in line[first : first + SHOWN])
    return f"  {shown}", f"  {' ' * (column - first)}^"
