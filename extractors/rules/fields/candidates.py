"""What may be the value of a field: printed words that its kind can read, and how likely."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import across, union
from docglean.extractors.rules.fields.field_names import NUMERAL
from docglean.extractors.rules.page.captions import COLONS, Beside, PrintedCaption
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
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

_MOST_WORDS = {Money: 4, Number: 3, Day: 6, Moment: 8, Clock: 3}
_CENTS = re.compile(r"[.,]\s?\d\d(?!\d)")
_SIGNED = re.compile(r"[$€£¥₹]|\b(?:RM|EUR|USD|GBP|CHF|Rs)\b")
_FIGURES = re.compile(r"[\d.,+()'-]+")
_GROUP = re.compile(r"[A-Z0-9]{2,}")
_DIALLED = re.compile(r"\+?[\d()/-]{2,}")
_PREFIX = re.compile(r"[A-Z]{2}")
_CONTINUED_LINES = 8

NEXT_LINE = 0.6
"""Of a word's height: how much lower the next line's words stand."""
BARE_NUMBER = 0.75
"""How well a number without cents and currency fits an amount."""
CODE_ALONE, SIGN_ALONE = 0.8, 0.3
"""How well a currency's code fits, and a sign or a letter, without an amount beside it."""
IN_TABLE, UNDER_HEAD = 0.45, 0.9
"""What a value below a head is worth where more stand below it, and where not."""
FAR_RIGHT = 1.5
"""Line heights to the right, from which a text below a caption may be meant instead."""
WORD_BETWEEN = 0.8
"""What a value is worth for each word between its caption and it: they say what it is, too."""
NEXT_VALUE = 0.1
"""What each value nearer to the caption takes away."""
TABLE_REACH = 4.0
"""Line heights below a value among which further ones make a table's column."""
FAR, AT_MARGIN = 0.1, 40
"""What a place at the margin costs at most, and the line heights that it is away."""
BELOW, LINE_LOWER, LOWEST = 0.85, 0.05, 3.0
"""What a place below a caption is worth, what it loses for each line height, and for how many."""
WITHOUT_DIGITS = 0.6
"""What a code without a digit is worth: it may be a word."""
GROUP_GAP = 0.8
"""Line heights between groups of one code."""
WORD_BEFORE, NEXT_RUN = 0.08, 0.15
"""What a code loses for each word before it, and for standing in the next run."""
BEGINS_LIKE_ONE, GOES_ON_LIKE = 0.85, 0.4
"""What a text is worth behind a caption that nothing ends: where it begins like a value, and where
it goes on like the caption."""
UNDER_NO_COLON = 0.85
"""What a text is worth below a caption without a colon."""
NAME_OF_DIGITS, NAME_OF_NUMBER = 0.4, 0.5
"""What a name of digits is worth, and one whose caption asks for a number."""
ASIDE, FLUSH = 2.5, 1.2
"""Line heights by which a text below its caption, and its further lines, may begin beside."""
LINE_GAP = 0.9
"""Line heights between the lines of one text."""
BOX_GAP = 2.5
"""Line heights between a box to tick and its words."""
MARKED_WORD, LONE_MARK, FURTHER = 0.95, 0.9, 0.05
"""Scores of a marked "yes" or "no", of another mark behind a caption, and what that loses for each
word between."""
UNNAMED = 0.55
"""What is found by place and form alone is worth less than what a caption names."""


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
    """

    value: Any
    page: int
    pieces: tuple[Token, ...]
    score: float
    caption: PrintedCaption | None = None
    shared: bool = False
    lead: float | None = None

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
    boxes: list[Box] = [union(piece.word.box for piece in line) for line in lines]
    return Evidence(
        how="exact" if text == str(value) else "normalised",
        page=page,
        box=union(boxes),
        boxes=tuple(boxes) if len(boxes) > 1 else (),
        text=text,
        score=1.0,
    )


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
        return 1.0 if _CENTS.search(text) or _SIGNED.search(text) else BARE_NUMBER
    return 1.0


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
            yield (
                value,
                (piece,),
                1.0 if beside else CODE_ALONE if len(piece.text) >= 3 else SIGN_ALONE,
            )
        elif _CENTS.search(piece.text) and money.parse(piece.text, style) is not None:
            sign = _FIGURES.sub("", piece.text)
            value = kind.parse(sign, style)
            # A letter behind an amount names its tax rate: "4.99R".
            if value is not None and (len(sign) > 1 or not piece.text.endswith(sign)
                                      or not sign.isalpha()):  # fmt: skip
                yield value, (piece,), 1.0


def from_caption(
    kind: Kind, caption: PrintedCaption, places: Sequence[Beside], sheet: Sheet, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    """Values beside a caption, each with how well its place and kind speak for it, 0 to 1."""
    if isinstance(kind, Check):
        yield from marks_beside(caption, sheet)
        return
    is_head = len(sheet.rows[caption.run.row]) >= 3 and not caption.colon
    for place in places if isinstance(kind, Text) else map(_own, places):
        if not place.runs:
            continue
        near = _nearness(place)
        if place.where == "below" and is_head:
            table = _goes_on(kind, caption, place, sheet, style)
            near *= IN_TABLE if table else UNDER_HEAD
        if isinstance(kind, Choice | Money | Number | Day | Moment | Clock):
            yield from _figures(kind, caption, place, near, style)
        elif isinstance(kind, Code):
            yield from _codes(kind, place, near, style)
        elif place.where == "right" or len(places) == 1 or places[0].gap > FAR_RIGHT:
            yield from _texts(kind, caption, place, near, sheet, style)


def _figures(
    kind: Kind, caption: PrintedCaption, place: Beside, near: float, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    """Amounts, dates and other values that words can't be taken for."""
    found = [item for run in place.runs for item in readings(kind, run, style)]
    if place.where == "below":
        # Only what begins right under the caption is named by it.
        found = [item for item in found if item[1][0].box[0] < caption.box[2]][:1]
    elif isinstance(kind, Money):
        found.reverse()  # quantity, price, then the amount itself
    for rank, (value, pieces, quality) in enumerate(found[:3]):
        quality = 1.0 if isinstance(kind, Currency) else quality
        quality *= WORD_BETWEEN ** min(2, _words_between(caption, pieces, place))
        yield value, pieces, near * quality * (1.0 - NEXT_VALUE * rank)


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

    A row of a table has something in most of its columns.
    """
    first = place.runs[0]
    most = len(sheet.rows[caption.run.row]) / 2
    return any(
        not isinstance(kind, Code) or any(char.isdigit() for char in str(value))
        for run in sheet.below(first.box, reach=TABLE_REACH)
        if len(sheet.rows[run.row]) > most
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


def _nearness(place: Beside) -> float:
    if place.where == "right":
        # Amounts stand far from their labels, at the margin; that costs little.
        return 1.0 - FAR * min(1.0, place.gap / AT_MARGIN)
    return BELOW - LINE_LOWER * min(LOWEST, place.gap)


def _codes(
    kind: Code, place: Beside, near: float, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    for rank, run in enumerate(place.runs[:2]):
        pieces = run.pieces
        start = next((i for i, p in enumerate(pieces) if any(map(str.isdigit, p.text))), None)
        if start is None:
            if len(pieces) == 1 and rank == 0:
                value = kind.parse(pieces[0].text, style)
                if value is not None and pieces[0].text not in (EMPTY, TICKED):
                    yield value, pieces, near * WITHOUT_DIGITS
            continue
        start, end = _code_span(run, start)
        value = kind.parse(" ".join(piece.text for piece in pieces[start:end]), style)
        if value is not None:
            first = near * (1.0 - WORD_BEFORE * min(start, 3))
            yield value, pieces[start:end], first * (1 - NEXT_RUN * rank)


def _code_span(run: Run, start: int) -> tuple[int, int]:
    """First word of the code around the word `start` of a run, and the one behind its last."""
    pieces = run.pieces
    end = start + 1
    while start and _PREFIX.fullmatch(pieces[start - 1].text):
        start -= 1  # the country's letters: "GB 980 7806 84"
    # Codes printed in groups, as an IBAN: the groups have digits and capitals only.
    while (
        end < len(pieces)
        and _goes_together(pieces[start].text, pieces[end].text)
        and pieces[end].box[0] - pieces[end - 1].box[2] <= GROUP_GAP * run.height
    ):
        end += 1
    return start, end


def _goes_together(first: str, other: str) -> bool:
    """Whether two words are groups of one code: "DE12 1234", "03-1234 5678"."""
    if _GROUP.fullmatch(first) and _GROUP.fullmatch(other) and any(map(str.isdigit, other)):
        return True
    return bool(_DIALLED.fullmatch(first)) and other.isdigit() and len(other) >= 3


def _texts(
    kind: Kind, caption: PrintedCaption, place: Beside, near: float, sheet: Sheet, style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    first = place.runs[0]
    if first.text in (EMPTY, TICKED):
        return
    if place.where == "below" and not _under(first.box, caption.box, sheet.height):
        return
    lines = [first]
    if not isinstance(kind, Name):
        lines += continued(first, caption, sheet)
    pieces = whole_entry(tuple(p for line in lines for p in line.pieces), caption.box, sheet)
    text = " ".join(piece.text for piece in pieces)
    value = kind.parse(text, style)
    if value is None or not any(map(str.isalnum, text)):
        return
    yield value, pieces, near * _text_quality(kind, caption, place, text)


def _text_quality(kind: Kind, caption: PrintedCaption, place: Beside, text: str) -> float:
    """How well a text beside a caption looks like what it names."""
    quality = 1.0
    if not caption.closed:
        # Where the caption ends is a guess, unless the value begins like one.
        quality = BEGINS_LIKE_ONE if text[0].isupper() or text[0].isdigit() else GOES_ON_LIKE
    if place.where == "below" and not caption.colon:
        quality *= UNDER_NO_COLON
    if isinstance(kind, Name):
        # A name has letters, and "Company no." is not its caption.
        letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
        quality *= 1.0 if letters >= digits else NAME_OF_DIGITS
        quality *= NAME_OF_NUMBER if NUMERAL in caption.tokens else 1.0
    return quality


def _under(box: Box, caption: Box, height: float) -> bool:
    """Whether a text begins about where its caption begins, or is centred below it."""
    left = abs(box[0] - caption[0]) <= ASIDE * height
    middle = abs(box[0] + box[2] - caption[0] - caption[2]) / 2 <= ASIDE * height
    return left or middle


def continued(first: Run, caption: PrintedCaption, sheet: Sheet) -> list[Run]:
    """Further lines of a text that began right of its caption, or below it.

    They begin where it begins, nothing stands to their left in the caption's column, and none
    ends in a colon.
    """
    lines: list[Run] = []
    last = first
    for _ in range(_CONTINUED_LINES):
        row = next(
            (
                row
                for row in sheet.rows[last.row + 1 : last.row + 3]
                if any(abs(run.box[0] - first.box[0]) <= FLUSH * sheet.height for run in row)
            ),
            None,
        )
        if row is None:
            break
        run = next(run for run in row if abs(run.box[0] - first.box[0]) <= FLUSH * sheet.height)
        if is_entry(run.pieces) != is_entry(last.pieces):
            break
        if run.box[1] - last.box[3] > LINE_GAP * sheet.height or (
            run.index > 0
            and any(
                caption.box[0] - sheet.height <= other.box[0] < caption.box[2]
                for other in row[: run.index]
            )
        ):
            break
        if any(piece.text.endswith(COLONS) for piece in run.pieces[:6]):
            break
        lines.append(run)
        last = run
    return lines


def whole_entry(pieces: tuple[Token, ...], caption: Box, sheet: Sheet) -> tuple[Token, ...]:
    """The value, with the further lines of the form field that it ends in.

    What a PDF's own field holds is known to be filled in: lines of such words, close below each
    other, are one entry unless a caption of their own stands before them.
    """
    if not pieces or not is_entry(pieces[-1:]):
        return pieces
    known = {id(piece.word) for piece in pieces}
    last = next(
        run for run in sheet.runs if any(piece.word is pieces[-1].word for piece in run.pieces)
    )
    found = list(pieces)
    for row in sheet.rows[last.row + 1 :]:
        under = [run for run in row if across(run.box, last.box) > 0 and is_entry(run.pieces)]
        if not under or _has_own_caption(row, caption, sheet):
            break
        if under[0].box[1] - last.box[3] > last.height:
            break
        found += [p for run in under for p in run.pieces if id(p.word) not in known]
        last = under[0]
    return tuple(found)


def _has_own_caption(row: Sequence[Run], caption: Box, sheet: Sheet) -> bool:
    """Whether something printed stands in the caption's column of this row."""
    return any(
        caption[0] - sheet.height <= run.box[0] < caption[2] and not is_entry(run.pieces)
        for run in row
    )


def is_entry(pieces: Sequence[Token]) -> bool:
    """Whether this is what fields of a PDF hold, boxes to tick left out."""
    return all(
        piece.word.source == "widget" and piece.text not in (EMPTY, TICKED) for piece in pieces
    )


def marks_beside(
    caption: PrintedCaption, sheet: Sheet
) -> Iterator[tuple[Any, tuple[Token, ...], float]]:
    """Marks next to a caption: before it, else behind it; else a yes or no."""
    kind = Check()
    row = [piece for run in sheet.rows[caption.run.row] for piece in run.pieces]
    at = row.index(caption.run.pieces[caption.start])
    end = at + caption.end - caption.start
    if at and row[at - 1].text in (EMPTY, TICKED):
        gap = caption.box[0] - row[at - 1].box[2]
        if gap < BOX_GAP * sheet.height:
            yield row[at - 1].text == TICKED, (row[at - 1],), 1.0
    for distance, piece in enumerate(row[end : end + 4]):
        value = kind.parse(piece.text)
        if value is not None:
            # "☐ yes ☒ no": the word tells only where no box stands before it.
            before = row[end + distance - 1].text
            if before == EMPTY and piece.text not in (EMPTY, TICKED):
                continue
            if piece.text in (EMPTY, TICKED) and end + distance + 1 < len(row):
                named = kind.parse(row[end + distance + 1].text)
                if named is not None:
                    if piece.text == TICKED:
                        yield named, (piece, row[end + distance + 1]), MARKED_WORD
                    continue
            yield value, (piece,), LONE_MARK - FURTHER * distance
            return
