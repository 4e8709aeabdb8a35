"""Small documents made for tests of the embedded engine: drawn by PyMuPDF, read in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pymupdf
from docglean.extractors.documents.text_layer import layer_words, with_widgets
from docglean.extractors.documents.words import PageWords, in_reading_order
from docglean.extractors.rules.page.drawn import Drawn, find_drawn
from docglean.extractors.rules.page.sheet import Sheet, legible_page, sheet_of
from docglean.schemas.kinds import guess_style
from docglean.schemas.schema import Schema, schema_of
from docglean.schemas.wire.json_schema import model_from_json_schema
from PIL import Image

Print = tuple[float, float, str] | tuple[float, float, str, float]
"""Where the text's base line begins, the text, and the size of its print (10 points if absent)."""


def page_of(
    *prints: Print,
    size: tuple[float, float] = (595, 842),
    draw: Callable[[Any], None] | None = None,
) -> Any:
    """A page of a new PDF with these texts on it, and whatever `draw` adds."""
    page = pymupdf.open().new_page(width=size[0], height=size[1])
    for x, y, text, *high in prints:
        page.insert_text((x, y), text, fontsize=high[0] if high else 10)
    if draw is not None:
        draw(page)
    # The page lives as long as its document does.
    page.own = page.parent
    return page


def words_of(page: Any) -> PageWords:
    """The page's words, as `Document.words` gives them."""
    words = with_widgets(layer_words(page), page)
    width, height = page.rect.width, page.rect.height
    return PageWords(page.number + 1, width, height, in_reading_order(words, width, height))


def words(*prints: Print, size: tuple[float, float] = (595, 842)) -> PageWords:
    """The words of a page with these texts."""
    return words_of(page_of(*prints, size=size))


def squares(*at: tuple[float, float, bool]) -> Callable[[Any], None]:
    """Draws boxes to tick: the upper left corner, and whether there is a cross inside."""

    def draw(page: Any) -> None:
        for x, y, ticked in at:
            page.draw_rect(pymupdf.Rect(x, y, x + 10, y + 10))
            if ticked:
                page.draw_line((x + 2, y + 2), (x + 8, y + 8), width=1.2)
                page.draw_line((x + 8, y + 2), (x + 2, y + 8), width=1.2)

    return draw


def own_schema(**properties: Mapping[str, Any]) -> Schema:
    """A user's JSON Schema with these properties."""
    model = model_from_json_schema({"title": "Own", "type": "object", "properties": properties})
    return schema_of(model)


def drawn_of(page: Any) -> Drawn:
    """What is drawn on the page."""
    pixmap = page.get_pixmap(dpi=150)
    image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
    return find_drawn(image, page.rect.width / pixmap.width, page.rect.height / pixmap.height)


def sheet(page: Any) -> Sheet:
    """The page as the embedded engine sees it."""
    found = words_of(page)
    return sheet_of(legible_page(found, guess_style(found.text())), drawn_of(page))


def receipt(*lines: str | Sequence[str]) -> PageWords:
    """A till's receipt: centred lines, or what stands left and right in one."""
    prints: list[Print] = []
    for number, line in enumerate(lines):
        y = 30.0 + 14 * number
        if isinstance(line, str):
            width = pymupdf.get_text_length(line, fontsize=9)
            prints.append((120 - width / 2, y, line, 9))
        else:
            left, right = line
            prints.append((15, y, left, 9))
            prints.append((225 - pymupdf.get_text_length(right, fontsize=9), y, right, 9))
    return words(*prints, size=(240, 60.0 + 14 * len(lines)))
