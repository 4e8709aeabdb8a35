"""A paper while it is drawn: runs of text that know which value they print, and where.

Nothing is written to the PDF before the end, so that runs can be written in another order than they
are read, and what lies on top of something else is found out first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pymupdf

ASCENT, DESCENT = 0.80, 0.22
"""Above and below the baseline, in sizes: what letters take, not what fonts say they may."""


class DoesNotFit(Exception):
    """What was drawn lies over other text or off the page: another layout has to be drawn."""


@dataclass(frozen=True)
class Type:
    """How a text is set: a font of PyMuPDF's, its size in points, colour."""

    face: str = "helv"
    size: float = 9.0
    bold: bool = False
    italic: bool = False
    color: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def with_(self, **changes: Any) -> Type:
        """The same but for some things."""
        return replace(self, **changes)

    @property
    def font(self) -> pymupdf.Font:
        """The font."""
        return _font(FACES[self.face][self.bold + 2 * self.italic])

    def width(self, text: str) -> float:
        """Of a text, in points."""
        name = FACES[self.face][self.bold + 2 * self.italic]
        return self.size * sum(_advance(name, letter) for letter in text)


FACES = {
    "helv": ("helv", "hebo", "heit", "hebi"),
    "tiro": ("tiro", "tibo", "tiit", "tibi"),
    "cour": ("cour", "cobo", "coit", "cobi"),
}


@cache
def _font(name: str) -> pymupdf.Font:
    return pymupdf.Font(name)


@cache
def _advance(name: str, letter: str) -> float:
    return float(_font(name).text_length(letter, 1))


@dataclass(frozen=True)
class Mark:
    """Says which value a run prints.

    Attributes:
        pointer: JSON pointer of the value.
        place: counts the places where the same value is printed.
        caption: words beside it, "" where there are none.
        known: whether the caption is in the word lists of the schemas.
    """

    pointer: str
    place: int = 0
    caption: str = ""
    known: bool = True


Piece = tuple[str, Type, tuple[Mark, ...]]
"""A part of a line: its text, how it is set, what it prints."""


@dataclass(frozen=True)
class Run:
    """A text on a page; x and baseline in points from the top left."""

    page: int
    x: float
    baseline: float
    text: str
    type: Type
    marks: tuple[Mark, ...] = ()

    @property
    def box(self) -> tuple[float, float, float, float]:
        """What its letters take."""
        size = self.type.size
        right = self.x + self.type.width(self.text)
        return (self.x, self.baseline - ASCENT * size, right, self.baseline + DESCENT * size)


@dataclass(frozen=True)
class Stroke:
    """A rule, or a box filled or not; with `line` from one corner to the other."""

    page: int
    box: tuple[float, float, float, float]
    fill: tuple[float, float, float] | None = None
    width: float = 0.6
    color: tuple[float, float, float] | None = (0.0, 0.0, 0.0)
    dashed: bool = False
    dotted: bool = False
    line: bool = False


@dataclass(frozen=True)
class Widget:
    """A field of a PDF form: a text, or a box to tick where `checked` is told."""

    page: int
    box: tuple[float, float, float, float]
    name: str
    tip: str
    text: str
    size: float
    checked: bool | None = None
    marks: tuple[Mark, ...] = ()


@dataclass
class Sheet:
    """The pages of one paper; sizes in points."""

    width: float
    height: float
    page: int = 0
    runs: list[Run] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def mark(self, pointer: str, caption: str = "", known: bool = True) -> Mark:
        """For one more place where this value is printed."""
        place = self.places[pointer] = self.places.get(pointer, -1) + 1
        return Mark(pointer, place, caption, known)

    def line(
        self, x: float, baseline: float, pieces: Sequence[Piece], align: str = "left"
    ) -> tuple[float, float]:
        """Draw pieces one behind the other; left, right or center at x. Both ends are returned."""
        width = sum(type_.width(text) for text, type_, _ in pieces)
        start = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        at = start
        for text, type_, marks in pieces:
            lead = len(text) - len(text.lstrip(" "))
            if text.strip():
                shift = type_.width(text[:lead])
                self.runs.append(
                    Run(self.page, at + shift, baseline, text.strip(" "), type_, marks)
                )
            at += type_.width(text)
        return start, at

    def text(
        self, x: float, baseline: float, text: str, type_: Type, *marks: Mark, align: str = "left"
    ) -> tuple[float, float]:
        """Draw one text."""
        return self.line(x, baseline, [(text, type_, marks)], align)

    def rule(self, x0: float, y: float, x1: float, width: float = 0.6, **told: Any) -> None:
        """A horizontal line."""
        self.strokes.append(Stroke(self.page, (x0, y, x1, y), width=width, **told))

    def upright(self, x: float, y0: float, y1: float, width: float = 0.6, **told: Any) -> None:
        """A vertical line."""
        self.strokes.append(Stroke(self.page, (x, y0, x, y1), width=width, **told))

    def box(self, box: tuple[float, float, float, float], **told: Any) -> None:
        """A frame, filled or not."""
        self.strokes.append(Stroke(self.page, box, **told))

    @property
    def pages(self) -> int:
        """How many there are."""
        return self.page + 1

    def check(self) -> None:
        """Raise `DoesNotFit` where a text leaves its page or two lie over each other."""
        for page in range(self.pages):
            runs = sorted((run.box, run.text) for run in self.runs if run.page == page)
            for index, (box, text) in enumerate(runs):
                if box[0] < 2 or box[1] < 2 or box[2] > self.width - 2 or box[3] > self.height - 2:
                    raise DoesNotFit(f"{text!r} leaves page {page + 1}")
                for other, second in runs[index + 1 :]:
                    if other[0] >= box[2] - 0.3:
                        break
                    if min(box[3], other[3]) - max(box[1], other[1]) > 0.25 * (box[3] - box[1]):
                        raise DoesNotFit(f"{text!r} and {second!r} on page {page + 1}")


def wrapped(text: str, type_: Type, width: float) -> list[str]:
    """Lines that are no wider, broken at blanks; a word that is wider stays whole."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and type_.width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def shrunk(text: str, type_: Type, width: float) -> Type:
    """The same type, smaller where a text would be wider."""
    wide = type_.width(text)
    return type_ if wide <= width else type_.with_(size=max(5.0, type_.size * width / wide * 0.99))
