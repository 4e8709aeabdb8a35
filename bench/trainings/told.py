"""Whether the likeliest candidate of a field is right: `ranking.signs_of_best`.

Learnt from what the model ``fields`` says of documents that it has not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.ranking import signs_of_best
from numpy.typing import NDArray

from bench.train import Example, Training, cross_fitted
from bench.trainings import fields

MOST_WRONG = 0.05
"""Share of the values told that may be wrong."""


def examples(evaldata: Path) -> Iterator[Example]:
    """The likeliest candidate of each field."""
    return of_fields(list(fields.TRAINING.examples(evaldata)))


def of_fields(found: Sequence[Example]) -> Iterator[Example]:
    """Of examples of candidates, the likeliest of each field."""
    shares = cross_fitted(fields.TRAINING, found)[:, 1]
    by_field: dict[tuple[Any, ...], list[tuple[float, Example]]] = defaultdict(list)
    for one, share in zip(found, shares, strict=True):
        by_field[one.note[:3]].append((float(share), one))
    for ones in by_field.values():
        ones.sort(key=lambda item: -item[0])
        candidates = [
            Candidate(one.note[3], 1, (), share, signs=dict(one.features)) for share, one in ones
        ]
        yield replace(ones[0][1], features=signs_of_best(candidates))


def enough(examples: Sequence[Example], shares: NDArray[np.float64]) -> float:
    """The least probability from which no more values are wrong than may be.

    Forms have no say: what is filled in there is told by models of their own.
    """
    kept = np.array([not one.data.startswith("funsd") for one in examples])
    right = np.array([one.label == "value" for one in examples])[kept]
    weights = np.array([one.weight for one in examples])[kept]
    shares = shares[kept]
    order = np.argsort(-shares[:, 1])
    wrong = np.cumsum((weights * ~right)[order]) / np.cumsum(weights[order])
    return float(shares[order[np.nonzero(wrong <= MOST_WRONG)[0].max()], 1])


def report(examples: Sequence[Example], shares: NDArray[np.float64]) -> None:
    """What is read right and wrong by set and field."""
    least = enough(examples, shares)
    rows: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one, share in zip(examples, shares[:, 1], strict=True):
        _, by, path, _, there = one.note
        for name in ("all",) if one.data.startswith("funsd") else (path, "all"):
            row = rows[one.data, by, name]
            row[0] += there
            if share >= least:
                row[1 if one.label == "value" else 2] += 1
    for key, (there, right, wrong) in sorted(rows.items()):
        print(f"{key[0]:18} {key[1]:4}{key[2]:24} {there:5} there {right:5} right {wrong:4} wrong")


TRAINING = Training(
    ("other", "value"), examples, seeds=fields.TRAINING.seeds, threshold=enough,
    report=report,
    options={"max_depth": 3, "max_iter": 60},
)  # fmt: skip
