"""Blanks that the recogniser sees only as the second likeliest are set, and no others; a word is as
sure as its own characters."""

from __future__ import annotations

import ast
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy
import pytest
from docglean.extractors.documents import cache as kept
from docglean.extractors.documents import ocr
from docglean.extractors.documents.ocr import ocr_words
from docglean.extractors.documents.ocr_text import Gap, lost_blanks, text_maker, word_scores
from docglean.extractors.documents.words import Word
from PIL import Image, ImageDraw, ImageFont

SIZE, HEIGHT = 24, 100


def set_in(text: str, *likely: tuple[int, float, float]) -> str:
    """`text` with the blanks that are set where (index, likelihood, steps apart) say."""
    gaps = [Gap(after, 10 * after, how, apart) for after, how, apart in likely]
    lost = {gap.after for gap in lost_blanks(text, gaps)}
    return "".join(char + " " * (n in lost) for n, char in enumerate(text)).strip()


@pytest.mark.parametrize(
    ("text", "likely", "told"),
    [
        ("TAXINVOICE", [(2, 0.4, 0)], "TAX INVOICE"),
        ("TAXINVOICE", [(2, 0.1, 0)], "TAXINVOICE"),
        ("TAXINVOICE", [(2, 0.1, 2)], "TAX INVOICE"),
        ("SANYUSTATIONERYSHOP", [(4, 0.1, 1), (14, 0.02, 0)], "SANYU STATIONERY SHOP"),
        ("SANYUSTATIONERY", [(4, 0.4, 1), (8, 0.02, 0)], "SANYU STATIONERY"),
        ("adjustmentsnote", [(4, 0.05, 0)], "adjustmentsnote"),
        ("47500SUBANG", [(4, 0.2, 3)], "47500 SUBANG"),
        ("SS4", [(1, 0.2, 0)], "SS4"),
        ("20182048", [(3, 0.9, 5)], "20182048"),
        ("53200,KUALA", [(5, 0.3, 0)], "53200, KUALA"),
        ("1,200.50", [(1, 0.9, 4), (5, 0.9, 4)], "1,200.50"),
        ("12:30", [(2, 0.9, 4)], "12:30"),
        ("shop.de/a-b", [(4, 0.9, 4), (7, 0.9, 4), (9, 0.9, 4)], "shop.de/a-b"),
        ("合計金額", [(1, 0.9, 4)], "合計金額"),
    ],
)
def test_where_a_blank_was_lost(
    text: str, likely: list[tuple[int, float, float]], told: str
) -> None:
    """Of capitals, the less the longer they go on; of numbers, codes and addresses never."""
    assert set_in(text, *likely) == told


def line_of(text: str, blank: float, size: int = SIZE) -> tuple[Image.Image, list[float]]:
    """A line of text whose blanks are this wide, in sizes, and where its words begin."""
    font = ImageFont.load_default(size)
    image, x, starts = Image.new("RGB", (900, HEIGHT), "white"), 30.0, []
    for word in text.split(" "):
        ImageDraw.Draw(image).text((x, HEIGHT / 3), word, font=font, fill="black")
        starts.append(x)
        x += font.getlength(word) + blank * size
    return image, starts


def read(image: Image.Image) -> list[Word]:
    return list(ocr_words(image, image.width, image.height)[0])


def test_narrow_blanks_part_words_and_their_boxes() -> None:
    image, starts = line_of("SANYU STATIONERY SHOP", 0.08)
    words = read(image)
    assert [word.text for word in words] == ["SANYU", "STATIONERY", "SHOP"]
    assert [word.box[0] for word in words] == pytest.approx(starts, abs=SIZE / 2)
    assert all(one.box[2] <= other.box[0] + 1 for one, other in pairwise(words))


def test_a_word_is_as_sure_as_its_own_characters() -> None:
    scores = [0.9, 0.8, 1.0, 0.2, 0.4]
    assert word_scores("ab cd", scores, [["a", "b"], ["c", "d"]]) == pytest.approx([0.85, 0.3])
    assert word_scores("ab cd", scores, ["a", "b", "c", "d"]) == pytest.approx([0.9, 0.8, 0.2, 0.4])


ONE_WORD = [
    "Umsatzsteueridentifikationsnummer",
    "WIRTSCHAFTSVERKEHRSUNTERNEHMEN",
    "ANTICONSTITUTIONNELLEMENT",
    "internationalisation",
    "DE89370400440532013000",
    "INV-2018/00012A",
    "2018-03-12",
    "12/03/2018",
    "1,234,567.89",
    "www.example.org/a1b2",
    "info@example.org",
]


@cache
def read_below_each_other(size: int) -> list[Word]:
    """What is read of a picture that has each of `ONE_WORD` on a line, four sizes high."""
    font = ImageFont.load_default(size)
    side = 4 * size * len(ONE_WORD)
    image = Image.new("RGB", (side, side), "white")
    for line, word in enumerate(ONE_WORD):
        place = (2 * size, 4 * size * line + size)
        ImageDraw.Draw(image).text(place, word, font=font, fill="black")
    return read(image)


def test_a_line_in_which_nothing_is_read_is_no_word() -> None:
    maker = text_maker()(character=list("ab"))
    steps = numpy.zeros((2, 3, len(maker.character)), numpy.float32)
    steps[0, :, 0] = 1.0
    steps[1, 1, 1] = 0.5
    lines, words = maker(steps, return_word_box=True, wh_ratio_list=(1.0, 1.0))
    assert [text for text, _ in lines] == ["", "a"]
    assert [line.words for line in words] == [[], [["a"]]]
    assert words[1].confs == [0.5]


@pytest.mark.parametrize("text", ONE_WORD)
@pytest.mark.parametrize("size", [13, 24])
def test_no_blank_is_put_into_one_word(text: str, size: int) -> None:
    words = read_below_each_other(size)
    line = 4 * size * ONE_WORD.index(text)
    assert sum(line <= word.box[1] < line + 4 * size for word in words) == 1


def test_what_is_read_of_a_line_is_as_sure_as_its_words() -> None:
    """RapidOCR gives the k-th word the score of the k-th character of its line."""
    font = ImageFont.load_default(13)
    image = Image.new("RGB", (700, 40 * len(ONE_WORD)), "white")
    for number, word in enumerate(ONE_WORD):
        ImageDraw.Draw(image).text((20, 40 * number + 10), word, font=font, fill="#999")
    lines, _ = ocr._read(image)
    alone = [(line.score, line.pieces[0][1]) for line in lines if len(line.pieces) == 1]
    assert len(alone) > 5
    assert all(own == pytest.approx(score, abs=2e-5) for score, own in alone)
    assert min(alone) < (0.99, 0.99)


def test_words_are_kept_by_all_the_code_that_finds_them() -> None:
    """Else what an older version of it found would be taken for what this one finds."""
    tree = ast.parse(Path(ocr.__file__).read_text("utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = "docglean.extractors.documents."
    used = {name.removeprefix(own) for name in modules if name.startswith(own)} - {"child"}
    assert "ocr_text" in used
    assert used <= set(kept._READERS)
