"""Files that travel inside a PDF: they are not read, and that is said. Runs in a child process."""

from __future__ import annotations

import contextlib
from typing import Any

from docglean.extractors.documents import pdf
from docglean.schemas.errors import Problem

ATTACHMENTS_NOT_READ = "attachments_not_read"
COVER_WORDS = 40
"""Words up to which the only page of a file with attachments is their cover, not a document."""
NAMED = 5
"""Attachments that the message names."""


def attachment_problems(document: Any, name: str) -> tuple[Problem, ...]:
    """The problem that attachments of a `pymupdf.Document` were not read; none where it has none.

    To be looked at where they may be what the file is for: a portfolio (ISO 32000-2, 12.3.5), or a
    cover page with little on it. An electronic invoice carries its data beside the page.
    """
    names = _embedded(document) + _pinned(document)
    if not names:
        return ()
    listed = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        listed += f" and {len(names) - NAMED:,} more"
    return (
        Problem(
            code=ATTACHMENTS_NOT_READ,
            message=f"{name}: files are attached to it, which were not read: {listed}.",
            way_out="Save the attachments as files of their own, and read these.",
            severity="review" if _is_cover(document) else "warning",
        ),
    )


def _embedded(document: Any) -> list[str]:
    """Names of the files in the document's own list."""
    names = []
    with contextlib.suppress(Exception):  # a broken list costs its names, never the pages
        for key in document.embfile_names():
            told = key
            with contextlib.suppress(Exception):
                info = document.embfile_info(key)
                told = info.get("ufilename") or info.get("filename") or key
            names.append(_plain(told))
    return names


def _pinned(document: Any) -> list[str]:
    """Names of the files that hang on pages, as a paper clip shows."""
    kind = pdf.mupdf().PDF_ANNOT_FILE_ATTACHMENT
    names = []
    for number in range(document.page_count):
        with contextlib.suppress(Exception):
            for xref, annotation, *_ in document.page_annot_xrefs(number):
                if annotation == kind:
                    page = document[number]
                    info = page.load_annot(xref).file_info
                    names.append(_plain(info.get("filename") or "a file"))
    return names


def _is_cover(document: Any) -> bool:
    if document.xref_get_key(document.pdf_catalog(), "Collection")[0] != "null":
        return True
    return document.page_count == 1 and len(document[0].get_text("words")) <= COVER_WORDS


def _plain(name: str) -> str:
    """A file's name as it may stand in a message: without what steers a terminal."""
    return "".join(character for character in name if character.isprintable())[:80] or "a file"
