"""What may be the value of a field: printed words that its kind can read, and how likely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.codes import codes_in
from docglean.extractors.rules.page.captions import COLONS, Beside, PrintedCaption
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.schemas.fields import Field
from docglean.schemas.kinds import (
    Check,
    Choice,
    Clock,
    Code,
    Currency,
    Day,
    Kind,
    Moment,
    Money,
    Name,
    Number,
    Style,
    Text,
)
from docglean.schemas.values import leaf_value

_MOST_WORDS = {Money: 4, Number: 3, Day: 6, Moment: 8, Clock: 3}
_CENTS = re.compile(r"[.,]\s?\d\d(?!\d)")
_SIGNED = re.compile(r"[$€£¥₹]|\b(?:RM|EUR|USD|GBP|CHF|Rs)\b")
_FIGURES = re.compile(r"[\d.,+()'-]+")
_CONTINUED_LINES = 8

NEXT_LINE = 0.6
"""Of a word's height: how much lower the next line's words stand."""
SHOWN, BARE, ALONE = 1.0, 0.75, 0.5
"""How well words fit a kind: an amount with its cents or currency, or a currency beside an amount;
a bare number; a currency alone."""
TABLE_REACH = 4.0
"""Line heights below a value among which further ones make a table's column."""
FAR_RIGHT = 1.5
"""Line heights to the right, from which a text below a caption may be meant instead."""
ASIDE, FLUSH = 2.5, 1.2
"""Line heights by which a text below its caption, and its further lines, may begin beside."""
LINE_GAP = 0.9
"""Line heights between the lines of one text."""
ANSWERS = 4
"""Words behind a caption among which a yes or no is its answer."""

Signs = dict[str, float]
"""What is known of a candidate, by name: what `ranking` weighs."""


@dataclass(frozen=True)
class Candidate:
    """One reading of one place on a page as the value of a field.

    Attributes:
        value: JSON leaf, as the field's kind reads it.
        pieces: the words.
        score: how likely it is, 0 to 1.
        caption: what names it, None where only its kind or place does.
        shared: it is but part of what is printed, such as the currency of an amount.
        lead: how far ahead it was of what else its finder weighed, 0 to 1, before there was a
            candidate; None where all that was weighed is one.
        sure: what its finder knows of how sure it is, as `certainty` tells it.
        signs: what its finder knows of it, from which `ranking` tells the score; empty where its
            finder tells the score itself.
    """

    value: Any
    page: int
    pieces: tuple[Token, ...]
    score: float = 0.0
    caption: PrintedCaption | None = None
    shared: bool = False
    lead: float | None = None
    sure: Signs = field(default_factory=dict)
    signs: Signs = field(default_factory=dict)

    def evidence(self) -> Evidence:
        """Where it stands, in the page's own points."""
        return evidence_of(self.page, self.pieces, self.value)


def evidence_of(page: int, pieces: Sequence[Token], value: Any) -> Evidence:
    """The words' place: one box in all, and one a line where there are several."""
    text = " ".join(piece.text for piece in pieces)
    lines: list[list[Token]] = []
    for piece in pieces:
        if lines and abs(piece.box[1] - lines[-1][-1].box[1]) < NEXT_LINE * (
            piece.box[3] - piece.box[1]
        ):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    boxes = [union(piece.word.box for piece in line) for line in lines]
    return evidence_at(page, boxes, text, value)


def evidence_at(page: int, boxes: Sequence[Box], text: str, value: Any) -> Evidence:
    """The place of a value's words: a box a line."""
    return Evidence(
        how="exact" if text == str(value) else "normalised",
        page=page,
        box=union(boxes),
        boxes=tuple(boxes) if len(boxes) > 1 else (),
        text=text,
        score=1.0,
    )


def held_by(field: Field, raw: Any, style: Style) -> Any:
    """What something read stands for as a field's value; None where the field can't hold it."""
    try:
        return leaf_value(field, raw, style)
    except ValueError:
        return None


def readings(kind: Kind, run: Run, style: Style) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    """Values of this kind within a run: the leaf, its words, how well they fit the kind.

    The longest reading from each word on, from left to right, without overlaps.
    """
    if isinstance(kind, Currency):
        yield from _currencies(kind, run, style)
        return
    most = next((n for type_, n in _MOST_WORDS.items() if isinstance(kind, type_)), 4)
    pieces = run.pieces
    start = 0
    while start < len(pieces):
        for end in range(min(len(pieces), start + most), start, -1):
            text = " ".join(piece.text for piece in pieces[start:end])
            value = kind.parse(text, style)
            if value is not None:
                yield value, pieces[start:end], _quality(kind, text)
                start = end
                break
        else:
            start += 1


def _quality(kind: Kind, text: str) -> float:
    if isinstance(kind, Money):
        # Amounts show their cents or their currency; a bare number may count anything.
        return SHOWN if _CENTS.search(text) or _SIGNED.search(text) else BARE
    return SHOWN


def _currencies(
    kind: Currency, run: Run, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    money = Money()
    for index, piece in enumerate(run.pieces):
        value = kind.parse(piece.text, style)
        if value is not None:
            behind = () if len(piece.text) == 1 and piece.text.isalpha() else (index - 1,)
            near = [run.pieces[at] for at in (*behind, index + 1) if 0 <= at < len(run.pieces)]
            beside = any(_CENTS.search(p.text) and money.parse(p.text, style) for p in near)
            # Beside an amount a sign is a currency; alone, "R" or "kr" may be anything.
            yield value, (piece,), SHOWN if beside else BARE if len(piece.text) >= 3 else ALONE
        elif _CENTS.search(piece.text) and money.parse(piece.text, style) is not None:
            sign = _FIGURES.sub("", piece.text)
            value = kind.parse(sign, style)
            # A letter behind an amount names its tax rate: "4.99R".
            if value is not None and (len(sign) > 1 or not piece.text.endswith(sign)
                                      or not sign.isalpha()):  # fmt: skip
                yield value, (piece,), SHOWN


def from_caption(
    kind: Kind, caption: PrintedCaption, places: Sequence[Beside], sheet: Sheet, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], Signs]]:
    """Values beside a caption, each with what its place and kind say of it."""
    if isinstance(kind, Check):
        yield from _answers(caption, sheet)
        return
    is_head = len(sheet.rows[caption.run.row]) >= 3 and not caption.colon
    for place in places if isinstance(kind, Text) else map(_own, places):
        if not place.runs:
            continue
        below = place.where == "below"
        signs = {"below": float(below), "gap": place.gap}
        if below:
            signs["head"] = float(is_head)
            signs["column"] = float(_goes_on(kind, caption, place, sheet, style))
        if isinstance(kind, Choice | Money | Number | Day | Moment | Clock):
            yield from _figures(kind, caption, place, signs, style)
        elif isinstance(kind, Code):
            yield from codes_in(kind, place, signs, style)
        elif not below or len(places) == 1 or places[0].gap > FAR_RIGHT:
            yield from _texts(kind, caption, place, signs, sheet, style)


def _figures(
    kind: Kind, caption: PrintedCaption, place: Beside, signs: Signs, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], Signs]]:
    """Amounts, dates and other values that words can't be taken for."""
    found = [item for run in place.runs for item in readings(kind, run, style)]
    if place.where == "below":
        # Only what begins right under the caption is named by it.
        found = [item for item in found if item[1][0].box[0] < caption.box[2]][:1]
    elif isinstance(kind, Money):
        found.reverse()  # quantity, price, then the amount itself
    for rank, (value, pieces, quality) in enumerate(found[:3]):
        between = _words_between(caption, pieces, place)
        own = {"shown": quality, "between": between, "rank": rank, "beside": len(found)}
        yield value, pieces, signs | own


def _words_between(caption: PrintedCaption, pieces: Sequence[Token], place: Beside) -> int:
    """Words between a caption and a value right of it: they say what the value is, too."""
    if place.where != "right":
        return 0
    end, start = caption.box[2], pieces[0].box[0]
    between = [
        piece
        for run in place.runs
        for piece in run.pieces
        if end - 1 <= piece.box[0] < start - 1 and sum(map(str.isalpha, piece.text)) >= 2
    ]
    return sum(Currency().parse(piece.text) is None for piece in between)


def _goes_on(
    kind: Kind, caption: PrintedCaption, place: Beside, sheet: Sheet, style: Style
) -> bool:
    """Whether further values of the kind stand below: a column of a table, not one value.

    A row of a table has something in most of its columns, and not twice as much as there are: that
    is another table's.
    """
    first = place.runs[0]
    heads = len(sheet.rows[caption.run.row])
    return any(
        not isinstance(kind, Code) or any(char.isdigit() for char in str(value))
        for run in sheet.below(first.box, reach=TABLE_REACH)
        if heads / 2 < len(sheet.rows[run.row]) < 2 * heads
        for value, pieces, _ in readings(kind, run, style)
        if pieces[0].box[0] < first.box[2] and pieces[-1].box[2] > first.box[0]
    )


def _own(place: Beside) -> Beside:
    """The place without what other captions below name: "No: A1" over "Date: 3 March"."""
    if place.where == "right":
        return place
    runs = [run for run in place.runs
            if not any(piece.text.endswith(COLONS) for piece in run.pieces[:-1])]  # fmt: skip
    return replace(place, runs=tuple(runs))


def _texts(
    kind: Kind, caption: PrintedCaption, place: Beside, signs: Signs, sheet: Sheet, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], Signs]]:
    first = place.runs[0]
    if first.text in (EMPTY, TICKED):
        return
    if place.where == "below" and not _under(first.box, caption.box, sheet.height):
        return
    lines = [first] if isinstance(kind, Name) else _continued(first, caption, sheet)
    pieces = tuple(piece for line in lines for piece in line.pieces)
    text = " ".join(piece.text for piece in pieces)
    value = kind.parse(text, style)
    if value is None or not any(map(str.isalnum, text)):
        return
    yield value, pieces, signs | {"lines": len(lines), "beside": len(place.runs)}


def _under(box: Box, caption: Box, height: float) -> bool:
    """Whether a text begins about where its caption begins, or is centred below it."""
    left = abs(box[0] - caption[0]) <= ASIDE * height
    middle = abs(box[0] + box[2] - caption[0] - caption[2]) / 2 <= ASIDE * height
    return left or middle


def _continued(first: Run, caption: PrintedCaption, sheet: Sheet) -> list[Run]:
    """The lines of a text that begins right of its caption, or below it.

    Further ones begin where it begins, nothing stands to their left in the caption's column, and
    none ends in a colon.
    """
    lines = [first]
    for _ in range(_CONTINUED_LINES):
        last = lines[-1]
        near = (run for row in sheet.rows[last.row + 1 : last.row + 3] for run in row)
        flush = FLUSH * sheet.height
        run = next((run for run in near if abs(run.box[0] - first.box[0]) <= flush), None)
        if run is None or _is_entry(run.pieces) != _is_entry(last.pieces):
            break
        left, right = caption.box[0] - sheet.height, caption.box[2]
        named = any(left <= one.box[0] < right for one in sheet.rows[run.row][: run.index])
        colon = any(piece.text.endswith(COLONS) for piece in run.pieces[:6])
        if named or colon or run.box[1] - last.box[3] > LINE_GAP * sheet.height:
            break
        lines.append(run)
    return lines


def _is_entry(pieces: Sequence[Token]) -> bool:
    """Whether this is what fields of a PDF hold, boxes to tick left out."""
    return all(
        piece.word.source == "widget" and piece.text not in (EMPTY, TICKED) for piece in pieces
    )


def _answers(
    caption: PrintedCaption, sheet: Sheet
) -> Iterator[tuple[Any, tuple[Token, ...], Signs]]:
    """The first yes or no, or mark, behind a caption; boxes with words are told by
    `readers.form_answers`."""
    row = [piece for run in sheet.rows[caption.run.row] for piece in run.pieces]
    end = row.index(caption.run.pieces[caption.start]) + caption.end - caption.start
    read = ((Check().parse(piece.text), piece) for piece in row[end : end + ANSWERS])
    yield from islice(((value, (piece,), {}) for value, piece in read if value is not None), 1)
