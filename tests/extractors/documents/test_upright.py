"""Pages with a text layer are read, and shown to a model, as they can be read: whichever way their
text stands, and however the page is turned."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.ocr import ocr_words
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models.base import ImagePart
from docglean.extractors.render_policy import RenderPolicy
from PIL import Image
from stand_ins import BILL, Bench, ok

LINES = ["Invoice number: INV-1001", "Widget A   2 x 50.00   100.00", "Total: 150.60 GBP"]


def page_turned(flag: int, text: int, lines: list[str] = LINES) -> pymupdf.Document:
    """A page that a viewer turns by `flag`, with text that was set turned by `text`."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=400)
    upright = pymupdf.Matrix(1, 0, 0, 1, 0, 0)
    for number, line in enumerate(lines):
        at = pymupdf.Point(60, 100 + 40 * number)
        # Turned about the middle of the page.
        turn = pymupdf.Matrix(upright).prerotate(text)
        middle = pymupdf.Point(200, 200)
        at = (at - middle) * turn + middle
        page.insert_text(at, line, fontsize=14, rotate=(-text) % 360)
    page.set_rotation(flag)
    return document


@pytest.mark.parametrize("text", [0, 90, 180, 270])
@pytest.mark.parametrize("flag", [0, 90, 180, 270])
async def test_words_are_read_upright(
    flag: int, text: int, workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    path = tmp_path / "turned.pdf"
    page_turned(flag, text).save(path)
    page = await (await open_document(path, workers, limits)).words(1)
    assert [" ".join(line.split()) for line in page.text().splitlines() if line] == [
        " ".join(line.split()) for line in LINES
    ]
    assert page.hidden == ()
    assert (page.turn + flag + text) % 360 == 0


async def test_one_word_a_line_tells_how_the_page_stands(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    path = tmp_path / "turned.pdf"
    page_turned(180, 0, ["Total", "150.60", "GBP"]).save(path)
    page = await (await open_document(path, workers, limits)).words(1)
    assert page.text().split() == ["Total", "150.60", "GBP"]


@pytest.mark.slow
@pytest.mark.parametrize(("flag", "text"), [(0, 0), (180, 0), (0, 90), (90, 180)])
async def test_a_model_is_shown_it_upright(
    flag: int, text: int, workers: Workers, tmp_path: Path
) -> None:
    path = tmp_path / "turned.pdf"
    page_turned(flag, text).save(path)
    bench = Bench(tmp_path, workers)
    _, model = await bench.extract(path, lambda call: ok(BILL), engine="openai:gpt-6-luna")
    [part] = [part for part in model.calls[0].parts if isinstance(part, ImagePart)]
    words, turn = ocr_words(Image.open(io.BytesIO(part.data)), part.width, part.height)
    assert turn == 0
    assert "INV-1001" in " ".join(word.text for word in words)


async def test_boxes_of_the_show_page_count_on_the_page_as_it_is(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    path = tmp_path / "turned.pdf"
    page_turned(0, 90).save(path)
    document = await open_document(path, workers, limits)
    policy = RenderPolicy("test", 400, None, 0, formats=("image/png",))
    image = await document.image(1, policy)
    word = next(word for word in (await document.words(1)).words if word.text == "INV-1001")
    pixels: Any = Image.open(io.BytesIO(image.data)).convert("L")
    corners = [round(side * image.scale) for side in word.box]
    assert pixels.crop(corners).getextrema()[0] < 128
