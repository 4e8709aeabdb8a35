"""What OCR reads in a box of a page: for print that nobody has read, or not well. Runs in a child.

The box is drawn finer than whole pages are for OCR, which pays for small print.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import pixels
from docglean.extractors.documents.ocr import OCR_MAX_EDGE, ocr_words, read_crops
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import within

if TYPE_CHECKING:
    from PIL.Image import Image

FINEST = 400 / 72
"""Pixels a point of a drawn page: print of 5 points is 28 pixels high then."""
MOST_PIXELS = 40_000_000
"""Of the whole page, which is drawn for the box to be cut out."""
SURROUNDINGS = 4.0
"""Points around the box that are drawn with it: print that touches the edge is read badly."""
LEAST_SURE = 0.3
"""Below which the reading of a single line is noise."""


def read_box(source: SourceFile, info: PageInfo, box: Box) -> list[Word]:
    """Words that OCR reads in a box, in reading order; boxes in points of the page.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    scale = _scale(info, box)
    width, height = (max(1, round(side * scale)) for side in (info.width, info.height))
    drawn = _around(box, info)
    crop = pixels(source, info, width, height).crop(
        tuple(round(side * scale) for side in drawn)  # type: ignore[arg-type]
    )
    words, _ = ocr_words(crop, drawn[2] - drawn[0], drawn[3] - drawn[1])
    placed = [replace(word, box=_moved(word.box, drawn[0], drawn[1])) for word in words]
    found = [word for word in placed if within(word.box, box)]
    return found or _as_one_line(crop, box)


def _scale(info: PageInfo, box: Box) -> float:
    """Pixels a point: as fine as OCR can use of the box, and no finer than the page is."""
    finest = FINEST if info.scan is None else max(info.scan) / max(info.width, info.height)
    long = max(box[2] - box[0], box[3] - box[1], 1.0) + 2 * SURROUNDINGS
    most = math.sqrt(MOST_PIXELS / (info.width * info.height))
    return min(finest, OCR_MAX_EDGE / long, most)


def _around(box: Box, info: PageInfo) -> Box:
    x0, y0, x1, y1 = box
    return (
        max(0.0, x0 - SURROUNDINGS),
        max(0.0, y0 - SURROUNDINGS),
        min(info.width, x1 + SURROUNDINGS),
        min(info.height, y1 + SURROUNDINGS),
    )


def _moved(box: Box, right: float, down: float) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _as_one_line(crop: Image, box: Box) -> list[Word]:
    """What stands in a box where no line is detected: a single digit, a short word."""
    with stage("ocr"):
        ((text, score),) = read_crops([crop])
    return [Word(text, box, score, "ocr")] if text.strip() and score >= LEAST_SURE else []
