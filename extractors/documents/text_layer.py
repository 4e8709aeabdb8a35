"""Words of one page: its text layer and form fields where they are worth reading, else OCR.

Runs in a child process (see `child`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.bands import BAND, bands_of
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.form_fields import covers, with_widgets
from docglean.extractors.documents.formats import format_of, pixels
from docglean.extractors.documents.glyphs import letters_of
from docglean.extractors.documents.ocr import OCR_DPI, OCR_MAX_EDGE, ocr_words
from docglean.extractors.documents.page_info import PageInfo, SourceFile, unreadable
from docglean.extractors.documents.readback import Proof, prove, unconfirmed
from docglean.extractors.documents.visibility import Looked, look
from docglean.extractors.documents.words import (
    PageWords,
    Word,
    in_lines_of_their_own,
    in_reading_order,
)
from docglean.schemas.errors import SourceError

THIN_LAYER = 12
"""Words; a page that shows an image and has fewer words in its text layer is read by OCR too."""
THIN_COVER = 0.5
"""Share of the page that images cover, from which a thin text layer may not be all."""
TURNED_SHARE = 0.6
"""Share of a text layer that stands on its side, or its head, above which the page does."""
MINOR = 0.2
"""Part of what is seen that a layer over pictures may be for its pictures to be left unread: logos
are, in pages of text."""
GARBAGE_SHARE = 0.2
"""Share of characters that stand for nothing, from which a text layer is not believed."""


def read_pages(source: SourceFile, infos: Sequence[PageInfo]) -> list[PageWords | SourceError]:
    """Words of several pages; what is wrong with one of them is an error in its place."""
    found: list[PageWords | SourceError] = []
    for info in infos:
        try:
            found.append(read_words(source, info))
        except SourceError as error:
            found.append(error)
    return found


def read_words(source: SourceFile, info: PageInfo) -> PageWords:
    """Words of one page in reading order: as the file's format tells them, else by OCR.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``.
    """
    words = format_of(source).words
    return _by_ocr(source, info, Looked()) if words is None else words(source, info)


def read_layer(source: SourceFile, info: PageInfo) -> PageWords:
    """Words of one page of a PDF in reading order.

    The text layer and form fields are read as far as a reader of the page can see them and they
    say what it shows; by OCR where there is no layer, where it is garbage or says something else,
    and on a scan that has but a stamp or a page number as text.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``.
    """
    with stage("words"):
        page = pdf.load_page(source, info.number)
        try:
            layer = pdf.text_page(page, clipped=False)
            letters = letters_of(layer)
            turn = layer_turn(page, layer)
            looked = look(page, with_widgets(layer_words(page, layer), page), letters, turn)
            enough = not needs_ocr(page, [*looked.seen, *looked.pictured])
        except Exception as error:
            raise unreadable(source, info.number, error) from error
    if not enough:
        return _by_ocr(source, info, looked)
    if looked.pictured or looked.strange:
        return _checked(source, info, looked, turn)
    return _page(info, looked.seen, turn, looked.hidden)


def _checked(source: SourceFile, info: PageInfo, looked: Looked, turn: int) -> PageWords:
    """A layer that may not say what the page shows, as far as OCR of a sample agrees with it."""
    image = _image_for_ocr(source, info)
    size = info.width, info.height
    own = Proof()
    if looked.strange:
        own = prove(image, [word for word in looked.seen if word.source == "text"], size, turn)
        if own.lies or len(own.wrong) > 1:
            return _by_ocr(source, info, looked, misread=True)
    laid = prove(image, looked.pictured, size, turn)
    if laid.lies and len(looked.pictured) > MINOR * len(looked.seen):
        return _by_ocr(source, info, looked)
    doubted = laid.doubted(looked.pictured)
    wrong: dict[Word, Word | None] = {**dict.fromkeys(doubted), **own.wrong, **laid.wrong}
    words = [word for word in (*looked.seen, *looked.pictured) if word not in wrong]
    words += [reading for reading in wrong.values() if reading is not None]
    return _page(info, words, turn, [*looked.hidden, *wrong])


def _by_ocr(
    source: SourceFile, info: PageInfo, looked: Looked, *, misread: bool = False
) -> PageWords:
    """A page by OCR, with what its layer says for sure."""
    layer: Sequence[Word] = looked.seen
    if misread or not legible(layer):
        layer = [word for word in layer if word.source == "widget"]
    read, turn = ocr_words(_image_for_ocr(source, info), info.width, info.height)
    kept = [word for word in read if not _covered(word, layer)]
    words = [*kept, *in_lines_of_their_own(layer, kept)]
    hidden = [*looked.hidden, *unconfirmed(looked.pictured, read)]
    return _page(info, words, turn, hidden if legible(hidden) else (), misread=misread)


def _page(
    info: PageInfo,
    words: Sequence[Word],
    turn: int,
    hidden: Sequence[Word],
    *,
    misread: bool = False,
) -> PageWords:
    size = info.width, info.height
    unseen = [replace(word, visible=False) for word in hidden]
    return PageWords(
        info.number,
        *size,
        words=in_reading_order(words, *size, turn),
        turn=turn,
        hidden=in_reading_order(unseen, *size, turn),
        misread=misread,
    )


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
    shown = pdf.shown_kinds(page)
    if not shown:
        return False
    if not legible(layer):
        return True
    if sum(word.source == "text" for word in layer) >= THIN_LAYER or not shown & pdf.IMAGES:
        return False
    return pdf.image_cover(page)[0] >= THIN_COVER


def layer_turn(page: Any, layer: Any) -> int:
    """Degrees clockwise by which the page has to be turned for most of its text to stand upright.

    Wide tables are often printed sideways on an upright page, and the page's own rotation may set
    upright text on its head.

    Args:
        layer: of the page (`pdf.text_page`).
    """
    a, b, c, d, _, _ = page.rotation_matrix
    turns = {0: 0, 90: 0, 180: 0, 270: 0}
    for block in layer.extractDICT()["blocks"]:
        for line in block.get("lines", ()):
            if line["wmode"]:  # set in columns, as Chinese may be: the letters stand upright
                continue
            x, y = line["dir"]
            across, down = a * x + c * y, b * x + d * y
            turn = (90 if down < 0 else 270) if abs(down) > abs(across) else 180 * (across < 0)
            turns[turn] += sum(len("".join(span["text"].split())) for span in line["spans"])
    most = max(turns, key=lambda turn: turns[turn])
    return most if turns[most] > TURNED_SHARE * sum(turns.values()) else 0


def layer_words(page: Any, layer: Any = None) -> list[Word]:
    """Words of the text layer, boxes as on the page after its rotation.

    Args:
        layer: of the page, where it has been read (`pdf.text_page`).
    """
    lines: dict[tuple[int, int], int] = {}
    words = []
    place = pdf.placement(page)
    found = (pdf.text_page(page) if layer is None else layer).extractWORDS()
    for x0, y0, x1, y1, text, block, line, _ in found:
        number = lines.setdefault((block, line), len(lines))
        words.append(Word(text, place((x0, y0, x1, y1)), line=number))
    return words


def _covered(word: Word, others: Sequence[Word]) -> bool:
    """Whether the middle of `word` stands in one of the others."""
    return any(covers(other.box, word) for other in others)


def _image_for_ocr(source: SourceFile, info: PageInfo) -> Any:
    if info.scan is not None:
        width, height = info.scan
    else:
        width, height = round(info.width * OCR_DPI / 72), round(info.height * OCR_DPI / 72)
    # Of what is read at once: a slender page is read in bands, at the size that its print has.
    edge = max(width, height) if bands_of(info) == 1 else BAND * min(width, height)
    factor = min(1.0, OCR_MAX_EDGE / edge)
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    return pixels(source, info, width, height)
