"""Boxes to tick beside words, and what only looks like one inside of a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.rules.document_values import read_document, wants_drawn
from docglean.schemas.schema import load_schema

SCAN = Path(__file__).parents[3] / "samples" / "documents" / "invoice-scan.pdf"


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
