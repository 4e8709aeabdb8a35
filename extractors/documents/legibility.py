"""Whether OCR could read a page: its weights know some scripts only, and need clear print."""

from __future__ import annotations

from docglean.extractors.documents.words import PageWords
from docglean.schemas.errors import Problem

SCRIPT_UNREADABLE = "script_unreadable"
"""Code of the problem that OCR reads little of a page."""
LEGIBLE = 0.92
"""Mean confidence of the characters that OCR gives, from which a page counts as read. Of 45 real
scans (receipts, faxed forms, tables) the worst has 0.958; of pages drawn in scripts that the
weights do not know the best had 0.89."""
CHARACTERS = 5
"""Characters by OCR from which a page is judged."""


def legibility(page: PageWords) -> float | None:
    """Mean confidence of the characters that OCR read; None where they are few of the page's."""
    words = [word for word in page.words if word.source == "ocr"]
    count = sum(len(word.text) for word in words)
    if count < CHARACTERS or 2 * count < sum(len(word.text) for word in page.words):
        return None
    return sum(word.confidence * len(word.text) for word in words) / count


def problems_of(name: str, page: PageWords) -> list[Problem]:
    """That a page of the document `name` is in a script that OCR does not know, or too faint."""
    sure = legibility(page)
    if sure is None or sure >= LEGIBLE:
        return []
    return [
        Problem(
            code=SCRIPT_UNREADABLE,
            message=f"{name}, page {page.page}: OCR is unsure of what it read ({sure:.0%}): the "
            "page is in a script that its weights do not know, or too faint.",
            page=page.page,
            way_out="Look at its values; `docglean doctor` tells the scripts. A model that is "
            "shown the page itself may read others.",
        )
    ]
