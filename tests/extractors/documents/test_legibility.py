"""Pages that OCR cannot read are told, with the real recogniser."""

from __future__ import annotations

import pymupdf
import pytest
from docglean.extractors.documents.legibility import LEGIBLE, legibility, problems_of
from docglean.extractors.documents.ocr import ocr_words
from docglean.extractors.documents.ocr_languages import readable_languages, share_of_letters
from docglean.extractors.documents.words import PageWords, Word
from PIL import Image

SAID = {
    "en": ("Invoice for the month of March", "Delivery of office chairs", "Total amount due"),
    "th": ("ใบกำกับภาษีประจำเดือนมีนาคม", "เก้าอี้สำนักงานพร้อมส่ง", "จำนวนเงินรวมทั้งสิ้น"),
    "ru": ("Счёт на оплату за март", "Поставка офисных стульев", "Итого к оплате 1234,50"),
    "ar": ("فاتورة ضريبية لشهر مارس", "توريد كراسي مكتبية", "المبلغ الإجمالي 1234,50"),
}


def scan_of(lines: tuple[str, ...]) -> PageWords:
    """A page that was drawn and read by OCR."""
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=160)
        said = "".join(f"<p>{line}</p>" for line in lines)
        page.insert_htmlbox(pymupdf.Rect(20, 10, 400, 150), f"<div>{said}</div>")
        pixels = page.get_pixmap(dpi=150)
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    words, turn = ocr_words(image, 420, 160)
    return PageWords(1, 420, 160, words, turn)


@pytest.mark.slow
@pytest.mark.parametrize("language", SAID)
def test_a_script_that_the_weights_do_not_know_is_a_problem(language: str) -> None:
    found = problems_of("scan.png", scan_of(SAID[language]))
    assert [(one.code, one.page) for one in found] == (
        [] if language == "en" else [("script_unreadable", 1)]
    )
    assert all(one.severity == "review" and one.way_out for one in found)


def test_a_text_layer_and_a_few_letters_are_not_judged() -> None:
    few = (Word("odd", (0, 0, 9, 9), 0.4, "ocr"),)
    layer = (Word("a whole text layer", (0, 0, 9, 9)), Word("a stamp", (0, 0, 9, 9), 0.4, "ocr"))
    assert [legibility(PageWords(1, 9, 9, words)) for words in (few, layer)] == [None, None]
    sure = PageWords(1, 9, 9, (Word("legible words", (0, 0, 9, 9), LEGIBLE, "ocr"),))
    assert problems_of("scan.png", sure) == []


def test_languages_are_told_by_the_letters_that_the_recogniser_has_learnt() -> None:
    found = readable_languages()
    assert {"English", "German", "Polish", "Chinese", "Japanese"} <= set(found.whole)
    assert {"Greek", "Vietnamese"} <= set(found.partly)
    assert {"Russian", "Arabic", "Hindi", "Thai", "Hebrew", "Korean"} <= set(found.never)
    assert share_of_letters("no-such") is None
