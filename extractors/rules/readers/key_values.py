"""Open forms: captions with what was filled in, told by colons, lines to write on and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import across, union, within
from docglean.extractors.rules.fields.candidates import continued, is_entry, whole_entry
from docglean.extractors.rules.page.captions import COLONS, Caption, is_figure
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.extractors.rules.readers.form_lines import on_lines
from docglean.extractors.rules.readers.form_parts import Pair, Parts, cut_into_parts, is_key

EDGE = 4.0
"""Points by which a word may stand over a frame's left edge."""
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
    return round((box[1] + box[3]) / 2 / (0.8 * sheet.height)), box[0]


# --- frames ------------------------------------------------------------------------------------


def _in_frames(parts: Parts) -> Iterator[Pair]:
    """A caption in the upper left corner of a frame, or above it, and what stands in the frame."""
    sheet = parts.sheet
    for frame in sheet.frames:
        inside = [run for run in sheet.runs if _starts_within(run.box, frame)]
        if frame[2] - frame[0] < 6 * sheet.height:
            continue
        over = _over(frame, parts)
        if over is not None and not any(run.text.endswith(COLONS) for run in inside):
            yield Pair(sheet.page, over.pieces, tuple(p for run in inside for p in run.pieces))
            continue
        if not inside:
            continue
        first, rest = inside[0], inside[1:]
        corner = first.box[0] - frame[0] <= 1.5 * sheet.height
        if not corner or not is_key(first.text) or any(is_figure(p.text) for p in first.pieces):
            continue
        room = frame[3] - first.box[3]
        if any(run.row == first.row for run in rest) or len(first.pieces) > 6:
            continue
        if rest and len({run.row for run in rest}) <= 3:
            yield Pair(sheet.page, first.pieces, tuple(p for run in rest for p in run.pieces))
        elif not rest and room > 1.1 * first.height and frame[3] - frame[1] < 6 * sheet.height:
            yield Pair(sheet.page, first.pieces)


def _over(frame: Box, parts: Parts) -> Run | None:
    """The caption over a frame, flush with it; a caption in a frame is a table's head."""
    sheet = parts.sheet
    for run in sheet.runs:
        close = -0.3 * sheet.height <= frame[1] - run.box[3] <= 1.2 * sheet.height
        flush = abs(run.box[0] - frame[0]) <= 1.2 * sheet.height
        if close and flush and is_key(run.text) and parts.blank(run) is None:
            framed = any(_starts_within(run.box, other) for other in sheet.frames)
            figures = any(is_figure(piece.text) for piece in run.pieces)
            return None if framed or figures or len(run.pieces) > 6 else run
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
                caption = Caption(run, 0, len(run.pieces), colon=True)
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
        if found and other.box[0] - found[-1].box[2] > 2.5 * run.height:
            break
        found.append(other)
    return found


def _value_below(run: Run, parts: Parts, used: set[int]) -> Iterator[Run]:
    """Lines below a caption that has nothing to its right, until the next caption."""
    sheet = parts.sheet
    last, left, entry = run.box, None, False
    for row in sheet.rows[run.row + 1 : run.row + 12]:
        line = next(
            (
                other
                for other in row
                if across(other.box, run.box) > 0
                or abs(other.box[0] - run.box[0]) < 3 * sheet.height
            ),
            None,
        )
        if line is None:
            if row and row[0].box[1] - last[3] > 1.6 * sheet.height:
                return
            continue
        if left is None and len(row) > 2:
            return  # the heads of a table
        gap = line.box[1] - last[3]
        if gap > (1.6 if left is None else 0.9) * sheet.height or (line.index > 0 and left is None):
            return
        if (
            any(piece.text.endswith(COLONS) for piece in line.pieces)
            or id(line.pieces[0].word) in used
        ):
            return
        if left is not None and abs(line.box[0] - left) > 1.5 * sheet.height:
            return
        if left is not None and is_entry(line.pieces) != entry:
            return
        entry = is_entry(line.pieces)
        left = line.box[0] if left is None else left
        last = line.box
        yield line


# --- columns -----------------------------------------------------------------------------------


def _in_columns(parts: Parts, used: set[int]) -> Iterator[Pair]:
    """Rows of two: captions that begin under each other, and values that do, too."""
    sheet = parts.sheet
    rows = [
        (row[0], row[1])
        for row in sheet.rows
        if len(row) == 2
        and not any(id(piece.word) in used for run in row for piece in run.pieces)
        and not row[0].text.endswith(COLONS)
        and not is_figure(row[0].pieces[0].text)
        and row[0].text not in (EMPTY, TICKED)
        and row[1].box[0] - row[0].box[2] > COLUMN_GAP * sheet.height
        and len(row[0].pieces) <= 6
        and len(row[1].pieces) <= 8
    ]
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
