"""Plain text: its lines as they stand, in letters of one width."""

from __future__ import annotations

from html import escape
from pathlib import Path

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.encodings import decoded, is_text
from docglean.extractors.documents.drawing.story import pages_of_html
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile

LONGEST_LINE = 200
"""Letters of a line, which is broken where it is longer."""
TAB = 8
NEW_PAGE = "\f"


def _sniff(head: bytes, name: str) -> str:
    return "text/plain" if name.lower().endswith(".txt") and is_text(head) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    text = decoded(Path(source.path).read_bytes())
    parts = (part for part in text.split(NEW_PAGE) if part.strip())
    pages = (f"<pre>{escape(_lines(part))}</pre>" for part in parts)
    return Drawing(pages_of_html(source.name, most_pages, pages))


def _lines(text: str) -> str:
    """Lines of no more letters than a page may be wide, without what steers a terminal."""
    lines = []
    for line in text.splitlines():
        plain = "".join(one for one in line.expandtabs(TAB) if one >= " ")
        ends = range(0, max(1, len(plain)), LONGEST_LINE)
        lines += [plain[at : at + LONGEST_LINE] for at in ends]
    return "\n".join(lines)


TEXT_FILES = drawn_format("text", ("text/plain",), (".txt",), _sniff, _draw, general=3)
