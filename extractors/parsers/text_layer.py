"""Words of one page: its text layer and form fields where they are worth reading, else OCR.

Runs in a child process (see `workers`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from docglean.extractors.images import pixels
from docglean.extractors.parsers import pdfs
from docglean.extractors.parsers.ocr import OCR_DPI, OCR_MAX_EDGE, ocr_words
from docglean.extractors.parsers.pages import PDF, PageInfo, Source, unreadable
from docglean.extractors.parsers.widgets import covers, on_page, with_widgets
from docglean.extractors.parsers.workers import stage
from docglean.extractors.words import PageWords, Word, in_reading_order
from docglean.schemas.errors import SourceError

THIN_LAYER = 12
"""Words; a page that shows an image and has fewer words in its text layer is read by OCR too."""
THIN_COVER = 0.5
"""Share of the page that images cover, from which a thin text layer may not be all."""
SIDEWAYS_SHARE = 0.6
"""Share of a text layer's characters in words that stand on end, above which the page does."""
GARBAGE_SHARE = 0.2
"""Share of characters that stand for nothing, from which a text layer is not believed."""


def read_pages(source: Source, infos: Sequence[PageInfo]) -> list[PageWords | SourceError]:
    """Words of several pages; what is wrong with one of them is an error in its place."""
    found: list[PageWords | SourceError] = []
    for info in infos:
        try:
            found.append(read_words(source, info))
        except SourceError as error:
            found.append(error)
    return found


def read_words(source: Source, info: PageInfo) -> PageWords:
    """Words of one page in reading order.

    The text layer and form fields are read where the layer is legible; by OCR where there is
    none, where it is garbage, and on a scan that has but a stamp or a page number as text.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``.
    """
    layer: list[Word] = []
    if source.media_type == PDF:
        with stage("words"):
            page = pdfs.load_page(source, info.number)
            try:
                layer = with_widgets(layer_words(page), page)
                enough = not needs_ocr(page, layer)
                turn = layer_turn(page, layer) if enough else 0
            except Exception as error:
                raise unreadable(source, info.number, error) from error
        if enough:
            words = in_reading_order(layer, info.width, info.height, turn)
            return PageWords(info.number, info.width, info.height, words, turn)
    if not legible(layer):
        layer = [word for word in layer if word.source == "widget"]
    seen, turn = ocr_words(_image_for_ocr(source, info), info.width, info.height)
    if not layer:
        return PageWords(info.number, info.width, info.height, seen, turn)
    kept = [word for word in seen if not _covered(word, layer)]
    first = 1 + max((word.line for word in kept), default=-1)
    shifted = [
        Word(word.text, word.box, word.confidence, word.source, first + word.line) for word in layer
    ]
    words = in_reading_order([*kept, *shifted], info.width, info.height, turn)
    return PageWords(info.number, info.width, info.height, words, turn)


def legible(words: Sequence[Word]) -> bool:
    """Whether these characters are text, rather than what a broken font map leaves."""
    text = "".join(word.text for word in words)
    if not text:
        return False
    bad = sum(_stands_for_nothing(character) for character in text)
    return bad / len(text) < GARBAGE_SHARE


def _stands_for_nothing(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs")


def needs_ocr(page: Any, layer: Sequence[Word]) -> bool:
    """Whether the text layer doesn't tell what the page shows."""
    shown = pdfs.shown_kinds(page)
    if not shown:
        return False
    if not legible(layer):
        return True
    if sum(word.source == "text" for word in layer) >= THIN_LAYER or not shown & pdfs.IMAGES:
        return False
    return pdfs.image_cover(page)[0] >= THIN_COVER


def layer_turn(page: Any, layer: Sequence[Word]) -> int:
    """Degrees clockwise by which the page has to be turned for most of its text to stand upright.

    Wide tables are often printed sideways on an upright page.
    """
    telling = [word for word in layer if word.source == "text" and len(word.text) >= 4]
    tall = sum(len(word.text) for word in telling if _is_tall(word))
    if tall <= SIDEWAYS_SHARE * sum(len(word.text) for word in telling):
        return 0
    a, b, c, d, _, _ = page.rotation_matrix
    turns = {0: 0, 90: 0, 180: 0, 270: 0}
    for block in page.get_text("dict")["blocks"]:
        for line in block.get("lines", ()):
            x, y = line["dir"]
            across, down = a * x + c * y, b * x + d * y
            turn = (90 if down < 0 else 270) if abs(down) > abs(across) else 180 * (across < 0)
            turns[turn] += sum(len(span["text"]) for span in line["spans"])
    return max(turns, key=lambda turn: turns[turn])


def _is_tall(word: Word) -> bool:
    x0, y0, x1, y1 = word.box
    return y1 - y0 > 1.5 * (x1 - x0)


def layer_words(page: Any) -> list[Word]:
    """Words of the text layer, boxes as on the page after its rotation."""
    pymupdf = pdfs.mupdf()
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    # Neither ligatures (one character for "fi") nor glyph numbers for characters that the
    # font doesn't name: these come as U+FFFD, which tells garbage from text.
    lines: dict[tuple[int, int], int] = {}
    words = []
    for x0, y0, x1, y1, text, block, line, _ in page.get_text("words", flags=flags):
        box = on_page(page, (x0, y0, x1, y1))
        number = lines.setdefault((block, line), len(lines))
        words.append(Word(text, box, line=number))
    return words


def _covered(word: Word, others: Sequence[Word]) -> bool:
    """Whether the middle of `word` stands in one of the others."""
    return any(covers(other.box, word) for other in others)


def _image_for_ocr(source: Source, info: PageInfo) -> Any:
    if info.scan is not None:
        width, height = info.scan
    else:
        width, height = round(info.width * OCR_DPI / 72), round(info.height * OCR_DPI / 72)
    edge = max(width, height)
    factor = min(1.0, OCR_MAX_EDGE / edge)
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    return pixels(source, info, width, height)
