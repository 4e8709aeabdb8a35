"""OCR of a box of a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.box_reading import read_box
from docglean.extractors.documents.document import Document, open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union

SAMPLES = Path(__file__).parents[3] / "samples" / "documents"


async def place_of(document: Document, *texts: str) -> Box:
    words = (await document.words(1)).words
    return union(word.box for word in words if word.text in texts)


def wider(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


@pytest.mark.slow
@pytest.mark.parametrize("name", ["invoice-scan.pdf", "invoice-three-pages.pdf"])
async def test_a_box_is_read_as_the_page_is(workers: Workers, limits: Limits, name: str) -> None:
    document = await open_document(SAMPLES / name, workers, limits)
    words = (await document.words(1)).words
    told = [word for word in words if len(word.text) > 4 and word.text.isascii()][:2]
    for word in told:
        read = await document.run(read_box, 1, wider(word.box, 2))
        assert word.text in "".join(one.text for one in read)
        for one in read:  # its boxes are those of the page
            assert word.box[0] - 6 <= one.box[0] < one.box[2] <= word.box[2] + 6
            assert word.box[1] - 6 <= one.box[1] < one.box[3] <= word.box[3] + 6


@pytest.mark.slow
async def test_a_blank_box_says_nothing(workers: Workers, limits: Limits) -> None:
    document = await open_document(SAMPLES / "invoice-three-pages.pdf", workers, limits)
    assert await document.run(read_box, 1, (1.0, 1.0, 30.0, 12.0)) == []
    assert await document.run(read_box, 1, (10.0, 10.0, 10.0, 10.0)) == []
    assert await document.run(read_box, 1, (-50.0, -50.0, -20.0, -20.0)) == []
