"""Office files (ECMA-376): archives of XML whose parts tell of each other, opened with care."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, is_zipfile

from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

MOST_PART, MOST_ALL = 400_000_000, 1_500_000_000
"""Bytes of one part and of all, unpacked."""
MOST_PACKED = 200
"""How many times larger a part of `FLOOD` bytes may be unpacked: XML packs 10 to 50 times."""
FLOOD = 100_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What files of before 2007, and those behind a password, begin with."""
_TYPES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
PROLOG = 4096
"""Bytes of a part in which XML may declare a type of document, which office files never do."""
_FIRST = re.compile(
    rb"\[Content_Types\]\.xml|_rels/|docProps/|(word|xl|ppt)/[\w/]*\.xml|mimetype(?=application/)"
)
"""How the first entry is called in archives that are files of an office program; the last is how
OpenDocument begins."""


def is_office_archive(head: bytes) -> bool:
    """Whether a file that begins so is an archive that some office program wrote."""
    return head.startswith(b"PK\x03\x04") and _FIRST.match(head, 30) is not None


def sniff_package(head: bytes, name: str, folder: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a file is an office file with its main part in this folder, as far as the beginning
    and the name tell; one behind a password, or an older one, is so by its name."""
    named = PurePath(name).suffix.lower() in suffixes
    if head.startswith(OLE):
        return named
    if not is_office_archive(head):
        return False
    others = {"word", "xl", "ppt"} - {folder}
    within = f"{folder}/".encode() in head
    return within or (named and not any(f"{one}/".encode() in head for one in others))


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part says of another one, or of something elsewhere.

    Attributes:
        kind: the last word of its type, such as ``image``.
        target: name of the part, or an address.
    """

    kind: str
    target: str
    external: bool = False


class Package:
    """An open office file. Get it from `open_package`."""

    def __init__(self, source: SourceFile, archive: ZipFile) -> None:
        self._source = source
        self._archive = archive

    @cached_property
    def names(self) -> frozenset[str]:
        """Of all parts."""
        return frozenset(self._archive.namelist())

    def open(self, part: str) -> IO[bytes]:
        """A part to be read bit by bit.

        Raises:
            SourceError: ``damaged``, there is none of this name.
        """
        self._check(part)
        return self._archive.open(part)

    def read(self, part: str) -> bytes:
        """A part; empty where there is none."""
        return self._archive.read(part) if part in self.names else b""

    def xml(self, part: str) -> Any:
        """The root of a part in XML; None where there is none."""
        from lxml import etree

        content = self.read(part)
        if not content:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        return etree.fromstring(content, parser)

    def main(self) -> tuple[str, Any]:
        """The name and the root of the part that all others hang on.

        Raises:
            SourceError: ``damaged``, there is none.
        """
        part = self.part_of("officeDocument")
        self._check(part)
        return part, self.xml(part)

    def _check(self, part: str) -> None:
        if part not in self.names:
            raise damaged(self._source, f"a part of it is missing: {part or 'the main one'}")

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part speaks of, by the ids that it uses."""
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = {}
        for one in root if root is not None else ():
            if not isinstance(one.tag, str):
                continue
            external = one.get("TargetMode") == "External"
            target = one.get("Target") or ""
            if not external:
                within = target if target.startswith("/") else posixpath.join(folder, target)
                target = posixpath.normpath(within).lstrip("/")
            kind = (one.get("Type") or "").rpartition("/")[2]
            found[one.get("Id") or ""] = Relation(kind, target, external)
        return found

    def part_of(self, kind: str, part: str = "") -> str:
        """The first part of a kind that a part (by default the file itself) speaks of."""
        relations = self.relations(part).values()
        return next((one.target for one in relations if one.kind == kind), "")

    def elsewhere(self) -> list[str]:
        """Addresses of what is not in the file but would be shown, or loaded; not of links."""
        parts = (one for one in self.names if one.endswith(".rels"))
        found = []
        for part in sorted(parts):
            folder, name = posixpath.split(part)
            owner = posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
            found += [
                one.target
                for one in self.relations(owner).values()
                if one.external and one.kind != "hyperlink"
            ]
        return found


@contextmanager
def open_package(source: SourceFile) -> Iterator[Package]:
    """An office file, for as long as the block runs.

    Raises:
        SourceError: ``password_needed``, ``unsupported`` (of before 2007), ``too_large``,
            ``damaged``.
    """
    if not is_zipfile(source.path):
        _check_ole(source)
        raise damaged(source, "the end of the archive is missing, or it is none")
    try:
        with ZipFile(source.path) as archive:
            _check_sizes(source, archive)
            _check_types(source, archive)
            yield Package(source, archive)
    except (BadZipFile, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise damaged(source, str(error)) from error


def _check_ole(source: SourceFile) -> None:
    """Tell a file behind a password, and one of before 2007, from a damaged one.

    [MS-OFFCRYPTO] 2.3: what is encrypted lies in a compound file, beside how it is.
    """
    import olefile

    if not olefile.isOleFile(source.path):
        return
    with olefile.OleFileIO(source.path) as file:
        locked = file.exists("EncryptionInfo") or file.exists("EncryptedPackage")
    if locked:
        raise SourceError(
            "password_needed",
            f"{source.name}: it is an office file protected by a password, which is not opened "
            "here.",
            "Open it in its program, save it without the password or print it to PDF, and give "
            "that.",
        )
    raise SourceError(
        "unsupported",
        f"{source.name}: it is an office file of before 2007.",
        "Save it as DOCX, XLSX or PPTX, or print it to PDF, and give that.",
    )


def _check_sizes(source: SourceFile, archive: ZipFile) -> None:
    parts = archive.infolist()
    largest = max(parts, key=lambda one: one.file_size, default=None)
    floods = any(
        one.file_size > FLOOD and one.file_size > MOST_PACKED * max(1, one.compress_size)
        for one in parts
    )
    whole = sum(one.file_size for one in parts)
    if floods or whole > MOST_ALL or (largest is not None and largest.file_size > MOST_PART):
        raise SourceError(
            "too_large",
            f"{source.name}: unpacked it has {whole:,} bytes, more than an office file may.",
            "Open it in its program, print what is wanted of it to PDF, and give that.",
        )


def _check_types(source: SourceFile, archive: ZipFile) -> None:
    """Refuse a part that declares entities: they grow when they are put in place."""
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels", ".vml")):
            with archive.open(info) as part:
                if _TYPES.search(part.read(PROLOG).replace(b"\x00", b"")):
                    raise damaged(source, "its XML declares a type of document, as none may")
