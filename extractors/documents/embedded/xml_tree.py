"""XML of strangers as a tree, by expat alone: no document type, so no entities of their own and
nothing that is fetched; not too long, not too many elements, not too deep. Runs in a child process.

defusedxml and lxml would do the same by switches; refusing the document type needs neither.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MOST_BYTES = 20_000_000
"""The largest e-invoices, with the files that they quote as base64, have some megabytes."""
MOST_ELEMENTS = 300_000
"""An invoice line has about 30."""
DEEPEST = 100
PIECE = 1 << 16
"""Bytes given to expat at once, so that what is too much is seen early."""
_SEPARATOR = " "


class XmlFault(ValueError):
    """Why XML is not read, in words that follow "it"."""


class _Builder:
    """Makes the tree, and counts."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self.namespace = ""
        self.count = self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        self.depth += 1
        if self.count > MOST_ELEMENTS:
            raise XmlFault(f"has more than {MOST_ELEMENTS:,} elements")
        if self.depth > DEEPEST:
            raise XmlFault(f"is nested more than {DEEPEST} levels deep")
        namespace, _, local = name.rpartition(_SEPARATOR)
        if self.count == 1:
            self.namespace = namespace
        told = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        self.tree.start(local, told)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.tree.end(name.rpartition(_SEPARATOR)[2])


def parse_xml(data: bytes) -> tuple[str, Element]:
    """The namespace of the root, and the tree, in which elements have their local names.

    Raises:
        XmlFault: it is no XML, or more than is read.
    """
    if len(data) > MOST_BYTES:
        raise XmlFault(f"has more than {MOST_BYTES:,} bytes")
    if not data.strip():
        raise XmlFault("is empty")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for at in range(0, len(data), PIECE):
            parser.Parse(data[at : at + PIECE], False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, XmlFault):
            raise
        raise XmlFault(f"is no whole XML ({error})") from error
    root = builder.tree.close()
    for node in root.iter():  # what stands between elements is layout
        node.tail = None
        if node.text and node.text.isspace():
            node.text = None
    return builder.namespace, root


def _refuse(*_: object) -> None:
    raise XmlFault("has a document type (DTD), which is not read")
