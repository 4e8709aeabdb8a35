"""A page as the embedded engine sees it: upright rows of printed runs, and blanks to fill in.

A run is what stands together in a row, without a wide gap: a caption, a value, a cell, a line
of prose. Geometry here is that of the upright page; evidence keeps the words' own boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from docglean.extractors.documents.words import LEAST_SLANT, PageWords, Word, rows, slant, turned
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import USUAL_HEIGHT, across, overlap, union
from docglean.extractors.rules.page.drawn import Drawn
from docglean.schemas.reading.style import Style

REACH, LOWER = 3.0, 0.4
"""Line heights below a box within which something stands under it, and by which it is lower."""
LETTER_GAP = -0.5, 1.2
"""Heights of a letter between those of a word that is set with spaces."""
FILL_LINE = 0.3, 0.2
"""Where, of a word's height from below, the line runs that its dots or underscores make."""
NARROW_LETTER, WIDE_LETTER = 0.5, 1.7
"""Widths of narrow letters and wide ones, of the usual one."""
LEAST_WIDTH = 1e-6
"""Width of a text that has none."""
BODY = 0.1, 0.8
"""Where, of a word's height from above, a rule strikes through its letters."""
MOST_OF_RULE = 0.6
"""Share of a rule that words, or frames, must take to explain it."""
FRAME_EDGE = 5
"""Points within which a rule is a frame's edge."""
COVERED = 0.3
"""Share of a drawn box that a word covers that OCR made of it."""
RUN_GAP = 1.1
"""Gap between two words, in line heights, from which they are different runs."""
LINE_GAP = 0.55
"""The same for words which the text layer or OCR put into different lines."""

EMPTY, TICKED = "☐", "☒"
"""The marks that stand for all boxes to tick in a run's text."""

# Dots, underscores or hyphens to write on.
_FILL = re.compile(r"(?:[.…‥·]\s?){4,}|[…‥]+\.*|_{2,}|-{6,}")
_MARKS = {
    **dict.fromkeys(("☐", "□", "口", "❑", "❏", "◯", "○", "[]", "()", "{}"), EMPTY),
    **dict.fromkeys(("☒", "☑", "区", "🗹", "⊠", "✓", "✔", "✗", "✘", "◉", "⦿"), TICKED),
    **dict.fromkeys(("[x]", "(x)", "{x}", "[✓]", "[v]"), TICKED),
}


# "Date:17/1/2018", "TEL.:03-7731"; and a date that a time follows without a blank.
_GLUED = re.compile(
    r"([^\W\d_][^:\uff1a]{0,25}[:\uff1a])(?=[^/\s:])|(\d{1,2}([/.-])\d{1,2}\3\d{4})(?=\d{1,2}:\d\d)"
)
_UNACCENTED = frozenset({"en", "ms", "id"})
_SPECKS = str.maketrans("ÀÁÂÃÅÌÍÎÒÓÔÕÙÚÛÝ", "AAAAAIIIOOOOUUUY")


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its box on the upright page."""

    word: Word
    box: Box

    @property
    def text(self) -> str:
        """As printed."""
        return self.word.text


class Printed:
    """Words that are read together, as one text in one place."""

    pieces: tuple[Token, ...]

    @cached_property
    def text(self) -> str:
        """Its words with single blanks."""
        return " ".join(piece.text for piece in self.pieces)

    @cached_property
    def box(self) -> Box:
        """On the upright page."""
        return union(piece.box for piece in self.pieces)

    @cached_property
    def height(self) -> float:
        """Of its print, in points: the median, for some of OCR's boxes are noise."""
        return median(piece.box[3] - piece.box[1] for piece in self.pieces)


@dataclass(frozen=True)
class Run(Printed):
    """Words that stand together in one row, from left to right.

    Attributes:
        page: 1-based number.
        row: number of its row on the page, from 0.
        index: its place in the row, from 0.
    """

    page: int
    row: int
    index: int
    pieces: tuple[Token, ...]

    def part(self, start: int, end: int | None = None) -> Run:
        """The run of its words from `start` to before `end`."""
        return replace(self, pieces=self.pieces[start:end])


@dataclass(frozen=True)
class Sheet:
    """One upright page.

    Attributes:
        page: 1-based number.
        width: in points.
        depth: in points.
        rows: runs by printed row, from top to bottom.
        blanks: places to write on: dotted lines, underscores, and drawn rules.
        height: of the usual print, in points.
        frames: boxes and cells drawn around something, or around nothing yet.
    """

    page: int
    width: float
    depth: float
    rows: tuple[tuple[Run, ...], ...]
    blanks: tuple[Box, ...] = ()
    height: float = USUAL_HEIGHT
    frames: tuple[Box, ...] = ()

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs, row by row."""
        return tuple(run for row in self.rows for run in row)

    def below(self, box: Box, *, reach: float = REACH) -> list[Run]:
        """Runs under `box`, as far below as `reach` line heights, nearest row first."""
        limit = box[3] + reach * self.height
        found = [
            run
            for run in self.runs
            if run.box[1] <= limit
            and run.box[1] > box[1] + LOWER * self.height
            and (run.box[1] + run.box[3]) / 2 > box[3]
            and across(run.box, box) > 0
        ]
        return sorted(found, key=lambda run: (run.row, abs(run.box[0] - box[0])))


@dataclass(frozen=True, slots=True)
class Level:
    """From boxes of a page as it is to those of the page upright, with level lines."""

    page: PageWords
    slope: float

    def of(self, box: Box) -> Box:
        """The box on the upright page."""
        page = self.page
        x0, y0, x1, y1 = turned(box, page.width, page.height, page.turn)
        down = self.slope * (x0 + x1) / 2
        return x0, y0 - down, x1, y1 - down


def legible_page(page: PageWords, style: Style) -> PageWords:
    """The page without what OCR makes of specks and of print that runs together.

    In languages written without accents OCR sets some on capitals, where there is a speck;
    dates and times run together are cut; words set with spaces between their letters are joined.
    """
    words: list[Word] = []
    plain_letters = bool(style.languages) and set(style.languages) <= _UNACCENTED
    for word in _joined_letters(page.words):
        if word.source == "ocr":
            text = word.text.translate(_SPECKS) if plain_letters else word.text
            words += _cut(replace(word, text=text))
        else:
            words += _cut(word)
    return replace(page, words=tuple(words))


def _cut(word: Word) -> Iterator[Word]:
    """A word at a colon between its caption and its value, and between a date and a time."""
    match = _GLUED.match(word.text)
    if match is None:
        yield word
        return
    end = match.end()
    yield _slice(word, 0, end)
    yield from _cut(_slice(word, end, len(word.text)))


def _joined_letters(words: Sequence[Word]) -> list[Word]:
    """Words with single characters that stand apart, four or more, made one word."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and _is_next_letter(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    found: list[Word] = []
    for group in groups:
        if len(group) >= 4 and any(word.text.isalpha() for word in group):
            text = "".join(word.text for word in group)
            found.append(replace(group[0], text=text, box=union(word.box for word in group)))
        else:
            found += group
    return found


def _is_next_letter(last: Word, word: Word) -> bool:
    gap, high = word.box[0] - last.box[2], last.box[3] - last.box[1]
    near = word.line == last.line and LETTER_GAP[0] * high < gap <= LETTER_GAP[1] * high
    return near and len(last.text) == len(word.text) == 1


def sheet_of(page: PageWords, drawn: Drawn | None = None) -> Sheet:
    """The sheet of one page's words, and of what is drawn on it where that is known."""
    width, depth = page.width, page.height
    if page.turn in (90, 270):
        width, depth = depth, width
    level = _level_of(page)
    pieces, blanks = _tokens(page.words, level)
    heights = [piece.box[3] - piece.box[1] for piece in pieces]
    height = median(heights) if heights else USUAL_HEIGHT
    frames: list[Box] = []
    if drawn is not None:
        frames = [level.of(box) for box in drawn.frames]
        rules = [level.of(box) for box in drawn.rules]
        blanks += [box for box in rules if not _is_print(box, pieces) and not _is_lid(box, frames)]
        pieces = _with_squares(pieces, drawn, level)
    return Sheet(
        page.page, width, depth, _rows_of(page.page, pieces), tuple(blanks), height,
        tuple(frames),
    )  # fmt: skip


def _level_of(page: PageWords) -> Level:
    upright = [(w, turned(w.box, page.width, page.height, page.turn)) for w in page.words]
    slope = slant(upright)
    return Level(page, slope if abs(slope) >= LEAST_SLANT else 0.0)


def _tokens(words: Sequence[Word], level: Level) -> tuple[list[Token], list[Box]]:
    """Words, and places to write on among them: dotted lines and underscores."""
    pieces: list[Token] = []
    blanks: list[Box] = []
    for word in words:
        for part, is_fill in _without_fill(word):
            box = level.of(part.box)
            if is_fill:
                high = box[3] - box[1]
                top, bottom = box[3] - FILL_LINE[0] * high, box[3] - FILL_LINE[1] * high
                blanks.append((box[0], top, box[2], bottom))
            else:
                pieces.append(Token(part, box))
    return pieces, blanks


def _rows_of(page: int, pieces: Sequence[Token]) -> tuple[tuple[Run, ...], ...]:
    """Words in printed rows, split at wide gaps."""
    by_word = {id(piece.word): piece for piece in pieces}
    return tuple(
        tuple(
            Run(page, number, index, tuple(part))
            for index, part in enumerate(runs([by_word[id(word)] for word, _ in row]))
        )
        for number, row in enumerate(rows([(piece.word, piece.box) for piece in pieces]))
    )


def runs(row: Sequence[Token]) -> list[list[Token]]:
    """Words of a row, from left to right, split at wide gaps."""
    found: list[list[Token]] = []
    for piece in row:
        if found:
            last = found[-1][-1]
            gap = piece.box[0] - last.box[2]
            high = min(piece.box[3] - piece.box[1], last.box[3] - last.box[1])
            limit = RUN_GAP if piece.word.line == last.word.line else LINE_GAP
            if gap <= limit * high:
                found[-1].append(piece)
                continue
        found.append([piece])
    return found


def _without_fill(word: Word) -> Iterator[tuple[Word, bool]]:
    """The word cut at fill characters, each part with whether it is fill; marks made one."""
    text = word.text
    mark = _MARKS.get(text.replace(" ", "").lower())
    if mark is not None:
        yield replace(word, text=mark), False
        return
    if not _FILL.search(text):
        yield word, False
        return
    start = 0
    for match in [*_FILL.finditer(text), None]:
        end = match.start() if match else len(text)
        if text[start:end].strip(" .,…_"):
            yield _slice(word, start, end), False
        if match:
            yield _slice(word, match.start(), match.end()), True
            start = match.end()


def _slice(word: Word, start: int, end: int) -> Word:
    """The part of a word from character `start` to before `end`, by the usual widths of print."""
    x0, y0, x1, y1 = word.box
    widths = [_width(char) for char in word.text]
    unit = (x1 - x0) / max(sum(widths), LEAST_WIDTH)
    left, right = x0 + unit * sum(widths[:start]), x0 + unit * sum(widths[:end])
    return replace(word, text=word.text[start:end].strip(), box=(left, y0, right, y1))


def _width(char: str) -> float:
    if char in "…—mwMW":
        return WIDE_LETTER
    return NARROW_LETTER if char in ".,:;'|!ilIjt()[] " else 1.0


def _is_print(rule: Box, pieces: Sequence[Token]) -> bool:
    """Whether a rule is but the strokes of letters: through the middle of words."""
    middle = (rule[1] + rule[3]) / 2
    struck = 0.0
    for piece in pieces:
        _, y0, _, y1 = piece.box
        if y0 + BODY[0] * (y1 - y0) < middle < y0 + BODY[1] * (y1 - y0):
            struck += max(0.0, across(piece.box, rule))
    return struck > MOST_OF_RULE * (rule[2] - rule[0])


def _is_lid(rule: Box, frames: Sequence[Box]) -> bool:
    """Whether a rule is the upper edge of frames, and not the lower edge of others."""
    level = (rule[1] + rule[3]) / 2
    under = sum(across(rule, box) for box in frames if abs(box[1] - level) < FRAME_EDGE)
    over = any(across(rule, box) > 0 for box in frames if abs(box[3] - level) < FRAME_EDGE)
    return under > MOST_OF_RULE * (rule[2] - rule[0]) and not over


def _with_squares(pieces: list[Token], drawn: Drawn, level: Level) -> list[Token]:
    """Pieces with the drawn boxes among them as marks, in place of what OCR made of them."""
    line = 1 + max((piece.word.line for piece in pieces), default=0)
    for number, (own, ticked) in enumerate(drawn.squares):
        box = level.of(own)
        side = box[3] - box[1]
        inside = [piece for piece in pieces if overlap(piece.box, box) > COVERED * side * side]
        if any(_is_said(piece.word) for piece in inside):
            continue
        kept = [piece for piece in pieces if piece not in inside or len(piece.text) > 2]
        mark = Word(TICKED if ticked else EMPTY, own, source="ocr", line=line + number)
        pieces = [*kept, Token(mark, box)]
    return pieces


def _is_said(word: Word) -> bool:
    """Whether a word is no box that OCR took for a letter: a longer one, a digit in a cell, or what
    fills in a field."""
    letters = sum(map(str.isalnum, word.text))
    return letters > 1 or word.text.isdigit() or word.source == "widget"
