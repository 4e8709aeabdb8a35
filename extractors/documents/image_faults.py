"""Whether an image file is whole: decoders fill what is missing with grey, or noise, in silence."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
_LOST = (b"premature end of data segment", b"Premature end of JPEG", b"bad Huffman code")
"""What libjpeg says when a part of the picture is not there; it says other things of files that
are whole."""


def picture_is_lost(path: str, form: str) -> bool:
    """Whether a part of the picture (or of the frames) is missing, as far as the format tells.

    Args:
        form: Pillow's name of the format.
    """
    check = _CHECKS.get(form)
    return check is not None and check(path)


def _png(path: str) -> bool:
    """Each chunk has a checksum, and the last is ``IEND`` (PNG, 5.3)."""
    with Path(path).open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, name = int.from_bytes(head[:4], "big"), head[4:]
            told, found = _checksum(file, name, length)
            if told != found:
                return name in (b"IHDR", b"PLTE", b"IDAT", b"fdAT")
            if name == b"IEND":
                return False
    return True


def _checksum(file: BinaryIO, name: bytes, length: int) -> tuple[int, int]:
    """The checksum that a chunk tells, and that of its content."""
    found = zlib.crc32(name)
    while length > 0 and (piece := file.read(min(length, CHUNK))):
        found = zlib.crc32(piece, found)
        length -= len(piece)
    return int.from_bytes(file.read(4), "big"), found


def _gif(path: str) -> bool:
    """The last byte is the trailer (GIF89a, 27); some writers fill up with zeros behind it."""
    with Path(path).open("rb") as file:
        file.seek(max(0, Path(path).stat().st_size - CHUNK))
        return not file.read().rstrip(b"\0").endswith(b";")


def _jpeg(path: str) -> bool:
    """What libjpeg prints when it decodes the picture: nothing else tells of it."""
    import cv2

    with tempfile.TemporaryFile() as said:
        shown = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            cv2.imread(path, cv2.IMREAD_REDUCED_GRAYSCALE_8)
        except cv2.error:
            pass  # too large for it; what decodes the page will tell
        finally:
            os.dup2(shown, 2)
            os.close(shown)
        said.seek(0)
        text = said.read(CHUNK)
    return any(sign in text for sign in _LOST)


_CHECKS: dict[str, Callable[[str], bool]] = {"PNG": _png, "GIF": _gif, "JPEG": _jpeg}
