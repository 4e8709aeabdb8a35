"""How sure the rules were of each field: signals of what they weighed, for its confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.ranking import log_odds

SUREST = 0.999
"""Probability than which nothing is surer."""

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
    gap = taken.score - rival if taken.lead is None else min(1 - rival, taken.lead)
    signals = {
        "rule_score": sureness(taken.score),
        "rule_gap": sureness(gap),
        "rule_caption": float(taken.caption is not None),
        "rule_overruled": float(rival > taken.score),
        **taken.sure,
    }
    return {name: value for name, value in signals.items() if value}


def sureness(probability: float) -> float:
    """Log-odds of what is likelier than not, 0 to 1: 0.9 to 0.99 is as far as 0.99 to 0.999."""
    return _within(log_odds(probability) / log_odds(SUREST))


def _within(score: float) -> float:
    return max(0.0, min(1.0, score))
