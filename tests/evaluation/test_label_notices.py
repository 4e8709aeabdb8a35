"""What who reads figures is told of the labels behind them."""

from __future__ import annotations

from pathlib import Path

from docglean.evaluation.label_notices import label_notices, record_of
from docglean.evaluation.labels import Label, LabelSet


def label(number: int, **facts: object) -> Label:
    told = {"id": str(number), "file": f"{number}.pdf", "schema": "invoice", **facts}
    return Label.model_validate(told)


def notices(*labels: Label) -> list[str]:
    return label_notices([record_of(LabelSet("a", Path(), "docglean", labels))])


def test_labels_of_people_alone_need_no_word() -> None:
    assert notices(label(1), label(2, checked_by=["ann"])) == []


def test_drafts_corrections_and_disputes_are_told_with_whom_they_favour() -> None:
    drafts, local, model, disputed = notices(
        label(1, drafted_by="local"),
        label(2, corrected_from="local"),
        label(3, corrected_from="local", disputed={"/total": {"ann": "1", "bob": None}}),
        label(4, corrected_from="openai:gpt-6-luna"),
        label(5),
    )
    assert "1 of 5 labels are drafts that nobody has checked" in drafts
    assert "2 of 5 labels were made by correcting what local had read" in local
    assert "these labels favour openai:gpt-6-luna over engines" in model
    assert "1 of 5 labels have values on which two reviewers differ" in disputed


def test_a_label_says_again_what_it_was_told() -> None:
    told = label(3, corrected_from="local", disputed={"/total": {"ann": "1", "bob": None}})
    assert Label.model_validate_json(told.to_json()) == told
    assert "disputed" not in label(1).to_json()
