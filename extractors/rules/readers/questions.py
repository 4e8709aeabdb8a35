"""What boxes to tick answer: the words left of them in their row, or the line above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from docglean.extractors.rules.page.boxes import TickOption, options_of
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token

REACH = 3.0
"""Line heights between a question and the first row of its boxes."""
INDENT = 2
"""Line heights by which a question may begin right of its first box."""
_ASIDE = re.compile(r"\([^()]*\)")


def questioned(sheet: Sheet) -> Iterator[tuple[TickOption, list[tuple[Token, ...]]]]:
    """The boxes of a page, each with what may be its question, the likeliest first.

    Rows of boxes without words left of them go on with the question of the row above.
    """
    options = {id(option.mark): option for option in options_of(sheet)}
    labels = {id(piece) for option in options.values() for piece in option.label}
    before: list[tuple[Token, ...]] = []
    last: Sequence[Run] = ()
    bottom = float("-inf")
    for row in sheet.rows:
        pieces = [piece for run in row for piece in run.pieces]
        marks = [index for index, piece in enumerate(pieces) if id(piece) in options]
        if not marks:
            before, last, bottom = [], row, max((run.box[3] for run in row), default=bottom)
            continue
        left = tuple(piece for piece in pieces[: marks[0]] if id(piece) not in labels)
        near = min(piece.box[1] for piece in pieces) - bottom <= REACH * sheet.height
        if left:
            before = [left]
        elif last and near:
            before = _over(pieces[marks[0]], last, sheet)
        last = ()
        for index in marks:
            yield options[id(pieces[index])], before


def _over(mark: Token, row: Sequence[Run], sheet: Sheet) -> list[tuple[Token, ...]]:
    """What begins above a box or left of it, the nearest first."""
    first = mark.box[0] + INDENT * sheet.height
    return [run.pieces for run in reversed(row) if run.box[0] <= first]


def question_text(pieces: Sequence[Token]) -> str:
    """A question without asides such as "(tick all that apply)"."""
    text = " ".join(piece.text for piece in pieces if piece.text not in (EMPTY, TICKED))
    return _ASIDE.sub(" ", text).strip(" :;,._*?")
