"""Outlook's messages (MSG): as mail is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.package import OLE
from docglean.extractors.documents.formats import Drawing, Member
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:  # loaded where such a file is drawn
    from docglean.extractors.documents.mail.mail import Mail

MSG = "application/vnd.ms-outlook"
SUFFIXES = (".msg",)


def _sniff(head: bytes, name: str) -> str:
    named = PurePath(name).suffix.lower() in SUFFIXES
    return MSG if head.startswith(OLE) and named else ""


def _mail(source: SourceFile) -> Mail:
    from docglean.extractors.documents.mail.kept import kept_mail

    return kept_mail(source, _read)


def _read(source: SourceFile) -> Mail:
    from docglean.extractors.documents.mail.outlook import is_message, read_outlook

    try:
        if not is_message(source.path):
            raise SourceError(
                "unsupported",
                f"{source.name}: it is a compound file, but no message of Outlook.",
                "Save it again in the program that it comes from, or print it to PDF.",
            )
        return read_outlook(source.path)
    except OSError as error:
        raise damaged(source, error) from error


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    return _mail(source).drawing(source.name, most_pages)


def _members(source: SourceFile) -> Iterator[Member]:
    return _mail(source).members()


OUTLOOK_FILES = drawn_format("outlook", (MSG,), SUFFIXES, _sniff, _draw, members=_members)
