"""Lists of objects from tables: which column is which field of the items.

Column heads are matched to the fields' labels one to one, best in all; what a column's cells can
be read as decides between heads that fit alike. How the rows become items is told in `items`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import within
from docglean.extractors.rules.fields.field_names import (
    FITS,
    FieldName,
    LabelsOf,
    Names,
    labels_of,
    tokens,
)
from docglean.extractors.rules.fields.search import single_leaves
from docglean.extractors.rules.lists.grouped_rows import inner_list, read_groups
from docglean.extractors.rules.lists.head_fit import head_fit
from docglean.extractors.rules.lists.items import Mapping, Row, Target, read_rows, reading
from docglean.extractors.rules.lists.loose_rows import tables_under_heads
from docglean.extractors.rules.lists.products import by_products
from docglean.extractors.rules.lists.sums import without_carried
from docglean.extractors.tables.cells import SLACK
from docglean.extractors.tables.table import Cell, Table
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Kind, Money, Name, Style, Text

__all__ = ["Evidence", "Mapping", "Row", "map_columns", "rows_from_tables"]

MOST_HEAD_ROWS = 4
LEAST_SHARE = 0.3
"""Share of a table's named columns that must be fields of the items."""
MOST_FIELDS = 0.75
"""Share of the items' fields that may be wanted of a table with many more columns."""
LEAST_FIT, EXACTLY = 0.25, 0.95
"""Share of a column's cells that a field must be able to read; one is enough below its own name,
for captions of totals may stand in the column of prices."""
ONE_CELL = 0.01
"""Share of cells that stands for any one of them."""
WORDY = 0.4
"""Share of a cell's characters from which it is words."""
UNTOLD = 0.5
"""Fit of a column that is empty, or of a field without a kind."""
ANY_TEXT, OF_LETTERS, OF_ONE_WORD = 0.3, 0.7, 0.6
"""Fit of any column to a text or a code, and what cells of letters, or of one word, add."""
BY_HEAD, BY_CELLS = 0.7, 0.3
"""What a column's head and its cells say of what it is."""
RIGHTNESS = 0.02
"""What it adds at most to stand to the right."""
FEW_LETTERS = 4
"""Letters of a cell on average, up to which a column is no description."""
NEARLY = 0.6
LOOKED_AT = 40
"""Rows from which it is told what a column holds."""


def rows_from_tables(
    field: Field,
    tables: Sequence[Table],
    pages: Sequence[PageWords],
    style: Style,
    labels: LabelsOf = labels_of,
    sums: Names | None = None,
) -> list[Row]:
    """Items of a list field, from the tables whose column heads match the items' fields.

    Sums and carried-over amounts are left out, lines that go on are joined to their item. Where
    no table fits, rows of words under a line of matching heads are read. Where the items have
    lists themselves, each table is an item (`grouped_rows`).

    Args:
        field: a field of shape ``list`` whose item is an object.
        tables: those of the document, in reading order.
        pages: their words.
        style: how the document prints numbers and dates.
        labels: what names a field.
        sums: labels of the document's totals, which are no items.
    """
    inner = inner_list(field)
    if inner is not None:
        groups = _chosen(inner, tables, pages, style, labels, loosely=True)
        if groups:
            return read_groups(field, inner, groups, pages, style, labels)
    chosen = _chosen(field, tables, pages, style, labels)
    rows = [row for found in chosen for row in read_rows(field, found, pages, style, sums)]
    return without_carried(rows, field.item)


def _chosen(
    field: Field, tables: Sequence[Table], pages: Sequence[PageWords], style: Style,
    labels: LabelsOf, *, loosely: bool = False,
) -> list[Mapping]:  # fmt: skip
    targets = targets_of(field, labels)
    if not targets:
        return []
    loose = [
        table
        for table in tables_under_heads(pages, targets)
        if not any(_holds(other, table) for other in tables)
    ]
    return _best(targets, [*tables, *loose], style, loosely=loosely)


def _holds(table: Table, other: Table) -> bool:
    """Whether rows of `other` stand in `table`."""
    looked = [cell for cell in other.cells if cell.row in (1, 2, 3)]
    held = [cell for cell in table.cells if cell.page == other.page and cell.text]
    return any(within(one.box, cell.box, SLACK) for one in looked for cell in held)


def targets_of(field: Field, named: LabelsOf = labels_of) -> list[Target]:
    """What a column may be: the leaves of an item, and for amounts whose sign depends on the
    column one for each sign."""
    item = field.item
    found: list[Target] = []
    for leaf in single_leaves(item):
        pointer = leaf.path.removeprefix(item.path)
        negative = tuple(getattr(leaf.kind, "negative", ()))
        labels = tuple(named(leaf))
        if not negative:
            found.append(Target(leaf, pointer, labels))
            continue
        minus = {tokens(word) for word in negative}
        found.append(Target(leaf, pointer, tuple(one for one in labels if one.tokens not in minus)))
        labelled = tuple(FieldName(word, tokens(word), 1.0) for word in negative)
        found.append(Target(leaf, pointer, labelled, negative=True))
    return found


def _best(
    targets: Sequence[Target], tables: Sequence[Table], style: Style, *, loosely: bool
) -> list[Mapping]:
    """The table that fits best, and those that have the same heads; loosely, those that fit
    nearly as well."""
    found = [mapping for table in tables if (mapping := map_columns(table, targets, style))]
    if not found:
        return []
    best = max(found, key=lambda mapping: mapping.score)
    return [
        mapping
        for mapping in found
        if mapping is best
        or mapping.heads == best.heads
        or mapping.head_words == best.head_words
        or (loosely and mapping.score >= NEARLY * best.score)
    ]


def map_columns(table: Table, targets: Sequence[Target], style: Style) -> Mapping | None:
    """Fields of the table's columns by their heads; None where it is no table of such items."""
    grid = table.grid()
    fits: dict[int, list[list[float]]] = {}
    best: Mapping | None = None
    for first, last in _head_rows(table, grid):
        heads = _heads(table, first, last)
        named = [column for column, texts in enumerate(heads) if texts]
        scores = [[_head_score(target, texts) for target in targets] for texts in heads]
        if sum(max(row, default=0.0) >= FITS for row in scores) < min(2, len(targets)):
            continue
        if last not in fits:
            fits[last] = _kind_fits(grid[last:], targets, style)
        mapping = _assigned(table, last, scores, fits[last], targets)
        mapped = len(mapping.targets)
        wanted = mapped >= max(2, MOST_FIELDS * len(targets))
        if mapped < LEAST_SHARE * len(named) and not wanted:
            continue
        if best is None or mapping.score > best.score:
            told = tuple(" ".join(tokens(heads[column][0])) for column in sorted(mapping.targets))
            words = tuple(word for row in grid[first:last] for text in row for word in text.split())
            best = replace(mapping, heads=told, head_words=words)
    if best is None or len(best.targets) < min(2, len(targets)):
        return None
    return by_products(_with_description(best, grid, targets), targets, style)


def _head_score(target: Target, texts: Sequence[str]) -> float:
    """How well the best of a column's names fits a field."""
    return max((head_fit(target.labels, text) for text in texts), default=0.0)


def _head_rows(table: Table, grid: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Rows that may be the heads, from the first to before the last: those on top, and single ones
    further down, for what stands above a table without rules may be taken for its first rows."""
    top = min(MOST_HEAD_ROWS, table.rows - 1)
    yield from ((first, last) for last in range(1, top + 1) for first in range(last))
    for last in range(top + 1, min(table.rows, LOOKED_AT)):
        row = grid[last - 1]
        if sum(map(bool, row)) >= 2 and not any(char.isdigit() for text in row for char in text):
            yield last - 1, last


def _heads(table: Table, first: int, last: int) -> list[list[str]]:
    """What may name each column: its heads from top to bottom, together and the lowest alone."""
    columns: list[list[Cell]] = [[] for _ in range(table.columns)]
    for cell in table.cells:
        if first <= cell.row < last and cell.text:
            for column in range(cell.column, min(cell.column + cell.column_span, table.columns)):
                columns[column].append(cell)
    found = []
    for cells in columns:
        texts = [cell.text for cell in cells]
        found.append(list(dict.fromkeys([" ".join(texts), *texts[-1:]])) if texts else [])
    return found


def _kind_fits(
    rows: Sequence[Sequence[str]], targets: Sequence[Target], style: Style
) -> list[list[float]]:
    """Share of each column's cells that each field's kind can read."""
    looked = rows[:LOOKED_AT]
    columns = list(zip(*looked, strict=True)) if looked else []
    kinds = {id(target): target.leaf.kind for target in targets}
    return [
        [_kind_fit(kinds[id(target)], [text for text in column if text], style)
         for target in targets]
        for column in columns
    ]  # fmt: skip


def _kind_fit(kind: Kind | None, texts: Sequence[str], style: Style) -> float:
    if not texts or kind is None:
        return UNTOLD
    if isinstance(kind, Text | Name):
        wordy = sum(sum(char.isalpha() for char in text) >= WORDY * len(text) for text in texts)
        return ANY_TEXT + OF_LETTERS * wordy / len(texts)
    if isinstance(kind, Code):
        return ANY_TEXT + OF_ONE_WORD * sum(len(text.split()) == 1 for text in texts) / len(texts)
    return sum(reading(kind, text, style) is not None for text in texts) / len(texts)


def _assigned(
    table: Table, first_row: int, heads: list[list[float]], fits: list[list[float]],
    targets: Sequence[Target],
) -> Mapping:  # fmt: skip
    from scipy.optimize import linear_sum_assignment

    def rightness(column: int, target: Target) -> float:
        # Of columns that are named alike, amounts stand further to the right.
        return RIGHTNESS * column / len(heads) if isinstance(target.leaf.kind, Money) else 0.0

    worth = [
        [
            BY_HEAD * head + BY_CELLS * fit + rightness(column, target)
            if head >= FITS and fit >= (LEAST_FIT if head < EXACTLY else ONE_CELL)
            else 0.0
            for head, fit, target in zip(head_row, fit_row, targets, strict=True)
        ]
        for column, (head_row, fit_row) in enumerate(zip(heads, fits, strict=True))
    ]
    columns, chosen = linear_sum_assignment(worth, maximize=True)
    found = {
        int(column): targets[int(at)]
        for column, at in zip(columns, chosen, strict=True)
        if worth[column][at] > 0
    }
    score = sum(worth[column][at] for column, at in zip(columns, chosen, strict=True))
    return Mapping(table, first_row, found, float(score))


def _with_description(
    mapping: Mapping, grid: Sequence[Sequence[str]], targets: Sequence[Target]
) -> Mapping:
    """The mapping, and the wordiest column without a field of its own as the one field of free
    text that has no column."""
    taken = {target.pointer for target in mapping.targets.values()}
    texts = [t for t in targets if isinstance(t.leaf.kind, Text) and t.pointer not in taken]
    leading = next((t for t in targets if isinstance(t.leaf.kind, Text)), None)
    if leading is None or leading not in texts:
        return mapping
    free = [column for column in range(mapping.table.columns) if column not in mapping.targets]
    wordiness = {column: _wordiness(column, grid[mapping.first_row :]) for column in free}
    best = max(wordiness, key=lambda column: wordiness[column], default=None)
    if best is None or wordiness[best] <= FEW_LETTERS:
        return mapping
    return replace(mapping, targets={**mapping.targets, best: leading})


def _wordiness(column: int, rows: Sequence[Sequence[str]]) -> float:
    """Letters in a cell of this column on average; 0 where most of its cells are empty."""
    cells = [row[column] for row in rows if row[column]]
    if len(cells) < 0.5 * len(rows):
        return 0.0
    return sum(sum(map(str.isalpha, text)) for text in cells) / max(len(cells), 1)
