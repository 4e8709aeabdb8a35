"""Slender pages are read in bands: nothing is lost or doubled where one meets the next."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.bands import AT_ONCE, OVERLAP, band_boxes, band_count, stitched
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import Word
from docglean.extractors.documents.workers import Workers
from PIL import Image, ImageDraw, ImageFont


@pytest.mark.parametrize(
    "size", [(600, 900), (641, 9807), (9807, 641), (100, 301), (503, 45), (50, 5000), (1654, 2339)]
)
def test_bands_cover_the_page_and_overlap(size: tuple[int, int]) -> None:
    boxes = band_boxes(*size)
    assert len(boxes) == (1 if max(size) <= AT_ONCE else band_count(*size))
    low, high = (1, 3) if size[1] >= size[0] else (0, 2)
    assert (boxes[0][low], boxes[-1][high]) == (0, max(size))
    for one, other in pairwise(boxes):
        shared = one[high] - other[low]
        assert shared >= 0.9 * OVERLAP * (one[high] - one[low])
    assert (len(boxes) == 1) == (max(size) <= max(3 * min(size), AT_ONCE))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("down", [True, False])
def test_each_word_comes_once_and_whole(seed: int, down: bool) -> None:
    """Whatever a band cuts is there in part; what stands in two bands is seen by both."""
    draw = random.Random(seed)
    long = draw.choice((2000, 3333, 9807))
    page = (641, long) if down else (long, 641)
    spans, at = [], 0.0
    while at < long - 60:
        size = draw.uniform(12, 40)
        spans.append((at, at + size))
        at += size + draw.uniform(2, 30)
    low, high = (1, 3) if down else (0, 2)
    parts = []
    for box in band_boxes(*page):
        seen = []
        for number, (start, end) in enumerate(spans):
            left, right = max(start, box[low]), min(end, box[high])
            if right - left > 4:
                whole = (left, right) == (start, end)
                left, right = left + draw.uniform(-1, 1), right + draw.uniform(-1, 1)
                place = (10.0, left, 90.0, right) if down else (left, 10.0, right, 90.0)
                seen.append(Word(str(number) if whole else "cut", place))
        parts.append((box, seen))
    found = stitched(parts, down=down)
    assert [word.text for word in found] == [str(number) for number in range(len(spans))]


def slip(lines: int) -> Image.Image:
    """A till's slip with as many numbered lines, 22 pixels each."""
    image = Image.new("L", (420, 60 + 22 * lines), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=17)
    for number in range(1, lines + 1):
        y = 30 + 22 * (number - 1)
        pen.text((20, y), f"ARTICLE {number:03}", fill=0, font=font)
        pen.text((330, y), f"{number}.50", fill=0, font=font)
    return image


@pytest.mark.slow
@pytest.mark.parametrize(("turn", "lines"), [(0, 90), (90, 60)])
async def test_a_long_slip_is_read_to_its_end(
    turn: int, lines: int, tmp_path: Path, workers: Workers, limits: Limits
) -> None:
    path = tmp_path / "slip.png"
    slip(lines).rotate(turn, expand=True).save(path)
    document = await open_document(path, workers, limits)
    words = await document.words(1)
    text = words.text()
    assert re.findall(r"ARTICLE (\d+)", text) == [f"{number:03}" for number in range(1, lines + 1)]
    found = re.findall(r"(\d+)\.50", text)
    assert found == [str(number) for number in range(1, lines + 1)]
    assert words.turn == turn
    across, down = (2, 3) if turn == 0 else (3, 2)
    assert max(word.box[down] for word in words.words) <= 60 + 22 * lines
    assert max(word.box[across] for word in words.words) <= 420
