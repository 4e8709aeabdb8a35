"""Files of which the signs between their pages are not sure where they are divided."""

from __future__ import annotations

from pathlib import Path

import pymupdf

ONE, TWO = 30, 45
"""Points by which the second document stands further right: the signs then make one document of
the file, or two, and are not sure of either."""
BEGIN = 3
"""The page on which the second document begins."""


def unsure_packet(path: Path, shift: int = TWO, *, documents: int = 2) -> Path:
    """Delivery notes of two pages each, with a number and a word."""
    pages = pymupdf.open()
    for place in range(2 * documents):
        document = place // 2
        page = pages.new_page()
        left = 72 + shift * (document % 2)
        if place % 2 == 0:
            page.insert_text((left, 60), "Delivery note", fontsize=18)
            page.insert_text((left, 100), f"number: {document}")
        for line in range(6):
            goods = f"Goods of the kind {'abcdef'[line]}{place}{line}"
            page.insert_text((left, 200 + 20 * line), goods)
        last = f"word: w{document}" if place % 2 else "to be signed"
        page.insert_text((left, 500), last)
    pages.save(path)
    return path
