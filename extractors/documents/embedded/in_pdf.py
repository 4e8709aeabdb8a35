"""Data that a PDF carries beside its pages: an e-invoice's XML (ZUGFeRD, Factur-X, XRechnung), or
what is filled into an XFA form. Runs in a child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.attached_files import BROKEN, named_members
from docglean.extractors.documents.embedded.data import EmbeddedData
from docglean.extractors.documents.embedded.invoice_xml import is_invoice, read_invoice
from docglean.extractors.documents.embedded.xfa import form_data
from docglean.extractors.documents.embedded.xml_tree import MOST_BYTES, PIECE, XmlFault
from docglean.extractors.documents.formats import Member
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import Problem

USUAL_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml", "order-x.xml")
"""What the standards call the file, the newest first: Factur-X 1.0 (ZUGFeRD 2.1 and later), the
profile XRECHNUNG, ZUGFeRD 1 and 2.0."""
MOST_LOOKED_AT, MOST_READ = 200, 5
"""Attached files that are looked at, and e-invoices that are read: more of them are a flood."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What a PDF carries.

    Attributes:
        data: None where it carries none.
        files: attached files that are such data, whether or not it can be read.
    """

    data: EmbeddedData | None = None
    files: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def enclosed(source: SourceFile, document: Any) -> Enclosed:
    """The data in a `pymupdf.Document`; what is wrong with it never costs the pages.

    In a portfolio the attached files are documents of their own.

    Args:
        document: the file, open.
    """
    if pdf.is_portfolio(document):
        return Enclosed()
    try:
        files = _invoice_files(source)
    except Exception:  # a broken list of attachments; who reads them says so
        files = {}
    if files:
        return _invoice(source.name, files)
    if not pdf.has_xfa(document):
        return Enclosed()
    try:
        data = form_data(document)
    except Exception as error:  # a broken form; that it is one is told anyhow
        return Enclosed(None, problems=(_unreadable(source.name, "the form's data", str(error)),))
    return Enclosed(data)


def _invoice_files(source: SourceFile) -> dict[str, Member]:
    """Attached files that are e-invoices by name or by how they begin; the likeliest first."""
    found = {}
    for file, member in named_members(source, MOST_LOOKED_AT).items():
        if not file.casefold().endswith(".xml"):
            continue
        if file.casefold() in USUAL_NAMES or is_invoice(_head(member)):
            found[file] = member
    usual = {one: rank for rank, one in enumerate(USUAL_NAMES)}
    order = sorted(found, key=lambda file: usual.get(file.casefold(), len(usual)))
    return {file: found[file] for file in order}


def _head(member: Member) -> bytes:
    try:
        return next(member.pieces(PIECE), b"")[:PIECE]
    except BROKEN:
        return b""


def _invoice(name: str, files: Mapping[str, Member]) -> Enclosed:
    """The first that can be read of the files that are e-invoices."""
    read: list[EmbeddedData] = []
    problems: list[Problem] = []
    for file, member in islice(files.items(), MOST_READ):
        try:
            found = read_invoice(_whole(member), file)
        except BROKEN as error:
            problems.append(_unreadable(name, f"{file}, the e-invoice in it,", str(error)))
            continue
        if found is None:
            problems.append(_unreadable(name, file, "it is no e-invoice in CII or UBL"))
        else:
            read.append(found)
    others = [one for one in read[1:] if one.values != read[0].values]
    if others:
        problems.append(
            Problem(
                code="embedded_several",
                message=f"{name}: several e-invoices are embedded that say different things; "
                f"{read[0].file} was taken, not {', '.join(one.file for one in others)}.",
                way_out="See which of them belongs to the pages.",
            )
        )
    return Enclosed(read[0] if read else None, frozenset(files), tuple(problems))


def _whole(member: Member) -> bytes:
    """The bytes of an attached file.

    Raises:
        XmlFault: they are more than are read.
    """
    found = bytearray()
    for piece in member.pieces(PIECE):
        found += piece
        if len(found) > MOST_BYTES:
            raise XmlFault(f"it has more than {MOST_BYTES:,} bytes")
    return bytes(found)


def _unreadable(name: str, what: str, why: str) -> Problem:
    return Problem(
        code="embedded_unreadable",
        message=f"{name}: {what} cannot be read: {why}.",
        way_out="The values come from the pages alone: look at them, or ask the sender for the "
        "file again.",
    )
