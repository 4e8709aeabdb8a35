"""Word files (DOCX): drawn by LibreOffice where it is there, else from their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.package import sniff_package
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile

if TYPE_CHECKING:  # loaded where such a file is drawn
    from docglean.extractors.documents.drawing.package import Package

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIXES = (".docx", ".docm", ".dotx")


def _sniff(head: bytes, name: str) -> str:
    return DOCX if sniff_package(head, name, "word", SUFFIXES) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    from docglean.extractors.documents.drawing.office_drawing import drawn_office_file

    return drawn_office_file(source, most_pages, ".docx", _from_text)


def _from_text(source: SourceFile, package: Package, most_pages: int) -> bytes:
    from docglean.extractors.documents.drawing.story import pages_of_html
    from docglean.extractors.documents.drawing.word_html import word_html

    page = word_html(package)
    return pages_of_html(source.name, most_pages, [page.body], page.pictures)


WORD_FILES = drawn_format("word", (DOCX,), SUFFIXES, _sniff, _draw, general=-2)
