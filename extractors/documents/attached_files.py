"""The files that travel inside a PDF: which they are, and each as a file of its own. Runs in a
child process, where one that would unpack to more than is allowed costs no more than itself."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import sniff
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

HEAD = 4096
"""Bytes by which a file's format is known; see `formats.sniff`."""
PIECE = 1 << 20
"""Bytes unpacked at once."""
LONGEST_NAME, LONGEST_SUFFIX = 80, 10
"""Bytes of a name in UTF-8, and of its suffix: with others it becomes a path and an address."""
COVER_WORDS = 40
"""Words up to which the only page of a file with attachments may be a cover sheet of theirs."""
DEEPEST_TREE = 20
"""Levels of a name tree (ISO 32000-2, 7.9.6), of which a sound one of a million names has four."""
_TELLING = re.compile(r"\d{3}|\d[.,:/-]\d")
"""A number, an amount, a date: a cover sheet that only asks for another program has none."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file inside a PDF.

    Attributes:
        name: as it may stand in a path and on a terminal; each of a PDF has another.
        unread: why it can't be read here; empty where it has pages.
    """

    name: str
    unread: str = ""


def attached_files(source: SourceFile, most: int) -> list[AttachedFile]:
    """The files inside a PDF, in its order, those that hang on pages last.

    Raises:
        SourceError: ``too_many_attachments``, they are more than `most`.
    """
    document = pdf.open_pdf(source)
    with stage("open"):
        found = _named(document, most + 1)
        if len(found) > most:
            raise SourceError(
                "too_many_attachments",
                f"{source.name}: more than {most:,} files are attached to it, and none of them "
                "was read.",
                "Save the attachments as files of their own, and read these.",
            )
        return [AttachedFile(name, _unread(document, xref, name)) for name, xref in found.items()]


def take_out(source: SourceFile, name: str, to: str, most: int, most_files: int) -> int:
    """Write one of the files inside a PDF to a path.

    Args:
        name: as `attached_files` tells it.
        most: bytes that it may have.
        most_files: as `attached_files` was asked.

    Returns:
        How many bytes it has.

    Raises:
        SourceError: ``too_large``, ``damaged``; ``no_such_attachment``.
    """
    document = pdf.open_pdf(source)
    with stage("open"), Path(to).open("wb") as file:
        xref = _named(document, most_files).get(name)
        if xref is None:
            raise SourceError(
                "no_such_attachment",
                f"{source.name}: no file {name} is attached to it.",
                "Read the file again: it may have changed.",
            )
        size = 0
        try:
            for piece in _pieces(document, xref, PIECE):
                size += len(piece)
                if size > most:
                    raise SourceError(
                        "too_large",
                        f"{name}: unpacked it has more bytes than the limit of {most:,}.",
                        "Raise the limit `max_bytes` if the file is to be trusted.",
                    )
                file.write(piece)
        except (zlib.error, RuntimeError) as error:
            raise damaged(source, error) from error
        return size


def attached_names(document: Any, most: int) -> list[str]:
    """The names of at most so many files inside a `pymupdf.Document`."""
    return list(_named(document, most))


def is_cover_sheet(source: SourceFile) -> bool:
    """Whether the pages hold nothing of their own: one page without a picture that stands for its
    text, with few words, and no number, amount or date among them."""
    document = pdf.open_pdf(source)
    with stage("open"):
        if document.page_count > 1:
            return False
        words = [word[4] for word in document[0].get_text("words")]
        if not words:
            return not document[0].get_images()
        return len(words) <= COVER_WORDS and not any(map(_TELLING.search, words))


def safe_name(told: str) -> str:
    """A file's name without folders, without what steers a terminal or turns the text about, and
    not too long; its suffix stays."""
    last = re.split(r"[/\\]", told)[-1]
    plain = "".join(one for one in last if one.isprintable()).strip(" .") or "file"
    if len(plain.encode()) <= LONGEST_NAME:
        return plain
    suffix = _cut(PurePosixPath(plain).suffix, LONGEST_SUFFIX)
    return _cut(plain, LONGEST_NAME - len(suffix.encode())) + suffix


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _named(document: Any, most: int) -> dict[str, int]:
    """The streams of at most so many files by their names, which are told apart."""
    found: dict[str, int] = {}
    taken: set[str] = set()
    for spec in _specifications(document):
        xref = _stream(spec)
        if not xref or len(found) >= most:
            continue
        name = safe_name(_name(spec))
        path, number, free = PurePosixPath(name), 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{path.stem} ({number}){path.suffix}"
        taken.add(free.casefold())
        found[free] = xref
    return found


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


def _unread(document: Any, xref: int, name: str) -> str:
    """Why a file can't be read as pages; empty where it can."""
    try:
        head = next(_pieces(document, xref, HEAD), b"")[:HEAD]
        _, media_type = sniff(head, name)
    except SourceError:
        return "of a kind that cannot be read" if head else "empty"
    except (zlib.error, RuntimeError):
        return "damaged"
    kind, _, _ = media_type.partition("/")
    return f"{media_type}: save it, and read it alone" if kind in ("audio", "video") else ""


def _pieces(document: Any, xref: int, size: int) -> Iterator[bytes]:
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
