"""What names a table and its columns: its caption, and how many of its rows are heads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from docglean.extractors.documents.words import rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import USUAL_HEIGHT, across, union
from docglean.extractors.tables.cells import Grid, Placed, Slot, stands_in
from docglean.extractors.tables.regions import Fragment
from docglean.schemas.labels import alternatives

MOST_HEAD_ROWS = 6
CAPTION = re.compile(
    rf"^\W*(?:{alternatives('tables.captions')})\b"
    r"\.?\s*(?:[\divxlc]+|[a-z](?=[\d.:-]))[\w.:-]*", re.I
)  # fmt: skip
CAPTION_GAP, TITLE_GAP = 4.0, 2.5
"""Line heights between a table and its numbered caption, and a title without number."""
OVERLAP = 0.5
"""Line heights by which a caption's box may reach into the table's."""
LONGEST_CAPTION = 400
"""Characters; what is longer is text."""
NO_NUMBER, BELOW = 5, 1
"""Line heights that a title without a number, and one below its table, stand further away."""
MOSTLY = 0.5
"""Share of a column's cells from which it holds figures."""
SHORT_HEAD, LONG_HEAD = 40, 1.5
"""Characters of a head at most, or times the usual length of a cell."""
PAGE_NUMBERS, CHAPTERS = 0.6, 0.4
"""Shares of rows that end in a page number, and begin with a chapter's, in a table of contents."""
CLEARLY = 0.5
"""Of how far a head is off the middle of its own column: so far off it may be of several."""
CLOSE_LINES = 0.8
"""Line heights between the lines of a cell, at most."""
SMALL_LETTERS = 0.34
"""Share of the rows from which a small letter at their beginning tells nothing."""
_NO_CAPTIONS = ("table", "picture", "page-header", "page-footer")
_TITLES = ("caption", "title", "section-header")
_FIGURE = re.compile(r"^[\W_]*(?:[A-Z]{3}\s?)?[\d.,:/\s%'()$€£¥+*†‡-]*\d[\d.,:/\s%'()$€£¥+*†‡-]*"
                     r"(?:\s?[A-Z]{3}|[a-z*†‡]{1,2})?[\W_]*$")  # fmt: skip
_PERIOD = re.compile(
    r"^\W*(?:(?:fy|cy|q[1-4]|h[12])?\s?'?(?:19|20)\d\d(?:\s?[-/\u2013]\s?\d{2,4})?|"
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}|q[1-4]|[1-4]q)\W*[*a-f]?$", re.I
)  # fmt: skip


_CONTENTS = re.compile(rf"\b(?:{alternatives('tables.contents')})", re.IGNORECASE)
_CHAPTER = re.compile(rf"^(?:\d+\.\d+|(?:{alternatives('tables.chapters')}|§)\W)", re.IGNORECASE)


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, an amount, a share or the like."""
    return bool(_FIGURE.match(text)) and len(text) <= 30


def header_rows(grid: Grid) -> int:
    """Rows at the top that name columns.

    Where columns hold figures, the rows above the first figure (years and dates may be heads);
    where none does, the first row if all of its places are named and it is no longer than the
    others.
    """
    texts = _texts(grid)
    if len(texts) < 2:
        return 0
    columns = [c for c in range(1, grid.columns) if _holds_figures(texts, c)]
    if not columns:
        return int(_names_all(grid, texts))
    count = 0
    first_figures = _holds_figures(texts, 0)
    for number, row in enumerate(texts[: min(MOST_HEAD_ROWS, len(texts) - 1)]):
        # Over a column of figures, the columns' names may be figures too.
        named = first_figures and row[0] and not is_figure(row[0]) and number <= count
        if not named and _begins_body(grid, texts, number, columns):
            break
        count = number + 1
    return count


def _begins_body(
    grid: Grid, texts: Sequence[Sequence[str]], number: int, columns: Sequence[int]
) -> bool:
    """Whether a row holds figures, or heads the rows below it.

    Args:
        columns: those that hold figures.
    """
    row = texts[number]
    figures = [row[c] for c in columns if is_figure(row[c])]
    if any(not _PERIOD.match(text) for text in figures):
        return True
    return bool(number) and not any(row[1:]) and not _spans(grid, number)


def _texts(grid: Grid) -> list[list[str]]:
    texts = [[""] * grid.columns for _ in range(grid.rows)]
    for slot in grid.slots:
        texts[slot.row][slot.column] = slot.text()
    return texts


def _holds_figures(texts: Sequence[Sequence[str]], column: int) -> bool:
    body = [row[column] for row in texts[len(texts) // 3 :] if row[column]]
    return bool(body) and sum(is_figure(text) for text in body) >= MOSTLY * len(body)


def _spans(grid: Grid, row: int) -> bool:
    return any(s.row == row and s.column == 0 and s.right > 0 and s.words for s in grid.slots)


def _names_all(grid: Grid, texts: Sequence[Sequence[str]]) -> bool:
    first = [slot for slot in grid.slots if slot.row == 0]
    if not all(slot.words for slot in first if slot.column):
        return False
    if any(is_figure(text) for text in texts[0]) or texts[0][0].endswith(":"):
        return False
    lengths = [len(text) for row in texts[1:] for text in row if text]
    return (
        max(map(len, texts[0])) <= max(SHORT_HEAD, LONG_HEAD * median(lengths or [1]))
        and grid.columns > 2
    )


def with_whole_heads(grid: Grid, heads: int) -> tuple[Grid, int]:
    """The grid with heads of several lines in one row each, and the rows of heads left."""
    row = 0
    while row < heads - 1:
        if _goes_on_below(grid, row):
            grid, heads = _rows_joined(grid, row), heads - 1
        else:
            row += 1
    return grid, heads


def _goes_on_below(grid: Grid, row: int) -> bool:
    """Whether a row of heads is the next one's first line: both stand close, none of their cells
    spans, and some stand in one of them alone."""
    upper, lower = (
        {s.column: s for s in grid.slots if s.row == at and s.words} for at in (row, row + 1)
    )
    slots = [*upper.values(), *lower.values()]
    if any(s.right > s.column or (s.column and s.bottom > s.row) for s in slots):
        return False
    if any(is_figure(slot.text()) for slot in lower.values()):
        return False
    return _stand_close(upper.values(), lower.values()) and (
        upper.keys() < lower.keys() or lower.keys() < upper.keys()
    )


def with_whole_rows(grid: Grid, heads: int) -> Grid:
    """The grid with rows that go on in a line of their own in one each, as small letters tell
    where cells mostly begin with none."""
    filled: list[dict[int, Slot]] = [{} for _ in range(grid.rows)]
    for slot in grid.slots:
        if slot.words:
            filled[slot.row][slot.column] = slot
    further = [row for row in range(heads + 1, grid.rows) if _goes_on(*filled[row - 1 : row + 1])]
    others = [at for row, at in enumerate(filled) if row >= heads and row not in further]
    for row in reversed(further):
        if not any(
            _mostly_small(others, column) for column in filled[row] if column in filled[row - 1]
        ):
            grid = _rows_joined(grid, row - 1)
    return grid


def _goes_on(upper: Mapping[int, Slot], lower: Mapping[int, Slot]) -> bool:
    """Whether two rows may be lines of one: one of them is but a cell that both have, or some of
    the other's cells."""
    shared = upper.keys() & lower.keys()
    few = min(len(upper), len(lower))
    if not shared or len(shared) < few or len(upper) == len(lower) > 1:
        return False
    if any((s.row, s.column) != (s.bottom, s.right) for s in [*lower.values(), *upper.values()]):
        return False
    small = all(lower[column].text()[0].islower() for column in shared)
    return small and _stand_close([upper[c] for c in shared], [lower[c] for c in shared])


def _mostly_small(rows_filled: Sequence[Mapping[int, Slot]], column: int) -> bool:
    texts = [slots[column].text() for slots in rows_filled if column in slots]
    return sum(text[0].islower() for text in texts) > SMALL_LETTERS * len(texts)


def _stand_close(upper: Iterable[Slot], lower: Iterable[Slot]) -> bool:
    """Whether the words of some cells stand as close below others' as the next line does."""
    above, below = ([box for slot in part for _, box in slot.words] for part in (upper, lower))
    if not above or not below:
        return False
    height = median(box[3] - box[1] for box in above + below)
    return min(box[1] for box in below) - max(box[3] for box in above) <= CLOSE_LINES * height


def _rows_joined(grid: Grid, row: int) -> Grid:
    """The grid with a row and the next one made one."""
    slots: dict[tuple[int, int], Slot] = {}
    for slot in sorted(grid.slots, key=lambda one: (one.row, one.column)):
        top, bottom = (at - (at > row) for at in (slot.row, slot.bottom))
        first = slots.setdefault(
            (top, slot.column), replace(slot, row=top, bottom=bottom, words=[])
        )
        first.words += slot.words
    return Grid(grid.xs, [*grid.ys[: row + 1], *grid.ys[row + 2 :]], list(slots.values()))


def spread_heads(grid: Grid, heads: int) -> None:
    """Let heads span the columns that they stand over the middle of.

    Only over empty places, and only where each of the columns has a name of its own below. The
    first column's head stands at the foot of the heads, and takes the places above it.
    """
    for row in range(heads - 1):
        _spread_row(grid, row)
    grid.slots.sort(key=lambda slot: (slot.row, slot.column))


def _spread_row(grid: Grid, row: int) -> None:
    slots = {slot.column: slot for slot in grid.slots if slot.row == row}
    below = {slot.column: slot for slot in grid.slots if slot.row == row + 1 and slot.words}
    free = {c for c, slot in slots.items() if c and _is_free(slot) and c in below}
    spanning = [
        slot
        for column, slot in sorted(slots.items())
        if slot.words and slot.bottom == row and column in below and not slot.enclosed
    ]
    lonely = len(spanning) == 1
    for slot in spanning:
        _spread(grid, slot, _under(slot, free, below, grid.xs, lonely), slots, free)
    _spread_alike(grid, spanning, slots, free)
    stub = below.get(0)
    if stub is not None and not stub.right and 0 in slots and _is_free(slots[0]):
        grid.slots.remove(slots[0])
        stub.row = slots[0].row


def _spread_alike(
    grid: Grid, spanning: Sequence[Slot], slots: Mapping[int, Slot], free: set[int]
) -> None:
    """Let heads that stand less in the middle take as many columns as the others do."""
    wide = {slot.right - slot.column for slot in spanning if slot.right > slot.column}
    narrow = [slot for slot in spanning if slot.right == slot.column] if len(wide) == 1 else []
    for slot in narrow:
        right = slot.right + next(iter(wide))
        if free >= set(range(slot.right + 1, right + 1)):
            _spread(grid, slot, (slot.column, right), slots, free)


def _spread(
    grid: Grid, slot: Slot, span: tuple[int, int], slots: Mapping[int, Slot], free: set[int]
) -> None:
    for column in range(span[0], span[1] + 1):
        if not slot.column <= column <= slot.right:
            grid.slots.remove(slots[column])
            free.discard(column)
    slot.column, slot.right = span


def _is_free(slot: Slot) -> bool:
    single = (slot.row, slot.column) == (slot.bottom, slot.right)
    return single and not slot.words and not slot.enclosed


def _under(
    slot: Slot, free: set[int], below: Mapping[int, Slot], xs: Sequence[float], lonely: bool
) -> tuple[int, int]:
    """First and last column over the middle of which a head stands; its own where none fits
    clearly better. A lonely one, without others beside it, stands over all it can."""
    box = union([at for _, at in slot.words])
    middle, width = (box[0] + box[2]) / 2, box[3] - box[1]

    def off(first: int, last: int) -> float:
        names = [below[c] for c in range(first, last + 1) if c in below]
        around = union([at for name in names for _, at in name.words])
        bounds = xs[first] + xs[last + 1]
        return min(abs((around[0] + around[2]) / 2 - middle), abs(bounds / 2 - middle))

    first, last = slot.column, slot.right
    least, right = first, last
    while least - 1 in free:
        least -= 1
    while right + 1 in free:
        right += 1
    spans = [(a, b) for a in range(least, first + 1) for b in range(last, right + 1)]
    if lonely and off(least, right) <= 2 * width:
        return least, right
    best = min(spans, key=lambda span: (round(off(*span) / width, 1), span[1] - span[0]))
    return best if off(*best) < min(width, CLEARLY * off(first, last)) else (first, last)


def is_contents(grid: Grid, caption: str) -> bool:
    """Whether it is a table of contents: numbers of pages that go up, behind titles that are
    numbered or stand under "Contents"."""
    texts = [[text for text in row if text] for row in _texts(grid)]
    numbers = [int(row[-1]) for row in texts if row and row[-1].isdecimal() and len(row[-1]) < 5]
    if len(numbers) < max(4, PAGE_NUMBERS * grid.rows) or numbers != sorted(numbers):
        return False
    numbered = sum(bool(_CHAPTER.match(row[0])) for row in texts if row)
    return bool(_CONTENTS.search(caption)) or numbered >= CHAPTERS * grid.rows


def caption_of(
    grid: Grid, pieces: Sequence[Fragment], placed: Sequence[Placed]
) -> tuple[str, Box | None]:
    """The title printed above the table, or below it, and where."""
    box = (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
    heights = [at[3] - at[1] for slot in grid.slots for _, at in slot.words]
    height = median(heights) if heights else USUAL_HEIGHT
    found = [_as_caption(piece, box, placed, height) for piece in pieces]
    best = min((one for one in found if one), key=lambda one: one[0], default=None)
    return (best[1], best[2]) if best else ("", None)


def _as_caption(
    piece: Fragment, box: Box, placed: Sequence[Placed], height: float
) -> tuple[float, str, Box] | None:
    """A part of the page as the title of the table in `box`: how little it looks like one, in line
    heights, its text and place; None where it can't be."""
    if piece.name in _NO_CAPTIONS or across(piece.box, box) <= 0:
        return None
    above, below = box[1] - piece.box[3], piece.box[1] - box[3]
    gap = above if above > -OVERLAP * height else below
    if not -OVERLAP * height <= gap <= CAPTION_GAP * height:
        return None
    text, at = _text_in(piece.box, placed)
    numbered = bool(CAPTION.match(text))
    titled = piece.name in _TITLES and gap is above and gap <= TITLE_GAP * height
    if at is None or not (numbered or titled) or len(text) > LONGEST_CAPTION:
        return None
    cost = gap / height + (0 if numbered else NO_NUMBER) + (0 if gap is above else BELOW)
    return cost, text, at


def _text_in(box: Box, placed: Sequence[Placed]) -> tuple[str, Box | None]:
    inside = [item for item in placed if stands_in(item[1], box)]
    if not inside:
        return "", None
    text = " ".join(word.text for line in rows(inside) for word, _ in line)
    return text, union([at for _, at in inside])
