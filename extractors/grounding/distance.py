"""How near two places on a page are, as a reader sees it, and what is printed beside a place."""

from __future__ import annotations

from math import exp

from docglean.extractors.extraction import Box
from docglean.extractors.grounding.hits import Hit
from docglean.extractors.grounding.word_index import WordIndex
from docglean.extractors.rules.fields.field_names import fit, tokens
from docglean.extractors.rules.fields.synonyms import all_labels
from docglean.schemas.fields import Field

RUN_GAP = 1.5
"""Gap between words, in line heights, from which they are not one label."""
ASIDE = 0.3
"""What a page's width between two places takes away from their nearness."""
BELOW, DIAGONAL, DECAY = 0.85, 0.6, 4
"""Nearness of places below each other, of places that are not, and the line heights by which it
falls to 1/e."""
SURE, NAMED = 0.85, 0.5
"""Fit of a caption from which no other is looked for, and from which it is one."""
NEAREST_HEAD, FURTHER_HEAD = 0.95, 0.7
"""What a head names of its column: the nearest one best, for all values."""
HIGHEST = 60
"""Rows that a column's head may stand above a value."""


def near(index: WordIndex, anchor: Hit, other: Hit) -> float:
    """How likely two places belong together: 1 beside each other in a row, 0 on two pages."""
    if anchor.page != other.page:
        return 0.0
    page = index.pages[anchor.page]
    height = index.heights[anchor.page] or 1.0
    width = page.height if page.turn in (90, 270) else page.width
    down = max(other.box[1] - anchor.box[3], anchor.box[1] - other.box[3], 0.0) / height
    across = max(other.box[0] - anchor.box[2], anchor.box[0] - other.box[2], 0.0)
    if anchor.row <= other.last_row and other.row <= anchor.last_row:
        return 1.0 - ASIDE * min(1.0, across / width)
    return exp(-down / DECAY) * (
        BELOW if across == 0 else DIAGONAL - ASIDE * min(1.0, across / width)
    )


def distance(index: WordIndex, left: Box, right: Box, page: int) -> float:
    """Gap between two boxes of a page, in line heights."""
    height = index.heights[page] or 1.0
    across = max(right[0] - left[2], left[0] - right[2], 0.0)
    down = max(right[1] - left[3], left[1] - right[3], 0.0)
    return (across + 2 * down) / height


def named(index: WordIndex, field: Field, hit: Hit) -> float:
    """How well what is printed to the left of a place, or above it, names the field: 0 to 1."""
    left = fits(field, _before(index, hit))
    if left > SURE:
        return left
    best = left if left >= NAMED else 0.0
    row, rows_up = hit.row - 1, 0
    while row >= 0 and rows_up < HIGHEST:
        above = index.rows[row]
        if index.page_of[above[0]] != hit.page:
            break
        caption = _above(index, above, hit.box)
        if caption:
            rows_up += 1
            # A head names all values of its column, the nearest one best.
            found = fits(field, caption) * (NEAREST_HEAD if rows_up == 1 else FURTHER_HEAD)
            if found >= NAMED and found > best:
                best = found
                break
        row -= 1
    return best


def row_named(index: WordIndex, field: Field, hit: Hit) -> float:
    """How well the words that the row of a place begins with name the field: 0 to 1."""
    height = index.heights[hit.page] or 1.0
    found: list[str] = []
    edge: float | None = None
    for word in index.rows[hit.row]:
        box = index.boxes[word]
        printed = index.words[word].text
        if any(char.isdigit() for char in printed) or box[0] >= hit.box[0]:
            break
        if edge is not None and box[0] - edge > 2 * RUN_GAP * height:
            break
        edge = box[2]
        found.append(printed)
    return fits(field, " ".join(found)) if found else 0.0


def fits(field: Field, caption: str) -> float:
    """How well printed words name a field: 0 to 1."""
    words = tokens(caption)
    labels = all_labels(field)
    return max((fit(label.tokens, words) * label.belief for label in labels), default=0.0)


def _before(index: WordIndex, hit: Hit) -> str:
    """The words before a place in its row: the nearest run, back to a wide gap or a figure."""
    first = hit.span[0]
    text = index.words[first.word].text[: first.start]
    row = index.rows[index.row_of[first.word]]
    height = index.heights[hit.page] or 1.0
    found = [text] if text else []
    edge: float | None = None
    for word in reversed(row[: row.index(first.word)]):
        box = index.boxes[word]
        printed = index.words[word].text
        if edge is not None and edge - box[2] > RUN_GAP * height:
            break
        if any(char.isdigit() for char in printed):
            break
        if any(char.isalpha() for char in printed) or edge is not None:
            edge = box[0]
            found.insert(0, printed)
    return " ".join(found)


def _above(index: WordIndex, row: list[int], box: Box) -> str:
    """The words of a row that stand over a box, and their neighbours in the same run."""
    height = index.heights[index.page_of[row[0]]] or 1.0
    runs: list[list[int]] = []
    for word in row:
        if runs and index.boxes[word][0] - index.boxes[runs[-1][-1]][2] <= RUN_GAP * height:
            runs[-1].append(word)
        else:
            runs.append([word])
    for run in runs:
        if index.boxes[run[0]][0] < box[2] and index.boxes[run[-1]][2] > box[0]:
            return " ".join(index.words[word].text for word in run)
    return ""
