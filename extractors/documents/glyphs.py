"""Whether the letters of a text layer look like what they are said to be.

A font's table of characters (``ToUnicode``) is what a text layer is made by, and may say anything:
the page shows "150.60" and the layer says "261.71". Here the shapes that the page shows are laid
over those of common fonts. That is no reading: it takes some milliseconds a page, and tells which
pages are worth a look by OCR. Runs in a child process (see `child`).
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.painted import Painted, paint
from docglean.extractors.extraction import Box

SIDE = 16
"""Pixels of the square that each shape is laid over."""
SHAPES = string.digits + string.ascii_lowercase
"""A letter counts as itself in either case: small capitals, and fonts that have only these."""
_PLACES = {shape: place for place, shape in enumerate(SHAPES)}
MODELS = ("helv", "hebo", "heit", "tiro", "tibo", "tiit", "cour")
SMALLEST = 6.0
"""Size of print in points: smaller shapes are blots."""
NEAR = 3
"""Places among all shapes within which a letter of an unknown font finds itself."""
STRANGE = 0.4
"""Share of a font's letters that are near what they are said to be, up to which it is doubted. Of
real fonts 0.6 (italics) and more are; of letters chosen at random, a twelfth."""
BLOT = 64
"""Least change of colour, of 255, that a shape is told by."""
ENOUGH = 24
"""Letters of one font, and its digits, that are looked at."""
LETTERS = 8
"""Different letters of one font from which a share says anything. Of digits half as many; of two or
three, all have to be strange."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of a page.

    Attributes:
        text: what it is said to be.
        box: before the page's rotation.
        towards: where its line goes, before the page's rotation: (1, 0) is to the right.
    """

    text: str
    box: Box
    font: str
    size: float
    towards: tuple[float, float]


def letters_of(layer: Any) -> list[Letter]:
    """The letters of a page's text layer (`pdf.text_page`), blanks left out."""
    return [
        Letter(char["c"], char["bbox"], span["font"], span["size"], line["dir"])
        for block in layer.extractRAWDICT()["blocks"]
        for line in block.get("lines", ())
        for span in line["spans"]
        for char in span["chars"]
        if not char["c"].isspace()
    ]


def are_strange(page: Any, letters: Sequence[Letter], painted: Painted, turn: int) -> bool:
    """Whether letters of some font, or its digits, look like anything but themselves.

    Args:
        letters: of `page`.
        turn: how the page's text stands, see `PageWords.turn`.
    """
    shown = list(_shapes(page, letters, painted, turn))
    near: dict[tuple[str, bool], list[bool]] = {}
    for (letter, _), found in zip(shown, _are_near(shown), strict=True):
        near.setdefault((letter.font, letter.text.isdigit()), []).append(found)
    return any(_is_strange(told, digits) for (_, digits), told in near.items())


def _is_strange(near: Sequence[bool], digits: bool) -> bool:
    if digits and len(near) < LETTERS // 2:
        return len(near) > 1 and not any(near)
    return (digits or len(near) >= LETTERS) and sum(near) <= STRANGE * len(near)


def _shapes(
    page: Any, letters: Sequence[Letter], painted: Painted, turn: int
) -> Iterator[tuple[Letter, Any]]:
    """Each letter of each font once, up to so many, with its shape."""
    place = pdf.placement(page)
    upright = _towards(page, turn)
    done: set[tuple[str, str]] = set()
    many: Counter[tuple[str, bool]] = Counter()
    for letter in letters:
        key = (letter.font, letter.text)
        kind = (letter.font, letter.text.isdigit())
        if key in done or many[kind] == ENOUGH or letter.size < SMALLEST:
            continue
        if letter.text.lower() not in _PLACES or letter.towards != upright:
            continue
        shape = _shape(painted.part(painted.ink, place(letter.box)), turn)
        if shape is not None:
            done.add(key)
            many[kind] += 1
            yield letter, shape


def _towards(page: Any, turn: int) -> tuple[float, float]:
    """Where lines go, before the page's rotation, that stand upright after it and `turn`."""
    steps = {0: (1.0, 0.0), 90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}
    return steps[(-page.rotation - turn) % 360]


def _shape(ink: Any, turn: int) -> Any:
    """The inked part of a letter in a square, less its mean and of length 1; None if blank."""
    import cv2
    import numpy

    if not ink.size or (most := int(ink.max())) < BLOT:
        return None
    if turn:
        ink = numpy.rot90(ink, -turn // 90)
    left, top, across, down = cv2.boundingRect((ink >= most // 2).view(numpy.uint8))
    part = ink[top : top + down, left : left + across]
    high, wide = part.shape
    if high < 4:
        return None
    # Narrow letters stay narrow, so that an "l" is no block.
    side = max(high, wide)
    square = numpy.zeros((side, side), numpy.float32)
    top, left = (side - high) // 2, (side - wide) // 2
    square[top : top + high, left : left + wide] = part
    flat = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
    flat = flat - flat.mean()
    length = float(numpy.sqrt(flat @ flat))
    return flat / length if length else None


def _are_near(shown: Sequence[tuple[Letter, Any]]) -> list[bool]:
    """Whether each letter is among the shapes that its own is most like, all in one reckoning."""
    import numpy

    if not shown:
        return []
    starts, models = letter_models()
    # One by one: for a product of two matrices BLAS wakes threads, which costs four times as much.
    alike = numpy.array([models @ shape for _, shape in shown])
    best = numpy.maximum.reduceat(alike, starts, axis=1)
    places = [_PLACES[letter.text.lower()] for letter, _ in shown]
    own = best[numpy.arange(len(shown)), places]
    return [bool(found) for found in (best > own[:, None]).sum(axis=1) < NEAR]


@cache
def letter_models() -> tuple[Any, Any]:
    """Shapes of the letters in common fonts in the order of `SHAPES`, and where each begins."""
    import numpy

    document = pdf.mupdf().open()
    shapes: list[list[Any]] = [[] for _ in SHAPES]
    for font in MODELS:
        page = _specimen(document, font)
        painted = paint(page)
        for letter in letters_of(pdf.text_page(page)):
            shape = _shape(painted.part(painted.ink, letter.box), 0)
            if shape is not None:
                shapes[_PLACES[letter.text.lower()]].append(shape)
    starts = numpy.cumsum([0, *(len(own) for own in shapes[:-1])])
    return starts, numpy.array([shape for own in shapes for shape in own])


def _specimen(document: Any, font: str) -> Any:
    """A page with the letters of a font. Its content is written as one: letter by letter by
    `insert_text` it takes a quarter of a second, in each child."""
    page = document.new_page(width=420, height=160)
    page.insert_font(fontname=font)
    shown = [
        f"1 0 0 1 {10 + 24 * (number % 16)} {130 - 36 * (number // 16)} Tm ({text}) Tj"
        for number, text in enumerate(string.digits + string.ascii_letters)
    ]
    content = document.get_new_xref()
    document.update_object(content, "<<>>")
    document.update_stream(content, "\n".join([f"BT /{font} 16 Tf", *shown, "ET"]).encode())
    page.set_contents(content)
    return document[page.number]
