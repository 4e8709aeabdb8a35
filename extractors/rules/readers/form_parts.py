"""A form's page cut into parts: where a caption ends, and where a line to write on begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docglean.extractors.documents.form_fields import LINES_OF_FIELD
from docglean.extractors.extraction import Box
from docglean.extractors.rules.page.captions import COLONS, begin_of_caption
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token

LONGEST_KEY = 12
"""Words of a caption; more are a sentence."""
OF_LETTERS = 0.4
"""Share of a caption's characters that are letters."""
COMB, COMB_STEP = 3, 2.0
"""Single signs that are a comb, and line heights between two of them at most."""
STANDS_ON = 0.7
"""Line heights between a word and the line that it stands on."""


@dataclass
class Pair:
    """A caption with its value. `value` is empty where nothing was filled in; `to_fill`: there is
    a line or a frame to write in."""

    page: int
    key: tuple[Token, ...]
    value: tuple[Token, ...] = ()
    to_fill: bool = False

    @property
    def key_text(self) -> str:
        """The caption without what only leads over to the value."""
        return " ".join(piece.text for piece in self.key).strip(" :\uff1a;._\u2026-\u2013*")

    @property
    def value_text(self) -> str:
        """As filled in; "" for nothing. Signs in boxes of their own are one word."""
        between = "" if _is_comb(self.value) else " "
        return between.join(piece.text for piece in self.value).strip(" _…")


def _is_comb(pieces: Sequence[Token]) -> bool:
    """Whether these are single signs, as in the boxes of a comb."""
    return len(pieces) >= COMB and all(len(piece.text) == 1 for piece in pieces)


def is_key(text: str) -> bool:
    """Whether a text may be a caption: letters, most of all, and no sentence."""
    words = text.split()
    letters = sum(map(str.isalpha, text))
    return (
        letters >= 2
        and len(words) <= LONGEST_KEY
        and letters >= OF_LETTERS * len(text.replace(" ", ""))
    )


Part = tuple[list[Token], Box | None]
"""Words that belong together, with the line to write on that they stand on."""


def parts_of(sheet: Sheet, taken: Iterable[Token] = ()) -> Iterator[tuple[Run, Box | None]]:
    """Runs in reading order, cut at colons, marks and lines to write on, each with the line that it
    stands on; signs in the boxes of a comb are one run.

    Args:
        taken: words that are something else.
    """
    words = {id(piece.word) for piece in taken}
    for number, row in enumerate(sheet.rows):
        cut: list[Part] = []
        for run in row:
            cut += _cut([piece for piece in run.pieces if id(piece.word) not in words], sheet)
        for index, (pieces, blank) in enumerate(_combs_joined(cut, sheet)):
            yield Run(sheet.page, number, index, tuple(pieces)), blank


def _combs_joined(cut: Sequence[Part], sheet: Sheet) -> list[Part]:
    found: list[Part] = []
    for pieces, blank in cut:
        last = found[-1][0] if found else []
        signs = all(len(p.text) == 1 and p.text.isalnum() for p in (*last, *pieces))
        if last and signs and pieces[0].box[0] - last[-1].box[2] < COMB_STEP * sheet.height:
            last += pieces
        else:
            found.append((pieces, blank))
    return found


def _cut(pieces: Sequence[Token], sheet: Sheet) -> Iterator[Part]:
    after = set(_ends_of_keys(pieces))
    current: list[Token] = []
    on: Box | None = None
    for index, piece in enumerate(pieces):
        blank = _line_under(piece, sheet)
        is_mark = piece.text in (EMPTY, TICKED)
        if current and (
            index in after
            or blank != on
            or is_mark
            or current[-1].text in (EMPTY, TICKED)
            or field_of(piece) != field_of(current[-1])
        ):
            yield current, on
            current = []
        current.append(piece)
        on = blank
    if current:
        yield current, on


def field_of(piece: Token) -> int | None:
    """Which field of a PDF's form a word fills in; None for print."""
    return piece.word.line // LINES_OF_FIELD if piece.word.source == "widget" else None


def _ends_of_keys(pieces: Sequence[Token]) -> Iterator[int]:
    """Indices of pieces that begin something new: behind a colon, and before the next caption."""
    colons = [index for index, piece in enumerate(pieces) if piece.text.endswith(COLONS)]
    for number, colon in enumerate(colons):
        yield colon + 1
        if number:
            yield begin_of_caption(pieces, colons[number - 1] + 1, colon) or colon


def _line_under(piece: Token, sheet: Sheet) -> Box | None:
    """The line to write on that a word stands on: the nearest below its middle."""
    x0, y0, x1, y1 = piece.box
    x, middle = (x0 + x1) / 2, (y0 + y1) / 2
    levels = [
        ((blank[1] + blank[3]) / 2, blank)
        for blank in sheet.blanks
        if blank[0] - 1 <= x <= blank[2] + 1
    ]
    lowest = y1 + STANDS_ON * sheet.height
    near = [one for one in levels if middle <= one[0] <= lowest]
    return min(near, key=lambda one: one[0])[1] if near else None
