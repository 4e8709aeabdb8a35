"""Engines against each other on the same documents. Nothing is ranked by its estimate."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from docglean.evaluation.rates import Scope
from docglean.evaluation.resampling import Interval, flip_p_value
from docglean.evaluation.statistics import documents_needed, holm, mcnemar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SEEN_AT = (0.05, 0.03, 0.02, 0.01)
"""Differences of which is said how many documents would show them, the first that takes more."""
SHOWN_AT = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two engines on the same documents.

    Attributes:
        difference: field accuracy of `left` less that of `right`, paired bootstrap.
        p_value: that they are alike, by the paired randomisation test over documents.
        adjusted: the same by Holm for all pairs of the report.
        shown: the interval leaves out zero and `adjusted` is below 5 %.
        left_only, right_only: documents wholly right (in all repeats) of one engine only.
        exact_p_value, exact_adjusted: exact McNemar on these, and by Holm.
        points: a difference of accuracy that more documents would show, None where unknown.
        more: how many more documents; 0 where these would have shown a point.
    """

    left: str
    right: str
    documents: int
    difference: Interval
    p_value: float
    adjusted: float
    shown: bool
    left_only: int
    right_only: int
    exact_p_value: float
    exact_adjusted: float
    points: float | None = None
    more: int | None = None

    def turned(self) -> Comparison:
        """The same with `left` and `right` exchanged."""
        d = self.difference
        return Comparison(
            self.right, self.left, self.documents, Interval(-d.high, -d.estimate, -d.low),
            self.p_value, self.adjusted, self.shown, self.right_only, self.left_only,
            self.exact_p_value, self.exact_adjusted, self.points, self.more,
        )  # fmt: skip

    @property
    def sentence(self) -> str:
        """What is known, for a reader in a hurry."""
        d = self.difference
        if self.shown:
            more, less = (self.left, self.right) if d.estimate > 0 else (self.right, self.left)
            low, high = sorted((abs(d.low), abs(d.high)))
            return (
                f"{more} reads {points(d.estimate)} more right than {less} "
                f"({100 * low:.1f} to {100 * high:.1f} at 95 %)."
            )
        said = f"No difference shown with {self.documents} documents"
        if self.points is None or self.more is None:
            return f"{said}: too few to say how many it takes."
        if self.more == 0:
            return f"{said}; one of {points(self.points)} would have been seen 4 times in 5."
        return f"{said}, {self.more:,} more would be needed to see {points(self.points)}."


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of two engines; `shown` as in `Comparison`, adjusted for the number of fields."""

    schema: str
    path: str
    documents: int
    difference: Interval
    adjusted: float
    shown: bool


def points(difference: float) -> str:
    """A difference of shares in percentage points: ``3.2 points``."""
    text = f"{abs(100 * difference):.1f}".removesuffix(".0")
    return f"{text} point{'s' if text != '1' else ''}"


def comparisons(scope: Scope) -> list[Comparison]:
    """Every pair of engines that share documents, adjusted for their number."""
    import numpy as np

    drafts: list[tuple[int, int, Numbers]] = []
    asked: list[tuple[Numbers, Numbers]] = []
    shares = [scope.shares(engine)["accuracy"] for engine in range(len(scope.gathered.engines))]
    for left, right in combinations(range(len(scope.gathered.engines)), 2):
        shared = scope.seen[left] & scope.seen[right] & (shares[left][1] > 0)
        if shared.any():
            drafts.append((left, right, shared))
            asked.append(((shares[left][0] - shares[right][0]) * shared, shares[left][1] * shared))
    intervals = scope.draws.intervals(asked, difference=True)
    p_values, exact = [], []
    for (left, right, shared), (differ, total) in zip(drafts, asked, strict=True):
        p_values.append(flip_p_value(differ[shared] / _stratum_sums(scope, total)[shared]))
        wholly = [
            _always_right(scope, engine, shared & scope.has_rows[left].any(axis=0))
            for engine in (left, right)
        ]
        exact.append(
            (
                sum(wholly[0][d] and not wholly[1][d] for d in wholly[0]),
                sum(wholly[1][d] and not wholly[0][d] for d in wholly[0]),
                mcnemar(*wholly),
            )
        )
    adjusted = holm(p_values)
    exact_adjusted = holm([one[2] for one in exact])
    found = []
    for place, (left, right, shared) in enumerate(drafts):
        interval = intervals[place]
        assert interval is not None
        shown = not interval.spans_zero and adjusted[place] < SHOWN_AT
        number = int(np.count_nonzero(shared))
        seen_at, more = (None, None) if shown else _needed(interval, number)
        found.append(
            Comparison(
                scope.gathered.engines[left], scope.gathered.engines[right],
                number, interval, p_values[place], adjusted[place],
                shown, *exact[place], exact_adjusted[place], seen_at, more,
            )
        )  # fmt: skip
    return found


def field_differences(scope: Scope, left: str, right: str) -> list[FieldDifference]:
    """Accuracy of `left` less that of `right`, field by field, the largest first."""
    import numpy as np

    engines = scope.gathered.engines
    ours, theirs = (scope.by_field(engines.index(spec)) for spec in (left, right))
    shared = scope.seen[engines.index(left)] & scope.seen[engines.index(right)]
    columns = []
    for place, field in enumerate(scope.gathered.fields):
        total = ours[1][:, place] * shared
        if total.any():
            columns.append((field, (ours[0][:, place] - theirs[0][:, place]) * shared, total))
    intervals = scope.draws.intervals([c[1:] for c in columns], difference=True)
    p_values = [
        flip_p_value((differ / _stratum_sums(scope, total))[total > 0])
        for _, differ, total in columns
    ]
    found = []
    for (field, _, total), interval, adjusted in zip(
        columns, intervals, holm(p_values), strict=True
    ):
        assert interval is not None
        shown = not interval.spans_zero and adjusted < SHOWN_AT
        number = int(np.count_nonzero(total))
        found.append(FieldDifference(field.schema, field.path, number, interval, adjusted, shown))
    return sorted(found, key=lambda one: -abs(one.difference.estimate))


def _stratum_sums(scope: Scope, total: Numbers) -> Numbers:
    """Of each document, the total of its set."""
    import numpy as np

    sums: dict[object, float] = {}
    for stratum, one in zip(scope.strata, total, strict=True):
        sums[stratum] = sums.get(stratum, 0.0) + float(one)
    return np.asarray([sums[stratum] or 1.0 for stratum in scope.strata])


def _always_right(scope: Scope, engine: int, mask: Numbers) -> dict[str, bool]:
    import numpy as np

    always = (scope.right[engine] | ~scope.gathered.seen[engine]).all(axis=0)
    return {str(place): bool(always[place]) for place in np.flatnonzero(mask)}


def _needed(interval: Interval, documents: int) -> tuple[float | None, int | None]:
    """A difference in points, and how many more documents would show it."""
    for difference in SEEN_AT:
        needed = documents_needed(interval, documents, difference=difference)
        if needed is None:
            return None, None
        if needed > documents:
            return difference, needed - documents
    return SEEN_AT[-1], 0
