"""Boxes of words drawn close around their ink."""

from __future__ import annotations

import pytest
from docglean.extractors.documents.ink import MARGIN, tightened
from docglean.extractors.documents.words import Word
from PIL import Image, ImageDraw, ImageFont


def line_of_text(paper: int, ink: int) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A picture of one line of text, and where its ink is."""
    image = Image.new("L", (400, 120), paper)
    font = ImageFont.load_default(40)
    ImageDraw.Draw(image).text((20, 30), "Hamburg 1234", font=font, fill=ink)
    seen = image.point(lambda level: 255 if abs(level - paper) > abs(level - ink) else 0)
    box = seen.getbbox()
    assert box is not None
    return image, box


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (20, 230), (200, 90)])
def test_box_ends_where_the_ink_does(paper: int, ink: int) -> None:
    image, (x0, y0, x1, y1) = line_of_text(paper, ink)
    loose = Word("Hamburg", (x0 / 2, (y0 - 6) / 2, x1 / 2, (y1 + 6) / 2), line=0)
    tight = tightened([loose], image, 200, 60)[0].box
    margin = MARGIN * (y1 - y0 + 12) + 1.5
    assert tight[1] * 2 == pytest.approx(y0, abs=margin)
    assert tight[1] * 2 <= y0
    assert tight[3] * 2 == pytest.approx(y1, abs=margin)
    assert tight[3] * 2 >= y1 - 0.5
    assert (tight[0], tight[2]) == (loose.box[0], loose.box[2])


def test_ink_of_the_next_line_stays_outside() -> None:
    image, (x0, y0, x1, y1) = line_of_text(255, 0)
    ImageDraw.Draw(image).rectangle((x0, y1 + 6, x1, y1 + 20), fill=0)
    word = Word("Hamburg", (x0, y0, x1, y1 + 9), line=0)
    assert tightened([word], image, 400, 120)[0].box[3] < y1 + 6


def test_words_of_a_line_stay_level() -> None:
    image, (x0, y0, x1, y1) = line_of_text(255, 0)
    words = [Word("a", (x0 + 30, y0 - 6, x0 + 48, y1 + 6)), Word("H", (x0, y0 - 6, x1, y1 + 6))]
    tight = tightened(words, image, 400, 120)
    assert tight[0].box[1] == tight[1].box[1]
    assert tight[0].box[3] == tight[1].box[3]


@pytest.mark.parametrize(
    "box", [(0, 0, 400, 120), (10, 0, 12, 5), (390, 100, 500, 300), (-20, -20, -5, -5)]
)
def test_nothing_to_go_by_leaves_the_box(box: tuple[float, float, float, float]) -> None:
    word = Word("x", box)
    assert tightened([word], Image.new("L", (400, 120), 255), 400, 120) == [word]


def test_never_loses_more_than_half() -> None:
    image = Image.new("L", (400, 120), 255)
    ImageDraw.Draw(image).line((0, 60, 400, 60), fill=0, width=2)
    box = tightened([Word("-", (10, 20, 390, 100))], image, 400, 120)[0].box
    assert box[3] - box[1] >= 0.5 * 80
