"""An office file drawn by LibreOffice from a copy that loads nothing, or else from its text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile

from docglean.extractors.documents.drawing.notices import not_fetched
from docglean.extractors.documents.drawing.office import drawn_by_office, office_program
from docglean.extractors.documents.drawing.package import Package, open_package
from docglean.extractors.documents.drawing.word_styles import W
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import Problem

FromText = Callable[[SourceFile, Package, int], bytes]
"""Draws an open file without its program, on at most so many pages."""
_EXTERNAL = re.compile(
    rb"<(?:\w+:)?Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*?/?>"
)
_PROGRAMS = ("vbaProject.bin", "vbaData.xml")
"""Parts with macros."""


def drawn_office_file(
    source: SourceFile,
    most_pages: int,
    suffix: str,
    from_text: FromText,
    notices: Callable[[str, Package], Iterator[Problem]] = lambda *_: iter(()),
) -> Drawing:
    """An office file as a PDF, and what is to be said of it.

    Args:
        suffix: of the files that its program writes.
        notices: what is to be said of a file besides, by its name.

    Raises:
        SourceError: as `open_package`, and what `from_text` raises.
    """
    with open_package(source) as package:
        problems = (*not_fetched(source.name, package.elsewhere()), *notices(source.name, package))
        drawn = b""
        if office_program():
            drawn = drawn_by_office(_harmless(source.path, package), suffix)
        if drawn:
            return Drawing(drawn, problems)
        told = tuple(_from_text(source.name))
        return Drawing(from_text(source, package, most_pages), (*told, *problems))


def _harmless(path: str, package: Package) -> bytes:
    """A copy of the file without macros, without what lies elsewhere, and with texts as they were
    last seen."""
    copy = io.BytesIO()
    with ZipFile(path) as archive, ZipFile(copy, "w", ZIP_DEFLATED) as to:
        for name in dict.fromkeys(archive.namelist()):
            content = archive.read(name)
            if name.endswith(_PROGRAMS):
                continue
            if name.endswith(".rels"):
                content = _EXTERNAL.sub(b"", content)
            elif name.startswith("word/") and name.endswith(".xml"):
                content = _settled(package, name)
            to.writestr(name, content)
    return copy.getvalue()


def _settled(package: Package, part: str) -> bytes:
    """A part of a Word file without what is deleted in it, and without what its fields ask for:
    they can load other files, and ask other programs."""
    from lxml import etree

    root = package.xml(part)
    for node in list(root.iter(W + "del", W + "moveFrom", W + "instrText", W + "delText")):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    for node in root.iter(W + "fldSimple"):
        node.set(W + "instr", "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _from_text(name: str) -> Iterator[Problem]:
    installed = bool(office_program())
    why = "LibreOffice could not draw it" if installed else "LibreOffice is not installed"
    yield Problem(
        code="drawn_from_text",
        message=f"{name}: its pages are drawn from its text and tables, not as its program lays "
        f"them out: {why}.",
        way_out="Print it to PDF, and give that." if installed else "Install LibreOffice.",
        severity="warning",
    )
