"""Nasty PDFs, all in one batch: each ends in a result or a typed error, within its limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import SourceError

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("cold_children")]

POLICY = RenderPolicy("large", 2576, 4784, 28)
SECONDS, MEMORY = 60.0, 2 * 2**30
MUST_FAIL = {
    "password": {"password_needed"},
    "unopenable": {"damaged", "unsupported", "no_pages", "page_unreadable"},
    "zero_page": {"no_pages", "damaged"},
}
MAY_FAIL = {
    "damaged": {"damaged", "no_pages", "page_unreadable"},
    "bomb": {"too_much_memory", "too_slow"},
}
PAGES_TRIED = 3


@contextlib.contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Largest resident memory of this process's new children together, in bytes, as it goes."""
    peak = [0]
    done = threading.Event()
    others = set(_children())  # of other tests, which share this process

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], sum(map(_resident, set(_children()) - others)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _children() -> list[int]:
    found: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in listed.read_text().split()]
    return found


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


async def look(path: Path, pool: Workers) -> str:
    """Open, draw and read the first pages; the code of what went wrong, or ``ok``."""
    try:
        document = await open_document(path, pool, pool.limits)
        for page in document.pages[:PAGES_TRIED]:
            image = await document.image(page.number, POLICY)
            assert image.data
            assert max(image.width, image.height) <= POLICY.max_edge
            await document.words(page.number)
        await document.words_many(page.number for page in document.pages if page.has_text)
    except SourceError as error:
        return error.code if path.name in error.message else f"unnamed {error.code}"
    return "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
async def test_every_nasty_pdf_ends_well(evaldata: Path) -> None:
    folder = evaldata / "robust_pdfs"
    lines = (folder / "labels.jsonl").read_text().splitlines()
    labels = [json.loads(line) for line in lines]
    async with Workers(Limits(workers=2, seconds=SECONDS)) as pool:
        with peak_memory() as peak:
            ends = await asyncio.gather(*(look(folder / label["file"], pool) for label in labels))
    wrong = []
    for label, code in zip(labels, ends, strict=True):
        category = label["expected"]["category"]
        if category in MUST_FAIL:
            good = code in MUST_FAIL[category]
        else:
            good = code == "ok" or code in MAY_FAIL.get(category, ())
        if not good:
            wrong.append((label["id"], category, code))
    assert not wrong
    assert 0 < peak[0] < MEMORY


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
async def test_bombs_are_held_by_the_limit(tmp_path: Path) -> None:
    """A page with an image of 60,000 x 60,000 pixels, and 400 MB of blanks as content."""
    import zlib

    image = zlib.compress(b"\0" * 1_000_000, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length 28>>stream\nq 500 0 0 500 0 0 cm /I Do Q\nendstream",
        b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8"
        b"/ColorSpace/DeviceRGB/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
        % (len(image), image),
    ]
    pixels = tmp_path / "pixels.pdf"
    pixels.write_bytes(_pdf(objects))
    packer = zlib.compressobj(9)
    spaces = b"".join(packer.compress(b" " * 1_000_000) for _ in range(400)) + packer.flush()
    packed = zlib.compress(spaces, 9)
    objects[3] = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%b\nendstream" % (
        len(packed),
        packed,
    )
    stream = tmp_path / "stream.pdf"
    stream.write_bytes(_pdf([*objects[:4], b"null"]))
    async with Workers(Limits(workers=2, seconds=20)) as pool:
        with peak_memory() as peak:
            ends = await asyncio.gather(*(look(path, pool) for path in (pixels, stream)))
    allowed = {"ok", "too_much_memory", "too_slow", "page_unreadable", "damaged"}
    assert set(ends) <= allowed
    assert peak[0] < 2 * 1.1 * Limits().memory_bytes


def _pdf(objects: list[bytes]) -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(out))
    )
