"""Whether a recording or film ends before its header says it does: a download or copy broken off.

Only what the container itself tells is believed: the sizes and lengths that its writer put into
it. Streams that were never finished tell none (or the largest number), and are not judged.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

UNKNOWN = 0x7FFFF000
"""Sizes of 32 bits from which they are placeholders of a writer that could not go back."""
LOOKED_FOR = 1 << 17
"""Bytes at the beginning in which an MP3's first frame is looked for behind its tags."""
LAST_PAGE = 1 << 17
"""Bytes at the end in which Ogg's last page is: one has 65,307 at the most (RFC 3533)."""


def missing_bytes(path: str) -> int:
    """Bytes at the end of the file that its container tells of and that are not there; at least 1
    where only that the end is missing can be known. 0 for whole files, and where nothing is told.
    """
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        head = file.read(64)
        check = next((check for knows, check in _CHECKS if knows(head)), None)
        try:
            return max(0, check(file, size)) if check else 0
        except (struct.error, IndexError):  # so short that its header is not whole
            return 1


def _riff(file: BinaryIO, size: int) -> int:
    """WAV: the file's size, or that of its sound."""
    for name, start, length in _chunks(file, size, "<I"):
        if name == b"data":
            return start + length - size if length < UNKNOWN else 0
    return 0


def _form(file: BinaryIO, size: int) -> int:
    """AIFF: the same in the other byte order."""
    for name, start, length in _chunks(file, size, ">I"):
        if name == b"SSND":
            return start + length - size if length < UNKNOWN else 0
    return 0


def _chunks(file: BinaryIO, size: int, form: str) -> Iterator[tuple[bytes, int, int]]:
    """Names, begins and lengths of an IFF file's chunks."""
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name = file.read(4)
        (length,) = struct.unpack(form, file.read(4))
        yield name, at + 8, length
        at += 8 + length + length % 2


def _rf64(file: BinaryIO, size: int) -> int:
    """WAV of more than 4 GB (EBU Tech 3306): its size stands in the chunk ``ds64``."""
    file.seek(20)
    (told,) = struct.unpack("<Q", file.read(8))
    return int(8 + told - size)


def _boxes(file: BinaryIO, size: int) -> int:
    """MP4, M4A, MOV (ISO/IEC 14496-12): boxes one behind the other, each with its size."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
        if length == 0 or length < 8 or not name.isalnum():  # to the end; or no box any more
            return 0
        at += length
    return int(at - size)


def _ebml(file: BinaryIO, size: int) -> int:
    """Matroska, WebM (RFC 8794): the segment's size; all bits set where it is not known."""
    at = 0
    for _ in range(4):
        file.seek(at)
        head = file.read(12)
        name = head[: _width(head[0])]
        rest = head[len(name) :]
        wide = _width(rest[0])
        length = int.from_bytes(rest[:wide], "big") & ((1 << 7 * wide) - 1)
        begin = at + len(name) + wide
        if name == b"\x18\x53\x80\x67":
            return 0 if length == (1 << 7 * wide) - 1 else begin + length - size
        at = begin + length
    return 0


def _width(first: int) -> int:
    return 9 - first.bit_length()


def _ogg(file: BinaryIO, size: int) -> int:
    """Ogg (RFC 3533): the last page of a stream says so, and is whole."""
    begin = max(0, size - LAST_PAGE)
    file.seek(begin)
    end = file.read()
    at = end.rfind(b"OggS")
    parts = end[at + 26]
    table = end[at + 27 : at + 27 + parts]
    whole = len(table) == parts and at + 27 + parts + sum(table) <= len(end)
    return 0 if whole and end[at + 5] & 4 else 1


def _asf(file: BinaryIO, size: int) -> int:
    """WMA: the file's size in the file properties object, unless it was broadcast."""
    file.seek(0)
    head = file.read(1 << 14)
    at = head.find(b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65")
    (told,) = struct.unpack_from("<Q", head, at + 40) if at >= 0 else (0,)
    (flags,) = struct.unpack_from("<I", head, at + 88) if at >= 0 else (1,)
    return 0 if flags & 1 else int(told - size)


def _mp3(file: BinaryIO, size: int) -> int:
    """MP3: the bytes from the first frame on, where that tells them (Xing's and LAME's header)."""
    file.seek(0)
    head = file.read(10)
    begin = 0
    if head[:3] == b"ID3":
        begin = 10 + sum((byte & 0x7F) << 7 * (3 - n) for n, byte in enumerate(head[6:10]))
    file.seek(begin)
    head = file.read(LOOKED_FOR)
    at = max(head.find(b"Xing", 0, 2_000), head.find(b"Info", 0, 2_000))
    if at < 0:
        return 0
    (flags,) = struct.unpack_from(">I", head, at + 4)
    if flags & 3 != 3:
        return 0
    (told,) = struct.unpack_from(">I", head, at + 12)
    return int(begin + told - size)


def _caf(file: BinaryIO, size: int) -> int:
    """Core Audio Format: chunks with sizes of 64 bits; -1 where the sound goes to the end."""
    at = 8
    while at + 12 <= size:
        file.seek(at)
        _, length = struct.unpack(">4sq", file.read(12))
        if length < 0:
            return 0
        at += 12 + length
    return int(at - size)


_CHECKS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, int], int]], ...] = (
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", _riff),
    (lambda head: head[:4] == b"RF64", _rf64),
    (lambda head: head[:4] == b"FORM", _form),
    (lambda head: head[:4] == b"caff", _caf),
    (lambda head: head[:4] == b"\x1aE\xdf\xa3", _ebml),
    (lambda head: head[:4] == b"OggS", _ogg),
    (lambda head: head[:4] == b"\x30\x26\xb2\x75", _asf),
    (lambda head: head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"), _boxes),
    (lambda head: head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1] & 0xE0 == 0xE0), _mp3),
)
