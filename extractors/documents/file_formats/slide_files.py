"""PowerPoint files (PPTX): drawn by LibreOffice where it is there, else from their text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.package import sniff_package
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import Problem

if TYPE_CHECKING:  # loaded where such a file is drawn
    from docglean.extractors.documents.drawing.package import Package

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
SUFFIXES = (".pptx", ".pptm", ".ppsx")


def _sniff(head: bytes, name: str) -> str:
    return PPTX if sniff_package(head, name, "ppt", SUFFIXES) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    from docglean.extractors.documents.drawing.office_drawing import drawn_office_file

    return drawn_office_file(source, most_pages, ".pptx", _from_text, _hidden)


def _from_text(source: SourceFile, package: Package, most_pages: int) -> bytes:
    from docglean.extractors.documents.drawing.slide_pages import SlidePages

    return SlidePages(source.name, package, most_pages).drawn()


def _hidden(name: str, package: Package) -> Iterator[Problem]:
    from docglean.extractors.documents.drawing.notices import left_out_hidden
    from docglean.extractors.documents.drawing.slide_pages import hidden_slides

    count = hidden_slides(package)
    return left_out_hidden(name, [f"{count} slides"] if count else [])


SLIDE_FILES = drawn_format("slides", (PPTX,), SUFFIXES, _sniff, _draw, general=-2)
