"""What no reader of a page can see is not among its words; what can be seen all is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.hidden_text import problems_of
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from PIL import Image, ImageDraw

SECRET = "Total due 9999.00"
AT = (60, 300)
OVER = pymupdf.Rect(55, 286, 260, 306)
"""All of the secret's print."""
SHOWN = ["Invoice INV-1001 of Harbour Cafe", "Widget A 2 at 50.00 each", "Total 150.60 GBP"]


@pytest.fixture
def read(workers: Workers, limits: Limits, tmp_path: Path) -> Any:
    async def read_it(document: pymupdf.Document) -> PageWords:
        path = tmp_path / "page.pdf"
        document.save(path)
        return await (await open_document(path, workers, limits)).words(1)

    return read_it


def page_with(draw: Callable[[Any], None], lines: list[str] = SHOWN) -> pymupdf.Document:
    """A page with these lines in black on white, and what `draw` adds."""
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    for number, line in enumerate(lines):
        page.insert_text((60, 80 + 20 * number), line, fontsize=11)
    draw(page)
    return document


def texts(page: PageWords) -> list[str]:
    return [word.text for word in page.words]


def picture(size: tuple[int, int] = (400, 40)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def white(page: Any) -> None:
    page.insert_text(AT, SECRET, color=(1, 1, 1))


def nearly_white(page: Any) -> None:
    page.insert_text(AT, SECRET, color=(0.97, 0.97, 0.97))


def as_its_background(page: Any) -> None:
    page.draw_rect(OVER, color=None, fill=(0.1, 0.3, 0.6))
    page.insert_text(AT, SECRET, color=(0.1, 0.3, 0.6))


def under_white(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.draw_rect(OVER, color=None, fill=(1, 1, 1))


def under_black(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.draw_rect(OVER, color=None, fill=(0, 0, 0))


def under_an_image(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.insert_image(OVER, stream=picture(), keep_proportion=False)


def under_other_text(page: Any) -> None:
    """The old amount, painted over, and another one typed on the patch."""
    page.insert_text(AT, SECRET)
    page.draw_rect(OVER, color=None, fill=(1, 1, 1))
    page.insert_text(AT, "Nothing more is due")


def white_over_other_text(page: Any) -> None:
    page.insert_text(AT, SECRET, color=(1, 1, 1))
    page.insert_text(AT, "Nothing more is due")


def transparent(page: Any) -> None:
    page.insert_text(AT, SECRET, fill_opacity=0, stroke_opacity=0)


def of_half_a_point(page: Any) -> None:
    page.insert_text(AT, SECRET, fontsize=0.5)


def of_a_point_and_a_half(page: Any) -> None:
    page.insert_text(AT, SECRET, fontsize=1.5)


def off_the_page(page: Any) -> None:
    page.insert_text((700, 300), SECRET)
    page.insert_text((60, -40), SECRET)


def off_the_crop(page: Any) -> None:
    page.insert_text((60, 800), SECRET)
    page.set_cropbox(pymupdf.Rect(0, 0, 595, 700))


def in_render_mode_3(page: Any) -> None:
    page.insert_text(AT, SECRET, render_mode=3)


def clipped_away(page: Any) -> None:
    page.insert_text(AT, SECRET)
    xref = page.get_contents()[-1]
    drawn = page.parent.xref_stream(xref)
    page.parent.update_stream(xref, b"q 0 0 5 5 re W n\n" + drawn + b"\nQ")


def in_a_layer_that_is_off(page: Any) -> None:
    layer = page.parent.add_ocg("off", on=False)
    page.insert_text(AT, SECRET, oc=layer)


def in_a_field_that_is_white(page: Any) -> None:
    widget = pymupdf.Widget()
    widget.field_name, widget.field_type = "due", pymupdf.PDF_WIDGET_TYPE_TEXT
    widget.rect, widget.field_value = OVER, SECRET
    widget.text_color = (1, 1, 1)
    page.add_widget(widget)


HIDING = [
    white,
    nearly_white,
    as_its_background,
    under_white,
    under_black,
    under_an_image,
    under_other_text,
    white_over_other_text,
    transparent,
    of_half_a_point,
    of_a_point_and_a_half,
    off_the_page,
    off_the_crop,
    in_render_mode_3,
    clipped_away,
    in_a_layer_that_is_off,
    in_a_field_that_is_white,
]
BESIDE = (off_the_page, off_the_crop)
"""Many programs leave text there, and nobody reads it."""


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("hide", HIDING)
async def test_what_nobody_sees_is_no_word(hide: Any, turn: int, read: Any) -> None:
    document = page_with(hide)
    document[0].set_rotation(turn)
    page = await read(document)
    assert "9999.00" not in texts(page)
    assert "9999.00" not in page.text()
    assert {"INV-1001", "150.60", "Widget"} <= set(texts(page))
    if hide is in_a_layer_that_is_off:  # MuPDF leaves it out: there is nothing to be said of it
        return
    assert [word.text for word in page.hidden][:3] == SECRET.split()
    assert not any(word.visible for word in page.hidden)
    problem = problems_of("page.pdf", page, kept=False)[0]
    severity = "warning" if hide in BESIDE else "review"
    assert (problem.code, problem.severity, problem.page) == ("hidden_text", severity, 1)
    assert SECRET in problem.message
    assert problem.box is not None
    assert "9999.00" in texts(page.with_hidden())


def white_on_dark(page: Any) -> None:
    page.draw_rect(OVER, color=None, fill=(0.1, 0.1, 0.3))
    page.insert_text(AT, SECRET, color=(1, 1, 1))


def white_on_a_picture(page: Any) -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 40), (40, 90, 60)).save(out, "PNG")
    page.insert_image(OVER, stream=out.getvalue(), keep_proportion=False)
    page.insert_text(AT, SECRET, color=(1, 1, 1))


def light_grey(page: Any) -> None:
    page.insert_text(AT, SECRET, color=(0.8, 0.8, 0.8))


def a_footnote_of_5_points(page: Any) -> None:
    page.insert_text(AT, SECRET, fontsize=5)


def grey_of_5_points(page: Any) -> None:
    page.insert_text(AT, SECRET, fontsize=5, color=(0.6, 0.6, 0.6))


def on_a_light_fill(page: Any) -> None:
    page.draw_rect(OVER, color=None, fill=(0.9, 0.95, 0.8))
    page.insert_text(AT, SECRET)


def red_on_green(page: Any) -> None:
    """Colours of the same grey."""
    page.draw_rect(OVER, color=None, fill=(0, 0.5, 0))
    page.insert_text(AT, SECRET, color=(0.98, 0, 0))


def marked_by_a_highlighter(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.draw_rect(OVER, color=None, fill=(1, 1, 0), fill_opacity=0.4)


def struck_out(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.draw_line((55, 297), (200, 297))


def with_a_stamp_across(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.insert_text((70, 310), "PAID", fontsize=40, color=(0.9, 0.7, 0.7))


def printed_twice_for_bold(page: Any) -> None:
    page.insert_text(AT, SECRET)
    page.insert_text((AT[0] + 0.3, AT[1]), SECRET)


def in_outlines_only(page: Any) -> None:
    page.insert_text(AT, SECRET, render_mode=1, border_width=0.03)


def half_seen_through(page: Any) -> None:
    page.insert_text(AT, SECRET, fill_opacity=0.3)


def in_a_field(page: Any) -> None:
    widget = pymupdf.Widget()
    widget.field_name, widget.field_type = "due", pymupdf.PDF_WIDGET_TYPE_TEXT
    widget.rect, widget.field_value = OVER, SECRET
    page.add_widget(widget)


SHOWING = [
    white_on_dark,
    white_on_a_picture,
    light_grey,
    a_footnote_of_5_points,
    grey_of_5_points,
    on_a_light_fill,
    red_on_green,
    marked_by_a_highlighter,
    struck_out,
    with_a_stamp_across,
    printed_twice_for_bold,
    in_outlines_only,
    half_seen_through,
    in_a_field,
]


@pytest.mark.parametrize("turn", [0, 270])
@pytest.mark.parametrize("show", SHOWING)
async def test_what_can_be_seen_stays(show: Any, turn: int, read: Any) -> None:
    document = page_with(show)
    document[0].set_rotation(turn)
    page = await read(document)
    assert page.hidden == ()
    assert {"9999.00", "due", "INV-1001", "150.60"} <= set(texts(page))


async def test_of_a_word_that_is_partly_covered_the_rest_is_read(read: Any) -> None:
    def draw(page: Any) -> None:
        page.insert_text(AT, "Account DE89370400440532013000", fontsize=12)
        left = 60 + pymupdf.get_text_length("Account DE8937040044", fontsize=12)
        page.draw_rect(pymupdf.Rect(left, 285, 400, 306), color=None, fill=(0, 0, 0))

    page = await read(page_with(draw))
    assert "DE8937040044" in texts(page)
    assert [word.text for word in page.hidden] == ["0532013000"]


async def test_a_mark_of_the_program_that_made_the_file_is_worth_a_warning(read: Any) -> None:
    def draw(page: Any) -> None:
        page.insert_text((10, 835), "Powered by PdfMaker", fontsize=1)

    page = await read(page_with(draw))
    found = problems_of("page.pdf", page, kept=False)
    assert [(problem.code, problem.severity) for problem in found] == [("hidden_text", "warning")]


@pytest.mark.slow
async def test_hidden_text_over_a_scan_does_not_stand_for_it(read: Any) -> None:
    """Many hidden words are no text layer: what the picture shows is read by OCR."""
    image = Image.new("RGB", (1190, 1684), "white")
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(SHOWN):
        pen.text((120, 160 + 80 * number), line, fill="black", font_size=36)
    out = io.BytesIO()
    image.save(out, "PNG")
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_image(page.rect, stream=out.getvalue())
    for number in range(6):
        page.insert_text((60, 500 + 20 * number), SECRET, color=(1, 1, 1))
    found = await read(document)
    assert "150.60" in texts(found)
    assert "9999.00" not in texts(found)
    assert [word.text for word in found.hidden] == 6 * SECRET.split()


@pytest.mark.parametrize("told", ["9999.00", ""])
async def test_a_replacement_text_with_other_figures_is_not_believed(read: Any, told: str) -> None:
    def draw(page: Any) -> None:
        page.insert_text(AT, "Total 120.00")
        contents = page.parent.xref_stream(page.get_contents()[-1])
        tagged = b"/Span <</ActualText (" + told.encode() + b")>> BDC " + contents + b" EMC"
        page.parent.update_stream(page.get_contents()[-1], tagged)

    words = texts(await read(page_with(draw)))
    assert "120.00" in words
    assert "9999.00" not in words
