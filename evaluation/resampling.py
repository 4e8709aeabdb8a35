"""Documents drawn again and again: one draw serves every figure of the same documents.

Documents are resampled within their stratum (their set); a figure is the mean over the strata, so
that a large set does not drown a small one. A resample is a row of weights, how often each document
was drawn; sums of many figures are then one matrix product, and 10,000 documents need no more
memory than a few hundred (``scipy.stats.bootstrap`` holds all resamples and all jackknife samples
of one figure at once).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

RESAMPLES = 5000
SEED = 20260101
LEVEL = 0.95
AT_ONCE = 4_000_000
"""Weights held at once (8 bytes each)."""
FLIPS = 9999
EXACT_FLIPS = 13
"""Documents up to which all their 2^n changes of sign are counted, not drawn."""


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


@dataclass(frozen=True)
class Draws:
    """Documents by stratum, resampled with a fixed seed.

    Attributes:
        strata: stratum of each document.
        seed: of the resampling; the same documents are always drawn alike.
    """

    strata: tuple[Hashable, ...]
    resamples: int = RESAMPLES
    seed: int = SEED
    _subsets: dict[bytes, list[Numbers]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _codes(self) -> Numbers:
        import numpy as np

        names = {name: code for code, name in enumerate(dict.fromkeys(self.strata))}
        return np.asarray([names[name] for name in self.strata], dtype=np.int64)

    def intervals(
        self,
        figures: Sequence[tuple[Numbers, Numbers]],
        *,
        difference: bool = False,
        bounded: bool = True,
    ) -> list[Interval | None]:
        """Ratio of sums with its BCa interval (Efron, JASA 82, 1987), for each of many figures.

        Documents with nothing to count are left out of a figure. Where every document is alike,
        the bootstrap says nothing: then Wilson's interval on as many documents, or for a
        difference one of no width. A set of one document doesn't tell how much its documents
        differ: then the width is that of all documents drawn as one set.

        Args:
            figures: (hits, total) of each; arrays by document, or by document and field: then
                a stratum's figure is the mean over the fields that are counted there.
            difference: hits may be negative, and the figure lies between -1 and 1.
            bounded: False for ratios that may exceed 1, such as word errors by words.

        Returns:
            One interval a figure, None where no document counts.
        """
        import numpy as np

        found: list[Interval | None] = [None] * len(figures)
        alike: dict[bytes, list[int]] = {}
        columns = []
        for place, (hits, total) in enumerate(figures):
            two = [np.asarray(array, dtype=float) for array in (hits, total)]
            two = [array[:, None] if array.ndim == 1 else array for array in two]
            columns.append((two[0], two[1]))
            keep = (two[1] > 0).any(axis=1)
            if keep.any():
                alike.setdefault(keep.tobytes(), []).append(place)
        for mask, places in alike.items():
            keep = np.frombuffer(mask, dtype=bool)
            chosen = [(columns[p][0][keep], columns[p][1][keep]) for p in places]
            for place, interval in zip(
                places,
                self._subset(self._codes[keep], chosen, difference, bounded),
                strict=True,
            ):
                found[place] = interval
        return found

    def interval(
        self, hits: Any, total: Any, *, difference: bool = False, bounded: bool = True
    ) -> Interval | None:
        """One figure, see `intervals`."""
        return self.intervals([(hits, total)], difference=difference, bounded=bounded)[0]

    def _subset(
        self,
        codes: Numbers,
        figures: list[tuple[Numbers, Numbers]],
        difference: bool,
        bounded: bool,
    ) -> list[Interval]:
        import numpy as np

        groups = [np.flatnonzero(codes == code) for code in np.unique(codes)]
        estimates = [_jackknife(groups, *figure)[0] for figure in figures]
        # A single document of a set says nothing of its spread.
        drawn = groups if all(len(group) > 1 for group in groups) else [np.arange(len(codes))]
        centres, accelerations, constant = [], [], []
        for hits, total in figures:
            centre, left_out = _jackknife(drawn, hits, total)
            centres.append(centre)
            accelerations.append(_acceleration(left_out))
            constant.append(_is_constant(left_out))
        results: list[Interval] = []
        moving = [place for place, still in enumerate(constant) if not still]
        spread = self._distributions(drawn, [figures[place] for place in moving])
        for place, estimate in enumerate(estimates):
            found = None
            if place in moving:
                found = _bca(spread[moving.index(place)], centres[place], accelerations[place])
            if found is not None:
                shift = estimate - centres[place]
                low, high = found[0] + shift, found[1] + shift
            elif difference:
                few = len(codes) < 2
                low, high = (-1.0, 1.0) if few else (estimate, estimate)
            elif estimate <= 1:
                low, high = wilson_limits(estimate * len(codes), len(codes))
            else:
                low = high = estimate
            floor = -1.0 if difference else 0.0
            ceiling = 1.0 if bounded else math.inf
            results.append(
                Interval(
                    max(floor, min(low, estimate)), estimate, min(ceiling, max(high, estimate))
                )
            )
        return results

    def _distributions(
        self, groups: list[Numbers], figures: list[tuple[Numbers, Numbers]]
    ) -> list[Numbers]:
        """Each figure in every resample."""
        import numpy as np

        if not figures:
            return []
        random = np.random.default_rng(self.seed)
        sums = [np.concatenate([np.concatenate(figure, axis=1)[group] for figure in figures],
                               axis=1) for group in groups]  # fmt: skip
        documents = max(len(group) for group in groups)
        step = max(1, min(self.resamples, AT_ONCE // documents))
        parts: list[list[Numbers]] = [[] for _ in figures]
        for start in range(0, self.resamples, step):
            rows = min(step, self.resamples - start)
            totals = [_weights(random, rows, len(group)) @ columns
                      for group, columns in zip(groups, sums, strict=True)]  # fmt: skip
            at = 0
            for place, (hits, _) in enumerate(figures):
                width = hits.shape[1]
                parts[place].append(
                    _mean_of_groups(
                        [(group[:, at : at + width], group[:, at + width : at + 2 * width])
                         for group in totals]
                    )
                )  # fmt: skip
                at += 2 * width
        return [np.concatenate(part) for part in parts]


def wilson_limits(hits: float, total: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson, JASA 22, 1927); `hits` may be a fraction."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, total, alpha=1 - LEVEL, method="wilson")
    return float(low), float(high)


def flip_p_value(differences: Any, *, seed: int = SEED) -> float:
    """Two-sided p-value of the paired randomisation test (Fisher, 1935).

    If two engines were alike, each document's difference might as well have the other sign. The
    statistic is their sum; all changes of sign are counted up to `EXACT_FLIPS` documents that
    differ, else `FLIPS` drawn ones. So fewer than six documents that differ never reach 5 %.

    Args:
        differences: one for each document, weighted as in the figure.
    """
    import numpy as np

    moved = np.asarray(differences, dtype=float)
    moved = np.abs(moved[moved != 0])
    observed = abs(float(np.asarray(differences, dtype=float).sum()))
    if not len(moved):
        return 1.0
    least = observed * (1 - 1e-9)
    if len(moved) <= EXACT_FLIPS:
        bits = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float((np.abs((bits * 2 - 1) @ moved) >= least).mean())
    random = np.random.default_rng(seed)
    step = max(1, AT_ONCE // len(moved))
    more = 0
    for start in range(0, FLIPS, step):
        signs = random.integers(0, 2, (min(step, FLIPS - start), len(moved))) * 2.0 - 1.0
        more += int((np.abs(signs @ moved) >= least).sum())
    return (more + 1) / (FLIPS + 1)


def drawn_weights(random: Any, strata: Sequence[Hashable], rows: int) -> Numbers:
    """How often each document is drawn within its stratum, in each of `rows` resamples."""
    import numpy as np

    weights = np.zeros((rows, len(strata)))
    for stratum in dict.fromkeys(strata):
        places = [place for place, one in enumerate(strata) if one == stratum]
        weights[:, places] = _weights(random, rows, len(places))
    return weights


def _weights(random: Any, rows: int, documents: int) -> Numbers:
    """How often each document is drawn, in each of `rows` resamples."""
    import numpy as np

    drawn = random.integers(0, documents, (rows, documents))
    drawn += np.arange(rows)[:, None] * documents
    counts = np.bincount(drawn.ravel(), minlength=rows * documents)
    return counts.reshape(rows, documents).astype(float)


def _mean_of_groups(sums: Sequence[tuple[Numbers, Numbers]]) -> Numbers:
    """Mean over strata of the mean over fields of hits by total; fields with nothing are left."""
    import numpy as np

    figures: Numbers = np.zeros(len(sums[0][0]))
    for hits, total in sums:
        counted = total > 0
        shares = np.divide(hits, total, out=np.zeros_like(hits), where=counted)
        figures = figures + shares.sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    return figures / len(sums)


def _jackknife(groups: list[Numbers], hits: Numbers, total: Numbers) -> tuple[float, list[Numbers]]:
    """The figure, and for each stratum the figures without one document each."""
    import numpy as np

    whole = [(hits[group].sum(axis=0)[None], total[group].sum(axis=0)[None]) for group in groups]
    each = [float(_mean_of_groups([sums])[0]) for sums in whole]
    estimate = sum(each) / len(each)
    left_out = []
    for place, group in enumerate(groups):
        rest = (whole[place][0] - hits[group], np.maximum(whole[place][1] - total[group], 0))
        figure = _mean_of_groups([rest])
        left_out.append(estimate + (figure - each[place]) / len(each))
    return estimate, left_out


def _is_constant(left_out: list[Numbers]) -> bool:
    return all(len(part) < 2 or float(part.max() - part.min()) < 1e-12 for part in left_out)


def _acceleration(left_out: list[Numbers]) -> float:
    """BCa's acceleration for several samples (Davison & Hinkley 1997, eq. 7.3.2.3)."""
    above = below = 0.0
    for part in left_out:
        size = len(part)
        pull = (size - 1) * (part.mean() - part)
        above += float((pull**3).sum()) / size**3
        below += float((pull**2).sum()) / size**2
    return above / (6 * below**1.5) if below > 0 else 0.0


def _bca(spread: Numbers, estimate: float, acceleration: float) -> tuple[float, float] | None:
    """Limits, or None where the bootstrap is undefined."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    tolerance = 1e-12
    below = float((spread < estimate - tolerance).mean())
    equal = float((np.abs(spread - estimate) <= tolerance).mean())
    bias = float(ndtri(below + equal / 2))
    if not math.isfinite(bias):
        return None
    limits = []
    for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        z = bias + float(ndtri(share))
        limits.append(float(ndtr(bias + z / (1 - acceleration * z))))
    low, high = np.quantile(spread, limits)
    return float(low), float(high)
