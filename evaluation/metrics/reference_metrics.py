"""Other people's metrics, so that our figures can stand beside theirs. They decide nothing here.

Both compare JSON trees of texts, without kinds: ``9.0`` and ``9.00`` differ. Only what is labelled
is compared, since both would take an unlabelled key for an invented one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from docglean.evaluation.metrics.metric import LabelledAnswer, Metric
from docglean.evaluation.results import Share
from docglean.extractors.pairing import best_pairs
from docglean.schemas.reading.texts import likeness

THRESHOLD = 0.5
"""ANLS: texts less alike than this are not alike at all (Biten et al., ICCV 2019)."""


def comparable(truth: Any, predicted: Any) -> tuple[Any, Any]:
    """Both as trees of texts, with the keys that the truth labels (in any entry of a list)."""
    return _texts(truth), _texts(_restricted(truth, predicted))


def _restricted(truth: Any, predicted: Any) -> Any:
    if isinstance(truth, Mapping):
        given = predicted if isinstance(predicted, Mapping) else {}
        return {name: _restricted(inner, given.get(name)) for name, inner in truth.items()}
    if isinstance(truth, list) and isinstance(predicted, list):
        united: dict[str, Any] = {}
        for entry in truth:
            if isinstance(entry, Mapping):
                united |= {
                    name: inner for name, inner in entry.items() if inner or name not in united
                }
        return [_restricted(united, entry) if united else entry for entry in predicted]
    return predicted


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(entry) for entry in value]
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return str(value)


# --- ANLS* ------------------------------------------------------------------------------------


def anls_star(truth: Any, predicted: Any) -> float:
    """ANLS* (Peer et al., arXiv 2402.03848) of trees of texts, 0 to 1.

    Objects by key, lists by the best assignment, texts by likeness from `THRESHOLD` on; the sum
    of scores by the number of leaves in the union of both trees.
    """
    score, size = _anls(truth, predicted)
    return score / size if size else 1.0


def _anls(truth: Any, predicted: Any) -> tuple[float, int]:
    if truth is None:
        return float(predicted in (None, {}, [], "")), max(1, _size(predicted))
    if isinstance(truth, Mapping):
        if not isinstance(predicted, Mapping):
            return 0.0, max(_size(truth), _size(predicted))
        score, size = 0.0, 0
        for name in truth.keys() | predicted.keys():
            one = _anls(truth.get(name), predicted.get(name))
            score, size = score + one[0], size + one[1]
        return score, size
    if isinstance(truth, list):
        if not isinstance(predicted, list):
            return 0.0, max(_size(truth), _size(predicted))
        return _anls_lists(truth, predicted)
    if not isinstance(predicted, str):
        return 0.0, max(1, _size(predicted))
    left, right = (" ".join(text.casefold().split()) for text in (truth, predicted))
    alike = likeness(left, right)
    return (alike if alike >= THRESHOLD else 0.0), 1


def _anls_lists(truth: list[Any], predicted: list[Any]) -> tuple[float, int]:
    if not truth or not predicted:
        return 0.0, sum(map(_size, truth or predicted))
    import numpy as np

    scores = [[_anls(one, other) for other in predicted] for one in truth]
    worth = np.array([[score / size if size else 1.0 for score, size in row] for row in scores])
    pairs = best_pairs(worth)
    score = sum(scores[i][j][0] for i, j in pairs)
    size = sum(scores[i][j][1] for i, j in pairs)
    rows, columns = {i for i, _ in pairs}, {j for _, j in pairs}
    size += sum(_size(one) for i, one in enumerate(truth) if i not in rows)
    size += sum(_size(one) for j, one in enumerate(predicted) if j not in columns)
    return score, size


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value))
    return 1


# --- OmniAI -----------------------------------------------------------------------------------


def json_accuracy(truth: Any, predicted: Any) -> float:
    """JSON accuracy of the OmniAI OCR benchmark, 0 to 1.

    1 less the added, deleted and changed leaves by the leaves of the truth, at least 0. Lists of
    plain values are sorted before; lists of objects are compared in order, which theirs does by
    an alignment of its own.
    """
    total = _size(truth)
    if not total:
        return 1.0
    return max(0.0, 1.0 - _differences(truth, predicted) / total)


def _differences(truth: Any, predicted: Any) -> int:
    if isinstance(truth, Mapping) and isinstance(predicted, Mapping):
        return sum(
            _differences(truth.get(name), predicted.get(name))
            if name in truth and name in predicted
            else _size(truth.get(name, predicted.get(name)))
            for name in truth.keys() | predicted.keys()
        )
    if isinstance(truth, list) and isinstance(predicted, list):
        left, right = _sorted_if_plain(truth), _sorted_if_plain(predicted)
        both = min(len(left), len(right))
        surplus = left[both:] + right[both:]
        return sum(map(_differences, left[:both], right[:both])) + sum(map(_size, surplus))
    if isinstance(truth, Mapping | list) or isinstance(predicted, Mapping | list):
        return max(_size(truth), _size(predicted))
    return int(truth != predicted)


def _sorted_if_plain(values: list[Any]) -> list[Any]:
    if any(isinstance(value, Mapping | list) for value in values):
        return values
    return sorted(values, key=lambda value: (value is None, str(value)))


# --- as metrics -------------------------------------------------------------------------------


def _trees(answer: LabelledAnswer) -> tuple[Any, Any]:
    return comparable(answer.truth, answer.values or {})


def _of_trees(score: Callable[[Any, Any], float]) -> Callable[[LabelledAnswer], Share | None]:
    def share(answer: LabelledAnswer) -> Share | None:
        return (score(*answer.once(_trees)), 1.0) if answer.truth else None

    return share


ANLS_STAR = Metric(
    "anls_star",
    "ANLS*",
    "Likeness of JSON trees of texts; too kind to figures.",
    _of_trees(anls_star),
    whose="Peer et al., 2024",
)
JSON_ACCURACY = Metric(
    "json_accuracy",
    "JSON accuracy",
    "Leaves of the JSON that need no edit; 9.0 is not 9.00.",
    _of_trees(json_accuracy),
    whose="OmniAI",
)
