"""Lists with as many entries as there are."""

from __future__ import annotations

from docglean.evaluation.metrics.metric import LabelledAnswer, Metric
from docglean.evaluation.results import Share


def _list_lengths(answer: LabelledAnswer) -> Share | None:
    right = total = 0
    for child in answer.root.children:
        labelled = answer.truth.get(child.name)
        if child.shape == "list" and isinstance(labelled, list):
            given = (answer.values or {}).get(child.name)
            total += 1
            right += answer.values is not None and len(labelled) == len(given or ())
    return (float(right), float(total)) if total else None


LIST_LENGTH = Metric(
    "list_length",
    "List lengths",
    "Labelled lists of which the engine gave as many entries as there are.",
    _list_lengths,
)
