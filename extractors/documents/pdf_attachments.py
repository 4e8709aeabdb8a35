"""The files that travel inside a PDF, in its name tree and on its pages. Runs in a child process,
where one that would unpack to more than is allowed costs no more than itself."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.formats import Cover, Member
from docglean.extractors.documents.page_info import SourceFile

PIECE = 1 << 20
"""Bytes unpacked at once."""
COVER_WORDS = 40
"""Words up to which the only page of a file with attachments may be a cover sheet of theirs."""
DEEPEST_TREE = 20
"""Levels of a name tree (ISO 32000-2, 7.9.6), of which a sound one of a million names has four."""
_TELLING = re.compile(r"\d{3}|\d[.,:/-]\d")
"""A number, an amount, a date: a cover sheet that only asks for another program has none."""


def pdf_members(source: SourceFile) -> Iterator[Member]:
    """The files inside a PDF, in its order, those that hang on pages last."""
    document = pdf.open_pdf(source)
    for spec in _specifications(document):
        if xref := _stream(spec):
            yield Member(_name(spec), partial(stream_pieces, document, xref))


def pdf_cover(source: SourceFile) -> Cover:
    """A sheet where the pages hold nothing of their own: one page without a picture that stands for
    its text, with few words, and no number, amount or date among them."""
    document = pdf.open_pdf(source)
    if document.page_count > 1:
        return "none"
    words = [word[4] for word in document[0].get_text("words")]
    if not words:
        return "none" if document[0].get_images() else "sheet"
    telling = len(words) > COVER_WORDS or any(map(_TELLING.search, words))
    return "none" if telling else "sheet"


def _specifications(document: Any) -> Iterator[Any]:
    """File specifications (ISO 32000-2, 7.11.3): of the document, then of its pages."""
    lib = pdf.mupdf().mupdf
    inner = lib.pdf_specifics(document.this)
    root = lib.pdf_dict_getp(lib.pdf_trailer(inner), "Root/Names/EmbeddedFiles")
    yield from _tree(root, DEEPEST_TREE, set())
    kind = pdf.mupdf().PDF_ANNOT_FILE_ATTACHMENT
    for number in range(document.page_count):
        with contextlib.suppress(Exception):  # a broken page costs its files only
            for xref, annotation, *_ in document.page_annot_xrefs(number):
                if annotation == kind:
                    yield lib.pdf_dict_gets(lib.pdf_load_object(inner, xref), "FS")


def _tree(node: Any, depth: int, seen: set[int]) -> Iterator[Any]:
    """The values of a name tree; what leads back in it is passed over."""
    lib = pdf.mupdf().mupdf
    number = lib.pdf_to_num(node)
    if depth == 0 or (number and number in seen):
        return
    seen.add(number)
    names, kids = lib.pdf_dict_gets(node, "Names"), lib.pdf_dict_gets(node, "Kids")
    for at in range(1, lib.pdf_array_len(names), 2):
        yield lib.pdf_array_get(names, at)
    for at in range(lib.pdf_array_len(kids)):
        yield from _tree(lib.pdf_array_get(kids, at), depth - 1, seen)


def _stream(spec: Any) -> int:
    """The number of the stream with a file's bytes; 0 where the file lies elsewhere."""
    lib = pdf.mupdf().mupdf
    files = lib.pdf_dict_gets(spec, "EF")
    for key in ("UF", "F", "Unix", "DOS", "Mac"):
        if number := lib.pdf_to_num(lib.pdf_dict_gets(files, key)):
            return int(number)
    return 0


def _name(spec: Any) -> str:
    lib = pdf.mupdf().mupdf
    for key in ("UF", "F", "Unix", "DOS", "Mac"):
        with contextlib.suppress(UnicodeDecodeError):
            if name := lib.pdf_to_text_string(lib.pdf_dict_gets(spec, key)):
                return str(name)
    return ""


def stream_pieces(document: Any, xref: int, size: int) -> Iterator[bytes]:
    """A stream, unpacked piece by piece where it is packed as files usually are; else by MuPDF at
    once, which the limit of memory ends where it is too much."""
    packing = document.xref_get_key(xref, "Filter")[1].strip("[] ")
    if packing != "/FlateDecode" or document.xref_get_key(xref, "DecodeParms")[0] != "null":
        whole = (document.xref_stream_raw if packing == "null" else document.xref_stream)(xref)
        yield from (whole[at : at + PIECE] for at in range(0, len(whole), PIECE))
        return
    unpacking, packed = zlib.decompressobj(), document.xref_stream_raw(xref)
    for at in range(0, len(packed), PIECE):
        waiting = packed[at : at + PIECE]
        while waiting and not unpacking.eof:
            yield unpacking.decompress(waiting, size)
            waiting = unpacking.unconsumed_tail
