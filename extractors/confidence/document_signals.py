"""What a document as a whole tells of how sure its values are."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from docglean.extractors.confidence.word_signals import PageSignals
from docglean.extractors.extraction import SchemaRecord
from docglean.schemas.errors import Problem


def document_signals(
    pages: Iterable[PageSignals], record: SchemaRecord | None, problems: Iterable[Problem]
) -> dict[str, float]:
    """Signals that all values of a document have, nulls too.

    Args:
        pages: those whose words were read.
        record: how the schema was chosen, and what the document looks like.
        problems: of the answer and of the document's kind.
    """
    found = {"kind_doubt": kind_doubt(record, problems)}
    read = list(pages)
    if read:
        found["page_doubt"] = fmean(page.doubt for page in read)
    return found


def kind_doubt(record: SchemaRecord | None, problems: Iterable[Problem]) -> float:
    """How far the document may be of another kind than it is read as, 0 to 1."""
    if any(problem.code == "other_kind" for problem in problems):
        return 1.0
    if record is None:
        return 0.0
    if record.looks_like:
        return 1 - record.looks_like.get(record.name, max(record.looks_like.values()))
    return 0.0 if record.certainty is None else 1 - record.certainty
