"""What the words of a value tell of it: each signal speaks where it should, and only there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from docglean.extractors.confidence.word_signals import (
    PageSignals,
    doubt_of,
    place_signals,
    speech_signals,
    text_signals,
)
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.speech.transcript import Segment
from word_pages import page


def found(text: str, box: Box, how: str = "exact", score: float = 1.0) -> Evidence:
    return Evidence(how=how, page=1, box=box, text=text, score=score)  # type: ignore[arg-type]


def signals(evidence: Evidence | None, *rows: str, **told: object) -> dict[str, float]:
    known = {1: PageSignals(page(*rows, **told))}  # type: ignore[arg-type]
    return {name: value for name, value in place_signals(evidence, known).items() if value}


def test_a_value_that_stands_nowhere_says_only_that() -> None:
    assert signals(None, "Total 5.50") == {"nowhere": 1.0}
    assert signals(Evidence(how="not_found"), "Total 5.50") == {"nowhere": 1.0}


def test_a_value_of_a_recording_has_no_words_to_be_unsure_of() -> None:
    said = Evidence(how="exact", seconds=(1.0, 2.0), text="five", score=1.0)
    assert signals(said, "Total 5.50") == {"exact": 1.0}


def test_what_is_said_is_as_doubtful_as_its_segments() -> None:
    segments = (
        Segment(0, 4, "the total", 0.9), Segment(4, 8, "is five", 0.5), Segment(9, 12, "thanks"),
    )  # fmt: skip
    said = Evidence(how="exact", seconds=(4.5, 8.0), text="five", score=1.0)
    assert speech_signals(said, segments)["speech_doubt"] == pytest.approx(0.5)
    assert speech_signals(said.model_copy(update={"seconds": (9.0, 12.0)}), segments) == {}
    assert speech_signals(found("5.50", (0, 0, 1, 1)), segments) == {}


def test_ocr_is_unsure_of_the_words_within_the_box_and_of_no_others() -> None:
    words = page("Total 5.50", "Cash 10.00").words
    mixed = PageWords(1, 400, 400, (words[0], Word("5.50", words[1].box, 0.9), *words[2:]))
    told = place_signals(found("5.50", words[1].box), {1: PageSignals(mixed)})
    assert told["ocr_doubt"] == pytest.approx(doubt_of(0.9)) == pytest.approx(0.5)
    assert place_signals(found("Total", words[0].box), {1: PageSignals(mixed)})["ocr_doubt"] == 0


def test_a_value_printed_twice_is_repeated_and_a_part_of_a_longer_number_is_not() -> None:
    box = (60.0, 100.0, 110.0, 110.0)
    rows = ("", "", "", "", "", "Total 5.50", "Card 5.50", "Change 15.50")
    assert signals(found("5.50", box), *rows)["repeated"] == pytest.approx(0.5)
    assert "repeated" not in signals(found("5.50", box), *rows[:6], "Change 15.50")


def test_header_and_footer_are_margins_on_turned_pages_too() -> None:
    assert PageSignals(page("x")).in_margin((0, 375, 50, 390))
    assert PageSignals(page("x")).in_margin((0, 5, 50, 20))
    assert not PageSignals(page("x")).in_margin((0, 20, 50, 40))
    turned = PageSignals(PageWords(1, 400, 400, (), turn=90))
    assert turned.in_margin((375, 200, 390, 250))
    assert not turned.in_margin((200, 375, 250, 390))


def test_words_that_nobody_sees_are_told() -> None:
    box = (0.0, 300.0, 50.0, 310.0)
    assert signals(found("1,000.00", box), "Total 5.50", hidden="1,000.00")["hidden"] == 1.0
    assert "hidden" not in signals(found("5.50", box), "Total 5.50", hidden="1,000.00")


@pytest.mark.parametrize(
    ("amount", "there"), [("25.44", True), ("25.45", True), ("5.00", False), ("30.00", False)]
)
def test_a_nearly_equal_amount_is_a_rival(amount: str, there: bool) -> None:
    known = PageSignals(page("Total 25.44", "Rounded RM25.45", "Change 5.00", "Code 25.4499"))
    assert known.nearly(Decimal(amount)) is there


def test_an_amount_some_cents_off_is_what_a_total_is_rounded_from() -> None:
    known = PageSignals(page("Total 2,544.02", "Rounded 2,544.00", "Net 2,540.00"))
    assert [known.rounded(Decimal(one)) for one in ("2544.00", "2540.00")] == [True, False]
    assert known.nearly(Decimal("2540.00"))


@pytest.mark.parametrize(
    "text", ["SANYUSTATIONERYSHOP", "MENTA[ INITIAL", "J1n Burung", "23, Kepong..", "a|b"]
)
def test_misread_texts_look_garbled(text: str) -> None:
    assert text_signals(text)["garbled"] > 0


@pytest.mark.parametrize(
    "text",
    [
        "Sanyu Stationery Shop",
        "No. 15, Jalan SS15/4B",
        "12a High St.",
        "accounts@northwind-paper.org",
    ],
)
def test_plain_texts_do_not(text: str) -> None:
    assert text_signals(text) == {"garbled": 0.0, "cut": 0.0}


def test_a_text_that_begins_with_a_conjunction_is_cut() -> None:
    assert text_signals("& BEST RESTAURANT")["cut"] == 1.0
