"""Addresses at which a document of a run folder is opened, the same as long as it is there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from docglean.flows.sources import short_hash


def id_of(*names: str) -> str:
    """The id of what has these names."""
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def anchor(uri: str) -> str:
    """The element of the page of results that a document is in, whatever stands before it."""
    return f"doc-{short_hash(uri)}"


def linked_id(folder: Path, file: Path) -> str:
    """By what a link asks the review for a document: its run folder's name, and its file's below
    documents/. A review of one run and one of several know it by the same."""
    return id_of(folder.resolve().name, file.relative_to(folder / "documents").as_posix())


def document_address(folder: Path, file: Path, uri: str, review_url: str = "") -> str:
    """Where a document's page is opened.

    Args:
        folder: the run folder.
        file: the document's, below it.
        review_url: where the review server stands; without, it is the page that `docglean show`
            writes into the folder.
    """
    if review_url:
        return f"{review_url.rstrip('/')}/#doc={linked_id(folder, file)}"
    return f"{(folder.absolute() / 'show.html').as_uri()}#{anchor(uri)}"
