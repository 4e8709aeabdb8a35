"""Whether XML is an electronic invoice (EN 16931 in CII or UBL, ZUGFeRD 1), and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from docglean.extractors.documents.embedded import cii, ubl
from docglean.extractors.documents.embedded.data import EmbeddedData
from docglean.extractors.documents.embedded.terms import Syntax, doubts_of, values_of
from docglean.extractors.documents.embedded.xml_tree import parse_xml

MEDIA_TYPE = "application/xml"
_ROOTS = cii.ROOTS | ubl.ROOTS
_TAG = re.compile(rf"<(?:[\w.-]+:)?({'|'.join(_ROOTS)})[\s>]")


def is_invoice(head: bytes) -> bool:
    """Whether a file begins as an electronic invoice does: with its root in its namespace.

    Args:
        head: 4096 bytes are enough, unless a long comment goes before.
    """
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        return False
    text = head.replace(b"\x00", b"").decode("utf-8", "replace")  # UTF-16, too
    found = _TAG.search(text)
    return found is not None and _ROOTS[found[1]] in text[found.start() :]


def read_invoice(data: bytes, file: str = "", *, drawn: bool = False) -> EmbeddedData | None:
    """What an electronic invoice says; None where the XML is something else.

    Args:
        file: the attachment's name.
        drawn: see `EmbeddedData`.

    Raises:
        XmlFault: it can't be read.
    """
    found = invoice_tree(data)
    if found is None:
        return None
    root, syntax = found
    profile = " ".join((root.findtext(syntax.profile) or "").split())
    values, doubts = values_of(root, syntax), doubts_of(root, syntax)
    return EmbeddedData("einvoice", values, file, profile, drawn, doubts)


def invoice_tree(data: bytes) -> tuple[Element, Syntax] | None:
    """The tree of an electronic invoice and its syntax; None where the XML is something else.

    Raises:
        XmlFault: it can't be read.
    """
    namespace, root = parse_xml(data)
    if not namespace.startswith(_ROOTS.get(root.tag, "\0")):
        return None
    if root.tag in ubl.ROOTS:
        return root, ubl.CREDIT_NOTE if root.tag == "CreditNote" else ubl.INVOICE
    return (cii.renewed(root) if root.tag == "CrossIndustryDocument" else root), cii.CII


def leaves(root: Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each element that has a text, in the order of the document."""
    for node in root:
        at = f"{path}/{node.tag}"
        text = " ".join((node.text or "").split())
        if text:
            yield at, text
        yield from leaves(node, at)
