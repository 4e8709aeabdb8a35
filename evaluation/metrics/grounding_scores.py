"""Right values that were found where they stand."""

from __future__ import annotations

from docglean.evaluation.metrics.metric import LabelledAnswer, Metric
from docglean.evaluation.results import Share

OVERLAP = 0.5
"""Intersection over union from which a box is right."""


def _in_boxes(answer: LabelledAnswer) -> Share | None:
    boxed = [row for row in answer.rows if row.overlap is not None]
    right = [row for row in boxed if row.outcome == "correct" and (row.overlap or 0) >= OVERLAP]
    return (float(len(right)), float(len(boxed))) if boxed else None


def _on_pages(answer: LabelledAnswer) -> Share | None:
    paged = [row for row in answer.rows if row.same_page is not None]
    right = [row for row in paged if row.outcome == "correct" and row.same_page]
    return (float(len(right)), float(len(paged))) if paged else None


WORD = Metric(
    "grounding_word",
    "Found at its place",
    "Values that are right and whose box overlaps the labelled one by half (IoU 0.5), "
    "of those with a labelled box.",
    _in_boxes,
)
PAGE = Metric(
    "grounding_page",
    "Found on its page",
    "Values that are right and were found on the labelled page.",
    _on_pages,
)
