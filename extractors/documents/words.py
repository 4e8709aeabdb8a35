"""Words of a page with their boxes: from the text layer, from form widgets, or by OCR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Literal

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union

COLUMN_GAP = 1.2
"""Gap between two lines side by side, in line heights, from which they may be two columns."""
BAND_GAP = 0.6
"""Line heights between parts of a page that stand below each other."""
EMPTY_LINE = 0.8
"""Line heights between rows, from which a page's text has an empty line there."""
CELL_GAP = 1.5
"""Usual widths of a letter between words, from which they stand in columns."""
LEAST_HEIGHT = 1e-6
"""Points: of print that has none."""
MAX_COLUMNS = 240
"""Characters a line of `PageWords.text` may be indented to: an odd page box must not pad it."""


LEAST_SLANT, MOST_SLANT = 0.003, 0.3
"""Slopes of lines that are levelled: less does not put words into wrong rows, more is no line."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `box` in page points after rotation; `confidence` is 1.0 from a text layer.

    `line` numbers the text line that the source put it in, counted from 0 on the page. A
    checkbox or radio button of a form is the word ``☒`` or ``☐`` with source ``widget``. `visible`
    is False for what stands in the file, but nobody who looks at the page sees, see
    `visibility`.
    """

    text: str
    box: Box
    confidence: float = 1.0
    source: Literal["text", "widget", "ocr"] = "text"
    line: int = 0
    visible: bool = True


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of one page in reading order. `width` and `height` in page points.

    Attributes:
        turn: degrees clockwise by which the page would have to be turned for its text to stand
            upright: 0, 90, 180 or 270. Boxes are those of the page as it is.
        hidden: words that nobody can see; none of them is among `words`.
        misread: the text layer does not say what the page shows; `words` are by OCR instead.
    """

    page: int
    width: float
    height: float
    words: tuple[Word, ...]
    turn: int = 0
    hidden: tuple[Word, ...] = ()
    misread: bool = False

    def with_hidden(self) -> PageWords:
        """The same page with its hidden words among the others, for who asks for them."""
        if not self.hidden:
            return self
        words = (*self.words, *in_lines_of_their_own(self.hidden, self.words))
        ordered = in_reading_order(words, self.width, self.height, self.turn)
        return replace(self, words=ordered, hidden=())

    def text(self) -> str:
        """The page as plain text that keeps its layout.

        One printed line is one line of text; what stands apart on the page stands apart in the
        line, at the same place as in the lines above, so that columns stay columns; larger
        vertical gaps are blank lines.
        """
        return _text_of(self)

    def ends(self, first: int, last: int) -> PageWords:
        """The page with no more than so many of its first and of its last rows."""
        found = rows(self.upright())
        if len(found) <= first + last:
            return self
        kept = [*found[:first], *found[len(found) - last :]]
        return replace(self, words=tuple(word for row in kept for word, _ in row), hidden=())

    def upright(self) -> list[tuple[Word, Box]]:
        """Words with their boxes as if the page stood upright and its lines were level."""
        return levelled(
            [(word, turned(word.box, self.width, self.height, self.turn)) for word in self.words]
        )


@lru_cache(maxsize=32)
def _text_of(page: PageWords) -> str:
    """`PageWords.text`, kept for a while: a document in hand is asked for it again and again."""
    return laid_out(page.upright())


def in_lines_of_their_own(words: Sequence[Word], others: Sequence[Word]) -> list[Word]:
    """`words` with line numbers that none of the others has."""
    first = 1 + max((word.line for word in others), default=-1)
    return [replace(word, line=first + word.line) for word in words]


def turned(box: Box, width: float, height: float, turn: int) -> Box:
    """`box` on a page of `width` x `height` after the page is turned clockwise by `turn`."""
    x0, y0, x1, y1 = box
    if turn == 90:
        return height - y1, x0, height - y0, x1
    if turn == 180:
        return width - x1, height - y1, width - x0, height - y0
    if turn == 270:
        return y0, width - x1, y1, width - x0
    return box


def slant(placed: Sequence[tuple[Word, Box]]) -> float:
    """How far lines sink from left to right, as a share of their length; 0 for a text layer.

    The median over OCR's lines of the slope between their first and last word, long lines first:
    photos and scans lie a little askew.
    """
    lines: dict[int, list[Box]] = {}
    for word, box in placed:
        if word.source == "ocr":
            lines.setdefault(word.line, []).append(box)
    slopes: list[tuple[float, float]] = []
    for boxes in lines.values():
        first, last = min(boxes), max(boxes)
        run = (last[0] + last[2] - first[0] - first[2]) / 2
        if run > 4 * (first[3] - first[1]):
            slopes.append((run, (last[1] + last[3] - first[1] - first[3]) / 2 / run))
    if len(slopes) < 3:
        return 0.0
    longest = sorted(slopes, reverse=True)[: max(3, len(slopes) // 2)]
    found = median(slope for _, slope in longest)
    return found if abs(found) < MOST_SLANT else 0.0


def levelled(placed: Sequence[tuple[Word, Box]]) -> list[tuple[Word, Box]]:
    """Words moved up or down so that slanting lines become level; see `slant`."""
    slope = slant(placed)
    if abs(slope) < LEAST_SLANT:
        return list(placed)
    moved = []
    for word, (x0, y0, x1, y1) in placed:
        down = slope * (x0 + x1) / 2
        moved.append((word, (x0, y0 - down, x1, y1 - down)))
    return moved


def laid_out(placed: Sequence[tuple[Word, Box]]) -> str:
    """Words with upright boxes as text that keeps rows and columns."""
    if not placed:
        return ""
    unit = median((box[2] - box[0]) / len(word.text) for word, box in placed if word.text) or 1.0
    left = min(box[0] for _, box in placed)
    lines: list[str] = []
    bottom: float | None = None
    for row in rows(placed):
        top = min(box[1] for _, box in row)
        height = median(box[3] - box[1] for _, box in row)
        if bottom is not None and top - bottom > EMPTY_LINE * height:
            lines.append("")
        bottom = max(box[3] for _, box in row)
        lines.append(_line(row, left, unit))
    return "\n".join(lines)


def _line(row: Sequence[tuple[Word, Box]], left: float, unit: float) -> str:
    line = ""
    end = float("-inf")
    for word, box in row:
        if box[0] - end > CELL_GAP * unit:
            column = min(round((box[0] - left) / unit), MAX_COLUMNS)
            line = line.ljust(max(column, len(line) + 2 if line else 0))
        else:
            line += " "
        line += word.text
        end = box[2]
    return line


def rows(placed: Sequence[tuple[Word, Box]]) -> list[list[tuple[Word, Box]]]:
    """Words grouped into printed rows from top to bottom, each from left to right."""
    found: list[list[tuple[Word, Box]]] = []
    spans: list[tuple[float, float]] = []
    for item in sorted(placed, key=lambda item: (item[1][1] + item[1][3], item[1][0])):
        top, bottom = item[1][1], item[1][3]
        middle = (top + bottom) / 2
        # Rows come in order of their middles, so only the last few can take the word.
        for index in range(len(found) - 1, max(-1, len(found) - 4), -1):
            high, low = spans[index]
            shared = min(low, bottom) - max(high, top)
            if high <= middle <= low and shared >= 0.5 * min(low - high, bottom - top):
                found[index].append(item)
                break
        else:
            found.append([item])
            spans.append((top, bottom))
    return [sorted(row, key=lambda item: item[1][0]) for row in found]


def in_reading_order(
    words: Sequence[Word], width: float, height: float, turn: int = 0
) -> tuple[Word, ...]:
    """Words sorted as a person reads them: columns one after the other, lines numbered anew."""
    lines: dict[int, list[tuple[Word, Box]]] = {}
    for word, box in levelled([(w, turned(w.box, width, height, turn)) for w in words]):
        lines.setdefault(word.line, []).append((word, box))
    pieces = [(line, union([box for _, box in line])) for line in lines.values()]
    ordered: list[Word] = []
    for number, (line, _) in enumerate(_cut(pieces)):
        ordered += [
            replace(word, line=number) for word, _ in sorted(line, key=lambda item: item[1][0])
        ]
    return tuple(ordered)


_Piece = tuple[list[tuple[Word, Box]], Box]


def _cut(pieces: list[_Piece], depth: int = 0) -> list[_Piece]:
    """Recursive XY-cut (Nagy and Seth, 1984): across at wide gaps, else into columns."""
    if len(pieces) < 2:
        return pieces
    if depth < 40:
        height = median(box[3] - box[1] for _, box in pieces)
        columns = _parts(pieces, 0, COLUMN_GAP * height)
        # Columns of text are several lines each; a row of cells is read across.
        if len(columns) > 1 and all(_lines_high(part, height) >= 3 for part in columns):
            return [piece for part in columns for piece in _cut(part, depth + 1)]
        bands = _parts(pieces, 1, BAND_GAP * height)
        if len(bands) > 1:
            return [piece for part in bands for piece in _cut(part, depth + 1)]
    items = [(piece[0][0][0], piece[1]) for piece in pieces]
    of = {id(item): piece for item, piece in zip(items, pieces, strict=True)}
    return [of[id(item)] for row in rows(items) for item in row]


def _parts(pieces: list[_Piece], axis: int, gap: float) -> list[list[_Piece]]:
    """Pieces split where nothing stands for more than `gap` along the axis."""
    parts: list[list[_Piece]] = []
    end = float("-inf")
    for piece in sorted(pieces, key=lambda piece: piece[1][axis]):
        if not parts or piece[1][axis] - end > gap:
            parts.append([])
        parts[-1].append(piece)
        end = max(end, piece[1][axis + 2])
    return parts


def _lines_high(part: list[_Piece], height: float) -> float:
    box = union([box for _, box in part])
    return (box[3] - box[1]) / max(height, LEAST_HEIGHT)
