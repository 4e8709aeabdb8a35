"""What the signals of a value come to together, for what the engine `local` reads.

A calibration adds signals up, each with one weight. Trees also know what they mean to each other:
that a rival amount says little where the sums hold, or that a code is read worse than a date on the
same bad page. They are learnt from values that labels have judged (`bench/trainings/weighed.py`),
nulls too, and what they say is two signals more, which a calibration weighs as it does all others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from docglean.extractors.calibration_file import field_key
from docglean.extractors.rules.ranker.model import model
from docglean.schemas.fields import Field

FOR, AGAINST = "signs_for", "signs_against"
MOST_ODDS = 4.0
"""Log odds that make such a signal 1: one value of 55 is otherwise."""


def weighed_features(
    field: Field, signals: Mapping[str, float], odds: float | None
) -> dict[str, float]:
    """What the trees are asked with.

    Args:
        odds: log odds that the field is read right; None where no label has told.
    """
    found = {name: one for name, one in signals.items() if one and name not in (FOR, AGAINST)}
    found[f"is_{type(field.kind).__name__}"] = 1.0
    found["listed"] = float("*" in field.path)
    found["nullable"] = float(field.nullable)
    if odds is not None:
        found["field_odds"] = odds
    return found


def weighed_signals(probability: float) -> dict[str, float]:
    """The signals of a value that is right with this probability."""
    sure = min(max(probability, 1e-6), 1 - 1e-6)
    odds = math.log(sure / (1 - sure))
    name = FOR if odds > 0 else AGAINST
    return {name: round(min(abs(odds) / MOST_ODDS, 1.0), 4)}


def add_weighed(
    schema: str,
    leaves: Sequence[tuple[str, Field, Any]],
    signals: Mapping[str, dict[str, float]],
) -> None:
    """Give each value what its other signals come to.

    Args:
        leaves: pointer, field and value, as `value_signals.fields_of` gives them.
        signals: by pointer; added to.
    """
    trees = model("weighed")
    fields = trees.record["fields"]
    rows = [
        weighed_features(field, signals[pointer], fields.get(field_key(schema, pointer)))
        for pointer, field, _ in leaves
    ]
    for (pointer, _, _), probability in zip(leaves, trees.probabilities(rows), strict=True):
        signals[pointer].update(weighed_signals(probability))
