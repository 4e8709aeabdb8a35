"""HTML pages as a browser shows them, without what they would fetch or run."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.encodings import decoded, is_text
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile

SUFFIXES = (".html", ".htm", ".xhtml")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]+)""", re.IGNORECASE)
_BEGINS = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.I | re.S
)


def _sniff(head: bytes, name: str) -> str:
    by_name = PurePath(name).suffix.lower() in SUFFIXES and is_text(head)
    begins = _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf"))
    return "text/html" if by_name or begins else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    from docglean.extractors.documents.drawing.clean_html import clean_html
    from docglean.extractors.documents.drawing.notices import not_fetched
    from docglean.extractors.documents.drawing.story import pages_of_html

    content = Path(source.path).read_bytes()
    told = _CHARSET.search(content[:4096])
    page = clean_html(decoded(content, told[1].decode("ascii", "replace") if told else ""))
    drawn = pages_of_html(source.name, most_pages, [page.page()], page.pictures)
    return Drawing(drawn, tuple(not_fetched(source.name, page.elsewhere)))


HTML_FILES = drawn_format("html", ("text/html",), SUFFIXES, _sniff, _draw, general=2)
