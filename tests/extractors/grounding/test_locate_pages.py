"""Values over page breaks, in recordings and in films are found where they stand or are said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.extraction import Box
from docglean.extractors.grounding.locate import locate
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.extractors.speech.transcript_parts import stretches_of
from docglean.schemas.kinds import Name, Text
from docglean.schemas.schema import schema_of
from pydantic import BaseModel
from typed_paper import (
    Account,
    Paper,
    assert_stands,
    entry,
    find,
    typed_account,
)

CLAUSE = (
    "The tenant shall pay the sum of 1,250.00 on the first day of each month to the account "
    "of the landlord, beginning on 2024-03-01, and gives notice under paragraph 14b in writing"
)


@pytest.mark.parametrize(
    ("printed", "other"), [("1,250.00", "1,350.00"), ("2024-03-01", "2024-03-07"), ("14b", "41b")]
)
def test_a_long_text_with_another_figure_is_another_text(printed: str, other: str) -> None:
    words = CLAUSE.split()
    paper = Paper()
    for row, start in enumerate(range(0, len(words), 9)):
        paper.type(" ".join(words[start : start + 9]), 50, 80 + 14 * row)
    right = CLAUSE.replace("tenant shall", "tenant will")
    assert find(Annotated[str | None, Text()], right, [paper.page()]).how == "fuzzy"
    wrong = right.replace(printed, other)
    assert find(Annotated[str | None, Text()], wrong, [paper.page()]).how == "not_found"


def broken_over(pages: Sequence[Paper], text: str, cut: int) -> tuple[Box, Box]:
    """Type the first words at the end of one page and the others below the next one's heading."""
    words = text.split()
    for number, paper in enumerate(pages):
        paper.type("Lease between Ann Other and Bob Other", 50, 40)
        paper.type(f"Page {number + 1}", 500, 790)
    pages[0].type("What stands before has nothing to do with it", 50, 700)
    first = pages[0].type(" ".join(words[:cut]), 50, 714)
    second = pages[1].type(" ".join(words[cut:]), 50, 80)
    pages[1].type("What follows has nothing to do with it", 50, 94)
    return first, second


@pytest.mark.parametrize("cut", [2, 8, 14])
@pytest.mark.parametrize("other", [None, "another page"])
def test_a_text_over_a_page_break_stands_on_both_pages(cut: int, other: str | None) -> None:
    pages = [Paper(4), Paper(5)]
    first, second = broken_over(pages, CLAUSE[:96], cut)
    sheets = [paper.page() for paper in pages]
    if other:
        cover = Paper(3)
        cover.type(other, 50, 80)
        sheets.insert(0, cover.page())
    evidence = find(Annotated[str | None, Text()], CLAUSE[:96], sheets)
    assert evidence.how in ("exact", "normalised")
    assert evidence.text == CLAUSE[:96]
    assert (evidence.page, [place.page for place in evidence.rest]) == (4, [5])
    assert evidence.box == pytest.approx(first, abs=0.1)
    assert evidence.rest[0].box == pytest.approx(second, abs=0.1)
    assert [place.page for place in evidence.places] == [4, 5]


def test_a_row_whose_text_runs_over_a_page_break_stands_on_both_pages() -> None:
    pages = [Paper(1), Paper(2)]
    for paper in pages:
        paper.type("Date", 50, 40)
        paper.type("Text", 150, 40)
        paper.type("Amount", 400, 40)
    entries: list[dict[str, Any]] = []
    for number in range(8):
        y = 660 + 14 * number if number < 4 else 68 + 14 * (number - 4)
        paper = pages[number >= 4]
        paper.type(f"2024-05-{number + 10}", 50, y)
        paper.type(f"Payment {number} to", 150, y)
        paper.type(f"{number + 1}0.00", 400, y)
        text = f"Payment {number} to"
        if number == 3:
            pages[1].type("shop of Someone, contract 77", 150, 54)
            text += " shop of Someone, contract 77"
        entries.append(
            {"day": f"2024-05-{number + 10}", "text": text, "amount": f"{number + 1}0.00"}
        )
    found = locate(schema_of(Account), {"entries": entries}, [paper.page() for paper in pages])
    evidence = found["/entries/3/text"]
    assert (evidence.page, [place.page for place in evidence.rest]) == (1, [2])
    assert evidence.how != "not_found"
    assert all(not one.rest for at, one in found.items() if at != "/entries/3/text")


def test_a_text_whose_rest_is_not_on_the_next_page_is_not_found() -> None:
    pages = [Paper(1), Paper(2)]
    broken_over(pages, CLAUSE[:96], 8)
    invented = "her brother for every summer that he spends beside any lake"
    wrong = f"{' '.join(CLAUSE.split()[:8])} {invented}"
    sheets = [paper.page() for paper in pages]
    assert find(Annotated[str | None, Text()], wrong, sheets).how == "not_found"
    far = [sheets[0], Paper(3).page(), sheets[1]]
    assert find(Annotated[str | None, Text()], CLAUSE[:96], far).rest == ()


def test_page_numbers_are_those_of_the_document() -> None:
    first, second = Paper(4), Paper(9)
    first.type("nothing here", 50, 80)
    box = second.type("Needle in it", 50, 80)
    evidence = find(Annotated[str | None, Text()], "Needle in it", [first.page(), second.page()])
    assert_stands(evidence, box, 9)


class Note(BaseModel):
    who: Annotated[str | None, Name()] = None
    when: Annotated[datetime | None, Text()] = None
    actions: list[Annotated[str, Text()]] = []
    summary: Annotated[str | None, Text(on_page=False)] = None


def test_seconds_in_a_recording() -> None:
    transcript = Transcript(
        (
            Segment(0.0, 2.5, "Good morning this is Mary Smith"),
            Segment(2.5, 6.0, "Please send the contract to the"),
            Segment(6.0, 7.5, "new office by Friday"),
        ),
        "en",
        "stand-in",
        7.5,
    )
    values = {
        "who": "Mary Smith",
        "actions": ["Send the contract to the new office", "Buy flowers"],
        "summary": "Good morning",
    }
    found = locate(schema_of(Note), values, [], transcript=transcript)
    assert found["/who"].seconds == (0.0, 2.5)
    assert found["/who"].page is None
    assert found["/actions/0"].seconds == (2.5, 7.5)
    assert found["/actions/1"].how == "not_found"
    assert found["/summary"].how == "not_found"  # said by the reader, not by the speaker


class Said(BaseModel):
    numbers: list[int] = []
    rank: Annotated[str | None, Text()] = None
    day: date | None = None


@pytest.mark.parametrize(
    ("text", "language", "values", "how"),
    [
        ("1, 2, 3.", "en", {"numbers": [1, 2, 3]}, "exact"),
        ("One, two, three.", "en", {"numbers": [1, 2, 3]}, "normalised"),
        ("It was 100, 200 and 300.", "en", {"numbers": [100, 200, 300]}, "exact"),
        ("7 of clubs.", "en", {"rank": "seven"}, "normalised"),
        ("Seven of clubs.", "en", {"rank": "seven"}, "normalised"),
        ("Am 15. Juni 2024.", "de", {"day": "2024-06-15"}, "normalised"),
        ("am fünfzehnten Juni zweitausendvierundzwanzig", "de", {"day": "2024-06-15"},
         "normalised"),
        ("vierhundertfünfzig Euro", "de", {"numbers": [450]}, "normalised"),
        ("one two three", "ja", {"numbers": [1, 2, 3]}, "not_found"),
        ("Twelve of them", "en", {"numbers": [11]}, "not_found"),
    ],
)  # fmt: skip
def test_numbers_that_are_said(text: str, language: str, values: dict[str, Any], how: str) -> None:
    pytest.importorskip("text_to_num")
    transcript = Transcript((Segment(3.0, 5.0, text),), language, "stand-in", 5.0)
    found = locate(schema_of(Said), values, [], transcript=transcript)
    assert {one.how for one in found.values()} == {how}
    assert {one.seconds for one in found.values()} == (
        {(3.0, 5.0)} if how != "not_found" else {None}
    )


def test_in_a_film_what_is_shown_goes_before_what_is_said() -> None:
    words = tuple(Word(text, (10.0 + 50 * at, 10.0, 50.0 + 50 * at, 20.0))
                  for at, text in enumerate("Mary Smith".split()))  # fmt: skip
    transcript = Transcript(
        (Segment(1.0, 2.0, "Mary Smith here"), Segment(2.0, 4.0, "send the contract")),
        "en", "stand-in", 4.0,
    )  # fmt: skip
    values = {"who": "Mary Smith", "actions": ["Send the contract"]}
    found = locate(
        schema_of(Note), values, [PageWords(2, 640.0, 360.0, words)], transcript=transcript,
        frames={2: (30.0, 40.0)}, hints={"/actions/0": 2},
    )  # fmt: skip
    who, action = found["/who"], found["/actions/0"]
    assert (who.page, who.seconds, who.box) == (2, (30.0, 40.0), (10.0, 10.0, 100.0, 20.0))
    assert (action.page, action.seconds, action.box) == (None, (2.0, 4.0), None)


def test_hints_tell_which_of_equal_words_in_a_long_recording_is_meant() -> None:
    filler = tuple(Segment(float(n), n + 1.0, "and so on and so forth " * 10) for n in range(1, 40))
    segments = (Segment(0.0, 1.0, "Buy flowers"), *filler, Segment(40.0, 41.0, "Buy flowers"))
    transcript = Transcript(segments, "en", "stand-in", 41.0)
    last = len(stretches_of(segments))
    assert last > 1
    for stretch, start in ((1, 0.0), (last, 40.0)):
        found = locate(schema_of(Note), {"actions": ["Buy flowers"]}, [],
                       transcript=transcript, hints={"/actions/0": stretch})  # fmt: skip
        assert found["/actions/0"].seconds == (start, start + 1)


def test_every_leaf_has_evidence_in_the_order_of_the_schema() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00")]
    values = {"bank": "Nowhere Bank", "entries": entries}
    found = locate(schema_of(Account), values, typed_account(entries, 5)[0])
    assert list(found) == [
        "/bank",
        *(f"/entries/0/{name}" for name in ("day", "text", "quantity", "price", "amount")),
    ]
    assert found["/bank"].how == "not_found"
