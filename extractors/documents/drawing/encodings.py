"""Bytes of a text file as text, whatever program wrote them."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; those of UTF-32 before those of UTF-16, which they begin with."""
ZEROS = 0.3
"""Share of bytes 0 at every other place, from which a text is UTF-16 without a mark."""
SAMPLE = 4096
"""Bytes by which UTF-16 without a mark is told."""


def decoded(content: bytes, told: str = "") -> str:
    """The text of these bytes: by its byte order mark, by what was told of it, as UTF-8, or as
    Windows-1252, which is what most files are that are no UTF-8.

    Args:
        told: name of a character set, as a mail or a page tells it; it need not be true.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    for name in (told, _without_mark(content), "utf-8"):
        if not name:
            continue
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is text."""
    marked = any(head.startswith(mark) for mark, _ in _MARKS)
    return bool(head) and (marked or bool(_without_mark(head)) or b"\x00" not in head)


def _without_mark(content: bytes) -> str:
    sample = content[:SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    name = "utf-16-le" if odd > even else "utf-16-be"
    if max(odd, even) <= ZEROS * half or min(odd, even):
        return ""
    text = sample[: len(sample) // 2 * 2].decode(name, "replace")
    return name if all(one >= " " or one in "\t\n\f\r" for one in text) else ""
