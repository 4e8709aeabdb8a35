"""Open forms: captions with what was filled in, told by colons, lines to write on and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from docglean.extractors.candidates import continued
from docglean.extractors.captions import COLONS, Caption, is_figure
from docglean.extractors.extraction import Box
from docglean.extractors.sheets import EMPTY, TICKED, Piece, Run, Sheet, across, union

LONGEST_KEY = 12
"""Words of a caption; more are a sentence."""
KEY_GAP = 3.5
"""Line heights between a caption and the line to write on."""
COLUMN_GAP = 2.5
"""Line heights between them, at least: prose has gaps, too."""
COLUMN_ROWS = 3
"""Rows that make two columns of captions and values, where no colon or line says so."""


@dataclass
class Pair:
    """A caption with its value. `value` is empty where nothing was filled in."""

    page: int
    key: tuple[Piece, ...]
    value: tuple[Piece, ...] = ()
    blank: Box | None = None

    @property
    def key_text(self) -> str:
        """The caption without what only leads over to the value."""
        return " ".join(piece.text for piece in self.key).strip(" :\uff1a;._\u2026-\u2013*")

    @property
    def value_text(self) -> str:
        """As filled in; "" for nothing."""
        return " ".join(piece.text for piece in self.value).strip(" _…")


@dataclass(frozen=True)
class Parts:
    """A sheet with its runs cut where a caption ends and where a line to write on begins.

    Attributes:
        sheet: the same page with the smaller runs.
        blank_of: index of the line that a run stands on, by the run's place (row, index).
    """

    sheet: Sheet
    blank_of: dict[tuple[int, int], int] = field(default_factory=dict)

    def blank(self, run: Run) -> int | None:
        """Index of the line that the run stands on."""
        return self.blank_of.get((run.row, run.index))


def pairs_of(sheet: Sheet, taken: Iterable[Piece] = ()) -> list[Pair]:
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
    pairs += _on_lines(parts)
    used = {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    pairs += _with_colons(parts, used)
    used |= {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    pairs += _in_columns(parts, used)
    kept = [pair for pair in pairs if _is_key(pair.key_text)]
    return sorted(kept, key=lambda pair: _reading_place(pair, sheet))


def _without(sheet: Sheet, taken: Iterable[Piece]) -> Sheet:
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


def _is_key(text: str) -> bool:
    words = text.split()
    letters = sum(map(str.isalpha, text))
    return (
        letters >= 2 and len(words) <= LONGEST_KEY and letters >= 0.4 * len(text.replace(" ", ""))
    )


# --- cutting -----------------------------------------------------------------------------------


def cut_into_parts(sheet: Sheet) -> Parts:
    """The sheet with its runs cut at colons, marks and lines to write on."""
    rows: list[tuple[Run, ...]] = []
    blank_of: dict[tuple[int, int], int] = {}
    for number, row in enumerate(sheet.rows):
        runs: list[Run] = []
        for run in row:
            for pieces, blank in _cut(run, sheet):
                if blank is not None:
                    blank_of[(number, len(runs))] = blank
                runs.append(Run(run.page, number, len(runs), tuple(pieces)))
        rows.append(tuple(runs))
    return Parts(replace(sheet, rows=tuple(rows)), blank_of)


def _cut(run: Run, sheet: Sheet) -> Iterator[tuple[list[Piece], int | None]]:
    """Pieces of a run that belong together, with the line that they stand on."""
    after = set(_ends_of_keys(run))
    current: list[Piece] = []
    on: int | None = None
    for index, piece in enumerate(run.pieces):
        blank = _line_under(piece, sheet)
        is_mark = piece.text in (EMPTY, TICKED)
        if current and (
            index in after or blank != on or is_mark or current[-1].text in (EMPTY, TICKED)
        ):
            yield from _settled(current, on)
            current = []
        current.append(piece)
        on = blank
    if current:
        yield from _settled(current, on)


def _settled(pieces: list[Piece], blank: int | None) -> Iterator[tuple[list[Piece], int | None]]:
    # A caption may be underlined itself.
    yield pieces, None if pieces[-1].text.endswith(COLONS) else blank


def _ends_of_keys(run: Run) -> Iterator[int]:
    """Indices of pieces that begin something new: behind a colon, and before the next caption."""
    colons = [index for index, piece in enumerate(run.pieces) if piece.text.endswith(COLONS)]
    for number, colon in enumerate(colons):
        yield colon + 1
        if number:
            yield _begin(run, colons[number - 1] + 1, colon)


def _begin(run: Run, start: int, colon: int) -> int:
    """Where, behind an earlier value, the words before a colon begin to be its caption."""
    if colon <= start:
        return colon
    for index in range(colon, start, -1):
        if is_figure(run.pieces[index - 1].text):
            return index
    gaps = {
        index: run.pieces[index].box[0] - run.pieces[index - 1].box[2]
        for index in range(max(start + 1, colon - 3), colon + 1)
    }
    if not gaps:
        return colon
    widest = max(gaps, key=lambda index: gaps[index])
    return widest if gaps[widest] > 1.5 * median(gaps.values()) else colon


def _line_under(piece: Piece, sheet: Sheet) -> int | None:
    """Index of the line to write on that a word stands on: the nearest below its middle."""
    x0, y0, x1, y1 = piece.box
    x, middle = (x0 + x1) / 2, (y0 + y1) / 2
    best: tuple[float, int] | None = None
    for index, blank in enumerate(sheet.blanks):
        level = (blank[1] + blank[3]) / 2
        if not blank[0] - 1 <= x <= blank[2] + 1 or level < middle:
            continue
        if level <= y1 + 0.7 * sheet.height and (best is None or level < best[0]):
            best = level, index
    return best[1] if best else None


# --- frames ------------------------------------------------------------------------------------


def _in_frames(parts: Parts) -> Iterator[Pair]:
    """A caption in the upper left corner of a frame, and what stands below it in the frame."""
    sheet = parts.sheet
    for frame in sheet.frames:
        inside = [run for run in sheet.runs if _within(run.box, frame)]
        if not inside or frame[2] - frame[0] < 6 * sheet.height:
            continue
        first, rest = inside[0], inside[1:]
        corner = first.box[0] - frame[0] <= 1.5 * sheet.height
        if not corner or not _is_key(first.text) or any(is_figure(p.text) for p in first.pieces):
            continue
        room = frame[3] - first.box[3]
        if any(run.row == first.row for run in rest) or len(first.pieces) > 6:
            continue
        if rest and len({run.row for run in rest}) <= 3:
            yield Pair(sheet.page, first.pieces, tuple(p for run in rest for p in run.pieces))
        elif not rest and room > 1.1 * first.height and frame[3] - frame[1] < 6 * sheet.height:
            yield Pair(sheet.page, first.pieces)


def _within(box: Box, frame: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3] and box[0] >= frame[0] - 4


# --- lines to write on -------------------------------------------------------------------------


def _on_lines(parts: Parts) -> Iterator[Pair]:
    """A caption left of a line (or small below it), and what stands on the line."""
    sheet = parts.sheet
    standing: dict[int, list[Run]] = {}
    for run in sheet.runs:
        number = parts.blank(run)
        if number is not None:
            standing.setdefault(number, []).append(run)
    found: list[tuple[Box, Pair]] = []
    taken: set[tuple[int, int]] = set()
    for index, blank in sorted(enumerate(sheet.blanks), key=lambda item: (item[1][3], item[1][0])):
        runs = _one_row(standing.get(index, ()), blank)
        key, signs = _left_of(blank, runs, parts, taken)
        if key is None:
            key = _end_of_row_above(blank, parts, taken)
        if key is None and _begins_with_caption(runs, blank, sheet):
            key, runs = runs[0], runs[1:]
        if key is not None and _is_prose(key, runs, parts):
            continue
        if len(runs) > 2 and (key is None or not key.text.endswith(COLONS)):
            continue  # the rule below a table's row
        if key is not None and not runs:
            runs = _floating_over(blank, key, parts) or _behind(blank, key, parts)
        lines = [*signs, *_stacked(runs, parts, key)]
        value = tuple(piece for run in lines for piece in run.pieces)
        if key is not None:
            taken.add((key.row, key.index))
            found.append((blank, Pair(sheet.page, key.pieces, value, blank)))
            continue
        above = next(
            (pair for box, pair in reversed(found) if _goes_on(box, pair, blank, sheet)), None
        )
        if value and above is not None and above.value and not _anything_left(blank, parts):
            above.value += value
            found.append((blank, above))
        elif value and (caption := _below(blank, parts)) is not None:
            found.append((blank, Pair(sheet.page, caption.pieces, value, blank)))
    seen: set[int] = set()
    for _, pair in found:
        if id(pair) not in seen:
            seen.add(id(pair))
            yield pair


def _is_prose(key: Run, runs: Sequence[Run], parts: Parts) -> bool:
    """Whether one word stands on the line, close between others: the strokes of its letters."""
    if len(runs) != 1 or len(runs[0].pieces) != 1 or key.text.endswith(COLONS):
        return False
    run, row = runs[0], parts.sheet.rows[runs[0].row]
    after = row[run.index + 1] if run.index + 1 < len(row) else None
    close = 0.9 * parts.sheet.height
    return (
        after is not None
        and after.box[0] - run.box[2] < close
        and run.box[0] - key.box[2] < close
        and len(key.pieces) > 1
    )


def _one_row(runs: Sequence[Run], blank: Box) -> list[Run]:
    """Of what stands above a line, the row that stands on it."""
    if not runs:
        return []
    nearest = min(runs, key=lambda run: abs(run.box[3] - blank[1]))
    return sorted((run for run in runs if run.row == nearest.row), key=lambda run: run.box[0])


def _floating_over(blank: Box, key: Run, parts: Parts) -> list[Run]:
    """What is typed a little above a line that nothing stands on: its own row, no caption's."""
    sheet = parts.sheet
    level = (blank[1] + blank[3]) / 2
    near = [
        run
        for run in sheet.runs
        if run is not key
        and parts.blank(run) is None
        and 0 <= level - run.box[3] <= 1.8 * sheet.height
        and blank[0] - 2 <= run.box[0]
        and run.box[0] < blank[2]
        and not run.text.endswith(COLONS)
    ]
    if not near or any(
        other.text.endswith(COLONS) for run in near for other in sheet.rows[run.row][: run.index]
    ):
        return []
    return _one_row(near, blank)


def _behind(blank: Box, key: Run, parts: Parts) -> list[Run]:
    """What is typed behind a line rather than on it, if it is no caption of another line."""
    sheet = parts.sheet
    for run in sheet.rows[key.row][key.index + 1 :]:
        near = -2 <= run.box[0] - blank[2] <= 1.5 * sheet.height
        caption = run.text.endswith(COLONS) or any(
            -2 <= other[0] - run.box[2] <= KEY_GAP * sheet.height
            and abs(other[3] - run.box[3]) <= sheet.height
            for other in sheet.blanks
        )
        if near and parts.blank(run) is None and not caption:
            return [run]
    return []


def _stacked(runs: Sequence[Run], parts: Parts, key: Run | None) -> list[Run]:
    """What stands on a line, with lines set tight above and below it where only one fits."""
    if len(runs) != 1 or key is None:
        return list(runs)
    sheet, lines = parts.sheet, [runs[0]]
    for step in (-1, 1):
        last = runs[0]
        while 0 <= last.row + step < len(sheet.rows):
            row = sheet.rows[last.row + step]
            run = next((r for r in row if abs(r.box[0] - last.box[0]) < sheet.height), None)
            if run is None or parts.blank(run) is not None or run.text.endswith(COLONS):
                break
            gap = last.box[1] - run.box[3] if step < 0 else run.box[1] - last.box[3]
            if gap > 0.35 * sheet.height or any(r.box[0] < key.box[2] for r in row):
                break
            lines.insert(0 if step < 0 else len(lines), run)
            last = run
    return lines


def _left_of(
    blank: Box, runs: Sequence[Run], parts: Parts, taken: set[tuple[int, int]]
) -> tuple[Run | None, list[Run]]:
    """The caption left of a line, or left of what stands on it, on the line's level; and signs
    without letters that stand between, such as a currency's."""
    sheet = parts.sheet
    begin = max(blank[0], runs[0].box[0]) if runs else blank[0]
    signs: list[Run] = []
    for nearest in sorted(_level_with(blank, parts), key=lambda run: -run.box[2]):
        if nearest.box[2] - begin > 1.2 * sheet.height or nearest.box[0] >= begin:
            continue
        if parts.blank(nearest) is not None or (nearest.row, nearest.index) in taken:
            return None, []
        if not any(map(str.isalnum, nearest.text)):
            signs.insert(0, nearest)
            continue
        if not any(map(str.isalpha, nearest.text)) or _is_value(nearest, parts):
            return None, []
        # With a colon, or in a column of captions, the line may begin far from its caption.
        far = blank[0] - nearest.box[2] > KEY_GAP * sheet.height
        alone = nearest.index == 0 or nearest.text.endswith(COLONS)
        return (nearest, signs) if not far or alone else (None, [])
    return None, []


def _is_value(run: Run, parts: Parts) -> bool:
    """Whether a caption with a colon stands right before: then this is what it names."""
    before = parts.sheet.rows[run.row][run.index - 1] if run.index else None
    if before is None or run.text.endswith(COLONS) or not before.text.endswith(COLONS):
        return False
    return run.box[0] - before.box[2] <= KEY_GAP * parts.sheet.height


def _end_of_row_above(blank: Box, parts: Parts, taken: set[tuple[int, int]]) -> Run | None:
    """The caption of a line that begins a row, in running text: the last words of the row above."""
    sheet = parts.sheet
    if _anything_left(blank, parts):
        return None
    level = (blank[1] + blank[3]) / 2
    above = [run for run in sheet.runs if 0.8 <= (level - run.box[3]) / sheet.height <= 2.2]
    if not above:
        return None
    row = sheet.rows[max(above, key=lambda run: run.box[3]).row]
    if len(row) < 2 or row[0].box[0] > blank[0] + 2 * sheet.height:
        return None
    last, before = row[-1], row[-2]
    if parts.blank(last) is not None or (last.row, last.index) in taken or is_figure(last.text):
        return None
    # Behind another line to write on, or behind what was written there.
    on_line = parts.blank(before) is not None
    broken = any(before.box[0] < other[2] <= last.box[0] + sheet.height and
                 abs(other[3] - last.box[3]) < sheet.height for other in sheet.blanks)  # fmt: skip
    return last if on_line or broken else None


def _level_with(blank: Box, parts: Parts) -> list[Run]:
    """Runs that end about on the level of a line, marks left out."""
    level = (blank[1] + blank[3]) / 2
    return [
        run
        for run in parts.sheet.runs
        if abs(run.box[3] - level) <= 0.8 * parts.sheet.height and run.text not in (EMPTY, TICKED)
    ]


def _anything_left(blank: Box, parts: Parts) -> bool:
    return any(
        run.box[0] < blank[0] - parts.sheet.height and any(map(str.isalpha, run.text))
        for run in _level_with(blank, parts)
    )


def _begins_with_caption(runs: Sequence[Run], blank: Box, sheet: Sheet) -> bool:
    """Whether one line runs under both the caption and its value."""
    if len(runs) < 2 or abs(runs[0].box[0] - blank[0]) >= 2 * sheet.height:
        return False
    return _differs(runs[0], runs[1], sheet) and not is_figure(runs[0].text)


def _differs(key: Run, value: Run, sheet: Sheet) -> bool:
    """Whether two runs look like a caption and what was typed in: print, or a wide gap."""
    other_print = abs(key.height - value.height) > 0.15 * value.height
    apart = value.box[0] - key.box[2] > 1.5 * sheet.height
    return key.text.isupper() != value.text.isupper() or other_print or apart


def _goes_on(above: Box, pair: Pair, blank: Box, sheet: Sheet) -> bool:
    """Whether a line continues the one above it: an entry of several lines."""
    if not 0 < blank[1] - above[1] <= 3.2 * sheet.height:
        return False
    key = union(piece.box for piece in pair.key)
    return min(abs(blank[0] - above[0]), abs(blank[0] - key[0])) <= 1.5 * sheet.height


def _below(blank: Box, parts: Parts) -> Run | None:
    """A small caption under the line: "(City)", "DATE"; under a long one about its middle."""
    sheet = parts.sheet
    edge = 0.25 * max(0.0, blank[2] - blank[0] - 12 * sheet.height)
    near = [
        run
        for run in sheet.runs
        if parts.blank(run) is None
        and -0.3 * sheet.height <= run.box[1] - blank[3] <= 1.0 * sheet.height
        and blank[0] + edge - 2 <= (run.box[0] + run.box[2]) / 2 <= blank[2] - edge + 2
        and len(run.pieces) <= 5
        and run.box[2] - run.box[0] <= 0.8 * (blank[2] - blank[0])
        and not run.text.endswith(COLONS)
        and not any(is_figure(piece.text) for piece in run.pieces)
    ]
    return near[0] if len(near) == 1 else None


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
    last, left = run.box, None
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
