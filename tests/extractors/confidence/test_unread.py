"""Words among the values of a list's entries that were read as nothing."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.confidence.unread import MANY, unread_signals
from docglean.extractors.confidence.word_signals import PageSignals
from docglean.extractors.extraction import Box, Evidence
from word_pages import page


def at(row: int, *columns: int) -> Evidence:
    """Evidence of a value on `word_pages.page`."""
    boxes: list[Box] = [(60.0 * c, 20.0 * row, 60.0 * c + 50, 20.0 * row + 10) for c in columns]
    box = (boxes[0][0], boxes[0][1], boxes[-1][2], boxes[-1][3])
    return Evidence(how="exact", page=1, box=box, text="", score=1.0)


def unread(rows: Sequence[str], evidence: dict[str, Evidence]) -> dict[str, float]:
    pointers = [*evidence, "/parts/0/unit", "/total"]
    pages = {1: PageSignals(page(*rows))}
    return {at: told["unread"] for at, told in unread_signals(pointers, evidence, pages).items()}


PARTS = {
    "/parts/0/name": at(0, 0), "/parts/0/price": at(0, 2),
    "/parts/1/name": at(2, 0), "/parts/1/price": at(2, 2), "/total": at(3, 2),
}  # fmt: skip


def test_words_of_an_entry_that_no_value_has_speak_against_all_its_values() -> None:
    found = unread(["Paper A4 3.00", "white", "Pens - 1.50", "Total due 4.50"], PARTS)
    assert found == dict.fromkeys(
        ("/parts/0/name", "/parts/0/price", "/parts/0/unit"), 2 / MANY
    )  # "A4" beside it and "white" below; "-" says nothing


def test_a_column_that_was_not_asked_for_speaks_against_nothing() -> None:
    assert unread(["Paper A4 3.00", "", "Pens B5 1.50", "Total due 4.50"], PARTS) == {}
