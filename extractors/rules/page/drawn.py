"""What is drawn on a page and is not text: rules to write on, and boxes to tick.

Found in the picture of the page, so that a form in a PDF, a scan and a photo are the same.
`drawn_on_page` runs in a child process (see `child`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import pixels
from docglean.extractors.documents.page_findings import PageFinding
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import scaled
from docglean.schemas.errors import SourceError
from pydantic import ConfigDict

if TYPE_CHECKING:
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document
    from PIL.Image import Image

MAX_EDGE = 1800
"""Pixels of the picture's longer edge: a rule of half a point is still seen."""
DRAWN_DPI = 150
SHORTEST_RULE = 0.03
"""Of the page's longer edge; print has no longer strokes, unless it is a headline."""
LEAST_PICTURE = 32
"""Pixels of the shorter edge of a picture in which there can be anything."""
WINDOW_PART = 60
"""Part of the longer edge that makes the window in which ink is held against the paper."""
DARKER = 15
"""Grey levels by which ink is darker than the paper around it."""
INK_CELL = 3.0
"""Side of a cell of `Ink`, in points."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Where ink is, coarsely: shares of dark pixels in square cells, 0 to 255, row by row."""

    __pydantic_config__: ClassVar = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    columns: int
    rows: int
    cell: float
    shares: bytes

    def share(self, box: Box) -> float:
        """Share of the box that is dark, 0 to 1, by whole cells."""
        left, top = max(0, int(box[0] / self.cell)), max(0, int(box[1] / self.cell))
        right = min(self.columns, max(left + 1, round(box[2] / self.cell)))
        bottom = min(self.rows, max(top + 1, round(box[3] / self.cell)))
        cells = [
            self.shares[row * self.columns + column]
            for row in range(top, bottom)
            for column in range(left, right)
        ]
        return sum(cells) / (255 * len(cells)) if cells else 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Boxes in page points, as on the page before it is turned upright.

    Attributes:
        rules: horizontal lines, as thin boxes; lines of a frame are among them.
        frames: boxes and cells that rules enclose on all sides, without their edges.
        squares: boxes to tick, and whether there is a mark in each.
        ink: all that is dark but the long rules; None where it was not looked at.
    """

    rules: tuple[Box, ...] = ()
    frames: tuple[Box, ...] = ()
    squares: tuple[tuple[Box, bool], ...] = ()
    ink: Ink | None = None


_MODULES = ("rules.page.drawn", "rules.page.ruled_lines", "rules.page.tick_boxes")
_LIBRARIES = ("opencv-python-headless",)
WITHOUT_INK = PageFinding[Drawn]("drawn", Drawn, _MODULES, _LIBRARIES)
WITH_INK = PageFinding[Drawn]("ink", Drawn, _MODULES, _LIBRARIES)


async def drawn_on_pages(
    document: Document, pages: Sequence[int], store: CacheStore | None, *, ink: bool
) -> dict[int, Drawn]:
    """What is drawn, by number of the page, found once: the ledger keeps it for the next run. Of a
    page that can't be drawn there is nothing: its words tell why.

    Args:
        store: where it is kept for the next run.
        ink: with where ink is, which tells who signed: of thousands of pages too much to hold.
    """

    async def find(number: int) -> Drawn:
        found = await document.run(drawn_on_page, number)
        return found if ink else replace(found, ink=None)

    found = await (WITH_INK if ink else WITHOUT_INK).on(document, pages, store, find)
    return {n: Drawn() if isinstance(one, SourceError) else one for n, one in found.items()}


def drawn_on_page(source: SourceFile, info: PageInfo) -> Drawn:
    """Rules and tick boxes of one page.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    width, height = info.width * DRAWN_DPI / 72, info.height * DRAWN_DPI / 72
    if info.scan is not None:
        width, height = info.scan
    factor = min(1.0, MAX_EDGE / max(width, height))
    image = pixels(source, info, max(1, round(width * factor)), max(1, round(height * factor)))
    with stage("drawn"):
        return find_drawn(image, info.width / image.width, info.height / image.height)


def find_drawn(image: Image, across: float = 1.0, down: float = 1.0) -> Drawn:
    """Rules and tick boxes in a picture; boxes are multiplied by `across` and `down`."""
    import cv2
    import numpy
    from docglean.extractors.documents.strokes import ink_of
    from docglean.extractors.rules.page.ruled_lines import frames_in, rules_in, strokes_in
    from docglean.extractors.rules.page.tick_boxes import squares_in

    gray = numpy.asarray(image.convert("L"))
    edge = max(gray.shape)
    if min(gray.shape) < LEAST_PICTURE:
        return Drawn()
    ink = ink_of(gray, max(15, edge // WINDOW_PART) | 1, DARKER)
    shortest = round(SHORTEST_RULE * edge)
    strokes = strokes_in(ink, shortest)
    rules = [scaled(box, across, down) for box in rules_in(strokes, shortest)]
    squares = [(scaled(box, across, down), ticked) for box, ticked in squares_in(ink, edge)]
    frames = [scaled(box, across, down) for box in frames_in(ink, edge)]
    rest = _cells(cv2.subtract(ink, strokes), across, down)
    return Drawn(tuple(rules), tuple(frames), tuple(squares), rest)


def _cells(ink: Any, across: float, down: float) -> Ink:
    """Shares of ink in cells of `INK_CELL` points."""
    import cv2

    height, width = ink.shape
    columns, rows = (
        max(1, round(width * across / INK_CELL)),
        max(1, round(height * down / INK_CELL)),
    )
    small = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    return Ink(columns, rows, INK_CELL, small.tobytes())
