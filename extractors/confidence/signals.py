"""What tells how sure a value is, without asking anybody: a few named numbers from 0 to 1.

A signal is a row of `SIGNALS`; whoever knows of one (grounding, the reader, checks) gives it by
that name, 0 or left out where it does not hold. What each is worth is data: `calibration`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.schemas.errors import Problem

SIGNALS: Mapping[str, str] = {
    "absent": "no value was found",
    "exact": "printed on the page in the same characters",
    "normalised": "printed on the page in another form",
    "fuzzy": "only something like it stands on the page",
    "nowhere": "stands nowhere in the document",
    "problem": "a check or a second reading speaks against it",
    "token_mean": "how sure the model was of its characters",
    "token_least": "how sure the model was of the character it doubted most",
    "field": "what is known of this field",
}
"""Each signal in words that a person reads."""


def signals_of(
    value: Any, evidence: Evidence | None, pointer: str, problems: Iterable[Problem]
) -> dict[str, float]:
    """The signals of one value that evidence and problems give."""
    found: dict[str, float] = {}
    if value is None:
        found["absent"] = 1.0
    elif evidence is None or evidence.how == "not_found":
        found["nowhere"] = 1.0
    else:
        found[evidence.how] = 1.0
    if any(problem.path == pointer for problem in problems):
        found["problem"] = 1.0
    return found
