"""A control chart that needs no label and no law of the figures.

Each figure of a document becomes its rank among the baseline's documents of the same schema, as a
normal score (van der Waerden). An exponentially weighted mean of these (EWMA; Roberts 1959; NIST
handbook 6.3.2.4) follows the documents in their order. Limits are found by resampling: of runs of
as many documents, drawn from the baseline itself against a baseline that is drawn anew, only the
stated share may cross any of them. So a small baseline has wide limits. It takes documents to be
exchangeable: a baseline of one sender is no baseline for ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
"""Documents x signals; NaN where a document does not tell a signal."""

Kinds = NDArray[np.int64]
"""Number of the stratum of each document."""

WEIGHT = 0.1
"""Of the newest document: small shifts are seen, over about ten documents."""
SIMULATIONS = 400
"""Drawn runs; of a false alarm rate of 5 %, twenty cross the limit."""
LONGEST = 500
"""Documents that the limit is found for; a longer run is held to the limit of so many, and a run of
one sender after the other is divided by whoever starts it."""
NARROWEST = 2.7
"""No limit is closer, in standard deviations: a figure that was the same in all of a baseline may
differ in one document of the next run. Of a normal figure with this weight and limit, one document
in 500 is told for nothing (Lucas and Saccucci 1990, table 3)."""
SEED = 20261130


@dataclass(frozen=True, slots=True)
class Chart:
    """What the chart shows.

    Attributes:
        paths: documents x signals: the weighted mean after each document, in the standard
            deviations that it comes to.
        limits: that none of them may cross, by signal.
        false_alarms: share of runs like the baseline that would cross it.
    """

    paths: Figures
    limits: Figures
    false_alarms: float

    def crossed(self) -> list[int | None]:
        """Of each signal, the first document after which its path is beyond the limit; from 0."""
        beyond = np.abs(self.paths) > self.limits
        return [int(np.argmax(one)) if one.any() else None for one in beyond.T]


def control_chart(
    baseline: Figures,
    run: Figures,
    strata: tuple[Sequence[str], Sequence[str]],
    false_alarms: float,
) -> Chart:
    """The chart of a run against its baseline.

    Args:
        strata: of the documents of the baseline and of the run: each is compared within its own.
            All strata of the run are there in the baseline.
        false_alarms: share of runs like the baseline that may be told as drift.
    """
    kinds = sorted(set(strata[0]))
    old = np.array([kinds.index(one) for one in strata[0]])
    new = np.array([kinds.index(one) for one in strata[1]])
    paths = _paths(_scores(baseline, old, run, new))
    random = np.random.default_rng(SEED)
    length = min(max(len(run), 1), LONGEST)
    drawn = np.empty((SIMULATIONS, length, baseline.shape[1]))
    for one in drawn:
        # Each stratum keeps its size, as the runs to come draw on the same senders.
        rows = np.concatenate(
            [random.choice(own := np.flatnonzero(old == kind), len(own)) for kind in set(old)]
        )
        new_rows = random.choice(len(baseline), length)
        one[:] = _scores(baseline[rows], old[rows], baseline[new_rows], old[new_rows])
    peaks = np.abs(_paths(drawn)).max(axis=1)
    usual = np.maximum(np.quantile(peaks, 1 - false_alarms, axis=0), NARROWEST)
    # Several are watched at once: all limits are wider by one factor.
    factor = np.quantile((peaks / usual).max(axis=1), 1 - false_alarms)
    return Chart(paths, usual * max(1.0, float(factor)), false_alarms)


def _scores(
    old: Figures, old_kinds: NDArray[np.int64], new: Figures, new_kinds: NDArray[np.int64]
) -> Figures:
    """Normal scores of the ranks of new figures among the old ones of their stratum, centred and
    scaled so that the old ones have mean 0 and deviation 1; NaN where there is no figure."""
    scores = np.full(new.shape, np.nan)
    for kind in np.unique(new_kinds):
        rows = new_kinds == kind
        among = old[old_kinds == kind]
        for signal in range(new.shape[1]):
            known = np.sort(among[~np.isnan(among[:, signal]), signal])
            if len(known):
                own = _normal(known, known)
                told = _normal(known, new[rows, signal])
                spread = own.std()
                scores[rows, signal] = (told - own.mean()) / (spread if spread > 0 else 1.0)
    return scores


def _normal(known: Figures, values: Figures) -> Figures:
    """Normal score of each value's mid-rank among sorted known ones; NaN stays."""
    below = np.searchsorted(known, values, "left")
    upto = np.searchsorted(known, values, "right")
    half = 0.5 / len(known)
    shares = np.clip((below + upto) / 2 / len(known), half, 1 - half)
    return np.where(np.isnan(values), np.nan, _quantiles(shares))


def _quantiles(shares: Figures) -> Figures:
    from scipy.special import ndtri

    return np.asarray(ndtri(shares), dtype=np.float64)


def _paths(scores: Figures) -> Figures:
    """The weighted mean after each document, in the standard deviations that it comes to; what is
    not told leaves it as it is. Documents and signals are the last two axes."""
    paths = np.zeros(scores.shape)
    mean = np.zeros(scores.shape[:-2] + scores.shape[-1:])
    for place in range(scores.shape[-2]):
        values = scores[..., place, :]
        moved = (1 - WEIGHT) * mean + WEIGHT * np.nan_to_num(values)
        mean = np.where(np.isnan(values), mean, moved)
        paths[..., place, :] = mean
    paths /= np.sqrt(WEIGHT / (2 - WEIGHT))
    return paths
