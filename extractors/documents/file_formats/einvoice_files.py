"""Electronic invoices as files of their own (XRechnung, EN 16931 in CII or UBL, ZUGFeRD 1): their
data is exact, and their pages are drawn from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.story import pages_of_html
from docglean.extractors.documents.embedded.drawing import html_of
from docglean.extractors.documents.embedded.invoice_xml import (
    MEDIA_TYPE,
    invoice_tree,
    is_invoice,
    read_invoice,
)
from docglean.extractors.documents.embedded.terms import values_of
from docglean.extractors.documents.embedded.xml_tree import MOST_BYTES, XmlFault
from docglean.extractors.documents.formats import Drawing, Opened, Opening
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import SourceError


def _sniff(head: bytes, name: str) -> str:
    return MEDIA_TYPE if is_invoice(head) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    try:
        found = invoice_tree(_content(source))
    except XmlFault as error:
        raise _unread(source, error) from error
    if found is None:
        raise _unread(source, "is no invoice in CII or UBL")
    root, syntax = found
    return Drawing(pages_of_html(source.name, most_pages, html_of(root, values_of(root, syntax))))


_DRAWN = drawn_format("einvoice", (MEDIA_TYPE,), (), _sniff, _draw)


def _open(source: SourceFile, opening: Opening) -> Opened:
    opened = _DRAWN.open(source, opening)
    return replace(opened, embedded=read_invoice(_content(source), drawn=True))


def _content(source: SourceFile) -> bytes:
    if Path(source.path).stat().st_size > MOST_BYTES:
        raise SourceError(
            "too_large",
            f"{source.name}: an e-invoice of more than {MOST_BYTES:,} bytes is not read.",
            "Take out the files that it quotes.",
        )
    return Path(source.path).read_bytes()


def _unread(source: SourceFile, why: object) -> SourceError:
    return SourceError(
        "damaged",
        f"{source.name}: it is damaged and cannot be read: it {why}.",
        "Ask the sender for the e-invoice again.",
    )


EINVOICE_FILES = replace(_DRAWN, open=_open)
