"""The files inside a file: which they are, and each as a file of its own. Runs in a child process,
where one that would unpack to more than is allowed costs no more than itself."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from unicodedata import normalize
from zipfile import BadZipFile

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import Cover, Member, format_of, sniff
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

HEAD = 4096
"""Bytes by which a file's format is known; see `formats.sniff`."""
PIECE = 1 << 20
"""Bytes unpacked at once."""
LONGEST_NAME, LONGEST_SUFFIX = 80, 10
"""Bytes of a name in UTF-8, and of its suffix: with others it becomes a path and an address."""
BROKEN = zlib.error, RuntimeError, BadZipFile, EOFError, ValueError, NotImplementedError
"""What unpacking a damaged file raises: RuntimeError is MuPDF's."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file inside another.

    Attributes:
        name: as it may stand in a path and on a terminal; each of a file has another.
        unread: why it can't be read here; empty where it has pages.
    """

    name: str
    unread: str = ""


def attached_files(source: SourceFile, most: int) -> list[AttachedFile]:
    """The files inside a file, in its order.

    Raises:
        SourceError: ``too_many_attachments``, they are more than `most`; ``damaged``.
    """
    with stage("open"):
        found = named_members(source, most + 1)
        if len(found) > most:
            raise SourceError(
                "too_many_attachments",
                f"{source.name}: more than {most:,} files are attached to it, and none of them "
                "was read.",
                "Save the attachments as files of their own, and read these.",
            )
        return [AttachedFile(name, _unread(one, name)) for name, one in found.items()]


def take_out(source: SourceFile, name: str, to: str, most: int, most_files: int) -> int:
    """Write one of the files inside a file to a path.

    Args:
        name: as `attached_files` tells it.
        most: bytes that it may have.
        most_files: as `attached_files` was asked.

    Returns:
        How many bytes it has.

    Raises:
        SourceError: ``too_large``, ``damaged``; ``no_such_attachment``.
    """
    with stage("open"), Path(to).open("wb") as file:
        member = named_members(source, most_files).get(name)
        if member is None:
            raise SourceError(
                "no_such_attachment",
                f"{source.name}: no file {name} is attached to it.",
                "Read the file again: it may have changed.",
            )
        size = 0
        try:
            for piece in member.pieces(PIECE):
                size += len(piece)
                if size > most:
                    raise SourceError(
                        "too_large",
                        f"{name}: unpacked it has more bytes than the limit of {most:,}.",
                        "Raise the limit `max_bytes` if the file is to be trusted.",
                    )
                file.write(piece)
        except BROKEN as error:
            raise damaged(source, error) from error
        return size


def attached_names(source: SourceFile, most: int) -> list[str]:
    """The names of at most so many files inside a file."""
    return list(named_members(source, most))


def cover_of(source: SourceFile) -> Cover:
    """Whether the pages beside the files inside hold anything of their own."""
    with stage("open"):
        return format_of(source).cover(source)


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


def named_members(source: SourceFile, most: int) -> dict[str, Member]:
    """At most so many files by their names, which are told apart."""
    members = format_of(source).members
    found: dict[str, Member] = {}
    taken: set[str] = set()
    for member in islice(members(source), most) if members else ():
        name = safe_name(member.name)
        path, number, free = PurePosixPath(name), 1, name
        while _looks(free) in taken:
            number += 1
            free = f"{path.stem} ({number}){path.suffix}"
        taken.add(_looks(free))
        found[free] = member
    return found


def _looks(name: str) -> str:
    """What names have in common that a reader, or a file system, cannot tell apart."""
    return normalize("NFC", name).casefold()


def _unread(member: Member, name: str) -> str:
    """Why a file can't be read as pages; empty where it can."""
    if member.unread:
        return member.unread
    head = b""
    try:
        head = next(member.pieces(HEAD), b"")[:HEAD]
        _, media_type = sniff(head, name)
    except SourceError:
        return "of a kind that cannot be read" if head else "empty"
    except BROKEN:
        return "damaged"
    kind, _, _ = media_type.partition("/")
    return f"{media_type}: save it, and read it alone" if kind in ("audio", "video") else ""
