"""One answer against its label: where it stands, what a failure costs, what can be corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.compare import Tally
from docglean.evaluation.labels import Label, LabelBox, LabelSet
from docglean.evaluation.results import EngineAnswer, ResultRow
from docglean.evaluation.scores import overlap, score
from docglean.extractors.extraction import Evidence, Place

EXPECTED = {
    "total": "12.00",
    "company": "Acme",
    "phone": None,
    "line_items": [{"description": "Tea", "line_total": "2.00"}],
}


def label(**more: Any) -> tuple[LabelSet, Label]:
    one = Label(id="a", file="a.png", schema="receipt", expected=EXPECTED, **more)
    return LabelSet("till", Path(), "docglean", (one,)), one


def answer(values: dict[str, Any] | None, **more: Any) -> EngineAnswer:
    told: dict[str, Any] = {"status": "failed" if values is None else "ok", **more}
    named = {"set": "till", "document": "a", "file": "a.png", "schema": "receipt", "engine": "x"}
    return EngineAnswer(**named, data=values, **told)


def rows_of(found: list[ResultRow]) -> dict[str, str]:
    return {row.pointer: row.outcome for row in found}


def test_rows_carry_where_they_belong() -> None:
    scored, rows = score(*label(tags={"language": "en"}), answer(EXPECTED, tags={"length": "1"}))
    assert {(row.set, row.document, row.engine, row.repeat, row.schema) for row in rows} == {
        ("till", "a", "x", 1, "receipt")
    }
    assert scored.counts["correct"] == 4
    assert scored.counts["correct_empty"] == 1
    assert scored.tags == {"language": "en", "length": "1"}
    assert scored.measures["list_length"] == (1.0, 1.0)
    assert scored.measures["anls_star"] == (1.0, 1.0)


def test_a_failed_document_has_nothing_right_and_all_that_is_labelled() -> None:
    _, perfect = score(*label(), answer(EXPECTED))
    scored, failed = score(*label(), answer(None))
    assert {row.outcome for row in failed} == {"missing"}
    assert Tally.of(failed).labelled == Tally.of(perfect).labelled
    # theirs, to whom an empty answer is right where the label is empty
    assert scored.measures["anls_star"] == (pytest.approx(1 / 5), 1.0)
    assert scored.measures["list_length"] == (0.0, 1.0)
    # what a failed run left in its values does not count
    assert {row.outcome for row in score(*label(), answer(EXPECTED, status="failed"))[1]} == {
        "missing"
    }


def test_a_corrected_label_is_scored_without_asking_again() -> None:
    given = answer({**EXPECTED, "total": "13.00"})
    label_set, one = label()
    assert rows_of(score(label_set, one, given)[1])["/total"] == "wrong"
    corrected = one.model_copy(update={"expected": {**EXPECTED, "total": "13.00"}})
    assert rows_of(score(label_set, corrected, given)[1])["/total"] == "correct"
    lenient = one.model_copy(update={"accept": {"/total": ["13,00"]}})
    assert rows_of(score(label_set, lenient, given)[1])["/total"] == "correct"


def test_boxes_are_compared_as_shares_of_the_page() -> None:
    """A page of 200 x 100 points; the label's box is a tenth wide and high, at the half."""
    boxes = {
        "/total": [LabelBox(page=1, box=(0.5, 0.5, 0.6, 0.6))],
        "/company": [LabelBox(page=1)],
        "/line_items/0/line_total": [LabelBox(page=1, box=(0.1, 0.1, 0.2, 0.2))],
    }
    evidence = {
        "/total": Evidence(how="exact", page=1, box=(100, 50, 120, 60)),
        "/company": Evidence(how="exact", page=2, box=(0, 0, 10, 10)),
        "/line_items/1/line_total": Evidence(how="exact", page=1, box=(20, 15, 40, 25)),
    }
    values = {**EXPECTED, "line_items": [{"description": "Milk"}, *EXPECTED["line_items"]]}  # type: ignore[misc]
    scored, rows = score(
        *label(boxes=boxes), answer(values, evidence=evidence, page_sizes={1: (200, 100)})
    )
    found = {row.pointer: row for row in rows if row.outcome != "extra"}
    assert found["/total"].overlap == pytest.approx(1.0)
    assert (found["/company"].overlap, found["/company"].same_page) == (None, False)
    # found under the pointer of the predicted entry; half of it beside the label
    assert found["/line_items/0/line_total"].overlap == pytest.approx(1 / 3)
    assert found["/phone"].overlap is None
    assert scored.measures["grounding_word"] == (1.0, 2.0)
    assert scored.measures["grounding_page"] == (2.0, 3.0)


def test_a_value_that_was_not_found_overlaps_nothing() -> None:
    boxes = {"/total": [LabelBox(page=1, box=(0.5, 0.5, 0.6, 0.6))]}
    _, rows = score(*label(boxes=boxes), answer(EXPECTED))
    row = next(row for row in rows if row.pointer == "/total")
    assert (row.outcome, row.overlap, row.same_page) == ("correct", 0.0, False)


def test_any_of_several_places_is_right() -> None:
    boxes = {"/total": [LabelBox(page=1, box=(0, 0, 0.1, 0.1)), LabelBox(page=3, box=(0, 0, 1, 1))]}
    evidence = {"/total": Evidence(how="exact", page=3, box=(0, 0, 50, 50))}
    _, rows = score(
        *label(boxes=boxes), answer(EXPECTED, evidence=evidence, page_sizes={3: (50, 50)})
    )
    row = next(row for row in rows if row.pointer == "/total")
    assert (row.overlap, row.same_page) == (pytest.approx(1.0), True)


def test_a_label_on_either_page_of_a_broken_value_is_right() -> None:
    boxes = {"/total": [LabelBox(page=4, box=(0, 0, 1, 0.5))]}
    rest = (Place(page=4, box=(0, 0, 50, 25)),)
    evidence = {"/total": Evidence(how="exact", page=3, box=(0, 0, 50, 50), rest=rest)}
    sizes = {3: (50.0, 50.0), 4: (50.0, 50.0)}
    _, rows = score(*label(boxes=boxes), answer(EXPECTED, evidence=evidence, page_sizes=sizes))
    row = next(row for row in rows if row.pointer == "/total")
    assert (row.overlap, row.same_page) == (pytest.approx(1.0), True)


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1.0
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (1, 0, 2, 1)) == 0.0


def test_a_transcript_is_measured_beside_the_values() -> None:
    one = Label(id="a", file="a.wav", schema="note", transcript="go forward ten meters",
                tags={"language": "en"})  # fmt: skip
    label_set = LabelSet("clips", Path(), "docglean", (one,))
    told = answer({}, transcript="Go forward 10 metres.")
    scored, rows = score(label_set, one, told)
    assert rows == []
    assert scored.measures["word_error_rate"] == (1.0, 4.0)
    failed, _ = score(label_set, one, answer(None))
    assert failed.measures["word_error_rate"] == (4.0, 4.0)
    silent = one.model_copy(update={"transcript": ""})
    assert score(label_set, silent, told)[0].measures["words_from_nothing"] == (4.0, 1.0)


def test_in_a_recording_a_number_is_the_same_spelt_or_in_digits() -> None:
    label_set, one = label(tags={"language": "en"})
    told = label_set, one.model_copy(update={"expected": {"company": "Studio 7"}})
    _, [row] = score(*told, answer({"company": "Studio seven"}, pages=0, duration=4.0))
    assert (row.outcome, row.truth, row.predicted) == ("correct", "Studio 7", "Studio seven")
    # What is printed is printed.
    _, [row] = score(*told, answer({"company": "Studio seven"}))
    assert row.outcome == "wrong"


def test_rows_are_the_same_after_they_were_stored() -> None:
    evidence = {"/total": Evidence(how="exact", page=1, box=(1, 2, 3, 4))}
    for row in score(*label(), answer(EXPECTED, evidence=evidence))[1]:
        assert ResultRow.from_json(row.to_json()) == row
