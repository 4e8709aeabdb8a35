"""Lines to write on: the caption of each, and what is written on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union
from docglean.extractors.rules.page.captions import COLONS, is_figure
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.extractors.rules.readers.form_parts import KEY_GAP, Pair, Parts

# In line heights, unless said otherwise; found with filled-in forms.
IN_PROSE = 0.9
"""Gap around a word on a line, below which it is one of a sentence: the line is a stroke of it."""
FLOATING = 1.8
"""How high above a line what is typed may float."""
BEHIND = 1.5
"""How far behind a line's end what is typed for it may stand."""
STACKED = 0.35
"""Gap between lines that are set tight where only one fits."""
INTO_LINE = 1.2
"""How far a caption may reach into its line."""
ROW_ABOVE = 0.8, 2.2
"""How high above a line the row stands at the end of which its caption may be."""
ON_LEVEL = 0.8
"""How far off a line's level what stands beside it may be."""
OTHER_PRINT = 0.15
"""Share of its height by which a value's print differs from a caption's."""
APART = 1.5
"""Gap between a caption and a value that stand on one line."""
NEXT_LINE = 3.2
"""How far below a line another may be its second."""
FLUSH = 1.5
"""How far a second line may begin beside the first one, or beside its caption."""
LONG, LONG_EDGE = 12, 0.25
"""From which length on a line is long, and the share of what is more, at each end, where no
caption stands below it: it stands below the middle."""
UNDER = -0.3, 1.0
"""How far below its line a caption may stand."""
MOST_OF_LINE = 0.8
"""Share of a line's length that a caption below it takes at most."""


def on_lines(parts: Parts) -> Iterator[Pair]:
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
        pair = _pair_at(blank, _one_row(standing.get(index, ()), blank), parts, taken, found)
        if pair is not None:
            found.append((blank, pair))
    seen: set[int] = set()
    for _, pair in found:
        if id(pair) not in seen:
            seen.add(id(pair))
            yield pair


def _pair_at(
    blank: Box, standing: list[Run], parts: Parts, taken: set[tuple[int, int]],
    found: Sequence[tuple[Box, Pair]],
) -> Pair | None:  # fmt: skip
    """What one line holds, under its caption; None for a line that is none to write on.

    Args:
        standing: the row that stands on it.
        taken: captions of other lines, by row and place in it; this one's is added.
        found: what other lines held; one that goes on here is added to.
    """
    key, signs, runs = _caption_of(blank, standing, parts, taken)
    if key is not None and _is_prose(key, runs, parts):
        return None
    if len(runs) > 2 and (key is None or not key.text.endswith(COLONS)):
        return None  # the rule below a table's row
    if key is not None and not runs:
        runs = _floating_over(blank, key, parts) or _behind(blank, key, parts)
    lines = [*signs, *_stacked(runs, parts, key)]
    value = tuple(piece for run in lines for piece in run.pieces)
    if key is None:
        return _without_caption(blank, value, parts, found) if value else None
    taken.add((key.row, key.index))
    return Pair(parts.sheet.page, key.pieces, value, blank)


def _caption_of(
    blank: Box, runs: list[Run], parts: Parts, taken: set[tuple[int, int]]
) -> tuple[Run | None, list[Run], list[Run]]:
    """A line's caption; signs between it and the line; what stands on the line without it."""
    key, signs = _left_of(blank, runs, parts, taken)
    if key is None:
        key = _end_of_row_above(blank, parts, taken)
    if key is None and _begins_with_caption(runs, blank, parts.sheet):
        return runs[0], signs, runs[1:]
    return key, signs, runs


def _without_caption(
    blank: Box, value: tuple[Token, ...], parts: Parts, found: Sequence[tuple[Box, Pair]]
) -> Pair | None:
    """What stands on a line without a caption: more of the line above, or of a caption below."""
    above = next(
        (pair for box, pair in reversed(found) if _goes_on(box, pair, blank, parts.sheet)), None
    )
    if above is not None and above.value and not _anything_left(blank, parts):
        above.value += value
        return above
    caption = _below(blank, parts)
    return Pair(parts.sheet.page, caption.pieces, value, blank) if caption is not None else None


def _is_prose(key: Run, runs: Sequence[Run], parts: Parts) -> bool:
    """Whether one word stands on the line, close between others: the strokes of its letters."""
    if len(runs) != 1 or len(runs[0].pieces) != 1 or key.text.endswith(COLONS):
        return False
    run, row = runs[0], parts.sheet.rows[runs[0].row]
    after = row[run.index + 1] if run.index + 1 < len(row) else None
    close = IN_PROSE * parts.sheet.height
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
        and 0 <= level - run.box[3] <= FLOATING * sheet.height
        and blank[0] - 2 <= run.box[0]
        and run.box[0] < blank[2]
        and not run.text.endswith(COLONS)
        and not _beside_another(run, blank, sheet)
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
        near = -2 <= run.box[0] - blank[2] <= BEHIND * sheet.height
        caption = run.text.endswith(COLONS) or any(
            -2 <= other[0] - run.box[2] <= KEY_GAP * sheet.height
            and abs(other[3] - run.box[3]) <= sheet.height
            for other in sheet.blanks
        )
        running = _beside_another(run, blank, sheet)
        if near and parts.blank(run) is None and not caption and not running:
            return [run]
    return []


def _beside_another(run: Run, blank: Box, sheet: Sheet) -> bool:
    """Whether a run stands on the level of another line, beside it: words of running text."""
    return any(
        other != blank
        and abs(other[3] - run.box[3]) <= 0.5 * sheet.height
        and (other[2] <= run.box[0] + sheet.height or other[0] >= run.box[2] - sheet.height)
        for other in sheet.blanks
    )


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
            if gap > STACKED * sheet.height or any(r.box[0] < key.box[2] for r in row):
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
        if nearest.box[2] - begin > INTO_LINE * sheet.height or nearest.box[0] >= begin:
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
    above = [
        run
        for run in sheet.runs
        if ROW_ABOVE[0] <= (level - run.box[3]) / sheet.height <= ROW_ABOVE[1]
    ]
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
        if abs(run.box[3] - level) <= ON_LEVEL * parts.sheet.height
        and run.text not in (EMPTY, TICKED)
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
    other_print = abs(key.height - value.height) > OTHER_PRINT * value.height
    apart = value.box[0] - key.box[2] > APART * sheet.height
    return key.text.isupper() != value.text.isupper() or other_print or apart


def _goes_on(above: Box, pair: Pair, blank: Box, sheet: Sheet) -> bool:
    """Whether a line continues the one above it: an entry of several lines."""
    if not 0 < blank[1] - above[1] <= NEXT_LINE * sheet.height:
        return False
    key = union(piece.box for piece in pair.key)
    return min(abs(blank[0] - above[0]), abs(blank[0] - key[0])) <= FLUSH * sheet.height


def _below(blank: Box, parts: Parts) -> Run | None:
    """A small caption under the line: "(City)", "DATE"; under a long one about its middle."""
    sheet = parts.sheet
    edge = LONG_EDGE * max(0.0, blank[2] - blank[0] - LONG * sheet.height)
    near = [
        run
        for run in sheet.runs
        if parts.blank(run) is None
        and UNDER[0] * sheet.height <= run.box[1] - blank[3] <= UNDER[1] * sheet.height
        and blank[0] + edge - 2 <= (run.box[0] + run.box[2]) / 2 <= blank[2] - edge + 2
        and len(run.pieces) <= 5
        and run.box[2] - run.box[0] <= MOST_OF_LINE * (blank[2] - blank[0])
        and not run.text.endswith(COLONS)
        and not any(is_figure(piece.text) for piece in run.pieces)
    ]
    return near[0] if len(near) == 1 else None
