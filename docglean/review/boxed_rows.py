"""A row of a list taken from a box that somebody drew over it on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from docglean.extractors.documents.words import PageWords, Word, rows, turned
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import across, union, within
from docglean.review.editing import Typed, parse
from docglean.review.list_rows import Column, named_by
from docglean.schemas.kinds import Style

JOINED = 0.5
"""Heights of print between words from which they are no words of one cell."""
TOUCHING = 0.4
"""Share of a word's width that must lie in a column for the word to be that column's for sure."""

Ranges = Mapping[str, tuple[float, float]]
"""By column, where it begins and ends from the left, in points."""
_Placed = tuple[Word, Box]


def row_in(
    page: PageWords,
    box: Box,
    columns: Sequence[Column],
    ranges: Ranges,
    style: Style = Style(),
) -> dict[str, Typed]:
    """The words in a box as cells of a row, each read as its column reads.

    Args:
        box: in points of the page.
        ranges: where the other rows have their columns, see `ranges_of`. A column without is not
            filled; where none has, the heads above the box tell, and else the order of what stands
            in it.
    """
    placed = _upright(page, page.words)
    drawn = turned(box, page.width, page.height, page.turn)
    inside = [one for one in placed if within(one[1], drawn)]
    groups = [group for row in rows(inside) for group in _groups(row)]
    spans = dict(ranges) or heads_above(placed, drawn, columns)
    by_column = _divided(groups, spans) if spans else _in_order(groups, columns)
    return {
        column.name: parse(column.field, " ".join(by_column[column.name]), style)
        for column in columns
        if column.name in by_column
    }


def ranges_of(
    page: PageWords, listed: str, columns: Sequence[Column], evidence: Mapping[str, Evidence]
) -> dict[str, tuple[float, float]]:
    """Where the rows of a list have their columns on a page, by the places of their values.

    Args:
        listed: JSON pointer of the list.
    """
    names = {column.pointer: column.name for column in columns}
    boxes: dict[str, list[Box]] = {}
    for pointer, found in evidence.items():
        within_list = pointer.removeprefix(f"{listed}/")
        if within_list == pointer:
            continue
        name = names.get(within_list[len(within_list.partition("/")[0]) :])
        if name is not None:
            boxes.setdefault(name, []).extend(
                turned(box, page.width, page.height, page.turn)
                for place in found.places
                if place.page == page.page
                for box in place.boxes or (place.box,)
            )
    return {name: (u[0], u[2]) for name, found in boxes.items() if found for u in [union(found)]}


def heads_above(
    placed: Sequence[_Placed], box: Box, columns: Sequence[Column]
) -> dict[str, tuple[float, float]]:
    """Where columns begin and end by the nearest row above the box whose words name two of them,
    or the only one that there is; none where no row does."""
    above = [one for one in placed if one[1][3] <= (box[1] + box[3]) / 2]
    for row in reversed(rows(above)):
        cells = _groups(row)
        named = named_by(columns, [" ".join(word.text for word, _ in cell) for cell in cells])
        found = {
            column.name: (cell[0][1][0], cell[-1][1][2])
            for column, cell in zip(named, cells, strict=True)
            if column is not None
        }
        if len(found) >= min(2, len(columns)):
            return found
    return {}


def _upright(page: PageWords, words: Sequence[Word]) -> list[_Placed]:
    return [(word, turned(word.box, page.width, page.height, page.turn)) for word in words]


def _groups(row: Sequence[_Placed]) -> list[list[_Placed]]:
    """Words of a printed row that stand together."""
    found: list[list[_Placed]] = []
    for one in row:
        gap = one[1][0] - found[-1][-1][1][2] if found else 0.0
        if not found or gap > JOINED * (one[1][3] - one[1][1]):
            found.append([])
        found[-1].append(one)
    return found


def _divided(groups: Sequence[Sequence[_Placed]], spans: Ranges) -> dict[str, list[str]]:
    """Words by the column that they stand in, else by the one of the words that they stand with,
    else by the nearest. Every column is there, also one without words."""
    found: dict[str, list[str]] = {name: [] for name in spans}
    for group in groups:
        column = ""
        sure = [_column_at(box, spans) for _, box in group]
        first = next((name for name in sure if name), "")
        for (word, box), name in zip(group, sure, strict=True):
            column = name or column or first or _nearest(box, spans)
            found[column].append(word.text)
    return found


def _column_at(box: Box, spans: Ranges) -> str:
    """The column that holds the most of a word; empty where none holds enough."""
    shares = {name: _shared(box, span) for name, span in spans.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= TOUCHING * (box[2] - box[0]) else ""


def _nearest(box: Box, spans: Ranges) -> str:
    return max(spans, key=lambda name: _shared(box, spans[name]))


def _shared(box: Box, span: tuple[float, float]) -> float:
    """Width that a word shares with a column; negative is the gap between them."""
    return across(box, (span[0], 0.0, span[1], 0.0))


def _in_order(
    groups: Sequence[Sequence[_Placed]], columns: Sequence[Column]
) -> dict[str, list[str]]:
    """What stands together, in order, for the columns in theirs; the last takes what is left."""
    found: dict[str, list[str]] = {}
    for place, group in enumerate(groups):
        column = columns[min(place, len(columns) - 1)]
        found.setdefault(column.name, []).extend(word.text for word, _ in group)
    return found
