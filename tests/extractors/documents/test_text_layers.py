"""A text layer is believed as far as it says what the page shows; OCR of a sample tells."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.hidden_text import problems_of
from docglean.extractors.documents.readback import alike
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers

LINES = [
    "INVOICE INV-1001 of 2026-03-03",
    "Northgate Tools Ltd, 12 Mill Lane, Leeds",
    "Widget A   2   50.00   100.00",
    "Widget B   1   25.50   25.50",
    "Subtotal 125.50   Tax 25.10",
    "Amount payable 150.60 GBP",
]


@pytest.fixture
def read(workers: Workers, limits: Limits, tmp_path: Path) -> Any:
    async def read_it(document: pymupdf.Document) -> PageWords:
        path = tmp_path / "page.pdf"
        document.save(path)
        return await (await open_document(path, workers, limits)).words(1)

    return read_it


def printed(fontname: str = "helv") -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    for number, line in enumerate(LINES):
        page.insert_text((60, 100 + 30 * number), line, fontsize=14, fontname=fontname)
    return document


def scan(layer: Callable[[str], str], turn: int = 0) -> pymupdf.Document:
    """A picture of the page, with an invisible layer over it that says `layer` of each line."""
    shown = printed()[0].get_pixmap(dpi=150)
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_image(page.rect, stream=shown.tobytes("png"))
    for number, line in enumerate(LINES):
        # Each word where it is printed, as OCR programs do.
        x = 60.0
        for word, said in zip(line.split(" "), layer(line).split(" "), strict=True):
            page.insert_text((x, 100 + 30 * number), said, fontsize=14, render_mode=3)
            x += pymupdf.get_text_length(f"{word} ", fontsize=14)
    page.set_rotation(turn)
    return document


def said_as(table: Mapping[str, str], fontname: str = "helv") -> pymupdf.Document:
    """A page whose font calls some of its letters by other names (ISO 32000-2, 9.10.3)."""
    document = printed(fontname)
    pairs = "\n".join(f"<{ord(a):02x}> <{ord(b):04x}>" for a, b in table.items())
    table_of = document.get_new_xref()
    document.update_object(table_of, "<<>>")
    document.update_stream(
        table_of,
        f"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <ff> endcodespacerange
{len(table)} beginbfchar
{pairs}
endbfchar endcmap end end""".encode(),
    )
    font = document[0].get_fonts()[0][0]
    document.xref_set_key(font, "ToUnicode", f"{table_of} 0 R")
    return document


def texts(page: PageWords) -> list[str]:
    return [word.text for word in page.words]


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90])
async def test_a_layer_that_says_what_the_picture_shows_is_kept(turn: int, read: Any) -> None:
    page = await read(scan(lambda line: line, turn))
    assert {word.source for word in page.words} == {"text"}
    assert [line.split() for line in page.text().splitlines() if line] == [
        line.split() for line in LINES
    ]
    assert page.hidden == ()
    assert not page.misread


@pytest.mark.slow
async def test_one_that_says_something_else_is_replaced(read: Any) -> None:
    page = await read(scan(lambda line: line[::-1]))
    assert {word.source for word in page.words} == {"ocr"}
    assert {"INV-1001", "150.60", "100.00"} <= set(texts(page))
    assert "06.051" in [word.text for word in page.hidden]
    assert problems_of("page.pdf", page, kept=False)[0].severity == "review"


async def test_one_amount_that_is_not_in_the_picture_is_replaced(read: Any) -> None:
    page = await read(scan(lambda line: line.replace("150.60", "950.60")))
    assert "150.60" in texts(page)
    assert "950.60" not in texts(page)
    assert [word.text for word in page.hidden] == ["950.60"]
    assert sum(word.source == "ocr" for word in page.words) == 1


SHIFTED = {a: chr(ord(a) + 1) for a in string.ascii_letters + string.digits}
DIGITS = dict(zip(string.digits, "1234567890", strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fontname", "table"),
    [("helv", SHIFTED), ("cour", SHIFTED), ("tiro", DIGITS), ("hebo", DIGITS)],
    ids=["all-helv", "all-cour", "digits-tiro", "digits-hebo"],
)
async def test_letters_that_are_said_to_be_others_are_read_by_ocr(
    table: Mapping[str, str], fontname: str, read: Any
) -> None:
    page = await read(said_as(table, fontname))
    assert "150.60" in texts(page)
    assert "261.71" not in page.text()
    assert page.misread
    assert page.hidden == ()
    [problem] = problems_of("page.pdf", page, kept=False)
    assert (problem.code, problem.severity) == ("text_layer_wrong", "warning")


@pytest.mark.parametrize("fontname", ["helv", "tiro", "tiit", "cour", "cobi", "hebo"])
async def test_common_fonts_need_no_ocr(fontname: str, read: Any, workers: Workers) -> None:
    before = workers.seconds.get("ocr", 0.0)
    page = await read(printed(fontname))
    assert {word.source for word in page.words} == {"text"}
    assert not page.misread
    assert workers.seconds.get("ocr", 0.0) == before


def test_readings_that_differ_by_a_slip_are_alike() -> None:
    assert alike("Northgate", "Northgale")
    assert alike("150.60", "150,60")
    assert alike("Straße", "Strasse")
    assert not alike("150.60", "950.60")
    assert not alike("150.60", "1506.05")
    assert not alike("Leeds", "Bristol")
    assert not alike("9999.00", "")
