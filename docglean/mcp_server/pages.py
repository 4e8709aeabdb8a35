"""Pages of a file that an agent asks about: their words, and pieces of them as pictures."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docglean.extractors.documents import cache
from docglean.extractors.documents.document import Document
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import scaled
from docglean.extractors.render_policy import RenderPolicy
from docglean.extractors.run import RunContext
from docglean.schemas.errors import ConfigError, SourceError

SMALLEST_EDGE, EDGE, LARGEST_EDGE = 100, 1200, 2000
"""Pixels of a picture's longer side that may be asked for, and that of who asks for none."""
FINEST_PAGE = 4000
"""Pixels of the page's longer side that a piece is cut out of."""
MOST_PAGE_BYTES, MOST_BYTES = 40_000_000, 2_000_000
"""Of the picture of a page, within this process, and of the piece that is told."""
SMALLER = 0.75
"""By which a picture shrinks that has too many bytes."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A piece of a page as PNG; `box` in points of the page."""

    png: bytes
    page: int
    box: Box
    width: int
    height: int


async def opened(run: RunContext, path: Path, name: str) -> Document:
    """The document in a file.

    Raises:
        SourceError: it cannot be opened.
    """
    return await cache.opened(
        path,
        run.workers,
        run.settings.limits,
        run.ledger,
        name=name,
        passwords=run.options.password,
    )


async def words(
    run: RunContext, document: Document, numbers: Sequence[int]
) -> tuple[list[PageWords], list[int]]:
    """The words of these pages, and the numbers of those that cannot be read."""
    found = await cache.words(document, numbers, run.ledger, run.turns)
    document.forget(numbers)
    read = [page for page in found.values() if isinstance(page, PageWords)]
    return (
        sorted(read, key=lambda page: page.page),
        [number for number, page in found.items() if isinstance(page, SourceError)],
    )


async def crop(document: Document, number: int, box: Box | None, edge: int) -> Crop:
    """A piece of a page, or all of it, with a longer side of `edge` pixels at the most.

    Raises:
        ConfigError: ``bad_box``. SourceError: ``no_such_page``; it cannot be drawn.
    """
    info = document.page(number)
    whole = (0.0, 0.0, info.width, info.height)
    piece = whole if box is None else _clipped(box, whole)
    longest = max(piece[2] - piece[0], piece[3] - piece[1])
    wanted = min(FINEST_PAGE, round(edge * max(info.width, info.height) / longest))
    policy = RenderPolicy(
        "crop", wanted, None, 0, formats=("image/png",), max_bytes=MOST_PAGE_BYTES
    )
    image = await document.image(number, policy)
    across, down = image.width / info.width, image.height / info.height
    cutting = asyncio.to_thread(_cut, image.data, scaled(piece, across, down), edge)
    png, width, height = await cutting
    return Crop(png, number, piece, width, height)


def _clipped(box: Box, page: Box) -> Box:
    """The part of a box that is on the page.

    Raises:
        ConfigError: ``bad_box``, there is none.
    """
    x0, y0 = max(box[0], page[0]), max(box[1], page[1])
    x1, y1 = min(box[2], page[2]), min(box[3], page[3])
    if not (x1 - x0 >= 1 and y1 - y0 >= 1):
        raise ConfigError(
            "bad_box",
            f"The box {list(box)} has nothing of the page, which is {page[2]:g} by {page[3]:g} "
            "points.",
            "Write x0, y0, x1, y1 in points from the upper left corner.",
        )
    return x0, y0, x1, y1


def _cut(data: bytes, piece: Box, edge: int) -> tuple[bytes, int, int]:
    """A piece of a picture, in pixels, as PNG that is not too large."""
    from PIL import Image

    left, top, right, bottom = piece
    with Image.open(io.BytesIO(data)) as page:
        left, top = min(int(left), page.width - 1), min(int(top), page.height - 1)
        cut = page.crop((left, top, max(int(right), left + 1), max(int(bottom), top + 1)))
    while True:
        cut.thumbnail((edge, edge))
        out = io.BytesIO()
        cut.save(out, "PNG")
        if out.tell() <= MOST_BYTES or edge <= SMALLEST_EDGE:
            return out.getvalue(), cut.width, cut.height
        edge = int(edge * SMALLER)
