"""One answer against its label: rows, counts and measures. Pure, so that a label can be corrected
and everything scored anew without asking an engine again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from docglean.evaluation.compare import ComparisonRow, Tally, compare
from docglean.evaluation.labels import Label, LabelBox, LabelSet
from docglean.evaluation.metrics.metric import LabelledAnswer, measure
from docglean.evaluation.results import EngineAnswer, ResultRow
from docglean.extractors.extraction import Evidence
from docglean.extractors.speech.numerals import in_digits
from docglean.schemas.fields import Field
from docglean.schemas.pointers import value_at


def score(
    label_set: LabelSet, label: Label, answer: EngineAnswer
) -> tuple[EngineAnswer, list[ResultRow]]:
    """The answer with its counts and measures, and its rows."""
    schema = label_set.schema(label)
    truth, accept = label_set.truth(label), label_set.accept(label)
    values = None if answer.status == "failed" else answer.values
    rows = [
        _placed(row, label, answer, schema.name)
        for row in _compared(schema.root, label, answer, truth, values, accept)
    ]
    tally = Tally.of(rows)
    measures = measure(LabelledAnswer(schema.root, label, truth, values, answer.transcript, rows))
    tags = {**label.tags, **answer.tags}
    scored = answer.model_copy(
        update={"counts": dict(tally.counts), "measures": measures, "tags": tags}
    )
    return scored, rows


def _compared(
    root: Field,
    label: Label,
    answer: EngineAnswer,
    truth: Mapping[str, Any],
    values: Mapping[str, Any] | None,
    accept: Mapping[str, Sequence[Any]],
) -> list[ComparisonRow]:
    """Rows of a document. Of a recording "seven" is 7: nobody hears how a number is spelt."""
    if answer.duration is None or answer.pages:
        return compare(root, truth, values, accept=accept)
    language = label.tags.get("language") or "en"
    rows = compare(
        root,
        in_digits(truth, language),
        in_digits(values, language),
        accept={at: in_digits(list(others), language) for at, others in accept.items()},
    )
    return [
        replace(
            row,
            truth=row.truth if row.outcome == "extra" else value_at(truth, row.pointer),
            predicted=row.predicted if row.at is None else value_at(values, row.at),
        )
        for row in rows
    ]


def _placed(row: ComparisonRow, label: Label, answer: EngineAnswer, schema: str) -> ResultRow:
    """The row with where it belongs, and where the predicted value was found."""
    evidence = answer.evidence.get(row.at) if row.at is not None else None
    sure = answer.confidence.get(row.at) if row.at is not None else None
    boxes = () if row.outcome == "extra" else label.boxes.get(row.pointer, ())
    shared, same_page = _grounded(evidence, boxes, answer.page_sizes)
    return ResultRow(
        row.path,
        row.pointer,
        row.kind,
        row.truth,
        row.predicted,
        row.outcome,
        row.score,
        row.at,
        row.close,
        set=answer.set,
        document=answer.document,
        engine=answer.engine,
        repeat=answer.repeat,
        schema=schema,
        page=evidence.page if evidence else None,
        box=evidence.box if evidence else None,
        overlap=shared,
        same_page=same_page,
        confidence=sure.probability if sure else None,
    )


def _grounded(
    evidence: Evidence | None,
    boxes: Sequence[LabelBox],
    sizes: Mapping[int, tuple[float, float]],
) -> tuple[float | None, bool | None]:
    """Overlap with the best of the labelled boxes, and whether the page is right."""
    if not boxes:
        return None, None
    places = evidence.places if evidence else ()
    pages = {place.page for place in places} | {evidence.page if evidence else None}
    same_page = any(box.page in pages for box in boxes)
    areas = [box for box in boxes if box.box is not None]
    if not areas:
        return None, same_page
    best = 0.0
    for place in places:
        if place.page in sizes:
            width, height = sizes[place.page]
            x0, y0, x1, y1 = place.box
            given = (x0 / width, y0 / height, x1 / width, y1 / height)
            there = [box.box for box in areas if box.page == place.page and box.box]
            best = max([best, *(overlap(given, box) for box in there)])
    return best, same_page


Box4 = tuple[float, float, float, float]


def overlap(left: Box4, right: Box4) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    across = min(left[2], right[2]) - max(left[0], right[0])
    down = min(left[3], right[3]) - max(left[1], right[1])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (left, right)]
    return float(shared / (sum(areas) - shared))
