"""Captions on a page, and what is printed beside them: to the right on the row, or below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.page.sheet import Run, Sheet, Token

REACH = 3.0
"""Line heights below a caption within which its value stands."""
WORD_GAP = 0.8
"""Heights of a word between it and the one before it in a caption."""
LONGEST = 9
"""Words of a caption; more are a sentence."""
_COUNTRY = re.compile(r"(?!NO|NR|ID)[A-Z]{2}")
COLONS = (":", "\uff1a")


@dataclass(frozen=True)
class PrintedCaption:
    """Words that may name what is printed beside them.

    Attributes:
        run: where it stands.
        start: its first word in the run.
        end: after its last word.
        colon: a colon ends it, which marks it as a caption.
        cut: it begins inside a run, behind words that may belong to it.
    """

    run: Run
    start: int
    end: int
    colon: bool = False
    cut: bool = False

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Its words, made comparable."""
        return tokens(self.text)

    @cached_property
    def text(self) -> str:
        """As printed."""
        return " ".join(piece.text for piece in self.run.pieces[self.start : self.end])

    @cached_property
    def box(self) -> Box:
        """On the upright page."""
        return union(piece.box for piece in self.run.pieces[self.start : self.end])


@dataclass(frozen=True)
class Beside:
    """What is printed beside a caption.

    Attributes:
        runs: the words, in parts that belong together; the nearest first.
        where: ``right`` or ``below``.
        gap: distance from the caption in line heights.
    """

    runs: tuple[Run, ...]
    where: str
    gap: float


def captions_of(sheet: Sheet) -> list[PrintedCaption]:
    """All that may be a caption on a page, row by row from left to right."""
    return [caption for run in sheet.runs for caption in _captions_in(run)]


def _captions_in(run: Run) -> Iterator[PrintedCaption]:
    pieces = run.pieces
    start = 0
    for colon in (index for index, piece in enumerate(pieces) if piece.text.endswith(COLONS)):
        for first in sorted({start, begin_of_caption(pieces, start, colon) or start}):
            yield PrintedCaption(run, max(first, colon + 1 - LONGEST), colon + 1, colon=True)
        start = colon + 1
    yield from _without_colon(run, start)


def _without_colon(run: Run, start: int) -> Iterator[PrintedCaption]:
    """Words up to a figure or to the end of the run; behind a colon they are its value."""
    figures = [is_figure(piece.text) for piece in run.pieces]
    index = start
    while index < len(figures):
        end = next((at for at in range(index, len(figures)) if figures[at]), len(figures))
        if index + 1 < end < len(figures) and _COUNTRY.fullmatch(run.pieces[end - 1].text):
            end -= 1  # "VAT No. GB 980 7806 84": the letters belong to the code
        if index < end <= index + LONGEST and not (start and index == start):
            yield PrintedCaption(run, index, end, cut=index > 0)
        index = end + 1


def is_figure(text: str) -> bool:
    """Whether a word is a value rather than part of a caption: digits, but no percentage."""
    if not any(char.isdigit() for char in text):
        return False
    return "%" not in text and not (text.startswith("(") and text.endswith(")"))


def beside(sheet: Sheet, caption: PrintedCaption) -> list[Beside]:
    """What stands to the right of a caption, and what stands below it."""
    found = []
    right = list(_to_the_right(sheet, caption))
    if right:
        gap = (right[0].box[0] - caption.box[2]) / max(sheet.height, 1.0)
        found.append(Beside(tuple(right), "right", max(0.0, gap)))
    under = sheet.below(caption.box, reach=REACH)
    if under:
        row = [run for run in under if run.row == under[0].row]
        gap = (row[0].box[1] - caption.box[3]) / max(sheet.height, 1.0)
        found.append(Beside(tuple(row), "below", max(0.0, gap)))
    return found


def _to_the_right(sheet: Sheet, caption: PrintedCaption) -> Iterator[Run]:
    """Runs of the row right of the caption, up to the next caption with a colon."""
    row = sheet.rows[caption.run.row]
    rest = caption.run.part(caption.end)
    for run in ([rest] if rest.pieces else []) + list(row[caption.run.index + 1 :]):
        colon = next((i for i, p in enumerate(run.pieces) if p.text.endswith(COLONS)), None)
        if colon is not None and run.pieces[colon].text not in COLONS:
            kept = run.part(0, begin_of_caption(run.pieces, 0, colon) or 0)
            if kept.pieces:
                yield kept
            return
        if colon == 0:  # a colon set apart: "Date  :  1.2.2020"
            run = run.part(1)
        if run.pieces:
            yield run


def begin_of_caption(pieces: Sequence[Token], start: int, colon: int) -> int | None:
    """Where the words from `start` up to a colon begin to be its caption: behind the last figure or
    gap; None where there is neither."""
    for index in range(colon, start, -1):
        before, piece = pieces[index - 1], pieces[index]
        wide = piece.box[0] - before.box[2] > WORD_GAP * (piece.box[3] - piece.box[1])
        if wide or is_figure(before.text):
            return index
    return None
