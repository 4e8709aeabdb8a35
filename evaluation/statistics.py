"""How sure a figure is: intervals over documents, paired comparisons, and how many more it takes.

Fields of one page fail together, so documents are the unit: what is resampled is documents, never
fields. Sets are strata: a pooled figure is the mean of the sets' figures, and documents are
resampled within their set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docglean.evaluation.resampling import (
    LEVEL,
    RESAMPLES,
    SEED,
    Draws,
    Interval,
    flip_p_value,
    wilson_limits,
)

__all__ = [
    "LEVEL",
    "RESAMPLES",
    "SEED",
    "Counts",
    "Interval",
    "difference_interval",
    "difference_p_value",
    "documents_needed",
    "holm",
    "mcnemar",
    "pass_all",
    "ratio_interval",
    "spread",
    "wilson",
]

Z = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
POWER_Z = 0.841621
"""One-sided 80 % quantile: the chance to see a difference that is there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One document of one engine, summed over what is counted and averaged over repeats.

    Attributes:
        document: its id, the same for every engine.
        stratum: the set that it belongs to.
        hits: e.g. right values.
        total: e.g. labelled values; documents with 0 are left out of a figure.
    """

    document: str
    stratum: str
    hits: float
    total: float


def wilson(hits: int, total: int) -> Interval:
    """A share of documents with Wilson's interval (Wilson, JASA 22, 1927)."""
    if total == 0:
        return Interval(0.0, math.nan, 1.0)
    low, high = wilson_limits(hits, total)
    return Interval(low, hits / total, high)


def ratio_interval(counts: Sequence[Counts]) -> Interval:
    """Share of hits over all documents (mean of the sets' shares), bootstrapped over documents.

    BCa; where it is undefined (every document alike), Wilson's interval on as many documents.
    """
    draws = Draws(tuple(c.stratum for c in counts))
    found = draws.interval([c.hits for c in counts], [c.total for c in counts]) if counts else None
    return found or Interval(0.0, math.nan, 1.0)


def difference_interval(left: Sequence[Counts], right: Sequence[Counts]) -> Interval:
    """`left` minus `right` on the documents that both have, by the paired bootstrap.

    An interval of width 0 where the engines agree on every document.
    """
    pairs = _pairs(left, right)
    if not pairs:
        return Interval(-1.0, math.nan, 1.0)
    found = Draws(tuple(ours.stratum for ours, _ in pairs)).interval(
        [ours.hits - theirs.hits for ours, theirs in pairs],
        [ours.total for ours, _ in pairs],
        difference=True,
    )
    return found or Interval(-1.0, math.nan, 1.0)


def difference_p_value(left: Sequence[Counts], right: Sequence[Counts]) -> float:
    """p-value that the two are alike, by the paired randomisation test over documents.

    Says no before six documents differ, where a bootstrap interval may be too bold.
    """
    pairs = _pairs(left, right)
    totals: dict[str, float] = {}
    for ours, _ in pairs:
        totals[ours.stratum] = totals.get(ours.stratum, 0.0) + ours.total
    return flip_p_value(
        [(ours.hits - theirs.hits) / totals[ours.stratum] for ours, theirs in pairs]
    )


def mcnemar(left: Mapping[str, bool], right: Mapping[str, bool]) -> float:
    """p-value of the exact McNemar test on documents that are wholly right (McNemar, 1947)."""
    from statsmodels.stats.contingency_tables import mcnemar as exact

    shared = left.keys() & right.keys()
    only_left = sum(left[d] and not right[d] for d in shared)
    only_right = sum(right[d] and not left[d] for d in shared)
    if only_left + only_right == 0:
        return 1.0
    return float(exact([[0, only_left], [only_right, 0]], exact=True).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm, Scand. J. Statist. 6, 1979)."""
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def documents_needed(interval: Interval, documents: int, *, difference: float) -> int | None:
    """Documents that show a true `difference` with 80 % chance, by the spread seen so far.

    Intervals narrow with the root of the number of documents:
    ``n' = n * ((z_0.975 + z_0.8) * se / difference) ** 2``, with the standard error ``se`` that
    the interval tells. Where no document differs yet, at most 3 in n do (the rule of three), so
    it takes ``3 / difference``. None with fewer than three documents.

    Args:
        interval: of the difference, on `documents`.
    """
    if documents < 3 or difference <= 0:
        return None
    error = (interval.high - interval.low) / (2 * Z)
    if error == 0:
        return math.ceil(3 / difference)
    return math.ceil(documents * ((Z + POWER_Z) * error / difference) ** 2)


def pass_all(repeats: Mapping[str, Sequence[bool]]) -> float | None:
    """pass^k: share of documents that are right in every repeat."""
    if not repeats:
        return None
    return sum(all(runs) for runs in repeats.values()) / len(repeats)


def spread(figures: Sequence[float]) -> float:
    """Run-to-run spread: the largest figure of the repeats less the smallest."""
    return max(figures) - min(figures) if figures else 0.0


def _pairs(left: Sequence[Counts], right: Sequence[Counts]) -> list[tuple[Counts, Counts]]:
    theirs = {(c.stratum, c.document): c for c in right}
    return [
        (c, theirs[c.stratum, c.document])
        for c in left
        if c.total and (c.stratum, c.document) in theirs
    ]
