"""Open forms: captions with what was filled in, told by colons, lines to write on and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import across, union, within
from docglean.extractors.rules.fields.candidates import continued, is_entry, whole_entry
from docglean.extractors.rules.page.captions import COLONS, PrintedCaption, is_figure
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.extractors.rules.readers.form_lines import on_lines
from docglean.extractors.rules.readers.form_parts import Pair, Parts, cut_into_parts, is_key

EDGE = 4.0
"""Points by which a word may stand over a frame's left edge."""
CAPTION_WORDS, VALUE_WORDS = 6, 8
"""Words of a caption, and of a value in a column, at most."""
NARROW_FRAME, HIGH_FRAME = 6, 6
"""Line heights: width below which a frame holds no value, height from which an empty one is none
to write in."""
CORNER = 1.5
"""Line heights from a frame's left edge within which its caption begins."""
FRAME_ROWS = 3
"""Rows of a value in a frame at most; more are text."""
ROOM = 1.1
"""Heights of the caption that are free below it in a frame to write in."""
OVER_FRAME, OVER_FLUSH = (-0.3, 1.2), 1.2
"""Line heights between a caption and the frame below it, and between their left edges."""
CLOSE_BEHIND = 2.5
"""Line heights between the parts of a value."""
ROWS_BELOW = 12
"""Rows below a caption among which its value is looked for."""
FIRST_GAP, NEXT_GAP = 1.6, 0.9
"""Line heights between a caption and its value below it, and between the lines of that."""
ASIDE, VALUE_FLUSH = 3, 1.5
"""Line heights by which a value below its caption, and its further lines, may begin beside."""
LEVEL = 0.8
"""Line heights within which captions stand in one row."""
COLUMN_GAP = 2.5
"""Line heights between columns of captions and values, at least: prose has gaps, too."""
COLUMN_ROWS = 3
"""Rows that make two columns of captions and values, where no colon or line says so."""


def pairs_of(sheet: Sheet, taken: Iterable[Token] = ()) -> list[Pair]:
    """Captions with their values on one page, in reading order.

    Args:
        taken: words that are something else: boxes to tick and what stands beside them.
    """
    parts = cut_into_parts(_without(sheet, taken))
    pairs = list(_in_frames(parts))
    used = {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    parts = cut_into_parts(
        _without(parts.sheet, [p for pair in pairs for p in (*pair.key, *pair.value)])
    )
    pairs += on_lines(parts)
    used = {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    pairs += _with_colons(parts, used)
    used |= {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    pairs += _in_columns(parts, used)
    kept = [pair for pair in pairs if is_key(pair.key_text)]
    for pair in kept:
        pair.value = whole_entry(pair.value, union(piece.box for piece in pair.key), sheet)
    return sorted(kept, key=lambda pair: _reading_place(pair, sheet))


def _without(sheet: Sheet, taken: Iterable[Token]) -> Sheet:
    words = {id(piece.word) for piece in taken}
    if not words:
        return sheet
    rows = []
    for number, row in enumerate(sheet.rows):
        left = [tuple(p for p in run.pieces if id(p.word) not in words) for run in row]
        kept = [pieces for pieces in left if pieces]
        rows.append(tuple(Run(sheet.page, number, i, pieces) for i, pieces in enumerate(kept)))
    return replace(sheet, rows=tuple(rows))


def _reading_place(pair: Pair, sheet: Sheet) -> tuple[int, float]:
    box = union(piece.box for piece in pair.key)
    return round((box[1] + box[3]) / 2 / (LEVEL * sheet.height)), box[0]


# --- frames ------------------------------------------------------------------------------------


def _in_frames(parts: Parts) -> Iterator[Pair]:
    """A caption in the upper left corner of a frame, or above it, and what stands in the frame."""
    for frame in parts.sheet.frames:
        if frame[2] - frame[0] < NARROW_FRAME * parts.sheet.height:
            continue
        inside = [run for run in parts.sheet.runs if _starts_within(run.box, frame)]
        over = _over(frame, parts)
        if over is not None and not any(run.text.endswith(COLONS) for run in inside):
            yield _pair(over, inside)
        elif inside and _is_corner_caption(inside[0], inside[1:], frame, parts.sheet):
            room = frame[3] - inside[0].box[3]
            low = frame[3] - frame[1] < HIGH_FRAME * parts.sheet.height
            if 0 < len({run.row for run in inside[1:]}) <= FRAME_ROWS:
                yield _pair(inside[0], inside[1:])
            elif len(inside) == 1 and room > ROOM * inside[0].height and low:
                yield _pair(inside[0], ())


def _pair(caption: Run, value: Sequence[Run]) -> Pair:
    return Pair(caption.page, caption.pieces, tuple(p for run in value for p in run.pieces))


def _is_corner_caption(first: Run, rest: Sequence[Run], frame: Box, sheet: Sheet) -> bool:
    """Whether a frame's first run names what stands below it in the frame."""
    return (
        first.box[0] - frame[0] <= CORNER * sheet.height
        and is_key(first.text)
        and not any(is_figure(piece.text) for piece in first.pieces)
        and not any(run.row == first.row for run in rest)
        and len(first.pieces) <= CAPTION_WORDS
    )


def _over(frame: Box, parts: Parts) -> Run | None:
    """The caption over a frame, flush with it; a caption in a frame is a table's head."""
    sheet = parts.sheet
    for run in sheet.runs:
        gap = frame[1] - run.box[3]
        close = OVER_FRAME[0] * sheet.height <= gap <= OVER_FRAME[1] * sheet.height
        flush = abs(run.box[0] - frame[0]) <= OVER_FLUSH * sheet.height
        if close and flush and is_key(run.text) and parts.blank(run) is None:
            framed = any(_starts_within(run.box, other) for other in sheet.frames)
            figures = any(is_figure(piece.text) for piece in run.pieces)
            return None if framed or figures or len(run.pieces) > CAPTION_WORDS else run
    return None


def _starts_within(box: Box, frame: Box) -> bool:
    return within(box, frame) and box[0] >= frame[0] - EDGE


# --- colons ------------------------------------------------------------------------------------


def _with_colons(parts: Parts, used: set[int]) -> Iterator[Pair]:
    """Captions that end in a colon, and what stands right of them or below."""
    sheet = parts.sheet
    below_taken: set[int] = set()
    for row in sheet.rows:
        for run in row:
            if not run.text.endswith(COLONS) or id(run.pieces[0].word) in used:
                continue
            pair = Pair(sheet.page, run.pieces)
            right = _right_value(row, run, used)
            if right:
                caption = PrintedCaption(run, 0, len(run.pieces), colon=True)
                lines = [right[0]]
                if len(right) == 1:
                    lines += [line for line in continued(right[0], caption, sheet)
                              if id(line.pieces[0].word) not in used]  # fmt: skip
                pair.value = tuple(piece for part in (*lines, *right[1:]) for piece in part.pieces)
            else:
                lines = list(_value_below(run, parts, used | below_taken))
                pair.value = tuple(piece for line in lines for piece in line.pieces)
            below_taken |= {id(piece.word) for piece in pair.value}
            yield pair


def _right_value(row: Sequence[Run], run: Run, used: set[int]) -> list[Run]:
    """Runs right of a caption up to the next caption: the first, and those close behind it."""
    found: list[Run] = []
    for other in row[run.index + 1 :]:
        if other.text.endswith(COLONS) or id(other.pieces[0].word) in used:
            break
        if found and other.box[0] - found[-1].box[2] > CLOSE_BEHIND * run.height:
            break
        found.append(other)
    return found


def _value_below(run: Run, parts: Parts, used: set[int]) -> Iterator[Run]:
    """Lines below a caption that has nothing to its right, until the next caption."""
    sheet = parts.sheet
    first: Run | None = None
    bottom = run.box[3]
    for row in sheet.rows[run.row + 1 : run.row + ROWS_BELOW]:
        line = next((other for other in row if _is_under(other, run, sheet)), None)
        if line is None:
            if row and row[0].box[1] - bottom > FIRST_GAP * sheet.height:
                return
            continue
        if first is None and (len(row) > 2 or line.index > 0):
            return  # the heads of a table, or what stands in a row of its own
        gap = line.box[1] - bottom
        if gap > (FIRST_GAP if first is None else NEXT_GAP) * sheet.height or _is_taken(line, used):
            return
        if first is not None and not _goes_on(line, first, sheet):
            return
        first = first or line
        bottom = line.box[3]
        yield line


def _is_under(line: Run, caption: Run, sheet: Sheet) -> bool:
    near = abs(line.box[0] - caption.box[0]) < ASIDE * sheet.height
    return across(line.box, caption.box) > 0 or near


def _goes_on(line: Run, first: Run, sheet: Sheet) -> bool:
    """Whether a line is flush with the first one, and words where that is."""
    flush = abs(line.box[0] - first.box[0]) <= VALUE_FLUSH * sheet.height
    return flush and is_entry(line.pieces) == is_entry(first.pieces)


def _is_taken(line: Run, used: set[int]) -> bool:
    """Whether a line holds a caption, or is another's value."""
    captioned = any(piece.text.endswith(COLONS) for piece in line.pieces)
    return captioned or id(line.pieces[0].word) in used


# --- columns -----------------------------------------------------------------------------------


def _in_columns(parts: Parts, used: set[int]) -> Iterator[Pair]:
    """Rows of two: captions that begin under each other, and values that do, too."""
    sheet = parts.sheet
    rows = [(row[0], row[1]) for row in sheet.rows if _is_of_two(row, used, sheet)]
    for key, value in rows:
        alike = [
            (other, its)
            for other, its in rows
            if abs(other.box[0] - key.box[0]) < sheet.height
            and (abs(its.box[0] - value.box[0]) < sheet.height
                 or abs(its.box[2] - value.box[2]) < sheet.height)
            and abs(other.row - key.row) <= 2 * COLUMN_ROWS
        ]  # fmt: skip
        if len(alike) >= COLUMN_ROWS:
            yield Pair(sheet.page, key.pieces, value.pieces)


def _is_of_two(row: Sequence[Run], used: set[int], sheet: Sheet) -> bool:
    """Whether a row may be a caption and its value, in columns of these."""
    if len(row) != 2 or any(id(piece.word) in used for run in row for piece in run.pieces):
        return False
    key, value = row
    return (
        not key.text.endswith(COLONS)
        and not is_figure(key.pieces[0].text)
        and key.text not in (EMPTY, TICKED)
        and value.box[0] - key.box[2] > COLUMN_GAP * sheet.height
        and len(key.pieces) <= CAPTION_WORDS
        and len(value.pieces) <= VALUE_WORDS
    )
