"""What a kind of generated document is: a drawing with its values, made by one function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.generated.pdf import Stream
from bench.generated.sheet import Sheet


@dataclass(frozen=True)
class Drawn:
    """A paper that was drawn, before it is a file.

    Attributes:
        schema: name of the built-in schema that it is labelled by.
        values: what is right, by JSON pointer, where it is not the text as printed.
        blanks: pointers that are labelled empty where nothing prints them.
        told: what is right besides, by JSON pointer, of what no run prints: whether a box is
            ticked, a table's rows.
        accept: other right values, by JSON pointer.
        picture: dots per inch of the clean picture that it is; 0 for a PDF.
    """

    schema: str
    language: str
    sheet: Sheet
    stream: Stream
    values: Mapping[str, str]
    blanks: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    accept: Mapping[str, list[Any]] = field(default_factory=dict)
    picture: int = 0
