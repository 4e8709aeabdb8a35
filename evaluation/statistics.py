"""How sure a figure is: intervals over documents, paired comparisons, and how many more it takes.

Fields of one page fail together, so documents are the unit: what is resampled is documents, never
fields. Sets are strata: a pooled figure is the mean of the sets' figures, and documents are
resampled within their set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RESAMPLES = 5000
SEED = 20260101
LEVEL = 0.95
Z = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
POWER_Z = 0.841621
"""One-sided 80 % quantile: the chance to see a difference that is there."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval; all three are shares from 0 to 1 (or differences)."""

    low: float
    estimate: float
    high: float

    @property
    def spans_zero(self) -> bool:
        """Whether no difference is shown."""
        return self.low <= 0 <= self.high


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
    from statsmodels.stats.proportion import proportion_confint

    if total == 0:
        return Interval(0.0, math.nan, 1.0)
    low, high = proportion_confint(hits, total, alpha=1 - LEVEL, method="wilson")
    return Interval(float(low), hits / total, float(high))


def ratio_interval(counts: Sequence[Counts]) -> Interval:
    """Share of hits over all documents (mean of the sets' shares), bootstrapped over documents.

    BCa (Efron, JASA 82, 1987); where it is undefined (every document alike), Wilson's interval on
    documents with all hits.
    """
    strata = _strata(counts)
    if not strata:
        return Interval(0.0, math.nan, 1.0)
    return _bootstrap(strata, lambda hits, total: hits / total) or wilson(
        sum(c.hits >= c.total for c in counts if c.total), sum(bool(c.total) for c in counts)
    )


def difference_interval(left: Sequence[Counts], right: Sequence[Counts]) -> Interval:
    """`left` minus `right` on the documents that both have, by the paired bootstrap.

    An interval of width 0 where the engines agree on every document.
    """
    import numpy as np

    theirs = {(c.stratum, c.document): c for c in right}
    pairs = [
        (c, theirs[c.stratum, c.document])
        for c in left
        if (c.stratum, c.document) in theirs and c.total
    ]
    if not pairs:
        return Interval(-1.0, math.nan, 1.0)
    strata: dict[str, list[tuple[float, float, float]]] = {}
    for ours, other in pairs:
        strata.setdefault(ours.stratum, []).append((ours.hits, other.hits, ours.total))
    arrays = [np.asarray(rows, dtype=float) for rows in strata.values()]
    estimate = float(
        np.mean([(rows[:, 0].sum() - rows[:, 1].sum()) / rows[:, 2].sum() for rows in arrays])
    )
    found = _bootstrap(
        [np.column_stack([rows[:, 0] - rows[:, 1], rows[:, 2]]) for rows in arrays],
        lambda hits, total: hits / total,
    )
    return found or Interval(estimate, estimate, estimate)


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


def documents_needed(
    left: Sequence[Counts], right: Sequence[Counts], *, difference: float
) -> int | None:
    """Documents that show a true `difference` with 80 % chance, by the spread seen so far.

    Normal approximation for paired differences of a document's share:
    ``n = ((z_0.975 + z_0.8) * sd / difference) ** 2``. None with fewer than three documents.
    """
    theirs = {(c.stratum, c.document): c for c in right}
    differences = [
        c.hits / c.total - theirs[c.stratum, c.document].hits / c.total
        for c in left
        if c.total and (c.stratum, c.document) in theirs
    ]
    if len(differences) < 3 or difference <= 0:
        return None
    mean = sum(differences) / len(differences)
    variance = sum((d - mean) ** 2 for d in differences) / (len(differences) - 1)
    if variance == 0:
        return len(differences)
    return math.ceil(((Z + POWER_Z) ** 2) * variance / difference**2)


def pass_all(repeats: Mapping[str, Sequence[bool]]) -> float | None:
    """pass^k: share of documents that are right in every repeat."""
    if not repeats:
        return None
    return sum(all(runs) for runs in repeats.values()) / len(repeats)


def spread(figures: Sequence[float]) -> float:
    """Run-to-run spread: the largest figure of the repeats less the smallest."""
    return max(figures) - min(figures) if figures else 0.0


def _strata(counts: Sequence[Counts]) -> list[Any]:
    import numpy as np

    strata: dict[str, list[tuple[float, float]]] = {}
    for c in counts:
        if c.total:
            strata.setdefault(c.stratum, []).append((c.hits, c.total))
    return [np.asarray(rows, dtype=float) for rows in strata.values()]


def _bootstrap(strata: Sequence[Any], ratio: Any) -> Interval | None:
    """BCa interval of the mean over strata of `ratio` of sums; None where it is undefined.

    scipy resamples each of several samples on its own, which is the stratified bootstrap.
    """
    import warnings

    import numpy as np
    from scipy.stats import bootstrap

    def figure(*chosen: Any, axis: int = -1) -> Any:
        parts = [
            ratio(rows[index, 0].sum(axis=axis), rows[index, 1].sum(axis=axis))
            for rows, index in zip(strata, chosen, strict=True)
        ]
        return np.mean(parts, axis=0)

    indices = tuple(np.arange(len(rows)) for rows in strata)
    estimate = float(figure(*indices))
    if any(len(index) < 2 for index in indices):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constant data: told by NaN below
        found = bootstrap(
            indices,
            figure,
            n_resamples=RESAMPLES,
            confidence_level=LEVEL,
            method="BCa",
            vectorized=True,
            rng=np.random.default_rng(SEED),
        ).confidence_interval
    if math.isnan(found.low) or math.isnan(found.high):
        return None
    return Interval(float(found.low), estimate, float(found.high))
