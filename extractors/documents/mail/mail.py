"""A message, whatever program keeps it: what is read on its page, and the files that it carries."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from io import BytesIO
from pathlib import PurePath

from docglean.extractors.documents.drawing.clean_html import clean_html
from docglean.extractors.documents.drawing.notices import listed, not_fetched
from docglean.extractors.documents.drawing.story import pages_of_html
from docglean.extractors.documents.formats import Drawing, Member
from docglean.schemas.errors import Problem

SMALL_PICTURE = 150_000
"""Pixels below which a picture within a text is a logo, an icon or a smile, not a document."""
SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature",
              "application/pgp-signature")  # fmt: skip
SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
TABLE, ROW, CELL = (
    f"visibility:visible!important;display:{one}!important"
    for one in ("table", "table-row", "table-cell")
)
"""The head of a message is shown whatever the style sheets of its text hide."""
CAPTIONS = ("From", "To", "Cc", "Date", "Subject")


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that a message carries.

    Attributes:
        name: as the message tells it.
        content_id: by which its text speaks of it; empty where it does not.
        inline: it is to be shown within the text.
        unread: why it is not read, where that is known already.
    """

    name: str
    content: bytes
    media_type: str = ""
    content_id: str = ""
    inline: bool = False
    unread: str = ""


@dataclass
class Mail:
    """A message.

    Attributes:
        head: values of `CAPTIONS`.
        html: the text in HTML; empty where there is none.
        lost: why its text can't be read; empty where it can.
    """

    head: dict[str, str] = field(default_factory=dict)
    text: str = ""
    html: str = ""
    files: list[MailFile] = field(default_factory=list)
    lost: str = ""

    def drawing(self, name: str, most_pages: int) -> Drawing:
        """Its head and its text as pages.

        Raises:
            SourceError: ``too_many_pages``.
        """
        own = {one.content_id: one.content for one in self.files if one.content_id}
        page = clean_html(self.html, own)
        page.body = as_html(self.text) if page.blank else page.body
        drawn = pages_of_html(name, most_pages, [page.page(self._head())], page.pictures)
        return Drawing(drawn, (*self._problems(name), *not_fetched(name, page.elsewhere)))

    def members(self) -> Iterator[Member]:
        """The files that are documents of their own."""
        for one in self.files:
            if not _trifle(one):
                yield Member(one.name, _Pieces(one.content), one.unread)

    def _head(self) -> str:
        rows = "".join(
            f'<tr style="{ROW}"><td style="{CELL};white-space:nowrap"><b>{caption}:</b></td>'
            f'<td style="{CELL}">{escape(value)}</td></tr>'
            for caption in CAPTIONS
            if (value := self.head.get(caption, "").strip())
        )
        return f'<table style="{TABLE}">{rows}</table><hr>' if rows else ""

    def _problems(self, name: str) -> Iterator[Problem]:
        if self.lost:
            yield Problem(
                code="mail_not_read",
                message=f"{name}: the text of the message was not read: {self.lost}.",
                way_out="Open it in the mail program, print it to PDF, and give that.",
                severity="review",
            )
        told = [f"{one.name} ({why})" for one in self.files if (why := _trifle(one))]
        if told:
            yield Problem(
                code="trifles_left_out",
                message=f"{name}: what the message carries and is no document: {listed(told)}.",
                way_out="Save it and have it read alone, if it is one.",
                severity="warning",
            )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Content in pieces."""

    content: bytes

    def __call__(self, size: int) -> Iterator[bytes]:
        return (self.content[at : at + size] for at in range(0, len(self.content), size))


def _trifle(one: MailFile) -> str:
    """Why a file is no document: a signature, a small picture in the text; empty for others."""
    if one.media_type in SIGNATURES or PurePath(one.name).suffix.lower() in (".p7s", ".asc"):
        return "a signature"
    if (one.inline or one.content_id) and one.media_type.startswith("image/"):
        pixels = _pixels(one.content)
        if pixels < SMALL_PICTURE:
            return "a small picture in the text"
    return ""


def _pixels(content: bytes) -> int:
    """Of a picture; 0 where it is none."""
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as image:
            return int(image.width * image.height)
    except Exception:  # whatever is wrong with it, it is nothing that can be read
        return 0


def as_html(text: str) -> str:
    """Plain text as it stands."""
    return f"<pre>{escape(_wrapped(text))}</pre>"


def _wrapped(text: str, most: int = 110) -> str:
    """Lines of a text, those that are longer than a page is wide broken at blanks."""
    lines = []
    for line in text.expandtabs().splitlines():
        rest = line.rstrip()
        while len(rest) > most:
            at = rest.rfind(" ", 1, most)
            at = at if at > 0 else most
            lines.append(rest[:at])
            rest = rest[at:].lstrip()
        lines.append(rest)
    return "\n".join(lines)


def name_of_part(told: str, media_type: str, number: int) -> str:
    """A name for a file whose message tells none, with the suffix of its kind."""
    return told or f"part {number}{mimetypes.guess_extension(media_type) or ''}"


def as_eml(mail: Mail) -> bytes:
    """A message within another one, as a file of its own."""
    message = EmailMessage(policy=SMTP)
    for caption, value in mail.head.items():
        if value.strip():
            message[caption] = " ".join(value.split())
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for one in mail.files:
        kind, _, subtype = (one.media_type or "application/octet-stream").partition("/")
        message.add_attachment(
            one.content,
            maintype="application" if kind in ("text", "message", "multipart") else kind,
            subtype=subtype or "octet-stream",
            filename=one.name,
            cid=f"<{one.content_id}>" if one.content_id else None,
            disposition="inline" if one.inline else "attachment",
        )
    return bytes(message)
