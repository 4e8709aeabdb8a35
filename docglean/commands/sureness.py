"""How sure a value is, what else was read in its place, and who has looked at it, for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docglean.extractors.extraction import Confidence, Extraction, OtherReading
from docglean.extractors.value_review import ValueReview
from docglean.schemas.schema import BUILT_IN

HIGH, MIDDLE = 0.9, 0.7
"""Probabilities from which a value is shown as sure, and as not unsure."""
LIKELY = 0.5
"""Share of another kind from which a document is said to look like it."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """The confidence in one value.

    Attributes:
        why: what moved it, the strongest first.
    """

    probability: float
    why: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """``high``, ``middle`` or ``low``."""
        if self.probability >= HIGH:
            return "high"
        return "middle" if self.probability >= MIDDLE else "low"

    @property
    def text(self) -> str:
        """The number; rounded down, for what is not certain never reads so."""
        return f"{math.floor(self.probability * 100 + 1e-6)} %"

    @property
    def said(self) -> str:
        """As a sentence, for readers who hear the page."""
        why = f": {'; '.join(self.why)}" if self.why else ""
        return f"{self.text} sure{why}"


def sureness(told: Confidence | None) -> Sureness | None:
    """What is shown of a confidence; None where there is none."""
    return None if told is None else Sureness(told.probability, told.why)


def others(readings: Sequence[OtherReading]) -> Iterator[str]:
    """What other engines read, as sentences."""
    for one in readings:
        why = f" ({one.why})" if one.why else ""
        if one.taken:
            yield f"taken from {one.engine}; first read: {_read(one.first)}{why}"
        else:
            yield f"{one.engine} read: {_read(one.value)}{why}"


def _read(value: object) -> str:
    return "nothing" if value is None else str(value)


def looked(told: ValueReview) -> str:
    """Who has looked at a value, and what the engine had read where that is something else."""
    was = f", read was: {_read(told.first)}" if told.look in ("corrected", "absent") else ""
    now = f", read now: {_read(told.now)}" if told.look == "asked" else ""
    return f"by {told.by}{was}{now}"


def looks_like(extraction: Extraction[Any]) -> str:
    """Which other kind the document looks like than it was read by; empty where it doesn't."""
    used = extraction.schema_used
    if used is None or not used.looks_like:
        return ""
    best, share = next(iter(used.looks_like.items()))
    if best == used.name or share < LIKELY:
        return ""
    from docglean.extractors.requests.document_kind import ALIKE, HARDLY

    asked = used.looks_like.get(used.name, 0.0)
    if {best, used.name} <= set(ALIKE) or asked > HARDLY:
        return ""
    other = f", not {_one(used.name)}" if used.name in BUILT_IN else ""
    return f"looks like {_one(best)}, {Sureness(share).text}{other}"


def _one(kind: str) -> str:
    if kind.endswith("s"):  # tables
        return kind
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
