"""Mail (EML): its head and text as pages, each file that it carries as a document of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.encodings import is_text
from docglean.extractors.documents.formats import Drawing, Member
from docglean.extractors.documents.page_info import SourceFile, damaged

if TYPE_CHECKING:  # loaded where such a file is drawn
    from docglean.extractors.documents.mail.mail import Mail

SUFFIXES = (".eml", ".mht", ".mhtml")
_FIELD = re.compile(rb"\s*[A-Za-z][!-9;-~]*:|From .+\n[A-Za-z-]+:")
_TELLING = re.compile(rb"^(From|Date|Subject|MIME-Version|Message-ID|Received):", re.I | re.M)
TELLING = 3
"""Fields of mail from which a text is one whatever its name."""


def _sniff(head: bytes, name: str) -> str:
    if not is_text(head) or not _FIELD.match(head):
        return ""
    top = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    told = {one.lower() for one in _TELLING.findall(top)}
    named = PurePath(name).suffix.lower() in SUFFIXES
    return "message/rfc822" if len(told) >= (1 if named else TELLING) else ""


def _mail(source: SourceFile) -> Mail:
    from docglean.extractors.documents.mail.kept import kept_mail

    return kept_mail(source, _read)


def _read(source: SourceFile) -> Mail:
    from docglean.extractors.documents.mail.mime import read_mime

    try:
        return read_mime(Path(source.path).read_bytes())
    except RecursionError:
        raise damaged(source, "its parts lie within each other without end") from None


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    return _mail(source).drawing(source.name, most_pages)


def _members(source: SourceFile) -> Iterator[Member]:
    return _mail(source).members()


MAIL_FILES = drawn_format(
    "mail", ("message/rfc822",), SUFFIXES, _sniff, _draw, general=-1, members=_members
)
