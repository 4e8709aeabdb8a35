"""Messages as Outlook keeps them ([MS-OXMSG]): properties as streams of a compound file."""

from __future__ import annotations

import mimetypes
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from docglean.extractors.documents.drawing.encodings import decoded
from docglean.extractors.documents.mail.mail import Mail, MailFile, as_eml, name_of_part

DEEPEST = 10
"""Messages within messages of one file."""
MOST_FILES = 1_000
TEXTS = {"Subject": "0037", "To": "0E04", "Cc": "0E03"}
SENDER, ADDRESSES = "0C1A", ("5D01", "5D02", "0C1F", "0065")
BODY, HTML, RTF = "1000", "1013", "1009"
DATA, LONG_NAME, SHORT_NAME, CONTENT_ID, KIND = "3701", "3707", "3704", "3712", "370E"
SENT, DELIVERED, CODE_PAGE, SHOWN_IN_TEXT = 0x0039, 0x0E06, 0x3FFD, 0x3714
IN_TEXT = 4
"""Flag of a file that the text shows ([MS-OXCMSG] 2.2.2.18)."""
FIRST = datetime(1601, 1, 1, tzinfo=UTC)
"""Times are counted from here, in 100 nanoseconds."""


def read_outlook(path: str) -> Mail:
    """The message in a file.

    Raises:
        OSError: it is no compound file, or damaged.
    """
    import olefile

    with olefile.OleFileIO(path) as file:
        return _Message(file, (), 0).mail()


def is_message(path: str) -> bool:
    """Whether a compound file is a message, and not an office file of before 2007."""
    import olefile

    with olefile.OleFileIO(path) as file:
        return bool(file.exists("__properties_version1.0"))


class _Message:
    """One message of a file, or one within another.

    Args:
        place: names of the storages that it lies in.
    """

    def __init__(self, file: Any, place: tuple[str, ...], depth: int) -> None:
        self.file = file
        self.place = place
        self.depth = depth
        self.fixed = _fixed(self._stream("__properties_version1.0"), 24 if place else 32)
        self.page = f"cp{self.fixed.get(CODE_PAGE, 0) & 0xFFFF or 1252}"

    def mail(self) -> Mail:
        """What it says and carries."""
        head = {caption: self._text(tag) for caption, tag in TEXTS.items()}
        address = next(filter(None, (self._text(tag) for tag in ADDRESSES)), "")
        name = self._text(SENDER)
        shown = f"{name} <{address}>" if "@" in address and address != name else name or address
        mail = Mail({"From": shown, **head, "Date": self._date()}, self._text(BODY), self._html())
        empty = not mail.text.strip() and not mail.html.strip()
        if empty and self._stream(f"__substg1.0_{RTF}0102"):
            mail.lost = "it is there as RTF only"
        storages = {
            one[len(self.place)]
            for one in self.file.listdir(streams=True, storages=False)
            if tuple(one[: len(self.place)]) == self.place
            and one[len(self.place)].startswith("__attach_version1.0_")
        }
        for number, storage in enumerate(sorted(storages)[:MOST_FILES], 1):
            mail.files.append(self._file((*self.place, storage), number))
        return mail

    def _file(self, place: tuple[str, ...], number: int) -> MailFile:
        one = _Message(self.file, place, self.depth + 1)
        one.fixed = _fixed(one._stream("__properties_version1.0"), 8)
        one.page = self.page
        inner = (*place, f"__substg1.0_{DATA}000D")
        kind = one._text(KIND).lower()
        name = one._text(LONG_NAME) or one._text(SHORT_NAME)
        if self.file.exists([*inner, "__properties_version1.0"]):
            return self._inner(inner, name)
        kind = kind or mimetypes.guess_type(name)[0] or ""
        content = one._stream(f"__substg1.0_{DATA}0102")
        in_text = bool(one.fixed.get(SHOWN_IN_TEXT, 0) & IN_TEXT)
        unread = "" if content else "it has no content here: a link, or an object of a program"
        return MailFile(
            name_of_part(name, kind, number), content, kind, one._text(CONTENT_ID).strip("<>"),
            in_text, unread,
        )  # fmt: skip

    def _inner(self, place: tuple[str, ...], told: str) -> MailFile:
        """A message that this one carries."""
        if self.depth >= DEEPEST:
            return MailFile("message.eml", b"", unread="too deep")
        mail = _Message(self.file, place, self.depth + 1).mail()
        name = (told or mail.head.get("Subject") or "message").removesuffix(".msg")
        return MailFile(f"{name.replace('/', '-')}.eml", as_eml(mail), "message/rfc822")

    def _html(self) -> str:
        content = self._stream(f"__substg1.0_{HTML}0102")
        if not content:
            return self._text(HTML)
        return decoded(content, "" if _is_utf8(content) else self.page)

    def _text(self, tag: str) -> str:
        wide = self._stream(f"__substg1.0_{tag}001F")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return decoded(self._stream(f"__substg1.0_{tag}001E"), self.page).rstrip("\0")

    def _date(self) -> str:
        ticks = self.fixed.get(SENT) or self.fixed.get(DELIVERED) or 0
        try:
            moment = FIRST + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return f"{moment:%Y-%m-%d %H:%M} UTC" if ticks else ""

    def _stream(self, name: str) -> bytes:
        place = [*self.place, name]
        if not self.file.exists(place):
            return b""
        with self.file.openstream(place) as stream:
            return bytes(stream.read())


def _fixed(content: bytes, start: int) -> dict[int, int]:
    """Properties of one size by their ids; they stand behind a head that differs in length."""
    found = {}
    for at in range(start, len(content) - 15, 16):
        _, key, _, value = struct.unpack_from("<HHIQ", content, at)
        found[key] = value
    return found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
