"""Words of one page: its text layer and form fields where they are worth reading, else OCR.

Runs in a child process (see `workers`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from docglean.extractors.extraction import Box
from docglean.extractors.images import pixels
from docglean.extractors.parsers import pdfs
from docglean.extractors.parsers.ocr import OCR_DPI, OCR_MAX_EDGE, ocr_words
from docglean.extractors.parsers.pages import PDF, PageInfo, Source, unreadable
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
        box = _on_page(page, (x0, y0, x1, y1))
        number = lines.setdefault((block, line), len(lines))
        words.append(Word(text, box, line=number))
    return words


def with_widgets(layer: Sequence[Word], page: Any) -> list[Word]:
    """The layer's words, and those of form fields with source ``widget``; marks ``☒`` and ``☐``.

    What a field shows is in the layer, too, where its appearance is stored: then the words stay
    where they are shown, else they are shared out over the field.
    """
    pymupdf = pdfs.mupdf()
    marks = (pymupdf.PDF_WIDGET_TYPE_CHECKBOX, pymupdf.PDF_WIDGET_TYPE_RADIOBUTTON)
    silent = (pymupdf.PDF_WIDGET_TYPE_BUTTON, pymupdf.PDF_WIDGET_TYPE_SIGNATURE)
    words = list(layer)
    found: list[Word] = []
    for number, widget in enumerate(page.widgets()):
        kind, value = widget.field_type, widget.field_value
        if widget.field_display == 1 or kind in silent:
            continue
        box = _on_page(page, tuple(widget.rect))
        line = 1_000_000 + 1000 * number  # never the same line as one of the text layer
        shown = [word for word in words if _covers(box, word)]
        if kind in marks:
            checked = value not in (False, None, "", "Off", "No") and widget.on_state() == value
            checked = checked or value is True
            found.append(Word("☒" if checked else "☐", box, source="widget", line=line))
        elif value:
            text = "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            if "".join(word.text for word in shown) == "".join(text.split()):
                found += [replace(word, source="widget", line=line + word.line) for word in shown]
            else:
                found += _spread(text, box, line)
        else:
            continue
        words = [word for word in words if word not in shown]
    return words + found


def _spread(text: str, box: Box, line: int) -> list[Word]:
    """Words of a field's value, shared out over its box by length."""
    x0, y0, x1, y1 = box
    rows = text.splitlines() or [text]
    height = (y1 - y0) / len(rows)
    # Print is about half as wide as high; a wide field isn't filled to its end.
    unit = min((x1 - x0) / max(max(map(len, rows)), 1), 0.5 * min(height, 14.0))
    words = []
    for row, content in enumerate(rows):
        start = 0
        for piece in content.split():
            start = content.index(piece, start)
            left, top = x0 + start * unit, y0 + row * height
            place = (left, top, left + len(piece) * unit, top + height)
            words.append(Word(piece, place, source="widget", line=line + row))
            start += len(piece)
    return words


def _on_page(page: Any, box: tuple[float, ...]) -> Box:
    """A box of the unrotated page, as on the page after its rotation."""
    rect = (pdfs.mupdf().Rect(box) * page.rotation_matrix).normalize()
    return rect.x0, rect.y0, rect.x1, rect.y1


def _covers(box: Box, word: Word) -> bool:
    """Whether the middle of `word` stands in `box`."""
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _covered(word: Word, others: Sequence[Word]) -> bool:
    """Whether the middle of `word` stands in one of the others."""
    return any(_covers(other.box, word) for other in others)


def _image_for_ocr(source: Source, info: PageInfo) -> Any:
    if info.scan is not None:
        width, height = info.scan
    else:
        width, height = round(info.width * OCR_DPI / 72), round(info.height * OCR_DPI / 72)
    edge = max(width, height)
    factor = min(1.0, OCR_MAX_EDGE / edge)
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    return pixels(source, info, width, height)
