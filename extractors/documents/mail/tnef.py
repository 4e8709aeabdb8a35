"""``winmail.dat``: how Outlook wraps what other programs then see as one file ([MS-OXTNEF])."""

from __future__ import annotations

import mimetypes
import struct
from collections.abc import Iterator

from docglean.extractors.documents.drawing.encodings import decoded
from docglean.extractors.documents.mail.mail import Mail, MailFile

SIGNATURE = 0x223E9F78
BODY, TITLE, DATA, BEGINS, PROPERTIES = 0x800C, 0x8010, 0x800F, 0x9002, 0x9005
LONG_NAME = 0x3707
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8,
          0x40: 8, 0x48: 16}  # fmt: skip
"""Bytes of property types of one size ([MS-OXCDATA] 2.11.1), as they lie here."""
TEXT, WIDE_TEXT, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
NAMED = 0x8000


def read_tnef(content: bytes) -> Mail:
    """The text and the files within; as much of them as can be told."""
    mail = Mail()
    names: list[str] = []
    data: list[bytes] = []
    for attribute, value in _attributes(content):
        if attribute == BEGINS:
            names.append("")
            data.append(b"")
        elif attribute == BODY:
            mail.text = decoded(value.rstrip(b"\0"))
        elif names and attribute == TITLE:
            names[-1] = names[-1] or decoded(value.rstrip(b"\0"))
        elif names and attribute == DATA:
            data[-1] = value
        elif names and attribute == PROPERTIES:
            names[-1] = _long_name(value) or names[-1]
    for number, (name, inside) in enumerate(zip(names, data, strict=True), 1):
        kind = mimetypes.guess_type(name)[0] or ""
        unread = "" if inside else "a message or an object within winmail.dat"
        mail.files.append(MailFile(name or f"attachment {number}", inside, kind, unread=unread))
    return mail


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Attributes by their numbers, as far as the file is whole."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        return
    at = 6
    while at + 9 <= len(content):
        _, attribute, size = struct.unpack_from("<BII", content, at)
        at += 9
        if at + size > len(content):
            return
        yield attribute & 0xFFFF, content[at : at + size]
        at += size + 2  # a sum of its bytes follows


def _long_name(content: bytes) -> str:
    """The whole name among the properties of a file; empty where it is not there."""
    try:
        return next((value for key, value in _texts(content) if key == LONG_NAME), "")
    except (struct.error, IndexError):
        return ""


def _texts(content: bytes) -> Iterator[tuple[int, str]]:
    (count,) = struct.unpack_from("<I", content)
    at = 4
    for _ in range(count):
        kind, key = struct.unpack_from("<HH", content, at)
        at += 4
        if key >= NAMED:
            at = _behind_name(content, at)
        if kind in (TEXT, WIDE_TEXT, OBJECT, BINARY):
            values, size = struct.unpack_from("<II", content, at)
            if values != 1:
                return
            value = content[at + 8 : at + 8 + size]
            at += 8 + size + -size % 4
            if kind in (TEXT, WIDE_TEXT):
                yield key, decoded(value, "utf-16-le" if kind == WIDE_TEXT else "").rstrip("\0")
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            return


def _behind_name(content: bytes, at: int) -> int:
    """Where a property with a name goes on behind that: after its set, and a number or a text."""
    (is_text, size) = struct.unpack_from("<II", content, at + 16)
    return at + 24 + (size + -size % 4 if is_text else 0)
