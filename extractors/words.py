"""Words of a page with their boxes: from the text layer, from form widgets, or by OCR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docglean.extractors.extraction import Box


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `box` in page points after rotation; `confidence` is 1.0 from a text layer.

    `line` numbers the text line that the source put it in, counted from 0 on the page.
    """

    text: str
    box: Box
    confidence: float = 1.0
    source: Literal["text", "widget", "ocr"] = "text"
    line: int = 0


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of one page in reading order. `width` and `height` in page points."""

    page: int
    width: float
    height: float
    words: tuple[Word, ...]

    def text(self) -> str:
        """Plain text in reading order, lines broken where the page breaks them."""
        raise NotImplementedError
