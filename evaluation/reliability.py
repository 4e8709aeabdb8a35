"""How much a confidence is worth: whether it ranks values, and whether its numbers hold.

All figures are of values, pooled, as a run gives them. Documents are resampled within their set,
because values of one document fail together; limits are percentiles of `RESAMPLES` resamples.

- AUROC: chance that a right value has more confidence than a wrong one; ties count half.
- ECE: mean distance of confidence and share right over `BINS` bins of equal width, weighted by
  their values (Guo et al., ICML 2017). Few values make it larger than it is: beside it stands what
  a confidence that is exactly right would show on as many, by chance.
- Brier: mean squared distance of confidence and 1 or 0.
- Confidence is taken to a thousandth.
- At a coverage, the surest values are kept; of values that tie, the same share of each kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from docglean.evaluation.resampling import LEVEL, SEED, Interval, drawn_weights
from docglean.evaluation.thresholds import Threshold, thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

Figure = Callable[["Numbers", "Numbers"], "Numbers"]
"""Of right and wrong values by level, a row a resample: one number a row, or several."""

RESAMPLES = 1000
AT_ONCE = 2_000_000
"""Counts held at once."""
BINS = 10
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
LOOKED_AT = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of the values that somebody looks at, the least sure first."""
FEW_DOCUMENTS = 15
"""Below, how far values of a document fail together can't be told, and each document counts as
one value: two that happen to be equally right would make thousands of them independent."""


@dataclass(frozen=True, slots=True)
class JudgedConfidence:
    """How sure a value was said to be, and whether it was right."""

    probability: float
    right: bool
    document: Hashable
    set: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Values of about the same confidence: its mean, and the share of them that is right."""

    values: int
    confidence: float
    right: Interval


@dataclass(frozen=True, slots=True)
class AtShare:
    """A figure at a share of the values."""

    share: float
    figure: Interval


@dataclass(frozen=True, slots=True)
class Reliability:
    """All of it, for one engine and one way to say how sure it is.

    Attributes:
        effective: as how many independent values these count, which fail together by document.
        auroc: None where all are right, or none is.
        ece_by_chance: the ECE if every value were right as often as its confidence says, and
            independently; mean and interval of `RESAMPLES` draws.
        caught: share of the errors among the values looked at.
    """

    values: int
    documents: int
    effective: float
    accuracy: Interval
    auroc: Interval | None
    ece: Interval
    ece_by_chance: Interval
    brier: Interval
    curve: list[Bin]
    coverage: list[AtShare]
    caught: list[AtShare]
    thresholds: list[Threshold]


def reliability(judged: Sequence[JudgedConfidence], *, seed: int = SEED) -> Reliability | None:
    """What the confidence of these values is worth; None without any."""
    import numpy as np

    if not judged:
        return None
    counts = _Counts.of(judged)
    right, wrong = counts.whole()
    spread = counts.resampled(seed)

    def intervals(figure: Figure) -> list[Interval]:
        here = _columns(figure(right[None], wrong[None]))[0]
        found = np.concatenate([_columns(figure(*part)) for part in spread])
        return [_interval(float(one), drawn) for one, drawn in zip(here, found.T, strict=True)]

    levels = counts.levels
    effective = counts.effective()
    both = right.sum() > 0 and wrong.sum() > 0
    looked_at = LOOKED_AT if both else ()
    [accuracy, error, squared] = (
        intervals(figure)[0]
        for figure in (
            _accuracy, lambda r, w: ece(levels, r, w), lambda r, w: brier(levels, r, w),
        )
    )  # fmt: skip
    return Reliability(
        values=len(judged),
        documents=len(counts.strata),
        effective=round(effective, 1),
        accuracy=accuracy,
        auroc=intervals(auroc)[0] if both else None,
        ece=error,
        ece_by_chance=ece_by_chance(levels, right + wrong, seed),
        brier=squared,
        curve=[
            Bin(int(r.sum() + w.sum()), float(levels[inside] @ (r + w) / (r + w).sum()),
                intervals(partial(_accuracy_in, inside))[0])
            for inside in _bins(levels)
            for r, w in [(right[inside], wrong[inside])]
        ],
        coverage=_at(COVERAGES, intervals(lambda r, w: accuracy_at(r, w, COVERAGES))),
        caught=_at(looked_at, intervals(lambda r, w: errors_caught(r, w, looked_at))),
        thresholds=thresholds(levels, right, wrong, effective / len(judged)),
    )  # fmt: skip


def _columns(figures: Numbers) -> Numbers:
    return figures[:, None] if figures.ndim == 1 else figures


def _at(shares: Sequence[float], figures: Sequence[Interval]) -> list[AtShare]:
    return [AtShare(share, figure) for share, figure in zip(shares, figures, strict=True)]


def _interval(here: float, drawn: Numbers) -> Interval:
    import numpy as np

    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Interval(here, here, here)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(min(float(low), here), here, max(float(high), here))


def auroc(right: Numbers, wrong: Numbers) -> Numbers:
    """Area under the receiver's curve; a row of counts a resample, by rising confidence."""
    import numpy as np

    below = np.cumsum(wrong, axis=1) - wrong
    better = (right * (below + wrong / 2)).sum(axis=1)
    return _ratio(better, right.sum(axis=1) * wrong.sum(axis=1))


def ece(levels: Numbers, right: Numbers, wrong: Numbers) -> Numbers:
    """Expected calibration error over `BINS` bins of equal width."""
    import numpy as np

    total: Numbers = np.zeros(len(right))
    for inside in _bins(levels):
        r, w = right[:, inside], wrong[:, inside]
        total = total + np.abs(r.sum(axis=1) - (r + w) @ levels[inside])
    return _ratio(total, (right + wrong).sum(axis=1))


def ece_by_chance(levels: Numbers, total: Numbers, seed: int) -> Interval:
    """ECE of a confidence that is exactly right, on as many values of each level."""
    import numpy as np

    counts = total.astype(int)
    right = np.random.default_rng(seed).binomial(counts, levels, (RESAMPLES, len(levels)))
    drawn = ece(levels, right, counts - right)
    return _interval(float(drawn.mean()), drawn)


def brier(levels: Numbers, right: Numbers, wrong: Numbers) -> Numbers:
    """Brier score (Brier, Monthly Weather Review 78, 1950)."""
    return _ratio(right @ (1 - levels) ** 2 + wrong @ levels**2, (right + wrong).sum(axis=1))


def accuracy_at(right: Numbers, wrong: Numbers, coverages: Sequence[float]) -> Numbers:
    """Share right among the surest of the values; a column for each coverage."""
    import numpy as np

    kept = (right + wrong).sum(axis=1, keepdims=True) * np.asarray(coverages)
    return _ratio(_among_surest(right, right + wrong, kept), kept)


def errors_caught(right: Numbers, wrong: Numbers, shares: Sequence[float]) -> Numbers:
    """Share of the errors that stand among the least sure values; a column for each share."""
    import numpy as np

    left = (right + wrong).sum(axis=1, keepdims=True) * (1 - np.asarray(shares))
    every = wrong.sum(axis=1, keepdims=True) * np.ones(left.shape)
    return _ratio(every - _among_surest(wrong, right + wrong, left), every)


# --- counting ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Counts:
    """Right and wrong values by document and level of confidence, sparse.

    Attributes:
        levels: each confidence that was told, to a thousandth, rising.
        strata: set of each document.
    """

    levels: Numbers
    strata: tuple[Hashable, ...]
    right: Any
    wrong: Any

    @classmethod
    def of(cls, judged: Sequence[JudgedConfidence]) -> _Counts:
        import numpy as np
        from scipy.sparse import csr_array

        levels, at = np.unique(
            np.round([one.probability for one in judged], 3), return_inverse=True
        )
        whose = [(one.set, one.document) for one in judged]
        documents = {one: place for place, one in enumerate(dict.fromkeys(whose))}
        row = np.asarray([documents[one] for one in whose])
        hit = np.asarray([one.right for one in judged], dtype=float)
        shape = len(documents), len(levels)
        counts = [csr_array((part, (row, at)), shape=shape) for part in (hit, 1 - hit)]
        return cls(levels, tuple(name for name, _ in documents), *counts)

    def whole(self) -> tuple[Numbers, Numbers]:
        return self.right.sum(axis=0), self.wrong.sum(axis=0)

    def resampled(self, seed: int) -> list[tuple[Numbers, Numbers]]:
        """Counts by level in every resample of the documents."""
        import numpy as np

        random = np.random.default_rng(seed)
        step = max(1, AT_ONCE // max(len(self.strata), len(self.levels)))
        found = []
        for start in range(0, RESAMPLES, step):
            weights = drawn_weights(random, self.strata, min(step, RESAMPLES - start))
            found.append((weights @ self.right, weights @ self.wrong))
        return found

    def effective(self) -> float:
        """Values by the design effect (Kish, Survey Sampling, 1965) of the share that is right."""
        right, wrong = self.right.sum(axis=1), self.wrong.sum(axis=1)
        total, documents = right + wrong, len(right)
        share = right.sum() / total.sum()
        plain = share * (1 - share) * total.sum()
        if documents < FEW_DOCUMENTS or plain == 0:
            return float(documents)
        clustered = ((right - share * total) ** 2).sum() * documents / (documents - 1)
        return float(total.sum() / max(1.0, clustered / plain))


def _bins(levels: Numbers) -> list[Numbers]:
    """Places of the levels in each bin that has some; a limit belongs to the bin above it."""
    import numpy as np

    inside = np.minimum((levels * BINS + 1e-9).astype(int), BINS - 1)
    return [np.flatnonzero(inside == one) for one in np.unique(inside)]


def _among_surest(some: Numbers, total: Numbers, kept: Numbers) -> Numbers:
    """How many of some values are among the surest `kept`; of those that tie, their share."""
    import numpy as np

    above = np.cumsum(np.pad(total[:, ::-1], ((0, 0), (1, 0))), axis=1)
    theirs = np.cumsum(np.pad(some[:, ::-1], ((0, 0), (1, 0))), axis=1)
    rows = zip(kept, above, theirs, strict=True)
    return np.asarray([np.interp(*row) for row in rows]).reshape(kept.shape)


def _accuracy(right: Numbers, wrong: Numbers) -> Numbers:
    return _ratio(right.sum(axis=1), (right + wrong).sum(axis=1))


def _accuracy_in(inside: Numbers, right: Numbers, wrong: Numbers) -> Numbers:
    return _accuracy(right[:, inside], wrong[:, inside])


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    import numpy as np

    found: Numbers = np.divide(part, whole, out=np.full(part.shape, math.nan), where=whole > 0)
    return found
