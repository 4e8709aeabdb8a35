"""Truth against prediction, leaf by leaf: the rows that every figure is an aggregate of.

A value that is not labelled is never scored; one that is labelled empty is. Kinds decide what is
the same; lists are matched so that as many values as possible agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from docglean.schemas.fields import Field
from docglean.schemas.kinds import Text

Outcome = Literal["correct", "correct_empty", "wrong", "missing", "hallucinated", "extra"]

OUTCOMES: tuple[Outcome, ...] = (
    "correct", "correct_empty", "wrong", "missing", "hallucinated", "extra",
)  # fmt: skip
"""Exclusive. ``wrong``: both are there and differ. ``missing``: labelled, not given.
``hallucinated``: labelled empty, but given. ``extra``: a list entry with no partner."""

ALIKE = 0.5
"""Two entries of which no value agrees are still a pair when their texts are this alike (the
threshold of ANLS, Biten et al., ICCV 2019)."""
MATCHED_AT_ONCE = 400
"""Entries matched optimally (cubic in their number); what agrees wholly is matched before."""


@dataclass(frozen=True, slots=True)
class Row:
    """One leaf compared.

    Attributes:
        path: pattern of the JSON pointer, e.g. ``/lines/*/total``.
        pointer: where it stands in the truth; in the prediction, for an extra one.
        kind: class name of the field's kind, e.g. ``Money``.
        score: similarity 0 to 1; 1 where correct.
        at: where it stands in the prediction, None where that has no such place.
    """

    path: str
    pointer: str
    kind: str
    truth: Any
    predicted: Any
    outcome: Outcome
    score: float
    at: str | None = None


def compare(root: Field, truth: Any, predicted: Any) -> list[Row]:
    """Rows for all that `truth` labels.

    Args:
        root: field of the schema.
        truth: JSON data; an absent key is unlabelled, null is labelled empty.
        predicted: JSON data, or None for a document that failed: then all that is labelled is
            ``missing``, what is labelled empty too, since no answer is not a right one.
    """
    rows: list[Row] = []
    if predicted is None:
        rows.extend(_absent(root, truth, "", failed=True))
    else:
        _compare(root, truth, predicted, "", rows)
    return rows


def _compare(field: Field, truth: Any, predicted: Any, pointer: str, rows: list[Row]) -> None:
    if field.shape == "object":
        if isinstance(truth, Mapping):
            given = predicted if isinstance(predicted, Mapping) else {}
            for child in field.children:
                if child.name in truth:
                    _compare(
                        child,
                        truth[child.name],
                        given.get(child.name),
                        f"{pointer}/{child.name}",
                        rows,
                    )
        elif truth is None and isinstance(predicted, Mapping):  # labelled empty as a whole
            rows.extend(_surplus(field, predicted, pointer, "hallucinated"))
    elif field.shape == "list":
        _compare_lists(field.item, list(truth or ()), list(predicted or ()), pointer, rows)
    else:
        rows.append(_leaf(field, truth, predicted, pointer))


def _leaf(field: Field, truth: Any, predicted: Any, pointer: str) -> Row:
    kind = field.kind or Text()
    truth, predicted = _none_if_blank(truth), _none_if_blank(predicted)
    outcome: Outcome
    if truth is None:
        outcome = "correct_empty" if predicted is None else "hallucinated"
        score = float(predicted is None)
    elif predicted is None:
        outcome, score = "missing", 0.0
    else:
        outcome = "correct" if kind.same(truth, predicted) else "wrong"
        score = kind.similarity(truth, predicted)
    return Row(field.path, pointer, type(kind).__name__, truth, predicted, outcome, score)


def _compare_lists(
    item: Field, truth: list[Any], predicted: list[Any], pointer: str, rows: list[Row]
) -> None:
    pairs = dict(match(item, truth, predicted))
    for index, entry in enumerate(truth):
        place = f"{pointer}/{index}"
        if index in pairs:
            _compare(item, entry, predicted[pairs[index]], place, rows)
        else:
            rows.extend(_absent(item, entry, place))
    taken = set(pairs.values())
    labelled = _labelled(truth)
    for index, entry in enumerate(predicted):
        if index not in taken:
            rows.extend(_surplus(item, entry, f"{pointer}/{index}", "extra", labelled))


def match(item: Field, truth: Sequence[Any], predicted: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Index pairs of entries of two lists that are the same entry.

    Entries that agree in all that is labelled are paired first, in order; the rest by the
    assignment with the most agreeing values, then the greatest likeness, then the nearest places.
    Pairs that share no value and are not alike are none.
    """
    left, right = list(range(len(truth))), list(range(len(predicted)))
    if len(left) * len(right) > MATCHED_AT_ONCE:
        found = list(_equal_entries(item, truth, predicted))
        yield from found
        left = [i for i in left if i not in {a for a, _ in found}]
        right = [j for j in right if j not in {b for _, b in found}]
    left, right = left[:MATCHED_AT_ONCE], right[:MATCHED_AT_ONCE]
    if not left or not right:
        return
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    agree = np.zeros((len(left), len(right)))
    alike = np.zeros_like(agree)
    for row, i in enumerate(left):
        for column, j in enumerate(right):
            agree[row, column], alike[row, column] = _agreement(item, truth[i], predicted[j])
    near = 1 - np.abs(
        np.linspace(0, 1, len(left))[:, None] - np.linspace(0, 1, len(right))[None, :]
    )
    worth = agree + 0.4 * alike + 0.01 * near
    for row, column in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if agree[row, column] > 0 or alike[row, column] >= ALIKE:
            yield left[row], right[column]


def _equal_entries(
    item: Field, truth: Sequence[Any], predicted: Sequence[Any]
) -> Iterator[tuple[int, int]]:
    waiting: dict[tuple[Any, ...], list[int]] = {}
    labelled = _labelled(truth)
    for j, entry in enumerate(predicted):
        waiting.setdefault(_key(item, entry, labelled), []).append(j)
    for i, entry in enumerate(truth):
        queue = waiting.get(_key(item, entry, labelled))
        if queue:
            yield i, queue.pop(0)


def _key(item: Field, entry: Any, labelled: frozenset[str] | None) -> tuple[Any, ...]:
    """What two entries share that are the same in all that the truth labels anywhere."""
    if item.shape == "value":
        value = _none_if_blank(entry)
        return (None if value is None else (item.kind or Text()).key(value),)
    if item.shape == "list":
        return tuple(_key(item.item, one, None) for one in entry or ())
    entry = entry if isinstance(entry, Mapping) else {}
    return tuple(
        _key(child, entry.get(child.name), None)
        for child in item.children
        if labelled is None or child.name in labelled
    )


def _agreement(field: Field, truth: Any, predicted: Any) -> tuple[float, float]:
    """Number of labelled values that agree, and likeness 0 to 1 of the most telling text."""
    rows: list[Row] = []
    _compare(field, truth, predicted, "", rows)
    texts = [row for row in rows if isinstance(row.truth, str)]
    # A key or a description tells entries apart; equal numbers alone are no likeness.
    first = next((row for row in texts if row.kind in ("Text", "Name", "Code")), None)
    return float(sum(row.outcome == "correct" for row in rows)), first.score if first else 0.0


def _absent(field: Field, truth: Any, pointer: str, *, failed: bool = False) -> Iterator[Row]:
    """Rows of what is labelled and was not given at all."""
    if field.shape == "object":
        for child in field.children:
            if isinstance(truth, Mapping) and child.name in truth:
                yield from _absent(child, truth[child.name], f"{pointer}/{child.name}",
                                   failed=failed)  # fmt: skip
    elif field.shape == "list":
        for index, entry in enumerate(truth or ()):
            yield from _absent(field.item, entry, f"{pointer}/{index}", failed=failed)
    else:
        row = _leaf(field, truth, None, pointer)
        if row.outcome != "correct_empty":
            yield row
        elif failed:
            yield Row(row.path, pointer, row.kind, None, None, "missing", 0.0)


def _surplus(
    field: Field,
    predicted: Any,
    pointer: str,
    outcome: Outcome,
    labelled: frozenset[str] | None = None,
) -> Iterator[Row]:
    """Rows of what was given and has no partner; of entries, the fields labelled elsewhere."""
    if field.shape == "object":
        for child in field.children:
            if isinstance(predicted, Mapping) and (labelled is None or child.name in labelled):
                yield from _surplus(
                    child, predicted.get(child.name), f"{pointer}/{child.name}", outcome
                )
    elif field.shape == "list":
        for index, entry in enumerate(predicted or ()):
            yield from _surplus(field.item, entry, f"{pointer}/{index}", outcome)
    elif _none_if_blank(predicted) is not None:
        kind = type(field.kind or Text()).__name__
        yield Row(field.path, pointer, kind, None, predicted, outcome, 0.0)


def _labelled(entries: Sequence[Any]) -> frozenset[str] | None:
    """Names that any entry labels; None (all) where there is none to tell."""
    names = {name for entry in entries if isinstance(entry, Mapping) for name in entry}
    return frozenset(names) or None


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


# --- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of outcomes, and the figures they make."""

    counts: Mapping[Outcome, int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Tally:
        """Count rows."""
        counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        for row in rows:
            counts[row.outcome] += 1
        return cls(counts)

    @property
    def right(self) -> int:
        """Labelled values that are right, empty ones included."""
        return self.counts["correct"] + self.counts["correct_empty"]

    @property
    def labelled(self) -> int:
        """Labelled values: all rows but the extra ones."""
        return sum(self.counts.values()) - self.counts["extra"]

    @property
    def accuracy(self) -> float | None:
        """Share of labelled values that are right; None without any."""
        return self.right / self.labelled if self.labelled else None

    @property
    def precision(self) -> float | None:
        """Share of values given that are right."""
        counts = self.counts
        given = counts["correct"] + counts["wrong"] + counts["hallucinated"] + counts["extra"]
        return counts["correct"] / given if given else None

    @property
    def recall(self) -> float | None:
        """Share of values labelled as there that were given right."""
        there = self.counts["correct"] + self.counts["wrong"] + self.counts["missing"]
        return self.counts["correct"] / there if there else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None or precision + recall == 0:
            return None if precision is None and recall is None else 0.0
        return 2 * precision * recall / (precision + recall)
