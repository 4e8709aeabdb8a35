"""From which confidence on values are as accurate as somebody wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

WANTED = (0.95, 0.97, 0.99)
"""Accuracies for which a threshold is looked for."""
ONE_SIDED = 1.644854
"""95 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which confidence on values are as accurate as wanted.

    Attributes:
        threshold: the lowest at which those at or above it are; None where none is.
        coverage: share of the values that are at or above it.
        accuracy: of those.
        at_least: accuracy of such values to come is above this with 95 % certainty.
        sure: the lowest threshold at which `at_least` is what is wanted; None where too few
            values were judged to say so of any.
        sure_coverage: share of the values that are at or above that one.
    """

    wanted: float
    threshold: float | None = None
    coverage: float = 0.0
    accuracy: float | None = None
    at_least: float | None = None
    sure: float | None = None
    sure_coverage: float = 0.0


def thresholds(
    levels: Numbers, right: Numbers, wrong: Numbers, independent: float
) -> list[Threshold]:
    """For each accuracy of `WANTED`, from which confidence on it is reached.

    Args:
        independent: share of the values that count as independent ones; Wilson's limit is taken
            on as many.
    """
    import numpy as np

    kept = np.cumsum((right + wrong)[::-1])[::-1]
    hits = np.cumsum(right[::-1])[::-1]
    share = hits / kept
    trials = kept * independent
    z = ONE_SIDED
    middle = share + z * z / (2 * trials)
    swing = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    low = (middle - swing) / (1 + z * z / trials)

    found = []
    for wanted in WANTED:
        told: dict[str, Any] = {}
        enough = np.flatnonzero(share >= wanted)
        if len(enough):
            at = enough[0]
            told = {
                "threshold": float(levels[at]), "coverage": float(kept[at] / kept[0]),
                "accuracy": float(share[at]), "at_least": float(low[at]),
            }  # fmt: skip
        safe = np.flatnonzero(low >= wanted)
        if len(safe):
            told |= {"sure": float(levels[safe[0]]),
                     "sure_coverage": float(kept[safe[0]] / kept[0])}  # fmt: skip
        found.append(Threshold(wanted, **told))
    return found
