"""The lines of a page among which names and addresses are looked for, and how they stand together.

On a till's receipt a line is a printed row; elsewhere it is a run of words, and one with dots or
dashes between its parts, as above the window of an envelope, is as many lines as it has parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from docglean.extractors.geometry import across
from docglean.extractors.rules.page.sheet import Printed, Sheet, Token
from docglean.extractors.rules.parties.addresses import begins_other_matters, has_postcode

NARROW = 62
"""Characters a line, from which a page is no till's receipt."""
ASIDE = 0.8
"""Line heights by which a line may begin, or be centred, beside the one above it."""
OVER, APART = -0.4, 2.6
"""Line heights between two lines of which one is said to stand under the other."""
CLOSE = 0.95
"""The same for lines of one block."""
BARS, DASHES = frozenset("|●•·‧∙\ufffd"), frozenset("-\u2013—/")


@dataclass(frozen=True)
class PartyLine(Printed):
    """What may be a name, or a line of an address.

    Attributes:
        caption: the words before its colon, where it has one; they are not of `pieces`.
        row, index: number of its row, and of its part in a run that is several.
    """

    pieces: tuple[Token, ...]
    caption: tuple[Token, ...] = ()
    row: int = 0
    index: int = 0

    @cached_property
    def whole(self) -> str:
        """With its caption."""
        return " ".join(piece.text for piece in (*self.caption, *self.pieces))

    @cached_property
    def confidence(self) -> float:
        """Mean of its words'."""
        return sum(piece.word.confidence for piece in self.pieces) / len(self.pieces)


@dataclass(frozen=True)
class Column:
    """Lines of a page by their number, with what stands above and below each.

    Attributes:
        above, below: number of the line, None where nothing is near.
        gaps: to the line above, in line heights; 0 between parts of one run.
        first: of each line, the number of the first one in its block.
    """

    sheet: Sheet
    narrow: bool
    lines: tuple[PartyLine, ...]
    above: tuple[int | None, ...]
    below: tuple[int | None, ...]
    gaps: tuple[float, ...]
    first: tuple[int, ...]

    @cached_property
    def blocks(self) -> dict[int, list[int]]:
        """Numbers of the lines of each block, by that of its first."""
        found: dict[int, list[int]] = {}
        for number, first in enumerate(self.first):
            found.setdefault(first, []).append(number)
        return found

    def up(self, number: int) -> list[int]:
        """Lines above one, the nearest first."""
        return list(_walk(self.above, number))

    def down(self, number: int) -> list[int]:
        """Lines below one, the nearest first."""
        return list(_walk(self.below, number))


def _walk(links: Sequence[int | None], number: int) -> Iterator[int]:
    following = links[number]
    while following is not None:
        yield following
        following = links[following]


def is_narrow(sheet: Sheet) -> bool:
    """Whether a page is as narrow as a till's receipt, by the characters that fit its width."""
    units = [(run.box[2] - run.box[0]) / len(run.text) for run in sheet.runs if len(run.text) > 5]
    if not units:
        return False
    left = min(run.box[0] for run in sheet.runs)
    right = max(run.box[2] for run in sheet.runs)
    return (right - left) / median(units) < NARROW


def column_of(sheet: Sheet) -> Column:
    """The lines of a page."""
    narrow = is_narrow(sheet)
    lines = tuple(_rows(sheet) if narrow else _parts(sheet))
    above: list[int | None] = []
    gaps: list[float] = []
    below: list[int | None] = [None] * len(lines)
    first: list[int] = []
    for number, line in enumerate(lines):
        upper = number - 1 if narrow or line.index else _above(lines, number, sheet)
        if upper is not None and (upper < 0 or below[upper] is not None):
            upper = None
        gap = 0.0 if line.index else _gap(lines, upper, line, sheet)
        above.append(upper)
        gaps.append(gap)
        if upper is not None:
            below[upper] = number
        first.append(first[upper] if upper is not None and gap <= CLOSE else number)
    return Column(sheet, narrow, lines, tuple(above), tuple(below), tuple(gaps), tuple(first))


def _rows(sheet: Sheet) -> Iterator[PartyLine]:
    for number, row in enumerate(sheet.rows):
        pieces = [piece for run in row for piece in run.pieces]
        for index, part in enumerate(_without_tail(pieces)):
            yield PartyLine(tuple(part), row=number, index=index)


def _parts(sheet: Sheet) -> Iterator[PartyLine]:
    for run in sheet.runs:
        parts = [end for part in _cut(run.pieces) for end in _without_tail(part)]
        for index, part in enumerate(parts):
            yield _without_caption(PartyLine(tuple(part), row=run.row, index=index))


def _without_tail(pieces: Sequence[Token]) -> list[Sequence[Token]]:
    """A line cut before a register number or a way to call that stands behind a name or a place."""
    for at in range(1, len(pieces)):
        if begins_other_matters(" ".join(piece.text for piece in pieces[at:])):
            return [pieces[:at], pieces[at:]]
    return [pieces]


def _cut(pieces: Sequence[Token]) -> list[list[Token]]:
    """The parts of a run: between bars and dots, and of an address in one line between dashes and
    commas, too."""
    joined = _between(pieces, BARS, commas=False)
    if len(joined) > 1:
        return joined
    told = _between(pieces, DASHES, commas=True)
    placed = any(has_postcode(" ".join(piece.text for piece in part)) for part in told)
    return told if placed and len(told) > 2 else joined


def _between(pieces: Sequence[Token], marks: frozenset[str], *, commas: bool) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for piece in pieces:
        if piece.text in marks:
            found.append([])
            continue
        found[-1].append(piece)
        if commas and piece.text.endswith(","):
            found.append([])
    return [part for part in found if part]


def _without_caption(line: PartyLine) -> PartyLine:
    for index, piece in enumerate(line.pieces[:-1], start=1):
        if piece.text.endswith(":"):
            return replace(line, pieces=line.pieces[index:], caption=line.pieces[:index])
    return line


def _above(lines: Sequence[PartyLine], number: int, sheet: Sheet) -> int | None:
    """The nearest line above that begins, or is centred, where this one does."""
    line = lines[number]
    best: int | None = None
    for upper in range(number - 1, -1, -1):
        other = lines[upper]
        if other.row == line.row:
            continue
        if best is not None and other.row < lines[best].row:
            break
        gap = (line.box[1] - other.box[3]) / sheet.height
        if gap > 4 * APART:
            break
        if OVER <= gap <= APART and _aligned(other, line, sheet):
            best = upper
    return best


def _gap(lines: Sequence[PartyLine], upper: int | None, line: PartyLine, sheet: Sheet) -> float:
    if upper is None:
        return float("nan")
    return (line.box[1] - lines[upper].box[3]) / sheet.height


def _aligned(above: PartyLine, line: PartyLine, sheet: Sheet) -> bool:
    if across(above.box, line.box) <= 0:
        return False
    left = abs(_left(above) - _left(line))
    middle = abs(above.box[0] + above.box[2] - line.box[0] - line.box[2]) / 2
    right = abs(above.box[2] - line.box[2])
    return min(left, middle, right) <= ASIDE * sheet.height


def _left(line: PartyLine) -> float:
    return (line.caption or line.pieces)[0].box[0]
