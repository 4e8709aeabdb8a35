"""What who reads figures should know of the labels behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from docglean.evaluation.labels import LabelSet
from docglean.evaluation.results import SetRecord


def record_of(label_set: LabelSet) -> SetRecord:
    """A set of labels, as a manifest tells it."""
    return SetRecord(
        name=label_set.name,
        folder=str(label_set.folder),
        layout=label_set.layout,
        hash=label_set.hash,
        labels=len(label_set.labels),
        drafts=label_set.drafts,
        corrected=label_set.corrected,
        disputed=label_set.disputed,
        made_of_data=label_set.made_of_data,
    )


def label_notices(sets: Sequence[SetRecord]) -> list[str]:
    """Who wrote the labels, and what that makes of the figures; nothing where people did, alone."""
    labels, drafts = sum(one.labels for one in sets), sum(one.drafts for one in sets)
    corrected: Counter[str] = Counter()
    for one in sets:
        corrected.update(one.corrected)
    disputed = sum(one.disputed for one in sets)
    found = []
    if drafts:
        found.append(
            f"{drafts} of {labels} labels are drafts that nobody has checked: on these, figures "
            "say how far engines agree with the one that drafted them, not how often they are "
            "right."
        )
    if data := sum(one.made_of_data for one in sets):
        found.append(
            f"{data} of {labels} labels were made of the XML of e-invoices, as far as their pages "
            "show the same: what was not found on a page is not labelled, so that pages that are "
            "hard to read count for less than they should. Engines read the pages alone, unless "
            "--embedded says otherwise."
        )
    for engine, number in corrected.items():
        found.append(
            f"{number} of {labels} labels were made by correcting what {engine} had read. People "
            f"tend to leave what stands there, so these labels favour {engine} over engines whose "
            "reading they did not see. And what they did not look at is not labelled: where they "
            "looked at unsure values only, figures are about those, not about whole documents."
        )
    if disputed:
        found.append(
            f"{disputed} of {labels} labels have values on which two reviewers differ; they count "
            "as the first one had them. `docglean labels check` says which these are."
        )
    return found
