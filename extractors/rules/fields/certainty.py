"""How sure the rules were of each field: signals of what they weighed, for its confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docglean.extractors.rules.fields.candidates import Candidate

Signals = dict[str, dict[str, float]]
"""By JSON pointer, then by the names of `confidence.signals`; those at 0 are left out."""


def certainty(
    candidates: Mapping[str, Sequence[Candidate]], chosen: Mapping[str, tuple[Any, Candidate]]
) -> Signals:
    """Signals of the fields that have a value, and of those that have none though something on
    the pages might be one.

    Args:
        candidates: all of a field, by its path, the likeliest first.
        chosen: as `assignment.pick` gives it.
    """
    found: Signals = {}
    for path, ones in candidates.items():
        if path in chosen:
            found[path] = _of_value(chosen[path][1], ones)
        elif ones:
            found[path] = {"rule_discarded": _within(ones[0].score)}
    return found


def _of_value(taken: Candidate, ones: Sequence[Candidate]) -> dict[str, float]:
    rival = max((one.score for one in ones if str(one.value) != str(taken.value)), default=0.0)
    gap = taken.score - rival
    if taken.lead is not None:
        gap = min(gap, taken.lead)
    signals = {
        "rule_score": _within(taken.score),
        "rule_gap": _within(gap),
        "rule_caption": float(taken.caption is not None),
        "rule_overruled": float(rival > taken.score),
    }
    return {name: value for name, value in signals.items() if value}


def _within(score: float) -> float:
    return max(0.0, min(1.0, score))
