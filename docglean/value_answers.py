"""A value as services and agents are told it: with where it stands, or that it is not found.

What was read but stands nowhere in the document is not told as a value: whoever asks for one value
would take it for what the page says.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from docglean.extractors.evidence import Confidence, Evidence, OtherReading
from docglean.extractors.extraction import Extraction, Status
from docglean.extractors.extraction_faces import FoundValue
from docglean.schemas.errors import DocgleanError, Problem
from docglean.schemas.pointers import leaves

ABSENT = "The document has no such value, as far as it was read."
NOWHERE = (
    "A value was read, but it stands nowhere in the document: it may be inferred, or wrong. Look "
    "at the document."
)
SHOWN = 40
"""Pointers that a message names."""


class ValueAnswer(BaseModel):
    """One value of a document.

    Attributes:
        pointer: where it stands in the data (RFC 6901), as ``/lines/0/amount``.
        found: it stands in the document, where `evidence` says; else `value` is null and `why`
            tells the cause.
        value: as JSON has it; amounts and dates are text.
        confidence: how likely it is right; where nothing was found, how likely the document has
            no such value.
        readings: those of other engines.
        problems: that are about it.
        document, status, engine: what it was read from, how that ended, and by whom.
        cost: US dollars paid for the document when it was read; null where it is not known.
    """

    model_config = ConfigDict(frozen=True)

    pointer: str
    found: bool
    value: Any = None
    why: str = ""
    evidence: Evidence | None = None
    confidence: Confidence | None = None
    readings: tuple[OtherReading, ...] = ()
    problems: tuple[Problem, ...] = ()
    document: str
    status: Status
    engine: str
    cost: Decimal | None


def value_answer(extraction: Extraction[Any], pointer: str) -> ValueAnswer:
    """The value at a pointer.

    Raises:
        DocgleanError: ``no_value``, the data has nothing there; ``not_one_value``, it is a list
            or has parts, each with a place of its own.
    """
    found = extraction.value(pointer)
    if isinstance(found.value, dict | list):
        inner = [f"{pointer}{rest}" for rest, _ in leaves(found.value)]
        more = f" and {len(inner) - SHOWN} more" if len(inner) > SHOWN else ""
        raise DocgleanError(
            "not_one_value",
            f"{pointer or 'The whole data'} is no single value.",
            f"Ask for one of: {', '.join(inner[:SHOWN])}{more}." if inner else "It is empty.",
        )
    return _answer(extraction, found)


def value_answers(extraction: Extraction[Any]) -> list[ValueAnswer]:
    """All values of a document, in the order of its schema."""
    return [
        _answer(extraction, extraction.value(pointer))
        for pointer, _ in leaves(extraction.values or {})
    ]


def _answer(extraction: Extraction[Any], told: FoundValue) -> ValueAnswer:
    evidence = told.evidence
    located = evidence is not None and evidence.how != "not_found"
    found = told.value is not None and located
    why = "" if found else (ABSENT if told.value is None else NOWHERE)
    return ValueAnswer(
        pointer=told.pointer,
        found=found,
        value=told.value if found else None,
        why=why,
        evidence=evidence,
        confidence=told.confidence,
        readings=told.readings if found else (),
        problems=told.problems,
        document=extraction.document.name,
        status=extraction.status,
        engine=extraction.engine,
        cost=extraction.spending.cost,
    )
