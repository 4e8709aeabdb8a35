"""Metrics beside the outcomes of values, each a sum and what it is out of, document by document.

Figures over documents are sums over sums; see `docglean.evaluation.results.Share`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from docglean.evaluation import reference_metrics, word_errors
from docglean.evaluation.labels import Label, field_at
from docglean.evaluation.metrics import table_scores
from docglean.evaluation.results import ResultRow, Share
from docglean.schemas.fields import Field

OVERLAP = 0.5
"""Intersection over union from which a box is right."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a name in `Answer.measures` stands for.

    Attributes:
        title: for tables.
        about: one sentence for people.
        better: ``higher`` or ``lower``.
        whose: another's metric, shown for comparison and never deciding; "" for ours.
    """

    title: str
    about: str
    better: Literal["higher", "lower"] = "higher"
    whose: str = ""


MEASURES: dict[str, Measure] = {
    "list_length": Measure(
        "List lengths", "Labelled lists of which the engine gave as many entries as there are."
    ),
    "grounding_word": Measure(
        "Found at its place",
        "Values that are right and whose box overlaps the labelled one by half (IoU 0.5), "
        "of those with a labelled box.",
    ),
    "grounding_page": Measure(
        "Found on its page", "Values that are right and were found on the labelled page."
    ),
    "cell_f1": Measure(
        "Cell F1", "Texts of table cells that are in both, wherever they stand; F1 a document."
    ),
    "grits_con": Measure(
        "GriTS content", "Similarity of tables as grids of texts.", whose="Smock et al., 2022"
    ),
    "grits_top": Measure(
        "GriTS topology", "Similarity of tables as grids of spans.", whose="Smock et al., 2022"
    ),
    "teds": Measure(
        "TEDS", "Tree edit distance similarity of tables with texts.", whose="Zhong et al., 2020"
    ),
    "teds_struct": Measure("TEDS structure", "The same without texts.", whose="Zhong et al., 2020"),
    "word_error_rate": Measure(
        "WER", "Word errors by words said, after normalisation.", better="lower"
    ),
    "character_error_rate": Measure(
        "CER", "Character errors by characters said, after normalisation.", better="lower"
    ),
    "words_from_nothing": Measure(
        "Words from silence", "Words heard in clips without speech, by clip.", better="lower"
    ),
    "anls_star": Measure(
        "ANLS*", "Likeness of JSON trees of texts; too kind to figures.", whose="Peer et al., 2024"
    ),
    "json_accuracy": Measure(
        "JSON accuracy", "Leaves of the JSON that need no edit; 9.0 is not 9.00.", whose="OmniAI"
    ),
}


def measure(
    root: Field,
    label: Label,
    truth: Mapping[str, Any],
    values: Mapping[str, Any] | None,
    transcript: str | None,
    rows: Sequence[ResultRow],
) -> dict[str, Share]:
    """All that can be measured of one answer; what a label does not say is left out.

    Args:
        truth: the label's values as JSON of the schema's types.
        values: the prediction, None for a document that failed.
        rows: of this answer.
    """
    found: dict[str, Share] = {}
    if truth:
        left, right = reference_metrics.comparable(truth, values or {})
        found["anls_star"] = (reference_metrics.anls_star(left, right), 1.0)
        found["json_accuracy"] = (reference_metrics.json_accuracy(left, right), 1.0)
    lengths = _list_lengths(root, truth, values)
    if lengths[1]:
        found["list_length"] = lengths
    for name in _tables_in(root):
        if name in truth:
            scores = table_scores.table_scores(truth[name] or (), (values or {}).get(name) or ())
            found |= {metric: (score, 1.0) for metric, score in scores.items()}
    if label.transcript is not None:
        heard = word_errors.hear(label.transcript, transcript or "", label.tags.get("language"))
        if heard.inserted is not None:
            found["words_from_nothing"] = (float(heard.inserted), 1.0)
        else:
            if label.tags.get("language", "en")[:2] not in word_errors.UNSPACED:
                found["word_error_rate"] = (float(heard.word_errors), float(heard.words))
            found["character_error_rate"] = (
                float(heard.character_errors),
                float(heard.characters),
            )
    found |= _grounding(rows)
    # Some libraries add in an order that differs from run to run.
    return {name: (round(share, 9), total) for name, (share, total) in found.items()}


def _list_lengths(root: Field, truth: Mapping[str, Any], values: Mapping[str, Any] | None) -> Share:
    right = total = 0
    for child in root.children:
        if child.shape == "list" and isinstance(truth.get(child.name), list):
            given = (values or {}).get(child.name)
            total += 1
            right += values is not None and len(truth[child.name]) == len(given or ())
    return float(right), float(total)


def _tables_in(root: Field) -> list[str]:
    """Lists of the schema's top whose entries are tables: with rows of cells."""
    return [
        child.name
        for child in root.children
        if child.shape == "list" and (rows := field_at(child, "/0/rows")) is not None
        if rows.shape == "list" and rows.item.shape == "list"
    ]


def _grounding(rows: Sequence[ResultRow]) -> dict[str, Share]:
    found: dict[str, Share] = {}
    boxed = [row for row in rows if row.overlap is not None]
    if boxed:
        right = [row for row in boxed if row.outcome == "correct" and (row.overlap or 0) >= OVERLAP]
        found["grounding_word"] = (float(len(right)), float(len(boxed)))
    paged = [row for row in rows if row.same_page is not None]
    if paged:
        right = [row for row in paged if row.outcome == "correct" and row.same_page]
        found["grounding_page"] = (float(len(right)), float(len(paged)))
    return found
