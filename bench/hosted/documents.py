"""Slips of one to forty pages; `meter.SHARE` of each kind that something is wrong with."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pymupdf

from bench.hosted.meter import SHARE


@dataclass(frozen=True)
class Slip:
    """A document that was drawn.

    Attributes:
        number: that it holds; None where nobody can read it.
        whole: nothing is wrong with it, so it is to be read.
    """

    number: int | None
    whole: bool


Spoil = Callable[[bytes, int], bytes]


def draw_documents(folder: Path, count: int, seed: str) -> dict[str, Slip]:
    """Write so many slips, and tell what each is by its name."""
    folder.mkdir(parents=True)
    draws = random.Random(seed)
    found: dict[str, Slip] = {}
    for number in range(count):
        kind = next((one for one in FAULTS if draws.random() < SHARE), "")
        pages = draws.choices((1, 2, 3, 8, 40), (70, 12, 10, 6, 2))[0]
        path = folder / f"{number:04}{'-' * bool(kind)}{kind}{SUFFIXES.get(kind, '.pdf')}"
        content = slip(number, pages)
        path.write_bytes(FAULTS[kind](content, number) if kind else content)
        readable = kind in ("", *READABLE, *PERHAPS)
        found[path.name] = Slip(number if readable else None, kind in ("", *READABLE))
    return found


def slip(
    number: int, pages: int = 1, *, hidden: bool = False, password: str = "",
    size: tuple[float, float] = (300, 200),
) -> bytes:  # fmt: skip
    """A slip whose fields stand on its first page; further pages have notes.

    Args:
        size: of a page, in points.
    """
    with pymupdf.open() as pdf:
        for page in range(pages):
            sheet = pdf.new_page(width=size[0], height=size[1])
            if page:
                sheet.insert_text((20, 30), f"note {page} of slip {number}: no field is here")
                continue
            sheet.insert_text((20, 30), f"number: {number}")
            sheet.insert_text((20, 60), f"word: w{number * number}")
            if hidden:
                sheet.insert_text((20, 90), "number: 999999", color=(1, 1, 1))
        if password:
            return bytes(pdf.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password))
        return bytes(pdf.tobytes())


def _blank() -> bytes:
    with pymupdf.open() as pdf:
        pdf.new_page(width=300, height=200)
        return bytes(pdf.tobytes())


@cache
def _packed(megabytes: int) -> bytes:
    """So many blanks, deflated twice: a few kilobytes."""
    return zlib.compress(zlib.compress(b" " * 1_000_000 * megabytes))


def _pdf_bomb(content: bytes, number: int) -> bytes:
    """A page whose content is unpacked to a hundred thousand times the size of its file."""
    with pymupdf.open(stream=content) as pdf:
        xref = pdf[0].get_contents()[0]
        pdf.update_stream(xref, _packed(200), compress=0)
        pdf.xref_set_key(xref, "Filter", "[/FlateDecode /FlateDecode]")
        return bytes(pdf.tobytes())


def _zip_bomb(content: bytes, number: int) -> bytes:
    """An archive that is a thousand times as large as its file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("slip.pdf", b"\0" * 20_000_000)
    return file.getvalue()


FAULTS: dict[str, Spoil] = {
    "cut": lambda content, number: content[: len(content) // 2],
    "empty": lambda content, number: b"",
    "text": lambda content, number: b"This is no PDF.\n" * 20,
    "noise": lambda content, number: random.Random(number).randbytes(4_000),
    "locked": lambda content, number: slip(number, password="secret"),
    "blank": lambda content, number: _blank(),
    "zip": _zip_bomb,
    "bomb": _pdf_bomb,
    "huge": lambda content, number: slip(number, size=(1_000_000, 1_000_000)),
    "hidden": lambda content, number: slip(number, hidden=True),
    "jpg": lambda content, number: content,
}
"""Kinds of documents with which something is wrong."""
SUFFIXES = {"jpg": ".jpg"}
READABLE = ("jpg",)
"""Kinds that are to be read like any other: a file is what its content says, not its name."""
PERHAPS = ("hidden", "huge")
"""Kinds that may be read; then rightly."""
