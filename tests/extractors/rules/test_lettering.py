"""Boxes to tick beside words, and what only looks like one inside of a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import Word
from docglean.extractors.documents.workers import Workers
from docglean.extractors.rules.document_values import read_document, wants_drawn
from docglean.extractors.rules.page.lettering import is_lettering
from docglean.schemas.schema import load_schema

SCAN = Path(__file__).parents[3] / "samples" / "documents" / "invoice-scan.pdf"
WORD = (100.0, 100.0, 130.0, 110.0)
FIRST, MIDDLE, LAST = (100, 101, 109, 110), (110, 101, 119, 110), (121, 101, 130, 110)


@pytest.mark.parametrize(
    ("text", "confidence", "square", "expected"),
    [
        ("Elke", 1.0, FIRST, True),
        ("Return", 1.0, LAST, True),
        ("Oslo", 1.0, FIRST, True),
        ("OSLO", 1.0, FIRST, True),
        ("Total,", 1.0, LAST, True),
        ("Jobs", 0.6, MIDDLE, True),
        ("Elke", 0.6, FIRST, False),  # OCR is not sure
        ("OYes", 1.0, FIRST, False),  # a box that was read as a letter, and glued to its words
        ("口Yes", 1.0, FIRST, False),
        ("[Yes", 1.0, FIRST, False),
        ("Yes[", 1.0, LAST, False),
        ("G.", 1.0, FIRST, True),
        ("G.", 0.6, FIRST, False),
        ("O", 1.0, FIRST, False),
        ("X", 1.0, FIRST, False),
        ("口", 1.0, FIRST, False),
        ("7", 0.5, FIRST, True),
    ],
)
def test_what_is_part_of_a_word(
    text: str, confidence: float, square: tuple[int, int, int, int], expected: bool
) -> None:
    x0, y0, x1, y1 = square
    found = is_lettering(Word(text, WORD, confidence, "ocr"), WORD, (x0, y0, x1, y1))
    assert found is expected


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec", ["buyer name, currency", "buyer name, state: open | paid", "buyer name, paid: yes/no"]
)
async def test_no_word_of_a_scan_becomes_a_mark(
    workers: Workers, limits: Limits, spec: str
) -> None:
    document = await open_document(SCAN, workers, limits)
    words = [await document.words(1)]
    reading = await read_document(document, load_schema(spec), [1], words)
    assert reading.values["buyer_name"] == "Frau Dr. Elke Sommer"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("currency, country", False),
        ("state: open | paid, currency", True),
        ("member: yes/no", True),
        ("hobbies: list of text", True),
        ("form", True),
    ],
)
def test_boxes_are_looked_for_where_a_form_may_have_them(spec: str, expected: bool) -> None:
    assert wants_drawn(load_schema(spec)) is expected
