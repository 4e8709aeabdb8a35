"""A row of a list taken from a box that somebody drew over it on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from docglean.extractors.documents.words import PageWords, Word, rows, turned
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import across, centre, union, within
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
_Cell = list[tuple[str, bool]]
"""Words with whether they stand in the column for sure."""
_NO_COLUMN = "\0"
"""Begins the name of what a head names and the list does not have."""


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
        ranges: where the other rows have their columns, see `ranges_of`. Where none has any, the
            heads above the box tell, and else the order of what stands in it. Columns of which
            nobody knows where they are are not filled.
    """
    drawn = turned(box, page.width, page.height, page.turn)
    # Rows are told by levelled words, but the box was drawn over the page as it is.
    both = list(zip(_upright(page, page.words), page.upright(), strict=True))
    inside = [flat for (_, at), flat in both if within(at, drawn)]
    above = [flat for (_, at), flat in both if at[3] <= centre(drawn)[1]]
    groups = [group for row in rows(inside) for group in _groups(row)]
    spans = _spans(ranges, _heads(above, columns))
    by_column = _divided(groups, spans) if spans else _in_order(groups, columns)
    return {
        column.name: _read(column, by_column[column.name], style)
        for column in columns
        if column.name in by_column
    }


def _read(column: Column, cell: _Cell, style: Style) -> Typed:
    """A cell: all that seems to be of it, or else what stands in its column for sure."""
    whole = parse(column.field, " ".join(word for word, _ in cell), style)
    sure = " ".join(word for word, is_sure in cell if is_sure)
    if not whole.error or not sure:
        return whole
    without = parse(column.field, sure, style)
    return whole if without.error else without


def _spans(ranges: Ranges, heads: Ranges) -> dict[str, tuple[float, float]]:
    """Columns by the rows that there are, else by the heads; and what stands between them."""
    if not any(not name.startswith(_NO_COLUMN) for name in (*ranges, *heads)):
        return {}
    known = dict(ranges) or {n: at for n, at in heads.items() if not n.startswith(_NO_COLUMN)}
    between = {
        name: span
        for name, span in heads.items()
        if name not in known
        and not any(min(span[1], at[1]) > max(span[0], at[0]) for at in known.values())
    }
    return {**known, **{f"{_NO_COLUMN}{name}": span for name, span in between.items()}}


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


def _heads(above: Sequence[_Placed], columns: Sequence[Column]) -> dict[str, tuple[float, float]]:
    """Where columns begin and end by the lowest row of these words that names two of them, or the
    only one that there is, with what else that row names; none where no row does."""
    for row in reversed(rows(above)):
        cells = _groups(row)
        named = named_by(columns, [" ".join(word.text for word, _ in cell) for cell in cells])
        found = {
            f"{_NO_COLUMN}{place}" if column is None else column.name: (
                cell[0][1][0],
                cell[-1][1][2],
            )
            for place, (column, cell) in enumerate(zip(named, cells, strict=True))
        }
        if sum(column is not None for column in named) >= min(2, len(columns)):
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


def _divided(groups: Sequence[Sequence[_Placed]], spans: Ranges) -> dict[str, _Cell]:
    """Words by the column that they stand in, else by the one of the words that they stand with,
    else by the nearest. Every column is there, also one without words."""
    found: dict[str, _Cell] = {name: [] for name in spans}
    for group in groups:
        column = ""
        sure = [_column_at(box, spans) for _, box in group]
        first = next((name for name in sure if name), "")
        for (word, box), name in zip(group, sure, strict=True):
            column = name or column or first or _nearest(box, spans)
            found[column].append((word.text, bool(name)))
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


def _in_order(groups: Sequence[Sequence[_Placed]], columns: Sequence[Column]) -> dict[str, _Cell]:
    """What stands together, in order, for the columns in theirs; the last takes what is left."""
    found: dict[str, _Cell] = {}
    for place, group in enumerate(groups):
        column = columns[min(place, len(columns) - 1)]
        found.setdefault(column.name, []).extend((word.text, True) for word, _ in group)
    return found
