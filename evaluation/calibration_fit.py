"""Weights of signals, fitted to values that labels have judged: few, and held near a prior.

The model is the one of `docglean.extractors.calibration_file`: logistic, with one weight a
signal and one offset a field. Weights are drawn to the family's prior and offsets to zero by a
squared penalty (ridge); how hard is chosen among `HELD` by what documents left out are told. So a
few documents change little, and many change what they show.

Values of a document fail together. Folds are therefore made of documents, and every probability of
`cross_fit` comes from a fit that never saw its document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.calibration_file import NULL, Calibration
from docglean.extractors.plurals import counted_are

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

EMPTY, HARDLY_EMPTY = NULL, "absent_usual"
"""Signals of a null, and of one in a field that such documents nearly always have."""
FOLDS = 5
INNER_FOLDS = 3
"""Of the documents of a fit, to choose how hard it is held."""
HELD = (1.0, 4.0, 16.0, 64.0)
"""Penalties to choose from: about as many values must speak against a weight to move it by 1."""
FREE = 0.01
"""Penalty of the intercept: engines are right more or less often, and that is what is asked."""
LEAST_DOCUMENTS = 15
"""Below, a calibration would say more of these documents than of the engine."""
STEPS = 60
"""Newton steps at the most; ten are usual."""


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """One value of an answer, a null too, and whether its label says that it is right.

    Attributes:
        signals: by name, see `docglean.extractors.confidence.signals`.
        field: as offsets are named, see `docglean.extractors.calibration_file.field_key`.
        document: whose values fail together; unique within `set`. Repeats are one document.
        set: of labels; folds have their share of each.
    """

    signals: Mapping[str, float]
    field: str
    right: bool
    document: str
    set: str = ""

    @property
    def whose(self) -> tuple[str, str]:
        """Its document."""
        return self.set, self.document


def too_little(values: Sequence[JudgedValue]) -> str:
    """Why nothing can be fitted to these, as a sentence; empty where something can."""
    documents = len({value.whose for value in values})
    if documents < LEAST_DOCUMENTS:
        few = counted_are(documents, "document")
        return f"{few} too few to calibrate: it takes {LEAST_DOCUMENTS}."
    if len({value.right for value in values}) == 1:
        every = "right" if values[0].right else "wrong"
        return f"Every value is {every}: nothing tells right ones from wrong ones."
    return ""


def fit(values: Sequence[JudgedValue], prior: Calibration) -> Calibration:
    """The prior with intercept, weights and offsets fitted to these values.

    People label what is there. Where no null is labelled, those in the answers are known to be
    wrong or not known at all, and what a null is worth stays as the prior has it: else every field
    that is empty as a matter of course would be doubted.
    """
    nulls = [value.right for value in values if EMPTY in value.signals]
    if any(nulls) or not nulls:
        return _fit(values, prior)
    known = [
        replace(value, signals={n: s for n, s in value.signals.items() if n != EMPTY})
        for value in values
        if EMPTY not in value.signals or HARDLY_EMPTY in value.signals
    ]
    empty, usual = (prior.weights.get(name, 0.0) for name in (EMPTY, HARDLY_EMPTY))
    both = {**prior.weights, HARDLY_EMPTY: round(empty + usual, 4)}
    found = _fit(known, prior.model_copy(update={"weights": both}))
    usual = round(found.weights.get(HARDLY_EMPTY, both[HARDLY_EMPTY]) - empty, 4)
    weights = {**found.weights, EMPTY: empty, HARDLY_EMPTY: usual}
    return found.model_copy(update={"weights": weights})


def _fit(values: Sequence[JudgedValue], prior: Calibration) -> Calibration:
    """As `fit`, from all of these values."""
    design = _Design.of(values, prior)
    solution = _held_fit(design, list(range(len(values))))
    weights = {
        name: round(float(one), 4) for name, one in zip(design.signals, solution[1:], strict=False)
    }
    offsets = {
        name: round(float(one), 4)
        for name, one in zip(design.fields, solution[1 + len(weights) :], strict=True)
    }
    # What these values never showed stays as it was known.
    return prior.model_copy(
        update={
            "intercept": round(float(solution[0]), 4),
            "weights": {**prior.weights, **weights},
            "fields": {**prior.fields, **offsets},
        }
    )


def cross_fit(values: Sequence[JudgedValue], prior: Calibration | None = None) -> list[float]:
    """The probability of each value, by a fit to the documents of the other folds.

    Args:
        prior: what weights are drawn to. None is nothing, all weights zero: a prior that was
            itself fitted to these documents would let them judge themselves.
    """
    import numpy as np

    design = _Design.of(values, prior or Calibration(family="local"))
    found = np.zeros(len(values))
    for train, test in _splits(design, list(range(len(values))), FOLDS):
        solution = _held_fit(design, train)
        found[test] = _expit(design.matrix[test] @ solution)
    return [float(one) for one in found]


def folds(documents: Sequence[tuple[str, str]], number: int) -> dict[tuple[str, str], int]:
    """Into which fold each document goes: the same one every time, and of each set its share.

    Args:
        documents: set and id; any order, any number of times.
    """

    def drawn(one: tuple[str, str]) -> tuple[str, bytes]:
        return one[0], hashlib.sha256("\0".join(one).encode()).digest()

    return {one: place % number for place, one in enumerate(sorted(set(documents), key=drawn))}


@dataclass(frozen=True, slots=True)
class _Design:
    """Values as a matrix: a column for the intercept, each signal and each field.

    Attributes:
        centre: the solution that no value has spoken against.
    """

    signals: tuple[str, ...]
    fields: tuple[str, ...]
    matrix: Any
    right: Numbers
    whose: list[tuple[str, str]]
    centre: Numbers

    @classmethod
    def of(cls, values: Sequence[JudgedValue], prior: Calibration) -> _Design:
        import numpy as np
        from scipy.sparse import csr_array

        signals = tuple(sorted({name for value in values for name in value.signals}))
        fields = tuple(sorted({value.field for value in values}))
        column = {name: 1 + place for place, name in enumerate(signals)}
        offset = {name: 1 + len(signals) + place for place, name in enumerate(fields)}
        rows, columns, numbers = [], [], []
        for row, value in enumerate(values):
            for place, number in (
                (0, 1.0),
                (offset[value.field], 1.0),
                *((column[name], number) for name, number in value.signals.items()),
            ):
                rows.append(row)
                columns.append(place)
                numbers.append(float(number))
        size = 1 + len(signals) + len(fields)
        centre = np.zeros(size)
        centre[0] = prior.intercept
        for name, place in column.items():
            centre[place] = prior.weights.get(name, 0.0)
        for name, place in offset.items():
            centre[place] = prior.fields.get(name, 0.0)
        return cls(
            signals,
            fields,
            csr_array((numbers, (rows, columns)), shape=(len(values), size)),
            np.asarray([value.right for value in values], dtype=float),
            [value.whose for value in values],
            centre,
        )


def _splits(design: _Design, rows: Sequence[int], number: int) -> list[tuple[list[int], list[int]]]:
    """Rows to fit to and rows to judge, fold by fold."""
    fold = folds([design.whose[row] for row in rows], number)
    found = []
    for one in range(number):
        test = [row for row in rows if fold[design.whose[row]] == one]
        if test:
            found.append(([row for row in rows if fold[design.whose[row]] != one], test))
    return found


def _held_fit(design: _Design, rows: list[int]) -> Numbers:
    """The solution for these rows, held as hard as suits documents that it leaves out."""
    losses = dict.fromkeys(HELD, 0.0)
    for train, test in _splits(design, rows, INNER_FOLDS):
        solution = None
        for held in sorted(HELD, reverse=True):
            solution = _solve(design, train, held, solution)
            losses[held] += _loss(design.matrix[test] @ solution, design.right[test])
    return _solve(design, rows, min(HELD, key=lambda held: losses[held]))


def _solve(design: _Design, rows: list[int], held: float, start: Numbers | None = None) -> Numbers:
    """Ridge logistic regression by Newton's method, the step halved where it leads uphill."""
    import numpy as np

    matrix, right, centre = design.matrix[rows], design.right[rows], design.centre
    penalty = np.full(len(centre), held)
    penalty[0] = FREE
    at = centre.copy() if start is None else start.copy()

    def cost(point: Numbers) -> float:
        return _loss(matrix @ point, right) + 0.5 * float(penalty @ (point - centre) ** 2)

    now = cost(at)
    for _ in range(STEPS):
        chance = _expit(matrix @ at)
        slope = matrix.T @ (chance - right) + penalty * (at - centre)
        weight = chance * (1 - chance)
        bend = (matrix.T @ matrix.multiply(weight[:, None])).toarray() + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while size > 1e-6 and cost(at - size * step) > now:
            size /= 2
        at = at - size * step
        before, now = now, cost(at)
        if before - now < 1e-9 * (1 + abs(now)):
            break
    return at


def _loss(odds: Numbers, right: Numbers) -> float:
    """Negative log likelihood of log odds."""
    import numpy as np

    return float((np.logaddexp(0, odds) - right * odds).sum())


def _expit(odds: Numbers) -> Numbers:
    from scipy.special import expit

    chance: Numbers = expit(odds)
    return chance
