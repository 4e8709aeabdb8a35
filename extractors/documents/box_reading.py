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
LEAST_EDGE = 800
"""Pixels of the part that is read: what is smaller the detector of lines enlarges, until it sees
lines in letters. So a small box is read with what surrounds it."""
MARGIN = 4.0
"""Points around a box that are read with it, for print that touches its edge."""
LEAST_SURE = 0.3
"""Below which the reading of a single line is noise."""


def read_box(source: SourceFile, info: PageInfo, box: Box) -> list[Word]:
    """Words that OCR reads in a box, in reading order; boxes in points of the page.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    scale = _scale(info, box)
    width, height = (max(1, round(side * scale)) for side in (info.width, info.height))
    page = pixels(source, info, width, height)
    part = _around(box, info, scale)
    words, _ = ocr_words(_cut(page, part, scale), part[2] - part[0], part[3] - part[1])
    placed = [replace(word, box=_moved(word.box, part[0], part[1])) for word in words]
    found = [word for word in placed if within(word.box, box)]
    return found or _as_one_line(_cut(page, box, scale), box)


def _scale(info: PageInfo, box: Box) -> float:
    """Pixels a point: as fine as OCR can use of the box, and no finer than the page is."""
    finest = FINEST if info.scan is None else max(info.scan) / max(info.width, info.height)
    long = max(box[2] - box[0], box[3] - box[1]) + 2 * MARGIN
    most = math.sqrt(MOST_PIXELS / (info.width * info.height))
    return min(finest, OCR_MAX_EDGE / long, most)


def _around(box: Box, info: PageInfo, scale: float) -> Box:
    """The part of the page that is read for a box."""
    least = LEAST_EDGE / scale
    left, right = _stretch(box[0], box[2], least, info.width)
    top, bottom = _stretch(box[1], box[3], least, info.height)
    return left, top, right, bottom


def _stretch(start: float, end: float, least: float, side: float) -> tuple[float, float]:
    """A stretch of a side of the page around one of the box, no shorter than `least`."""
    length = min(max(end - start + 2 * MARGIN, least), side)
    first = min(max((start + end - length) / 2, 0.0), side - length)
    return first, first + length


def _cut(page: Image, part: Box, scale: float) -> Image:
    left, top, right, bottom = (round(side * scale) for side in part)
    return page.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


def _moved(box: Box, right: float, down: float) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _as_one_line(crop: Image, box: Box) -> list[Word]:
    """What stands in a box where no line is detected: a single digit, a short word."""
    with stage("ocr"):
        ((text, score),) = read_crops([crop])
    return [Word(text, box, score, "ocr")] if text.strip() and score >= LEAST_SURE else []
