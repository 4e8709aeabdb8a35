"""Tables that go on over page breaks, made one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from docglean.extractors.documents.words import PageWords
from docglean.extractors.tables.table import Cell, Table

MARGIN = 0.1
"""Share of a page's height at either end where page numbers and letterheads stand."""
FEW_WORDS = 25
"""Words between the two parts, beyond the margins, up to which a table may go on."""
OVERLAP = 0.3
"""Share of the narrower of two columns that must stand under the other."""


def join_tables(tables: Sequence[Table], pages: Sequence[PageWords] = ()) -> list[Table]:
    """Tables with what goes on of them on the next pages, repeated heads left out.

    A table goes on where the next page's first table has columns at the same places, and either
    the same heads again or none, with hardly a word between the two.

    Args:
        tables: of the document, in order of pages.
        pages: their words.
    """
    words = {page.page: page for page in pages}
    joined: list[Table] = []
    for number, table in enumerate(tables):
        first = all(other.page != table.page or other is table for other in tables[:number])
        at = _last_on(joined, table.page - 1) if first else None
        if at is not None:
            longer = _continued(joined[at], table, words)
            if longer is not None:
                joined[at] = longer
                continue
        joined.append(table)
    return joined


def _last_page(table: Table) -> int:
    return max((cell.page for cell in table.cells), default=table.page)


def _last_on(tables: Sequence[Table], page: int) -> int | None:
    """Number of the lowest table that reaches this page, and ends on it."""
    found = [
        (max(cell.box[3] for cell in table.cells if cell.page == page), number)
        for number, table in enumerate(tables)
        if table.cells and _last_page(table) == page
    ]
    return max(found)[1] if found else None


def _continued(above: Table, below: Table, pages: Mapping[int, PageWords]) -> Table | None:
    """Both as one table; None where the second is another one."""
    columns = _aligned(above, below)
    if columns is None:
        return None
    heads = _plain(above.grid()[: above.header_rows], range(above.columns))
    repeated = bool(heads) and heads == _plain(below.grid()[: above.header_rows], columns)
    skip = above.header_rows if repeated else 0
    if not _goes_on(above, below, pages, repeated=repeated):
        return None
    shift = above.rows - skip
    cells = [
        replace(
            cell,
            row=cell.row + shift,
            column=columns[cell.column],
            column_span=columns[cell.column + cell.column_span - 1] - columns[cell.column] + 1,
        )
        for cell in below.cells
        if cell.row >= skip
    ]
    return replace(above, rows=above.rows + below.rows - skip, cells=(*above.cells, *cells))


def _goes_on(above: Table, below: Table, pages: Mapping[int, PageWords], *, repeated: bool) -> bool:
    """Whether hardly a word, and no heads of its own, keep the second table from the first.

    Args:
        repeated: whether it has the same heads.
    """
    after, before = _words_between(above, below, pages)
    if repeated:
        return after <= FEW_WORDS
    if below.caption or after + before > FEW_WORDS:
        return False
    return not (below.header_rows and above.header_rows)


def _aligned(above: Table, below: Table) -> list[int] | None:
    """The column of the first table that each of the second stands under; None where one
    stands under none, or two under the same."""
    last = _last_page(above)
    upper = _extents([cell for cell in above.cells if cell.page == last], above.columns)
    if not any(upper):
        return None
    found: list[int] = []
    for extent in _extents(below.cells, below.columns):
        if extent is None:
            found.append(found[-1] + 1 if found else 0)
            continue
        shares = [(_overlap(extent, other), n) for n, other in enumerate(upper) if other]
        best, column = max(shares)
        if best < OVERLAP:
            return None
        found.append(column)
    if found != sorted(set(found)) or found[-1] >= above.columns:
        return None
    return found


def _extents(cells: Sequence[Cell], columns: int) -> list[tuple[float, float] | None]:
    """Where each column's words stand, from left to right."""
    found: list[tuple[float, float] | None] = [None] * columns
    for cell in cells:
        if cell.column_span == 1 and cell.text:
            low, high = found[cell.column] or (cell.box[0], cell.box[2])
            found[cell.column] = min(low, cell.box[0]), max(high, cell.box[2])
    return found


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared / max(min(one[1] - one[0], other[1] - other[0]), 1.0)


def _plain(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[dict[int, str]]:
    """What rows print in which columns, without blanks."""
    return [
        {
            at: "".join(text.split()).casefold()
            for at, text in zip(columns, row, strict=True)
            if text
        }
        for row in rows
    ]


def _words_between(above: Table, below: Table, pages: Mapping[int, PageWords]) -> tuple[int, int]:
    """Words below the first part on its last page, and above the second, without the margins."""
    last = _last_page(above)
    bottom = max(cell.box[3] for cell in above.cells if cell.page == last)

    def count(number: int, low: float, high: float) -> int:
        page = pages.get(number)
        top, end = (page.height * share for share in (MARGIN, 1 - MARGIN)) if page else (0.0, 0.0)
        middles = ((word.box[1] + word.box[3]) / 2 for word in (page.words if page else ()))
        return sum(max(top, low) < middle < min(end, high) for middle in middles)

    return count(last, bottom, float("inf")), count(below.page, 0.0, below.box[1])
