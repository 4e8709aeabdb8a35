"""A labelled document within a request, before the document itself. Which of them are near is found
out in `docglean.extractors.examples`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.versions import EXAMPLES_VERSION


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document as a request shows it: its first page, then what is right.

    Attributes:
        document: SHA-256 of the file.
        pages: of the document.
        reads: as `Request.reads`, of its page.
        values: what is labelled, as JSON text with sorted keys.
        tokens: of its page; `pixels` of that, 0 where no image is sent.
    """

    document: str
    pages: int
    reads: str
    values: str
    tokens: int
    pixels: int = 0


def facts_of(examples: Sequence[Example]) -> list[object]:
    """What examples are to the key of a request: nothing where there are none."""
    if not examples:
        return []
    return [[EXAMPLES_VERSION, *([one.document, one.reads, one.values] for one in examples)]]
