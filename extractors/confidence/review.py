"""Which values are too unsure to be let through unseen, and what is said of them.

A null counts where its confidence is calibrated, or where it is likelier that the document has a
value than not. A shipped prior does not know how often a field stands on such documents, and
would send each one to review in which an optional field is absent; that a required one is missing
is an error of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from docglean.extractors.extraction import Confidence
from docglean.schemas.errors import Problem
from docglean.schemas.pointers import value_at

CODE = "unsure_value"
DOUBTED_NULL = 0.5
"""Probability below which a null counts whose confidence is a prior's."""


def judged(
    values: Mapping[str, Any] | None, confidence: Mapping[str, Confidence]
) -> list[tuple[str, Confidence]]:
    """Pointers of the values that count, with their confidence, the least sure first."""
    counted = [
        (pointer, one)
        for pointer, one in confidence.items()
        if one.calibrated or one.probability < DOUBTED_NULL or value_at(values, pointer) is not None
    ]
    return sorted(counted, key=lambda pair: pair[1].probability)


def unsure_values(
    values: Mapping[str, Any] | None, confidence: Mapping[str, Confidence], below: float | None
) -> list[Problem]:
    """The problem of a document with values that are less sure than wanted.

    Args:
        below: probability, 0 to 1; None where nobody asked.
    """
    if below is None:
        return []
    counted = judged(values, confidence)
    unsure = [(pointer, one) for pointer, one in counted if one.probability < below]
    if not unsure:
        return []
    worst, least = unsure[0]
    how = f"of {len(counted)} values {'is' if len(unsure) == 1 else 'are'}"
    prior = "" if least.calibrated else ", not calibrated"
    return [
        Problem(
            code=CODE,
            message=f"{len(unsure)} {how} less sure than {percent(below)}, the "
            f"least {worst} ({percent(least.probability)}{prior}).",
            paths=tuple(pointer for pointer, _ in unsure),
        )
    ]


def percent(share: float) -> str:
    """A probability for people, rounded down: what is not certain never reads so."""
    return f"{math.floor(share * 1000 + 1e-6) / 10:g}%"
