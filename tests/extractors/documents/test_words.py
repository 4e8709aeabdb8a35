"""Words come from the text layer, form fields or OCR, in reading order, with their boxes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.text_layer import legible
from docglean.extractors.documents.words import PageWords, Word, in_reading_order, laid_out, turned
from docglean.extractors.documents.workers import Workers
from PIL import Image, ImageDraw


@pytest.fixture
def read(workers: Workers, limits: Limits) -> Any:
    async def read_it(path: Path, number: int = 1) -> PageWords:
        return await (await open_document(path, workers, limits)).words(number)

    return read_it


def words_of(*rows: tuple[str, float, float]) -> list[Word]:
    """Words 5 points a character wide and 10 high, one line each row."""
    found = []
    for line, (text, x, y) in enumerate(rows):
        start = x
        for piece in text.split():
            found.append(Word(piece, (start, y, start + 5 * len(piece), y + 10), line=line))
            start += 5 * (len(piece) + 1)
    return found


def test_columns_of_a_table_stand_under_each_other() -> None:
    words = words_of(
        ("Description", 50, 100), ("Price", 250, 100), ("Blue paint", 50, 115), ("9.00", 255, 115)
    )
    text = PageWords(1, 400, 400, tuple(words)).text()
    first, second = text.splitlines()
    assert first.index("Price") + 1 == second.index("9.00") == 41
    assert "Blue paint" in second


def test_a_paragraph_gap_is_a_blank_line() -> None:
    words = words_of(("one", 50, 100), ("two", 50, 112), ("three", 50, 150))
    assert PageWords(1, 400, 400, tuple(words)).text() == "one\ntwo\n\nthree"
    assert PageWords(1, 400, 400, ()).text() == ""


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    left = [(f"left{n}", 50.0, 100 + 12.0 * n) for n in range(6)]
    right = [(f"right{n}", 250.0, 100 + 12.0 * n) for n in range(6)]
    mixed = [row for pair in zip(left, right, strict=True) for row in pair]
    words = in_reading_order(words_of(("Title", 150, 50), *mixed), 400, 400)
    assert [word.text for word in words] == [
        "Title",
        *(f"left{n}" for n in range(6)),
        *(f"right{n}" for n in range(6)),
    ]
    assert [word.line for word in words] == list(range(13))


def test_a_row_of_cells_is_read_across() -> None:
    words = in_reading_order(words_of(("9.00", 250, 100), ("Paint", 50, 101)), 400, 400)
    assert [word.text for word in words] == ["Paint", "9.00"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turning_there_and_back(turn: int) -> None:
    box = (10.0, 20.0, 40.0, 35.0)
    size = (100.0, 200.0) if turn in (0, 180) else (200.0, 100.0)
    there = turned(box, 100, 200, turn)
    assert 0 <= there[0] < there[2] <= size[0]
    assert 0 <= there[1] < there[3] <= size[1]
    assert turned(there, *size, (360 - turn) % 360) == box


def test_garbage_is_told_from_text() -> None:
    assert legible(words_of(("Invoice № 4711: 1.234,50 €", 0, 0)))
    assert legible(words_of(("請求書 合計 ¥1,200", 0, 0)))
    assert not legible(words_of(("\ufffd\ufffd\ue001 ok", 0, 0)))
    assert not legible([])


def form(path: Path) -> Path:
    document = pymupdf.open()
    page = document.new_page(width=400, height=400)
    page.insert_text((50, 60), "Name", fontsize=11)
    for name, kind, value, rect in (
        ("name", pymupdf.PDF_WIDGET_TYPE_TEXT, "Ada W W Lovelace", (100, 48, 300, 64)),
        ("yes", pymupdf.PDF_WIDGET_TYPE_CHECKBOX, True, (100, 100, 112, 112)),
        ("no", pymupdf.PDF_WIDGET_TYPE_CHECKBOX, False, (140, 100, 152, 112)),
        ("empty", pymupdf.PDF_WIDGET_TYPE_TEXT, "", (100, 150, 300, 164)),
    ):
        widget = pymupdf.Widget()
        widget.field_name, widget.field_type = name, kind
        widget.rect, widget.field_value = pymupdf.Rect(rect), value
        page.add_widget(widget)
    document.save(path)
    return path


async def test_values_of_form_fields(tmp_path: Path, read: Any) -> None:
    page = await read(form(tmp_path / "form.pdf"))
    assert [(word.text, word.source) for word in page.words] == [
        ("Name", "text"),
        # Once each, though the narrow and wide letters of its appearance stand elsewhere than
        # letters of one width would.
        ("Ada", "widget"),
        ("W", "widget"),
        ("W", "widget"),
        ("Lovelace", "widget"),
        ("☒", "widget"),
        ("☐", "widget"),
    ]
    assert page.words[1].box[0] >= 100
    assert page.words[5].box == pytest.approx((100, 100, 112, 112), abs=1)


LINES = "Invoice 4711\nTotal 42.00\nThank you very much"


def drawn(text: str = LINES) -> Image.Image:
    image = Image.new("RGB", (900, 600), "white")
    ImageDraw.Draw(image).multiline_text((60, 60), text, fill="black", font_size=60, spacing=40)
    return image


TURNS = {
    0: None,
    270: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    90: Image.Transpose.ROTATE_90,
}


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
async def test_ocr_of_a_photo_whichever_way_it_lies(turn: int, tmp_path: Path, read: Any) -> None:
    image, way = drawn(), TURNS[turn]
    path = tmp_path / "photo.png"
    (image if way is None else image.transpose(way)).save(path)
    page = await read(path)
    assert page.turn == turn
    assert page.text().split() == [
        "Invoice",
        "4711",
        "Total",
        "42.00",
        "Thank",
        "you",
        "very",
        "much",
    ]
    assert {word.source for word in page.words} == {"ocr"}
    total = next(word for word in page.words if word.text == "Total")
    x0, y0, x1, y1 = turned(total.box, page.width, page.height, turn)
    assert (x0, y0, x1, y1) == pytest.approx((60, 165, 200, 230), abs=25)


async def test_a_blank_and_a_slender_page_have_no_words(tmp_path: Path, read: Any) -> None:
    Image.new("L", (800, 800), 255).save(tmp_path / "blank.png")
    assert (await read(tmp_path / "blank.png")).words == ()
    strip = Image.new("L", (9000, 4), 255)
    strip.putpixel((5, 2), 0)
    strip.save(tmp_path / "strip.png")
    assert (await read(tmp_path / "strip.png")).words == ()


async def test_a_scan_with_a_stamp_as_text_is_read_by_ocr_too(tmp_path: Path, read: Any) -> None:
    data = io.BytesIO()
    drawn().save(data, "png")
    document = pymupdf.open()
    page = document.new_page(width=450, height=300)
    page.insert_image(page.rect, stream=data.getvalue())
    page.insert_text((20, 290), "Received 2026-01-05", fontsize=8)
    native = document.new_page(width=450, height=300)
    native.insert_text((50, 50), "Invoice 4712")
    document.save(tmp_path / "mixed.pdf")
    mixed = await read(tmp_path / "mixed.pdf", 1)
    by_source = {(word.text, word.source) for word in mixed.words}
    assert {("Received", "text"), ("2026-01-05", "text"), ("42.00", "ocr")} <= by_source
    assert len([word for word in mixed.words if word.text == "Received"]) == 1
    assert [word.source for word in (await read(tmp_path / "mixed.pdf", 2)).words] == ["text"] * 2


@pytest.mark.slow
async def test_a_text_layer_of_garbage_is_not_believed(tmp_path: Path, read: Any) -> None:
    document = pymupdf.open()
    page = document.new_page(width=450, height=300)
    page.insert_text((40, 80), "Invoice 4711 Total 42.00", fontsize=24)
    document.save(tmp_path / "good.pdf")
    # The same page, with a map from glyphs to private characters, as broken exporters write it.
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <00> <ff> endcodespacerange "
        b"1 beginbfrange <21> <7e> <e021> endbfrange endcmap end"
    )
    font = page.get_fonts()[0][0]
    xref = document.get_new_xref()
    document.update_object(xref, "<<>>")
    document.update_stream(xref, cmap)
    document.xref_set_key(font, "ToUnicode", f"{xref} 0 R")
    document.save(tmp_path / "garbage.pdf")
    good, garbage = await read(tmp_path / "good.pdf"), await read(tmp_path / "garbage.pdf")
    assert {word.source for word in good.words} == {"text"}
    assert {word.source for word in garbage.words} == {"ocr"}
    assert garbage.text().split() == good.text().split()


def test_lines_of_a_photo_that_lies_askew_are_level() -> None:
    def slanting(text: str, x: float, y: float, line: int, source: Any) -> Word:
        y += 0.06 * x
        return Word(text, (x, y, x + 9 * len(text), y + 12), 0.9, source, line)

    def page(source: Any) -> PageWords:
        words = [
            slanting(text, x, 40 + 20 * row, 2 * row + part, source)
            for row, left in enumerate(
                ("Flat white coffee", "Almond croissant", "Banana bread too")
            )
            for part, (words, start) in enumerate(((left, 20), (f"{row}.50", 420)))
            for x, text in zip(range(start, 900, 90), words.split(), strict=False)
        ]
        return PageWords(1, 600, 400, tuple(words))

    assert [" ".join(line.split()) for line in page("ocr").text().splitlines() if line] == [
        "Flat white coffee 0.50",
        "Almond croissant 1.50",
        "Banana bread too 2.50",
    ]
    # A text layer says where its words are; what slants there is meant to.
    assert page("text").text() == laid_out([(word, word.box) for word in page("text").words])
