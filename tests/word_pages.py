"""Pages of words on a grid, for tests that need no file; and a small till slip as a file."""

from __future__ import annotations

from pathlib import Path

import pymupdf
from docglean.extractors.documents.words import PageWords, Word

SLIP = ("Corner Shop Ltd", "2024-03-05", "Pears   2   1.00   2.00", "Plums   1   3.50   3.50",
        "Total 5.50")  # fmt: skip


def page(*rows: str, score: float = 1.0, hidden: str = "") -> PageWords:
    """A page of 400 x 400 points; a row stands every 20 points, a word is 50 wide, a gap 10."""
    words = [
        Word(text, (60.0 * column, 20.0 * row, 60.0 * column + 50, 20.0 * row + 10), score, "ocr")
        for row, line in enumerate(rows)
        for column, text in enumerate(line.split())
    ]
    unseen = tuple(Word(text, (0, 0, 1, 1)) for text in hidden.split())
    return PageWords(1, 400, 400, tuple(words), hidden=unseen)


def till_slip(path: Path) -> Path:
    """A PDF with `SLIP` on it."""
    pdf = pymupdf.open()
    sheet = pdf.new_page(width=300, height=300)
    for number, text in enumerate(SLIP):
        sheet.insert_text((20, 30 + 20 * number), text)
    pdf.save(path)
    return path
