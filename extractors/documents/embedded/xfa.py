"""What is filled into an XFA form: the values of its dataset, by the names of its fields.

XFA 3.3, part 1: the packet ``datasets`` holds ``data``, below which elements are subforms and
fields. ISO 32000-1, 12.7.8: the catalog's form has the packets as one stream or one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from docglean.extractors.documents import pdf
from docglean.extractors.documents.embedded.data import DataValue, EmbeddedData
from docglean.extractors.documents.embedded.xml_tree import (
    MOST_BYTES,
    PIECE,
    XmlFault,
    parse_xml,
)
from docglean.extractors.documents.pdf_attachments import stream_pieces

DATASETS = "datasets"
LONGEST = 10_000
"""Characters of a value."""
MOST_VALUES = 20_000


def form_data(document: Any) -> EmbeddedData | None:
    """What is filled into the XFA form of a `pymupdf.Document`; None where nothing is.

    Raises:
        XmlFault: its data can't be read.
    """
    packet = _packet(document)
    if not packet:
        return None
    _, root = parse_xml(packet)
    data = root.find("data") if root.tag == DATASETS else root.find(f"{DATASETS}/data")
    if data is None:
        return None
    values = []
    for one in _values(data, "", f"/{DATASETS}/data"):
        values.append(one)
        if len(values) >= MOST_VALUES:
            break
    return EmbeddedData("xfa", tuple(values)) if values else None


def _packet(document: Any) -> bytes:
    """The packet with the data, or all packets where they are one stream; empty where none is."""
    lib = pdf.mupdf().mupdf
    trailer = lib.pdf_trailer(lib.pdf_specifics(document.this))
    form = lib.pdf_dict_getp(trailer, "Root/AcroForm/XFA")
    stream = 0
    if lib.pdf_is_array(form):
        for at in range(0, lib.pdf_array_len(form) - 1, 2):
            if lib.pdf_to_text_string(lib.pdf_array_get(form, at)) == DATASETS:
                stream = lib.pdf_to_num(lib.pdf_array_get(form, at + 1))
    else:
        stream = lib.pdf_to_num(form)
    found = bytearray()
    for piece in stream_pieces(document, stream, PIECE) if stream else ():
        found += piece
        if len(found) > MOST_BYTES:
            raise XmlFault(f"it has more than {MOST_BYTES:,} bytes")
    return bytes(found)


def _values(node: Element, pointer: str, element: str) -> Iterator[DataValue]:
    alike, seen = Counter(child.tag for child in node), Counter[str]()
    for child in node:
        seen[child.tag] += 1
        several = alike[child.tag] > 1
        at = f"{pointer}/{child.tag}" + (f"/{seen[child.tag] - 1}" if several else "")
        place = f"{element}/{child.tag}" + (f"[{seen[child.tag]}]" if several else "")
        text = " ".join((child.text or "").split())
        if text and not len(child):
            yield DataValue(at, text[:LONGEST], place)
        yield from _values(child, at, place)
