"""Slender pages in bands, each read like a page of its own: none takes longer, or more memory, than
a page does, and print keeps its size. Bands overlap, so that what one cuts another has whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil
from statistics import mean

from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box

SLENDEREST = 3.0
"""Long edge by short edge of the most slender page that is read at once."""
BAND = 2.0
"""Long edge of a band by the page's short edge."""
OVERLAP = 0.15
"""Part of a band that the next one shows, too: some lines of print."""
AT_ONCE = 1000
"""Pixels of the long edge up to which a slender picture is read at once: print keeps its size."""
INNER = 0.2
"""Part of an overlap at either end in which words may be cut."""


def band_count(width: float, height: float) -> int:
    """How many bands a page of this size is read in; 1 for all but slender ones."""
    short, long = sorted((width, height))
    if long <= SLENDEREST * short:
        return 1
    band = BAND * short
    return 1 + ceil((long - band) / (band * (1.0 - OVERLAP)))


def bands_of(info: PageInfo) -> int:
    """How many bands OCR reads a page in."""
    return band_count(*(info.scan or (info.width, info.height)))


def band_boxes(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The bands of a picture, from the top or from the left, in pixels."""
    short, long = sorted((width, height))
    count = 1 if long <= AT_ONCE else band_count(width, height)
    size = long if count == 1 else min(long, round(BAND * short))
    starts = [round(number * (long - size) / max(count - 1, 1)) for number in range(count)]
    if height >= width:
        return [(0, start, width, start + size) for start in starts]
    return [(start, 0, start + size, height) for start in starts]


def stitched(parts: Sequence[tuple[Box, Sequence[Word]]], *, down: bool) -> list[Word]:
    """Words of all bands, each once: in an overlap each band's up to a line between words.

    Args:
        parts: each band's place on the page and the words on it, boxes on the page.
        down: bands lie one below the other, not side by side.
    """
    low, high = (1, 3) if down else (0, 2)
    cuts = [float("-inf")]
    for (one, ones), (other, others) in pairwise(parts):
        spans = [(word.box[low], word.box[high]) for word in (*ones, *others)]
        cuts.append(_between(spans, other[low], one[high]))
    cuts.append(float("inf"))
    found: list[Word] = []
    for number, (_, words) in enumerate(parts):
        line = 1 + max((word.line for word in found), default=-1)
        found += [
            replace(word, line=line + word.line)
            for word in words
            if cuts[number] <= (word.box[low] + word.box[high]) / 2 < cuts[number + 1]
        ]
    return found


def _between(spans: Sequence[tuple[float, float]], start: float, end: float) -> float:
    """The middle of the widest gap between words in an overlap, clear of its ends."""
    margin = INNER * (end - start)
    start, end = start + margin, end - margin
    gaps: list[tuple[float, float]] = []
    last = start
    for low, high in sorted(span for span in spans if span[1] > start and span[0] < end):
        if low > last:
            gaps.append((last, low))
        last = max(last, high)
    if last < end:
        gaps.append((last, end))
    widest = max(gaps, key=lambda gap: gap[1] - gap[0]) if gaps else (start, end)
    return mean(widest)
