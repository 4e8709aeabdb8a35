"""Small learnt models: how likely a thing with these features is what is looked for.

A model is a JSON file beside this one, made by ``python -m bench.train NAME``. It holds regression
trees, and a record of what they were learnt from. What a file says is all that is needed
to use it: numpy, no package of the learner's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Features = Mapping[str, float]
"""Figures by their names. What is not told is missing; a name that the model does not know is not
looked at."""


ROWS_AT_ONCE = 32
"""Things that trees are walked for at once: what is known of more does not stay in the processor's
cache, and takes twice as long."""


@dataclass(frozen=True)
class Model:
    """A learnt model.

    Attributes:
        labels: what a thing may be; of two, the second is what is looked for.
        features: names, in the model's order.
        scorer: makes a score of each label from a matrix of features, missing ones NaN.
        threshold: the probability below which a guess is worth less than none.
        record: data, seeds, documents, cross-fitted log loss and date of its training.
    """

    labels: tuple[str, ...]
    features: tuple[str, ...]
    scorer: Trees
    threshold: float
    record: Mapping[str, Any]

    def shares(self, rows: Sequence[Features]) -> NDArray[np.float64]:
        """A row for each thing: the probability of each label; they add up to 1."""
        import numpy as np

        if not rows:
            return np.zeros((0, len(self.labels)))
        nothing = float("nan")
        matrix = np.array([list(map(row.get, self.features, repeat(nothing))) for row in rows])
        scores = self.scorer.scores(matrix)
        if len(self.labels) == 2:
            likely = 1 / (1 + np.exp(-np.clip(scores[:, 0], -40, 40)))
            return np.stack([1 - likely, likely], axis=1)
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def probabilities(self, rows: Sequence[Features]) -> list[float]:
        """How likely each thing is what is looked for, of a model with two labels."""
        return [float(share) for share in self.shares(rows)[:, 1]]


@dataclass(frozen=True)
class Trees:
    """Regression trees whose leaves are added up.

    All nodes of all trees stand in one list. Below a node, things whose feature is at most its
    threshold go left; a leaf is its own child.
    """

    base: NDArray[np.float64]
    roots: NDArray[np.int64]
    depth: int
    column: NDArray[np.int64]
    threshold: NDArray[np.float64]
    children: NDArray[np.int64]
    value: NDArray[np.float64]

    @classmethod
    def read(cls, told: Mapping[str, Any], features: int) -> Trees:
        """As they stand in a file: "nodes" is a list of [feature, threshold, left, right, missing
        goes left, value], a leaf [value]."""
        import numpy as np

        nodes = [
            node if len(node) > 1 else [0, 0.0, at, at, 1, node[0]]
            for at, node in enumerate(told["nodes"])
        ]
        table = np.array(nodes, dtype=np.float64)
        # Where what is missing goes right, a column in which it is large is asked.
        column = table[:, 0] + features * (table[:, 4] == 0)
        return cls(
            np.array(told["base"], dtype=np.float64), np.array(told["roots"], dtype=np.int64),
            told["depth"], column.astype(np.int64), table[:, 1],
            table[:, 2:4].astype(np.int64).ravel(), table[:, 5],
        )  # fmt: skip

    def scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of the leaves that each row comes to; trees take turns in scoring the labels."""
        import numpy as np

        missing = np.isnan(matrix)
        both = np.hstack([np.where(missing, side, matrix) for side in (-np.inf, np.inf)])
        starts = range(0, len(both), ROWS_AT_ONCE)
        return np.concatenate([self._scored(both[at : at + ROWS_AT_ONCE]) for at in starts])

    def _scored(self, both: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        at = np.repeat(self.roots[None, :], len(both), axis=0)
        first = (np.arange(len(both)) * both.shape[1])[:, None]
        asked, column, threshold = both.ravel(), self.column, self.threshold
        for _ in range(self.depth):
            at = self.children[2 * at + (asked[first + column[at]] > threshold[at])]
        leaves = self.value[at].reshape(len(both), -1, len(self.base))
        return np.asarray(leaves.sum(axis=1) + self.base)


def model_of(told: Mapping[str, Any]) -> Model:
    """A model from the content of its file."""
    features = tuple(told["features"])
    trees = Trees.read(told["trees"], len(features))
    return Model(tuple(told["labels"]), features, trees, told["threshold"], told["record"])


_reading = threading.Lock()


def model(name: str) -> Model:
    """The one of this name that is shipped."""
    with _reading:  # the first documents of a run want it at the same time
        return _model(name)


@cache
def _model(name: str) -> Model:
    return model_of(json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8")))
