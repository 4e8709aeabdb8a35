"""Messages as they travel (RFC 5322, RFC 2045): their parts sorted into text and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

from docglean.extractors.documents.drawing.clean_html import clean_html
from docglean.extractors.documents.drawing.encodings import decoded
from docglean.extractors.documents.mail.mail import (
    CAPTIONS,
    SEALED,
    Mail,
    MailFile,
    as_html,
    name_of_part,
)
from docglean.extractors.documents.mail.tnef import read_tnef

DEEPEST = 40
"""Parts within parts of one message."""
MOST_PARTS = 1_000
TEXTS = ("text/plain", "text/html", "text/enriched", "text/watch-html", "text/x-amp-html")
_FRAME = re.compile(r"<!doctype[^>]*>|</?(?:html|body)\b[^>]*>", re.IGNORECASE)
"""What a page of HTML is held in: several texts of one message become one page."""
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


def read_mime(content: bytes) -> Mail:
    """The message in these bytes; what can't be told of it is left empty.

    Raises:
        RecursionError: parts within parts without end.
    """
    message = message_from_bytes(content, policy=policy.compat32)
    mail = Mail({caption: _header(message, caption) for caption in CAPTIONS})
    _Sorter(mail).sort(message, 0)
    return mail


class _Sorter:
    """Puts each part of a message where it belongs."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self.count = 0

    def sort(self, part: Message, depth: int) -> None:
        """One part, and those within it."""
        self.count += 1
        if depth > DEEPEST or self.count > MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self._message(part)
        elif part.is_multipart():
            parts = [one for one in part.get_payload() if isinstance(one, Message)]
            if kind == "multipart/alternative":
                parts = _best(parts)
            if kind == "multipart/encrypted":
                self.mail.lost = "it is encrypted"
            for one in parts:
                self.sort(one, depth + 1)
        elif kind in ("text/plain", "text/html") and not _is_file(part):
            self._text(part, kind)
        else:
            self._file(part, kind)

    def _text(self, part: Message, kind: str) -> None:
        text = decoded(_content(part), part.get_content_charset() or "")
        if kind == "text/plain" and not self.mail.html:
            self.mail.text += text if text.endswith("\n") else f"{text}\n"
            return
        if not self.mail.html and self.mail.text.strip():  # what stands before HTML goes with it
            self.mail.html = as_html(self.mail.text)
        if kind == "text/html":
            self.mail.html += _FRAME.sub("", text)
        elif text.strip():  # and what stands behind it
            self.mail.html += as_html(text)

    def _file(self, part: Message, kind: str) -> None:
        content, told = _content(part), _file_name(part)
        if kind in TNEF or told.lower() == "winmail.dat":
            found = read_tnef(content)
            self.mail.text = self.mail.text if self.mail.text.strip() else found.text
            self.mail.files += found.files
            return
        if kind in SEALED:
            self.mail.lost = "it is encrypted, or sealed (S/MIME, PGP)"
        name = name_of_part(told, kind, self.count)
        content_id = _header(part, "Content-ID").strip("<>")
        inline = part.get_content_disposition() == "inline"
        self.mail.files.append(MailFile(name, content, kind, content_id, inline))

    def _message(self, part: Message) -> None:
        inner = part.get_payload()
        message = inner[0] if isinstance(inner, list) and inner else None
        if not isinstance(message, Message):
            return
        name = _file_name(part) or f"{_header(message, 'Subject') or 'message'}.eml"
        name = name if name.lower().endswith(".eml") else f"{name}.eml"
        kept = MailFile(name.replace("/", "-"), message.as_bytes(), "message/rfc822")
        self.mail.files.append(kept)


def _best(parts: list[Message]) -> list[Message]:
    """Of several ways to say the same the richest that can be shown: HTML, else plain text; what is
    no way to say it, such as an invitation, is a file."""
    html = [one for one in parts if any(_is_html(inner) and _shows(inner) for inner in one.walk())]
    chosen = html[-1:] or [one for one in parts if one.get_content_type() == "text/plain"][:1]
    chosen = chosen or parts[:1]
    others = [file for one in parts if one not in chosen for file in _files_in(one)]
    return chosen + others


def _files_in(part: Message) -> Iterator[Message]:
    """What a part that is not shown carries beside its text, but for the pictures in that."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for one in part.get_payload():
            if isinstance(one, Message) and not one.get("Content-ID"):
                yield from _files_in(one)
    elif _is_file(part) or part.get_content_type() not in TEXTS:
        yield part


def _is_html(part: Message) -> bool:
    return part.get_content_type() == "text/html" and not _is_file(part)


def _shows(part: Message) -> bool:
    """Whether there is anything to see in a part of HTML."""
    text = decoded(_content(part), part.get_content_charset() or "")
    return not clean_html(text).blank


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _content(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        found = None
    return found if isinstance(found, bytes) else b""


def _file_name(part: Message) -> str:
    try:
        return _words(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, UnicodeError):
        return ""


def _header(message: Message, name: str) -> str:
    try:
        found: Any = message.get(name)
        return _words(str(found)) if found is not None else ""
    except (ValueError, LookupError, TypeError, UnicodeError):
        return ""


def _words(told: str) -> str:
    """A header with its encoded words (RFC 2047) as text."""
    from email.errors import HeaderParseError
    from email.header import decode_header

    plain = re.sub(r"\s+", " ", told).strip()
    try:
        pieces = decode_header(plain)
    except HeaderParseError:
        return plain
    texts = (decoded(one, name or "") if isinstance(one, bytes) else one for one, name in pieces)
    return "".join(texts).strip()
