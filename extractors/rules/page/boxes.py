"""Boxes to tick on a page, with the words beside them, and places to sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import within
from docglean.extractors.rules.page.captions import COLONS
from docglean.extractors.rules.page.drawn import Ink
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.schemas.labels import alternatives

LABEL_GAP = 2.0
"""Line heights between a box and the words beside it."""
BESIDE = 6
"""Line heights between a caption and the line right of it to sign on."""
UNDER_LINE = -0.3, 1.5
"""Line heights by which a caption stands below the line to sign on."""
OVER_LINE, OVER_CAPTION, ABOVE_INK = 2.2, 2.5, 0.15
"""Line heights above a line up to which a signature reaches, right of its caption and above it, and
from which the line itself is left out."""
LONGEST_SIGNATURE, HALF_WIDTH = 20, 6
"""Line heights: width of a signature without a line behind its caption, and half of it above."""
WITHOUT_LINE = 3, 0.1
"""Line heights above a caption between which a signature without a line stands."""
SIGNED_INK = 0.02
"""Share of ink where a signature belongs, from which there is one; a scan has specks."""

_SIGN = re.compile(rf"\b(?:{alternatives('forms.places_to_sign')})\b", re.IGNORECASE)


@dataclass(frozen=True)
class TickOption:
    """A box to tick. `label` may be empty where nothing stands beside it."""

    page: int
    mark: Token
    label: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The words beside it."""
        return " ".join(piece.text for piece in self.label).strip(" :;,._")

    @property
    def checked(self) -> bool:
        """Whether there is a mark in it."""
        return self.mark.text == TICKED


@dataclass(frozen=True)
class Signing:
    """A place to sign. `signed` is None where nobody looked at the page's picture."""

    page: int
    label: tuple[Token, ...]
    box: Box
    signed: bool | None


def options_of(sheet: Sheet) -> list[TickOption]:
    """Boxes of one page in reading order, each with the words behind it, else before it."""
    found = []
    for row in sheet.rows:
        pieces = [piece for run in row for piece in run.pieces]
        marks = [index for index, piece in enumerate(pieces) if piece.text in (EMPTY, TICKED)]
        behind = _labels_stand_behind(pieces, marks, sheet)
        for index in marks:
            label = _label(pieces, index, sheet, step=1 if behind else -1)
            found.append(TickOption(sheet.page, pieces[index], label))
    return found


def words_of_options(sheet: Sheet) -> list[Token]:
    """The boxes of one page, and the words beside them."""
    return [piece for one in options_of(sheet) for piece in (one.mark, *one.label)]


def _labels_stand_behind(pieces: Sequence[Token], marks: Sequence[int], sheet: Sheet) -> bool:
    """Whether the row's boxes stand before their words, as most do, or behind."""
    last = bool(marks) and marks[-1] == len(pieces) - 1
    return not (last and _label(pieces, marks[0], sheet, step=-1))


def _label(pieces: Sequence[Token], mark: int, sheet: Sheet, *, step: int) -> tuple[Token, ...]:
    label: list[Token] = []
    last = pieces[mark]
    for piece in pieces[mark + 1 :] if step > 0 else reversed(pieces[:mark]):
        if within(piece.box, pieces[mark].box):
            continue  # the tick itself, typed
        gap = piece.box[0] - last.box[2] if step > 0 else last.box[0] - piece.box[2]
        limit = LABEL_GAP if not label else 1.0
        if piece.text in (EMPTY, TICKED) or gap > limit * sheet.height:
            break
        if step < 0 and piece.text.endswith(COLONS):
            break
        label.append(piece)
        last = piece
    return tuple(label if step > 0 else reversed(label))


def signings_of(sheet: Sheet, ink: Ink | None) -> list[Signing]:
    """Places to sign on one page: a caption that says so, and ink beside or above it.

    Args:
        ink: of the page as it is; pages that lie on their side are not looked at.
    """
    found = []
    for run in sheet.runs:
        match = _SIGN.search(run.text)
        if match is None or len(run.pieces) > 8 or _is_sentence(run):
            continue
        place = _place(run, sheet)
        signed = None
        if ink is not None:
            words = any(within(piece.box, place) for other in sheet.runs if other is not run
                        for piece in other.pieces)  # fmt: skip
            signed = words or ink.share(place) >= SIGNED_INK
        found.append(Signing(sheet.page, run.pieces, place, signed))
    return found


def _is_sentence(run: Run) -> bool:
    return run.text.endswith(".") and len(run.pieces) > 4


def _place(run: Run, sheet: Sheet) -> Box:
    """Where the signature belongs: on the line beside the caption, else above the caption."""
    height = sheet.height
    for blank in sheet.blanks:
        level = (blank[1] + blank[3]) / 2
        beside = -height <= blank[0] - run.box[2] <= BESIDE * height
        if beside and abs(level - run.box[3]) <= height:
            top, bottom = level - OVER_LINE * height, level - ABOVE_INK * height
            return blank[0] + 2, top, blank[2], bottom
    for blank in sheet.blanks:
        level = (blank[1] + blank[3]) / 2
        over = blank[0] - height <= (run.box[0] + run.box[2]) / 2 <= blank[2] + height
        if over and UNDER_LINE[0] * height <= run.box[1] - level <= UNDER_LINE[1] * height:
            return blank[0], level - OVER_CAPTION * height, blank[2], level - ABOVE_INK * height
    row = sheet.rows[run.row]
    right = row[run.index + 1].box[0] if run.index + 1 < len(row) else sheet.width
    if run.text.endswith(COLONS):
        end = min(right, run.box[2] + LONGEST_SIGNATURE * height) - 2
        return run.box[2] + 2, run.box[1] - height, end, run.box[3]
    middle = (run.box[0] + run.box[2]) / 2
    half = max(HALF_WIDTH * height, (run.box[2] - run.box[0]) / 2)
    top, bottom = run.box[1] - WITHOUT_LINE[0] * height, run.box[1] - WITHOUT_LINE[1] * height
    return middle - half, top, middle + half, bottom
