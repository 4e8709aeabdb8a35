"""Files that travel inside a PDF: they are not read, and that is said. Runs in a child process."""

from __future__ import annotations

import contextlib
from typing import Any

from docglean.extractors.documents.attached_files import COVER_WORDS, attached_names
from docglean.schemas.errors import Problem

ATTACHMENTS_NOT_READ = "attachments_not_read"
NAMED = 5
"""Attachments that the message names."""
MOST_LISTED = 1_000
"""Attachments that are counted: more are a flood."""


def attachment_problems(document: Any, name: str) -> tuple[Problem, ...]:
    """The problem that attachments of a `pymupdf.Document` were not read; none where it has none.

    To be looked at where they may be what the file is for: a portfolio (ISO 32000-2, 12.3.5), or a
    cover page with little on it. An electronic invoice carries its data beside the page.
    """
    names = []
    with contextlib.suppress(Exception):  # a broken list costs its names, never the pages
        names = attached_names(document, MOST_LISTED)
    if not names:
        return ()
    listed = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        least = "at least " if len(names) == MOST_LISTED else ""
        listed += f" and {least}{len(names) - NAMED:,} more"
    return (
        Problem(
            code=ATTACHMENTS_NOT_READ,
            message=f"{name}: files are attached to it, which were not read: {listed}.",
            way_out="Save the attachments as files of their own, and read these.",
            severity="review" if _is_cover(document) else "warning",
        ),
    )


def _is_cover(document: Any) -> bool:
    if document.xref_get_key(document.pdf_catalog(), "Collection")[0] != "null":
        return True
    return document.page_count == 1 and len(document[0].get_text("words")) <= COVER_WORDS
