"""Names and lines that do to a terminal nothing but appear on it."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MISCHIEF = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: C0 (ESC, line feed, carriage return), DEL and C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the direction of what is beside them
    "\u2028\u2029"  # line and paragraph separators
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # invisible: byte order marks, annotations, tags
    "\ud800-\udfff"  # surrogates: no characters; in names, bytes that are not UTF-8
    "]"
)


def printable(text: str) -> str:
    r"""The text with everything escaped that a terminal would obey or that cannot be encoded.

    A line break is among it, so what is printed is one line. A byte of a file's name that is not
    UTF-8 (a surrogate in Python, PEP 383) becomes ``\xe9``.
    """
    return _MISCHIEF.sub(_escaped, text)


def name_of(path: Path) -> str:
    """A file's name for people and for JSON. What tells files apart for sure is their uri."""
    return printable(path.name)


def readable_path(path: Path) -> str:
    """What `Path` makes this path of again, as text that can be encoded: where its bytes are not
    UTF-8 the ``file://`` URI, which `path_of` reads.
    """
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return path.absolute().as_uri()
    return text


def path_of(word: str) -> Path:
    """The path that a word names: as it stands, or by a ``file://`` URI (RFC 8089)."""
    if not word.startswith("file://"):
        return Path(word)
    from urllib.parse import unquote_to_bytes, urlsplit

    return Path(os.fsdecode(unquote_to_bytes(urlsplit(word, allow_fragments=False).path)))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
