"""Which column of a table is which field of the items: all columns at once.

What the heads say, what the cells can be read as, and what arithmetic proves are weighed together;
where heads are unknown or missing, arithmetic and the cells decide.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from docglean.extractors.pairing import best_pairs
from docglean.extractors.rules.fields.field_names import FITS, tokens
from docglean.extractors.rules.lists.cells import figure, reading
from docglean.extractors.rules.lists.relations import Relation, relations
from docglean.extractors.rules.lists.targets import HeadFits, Target
from docglean.extractors.tables.table import Cell, Table
from docglean.schemas.kinds import Code, Kind, Name, Style, Text

MOST_HEAD_ROWS = 4
LEAST_FIT, EXACTLY = 0.25, 0.95
"""Share of a column's cells that a field must be able to read; one is enough below its own name,
for captions of totals may stand in the column of prices."""
ONE_CELL = 0.01
"""Share of cells that stands for any one of them."""
UNTOLD = 0.5
"""Fit of any column with a text, a code, or a field without a kind."""
EMPTY = 0.05
"""What a column without cells is worth below the field's name."""
BY_HEAD, BY_CELLS = 0.7, 0.3
"""What a column's head and its cells say of what it is."""
WHOLE = 0.2
"""What it adds that all counts of a column are whole, and printed without cents."""
LETTERS, MORE_LETTERS = 2.5, 4
"""Letters of a cell on average, up to which a column is no description; more where no arithmetic
proves the table."""
MOST_LETTERS = 8
"""Letters of a cell on average, up to which figures in a column may be what its rows count or come
to: in a text they are parts of a name."""
MOST_UNIT, LEAST_CODE = 5, 4
"""Letters of a unit at most, and signs of a code at least."""
FIXED = 10.0
"""What makes sure that a column gets the field that arithmetic tells; no part of a score."""
LOOKED_AT = 40
"""Rows from which it is told what a column holds."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column of a table is which field.

    Attributes:
        first_row: where its items begin.
        proven: what arithmetic adds to the score.
        rows: that are items for sure.
        tied: what arithmetic ties together in an item, by pointer.
        heads: of the columns that are fields.
        head_words: all words of the rows of heads.
    """

    table: Table
    first_row: int
    targets: dict[int, Target]
    score: float
    proven: float = 0.0
    rows: tuple[int, ...] = ()
    tied: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()
    head_words: tuple[str, ...] = ()


def map_columns(
    table: Table, heads: HeadFits, style: Style, printed: Collection[Decimal] = (),
    shares: Collection[Decimal] = (),
) -> Mapping | None:  # fmt: skip
    """Fields of the table's columns; None where it is no table of such items.

    Args:
        heads: what the columns may be.
        printed: amounts that the document prints anywhere.
        shares: what it prints in per cent.
    """
    grid = table.grid()
    columns = _Columns(grid, heads.targets, style, printed, shares)
    found = []
    for first, last in _head_rows(table, grid):
        texts = _heads(table, first, last)
        found.append((first, last, texts, [heads.of(one) for one in texts]))
    found.sort(key=lambda one: -sum(fit for row in one[3] if (fit := max(row)) >= FITS))
    none: list[list[str]] = [[] for _ in range(table.columns)]
    best: Mapping | None = None
    for first, last, texts, named in [*found[:1], (0, 0, none, columns.unnamed)]:
        mapping = columns.mapped(table, last, named)
        if mapping is not None and (best is None or mapping.score > best.score):
            told = (
                " ".join(tokens(texts[c][0])) if texts[c] else "" for c in sorted(mapping.targets)
            )
            words = sorted(w for row in grid[first:last] for text in row for w in text.split())
            best = replace(mapping, heads=tuple(told), head_words=tuple(words))
    return best


class _Columns:
    """What the cells of a table say, whatever rows are its heads."""

    def __init__(
        self, grid: Sequence[Sequence[str]], targets: Sequence[Target], style: Style,
        printed: Collection[Decimal], shares: Collection[Decimal],
    ) -> None:  # fmt: skip
        self.targets = targets
        self.shares = shares
        self.style = style
        self.cells = list(zip(*grid[: LOOKED_AT + MOST_HEAD_ROWS], strict=True))
        self.unnamed = [[0.0] * len(targets) for _ in self.cells]
        figures = {
            n: [figure(text, style) for text in c]
            for n, c in enumerate(self.cells)
            if _wordiness(c) <= MOST_LETTERS
        }
        self.figures = {n: told for n, told in figures.items() if any(v is not None for v in told)}
        signed = {n for n in figures if _is_rate(list(filter(_figured, self.cells[n])))}
        self.relations = list(relations(self.figures, targets, frozenset(signed), printed))
        self._readable: dict[tuple[int, Kind | None], list[float | None]] = {}

    def mapped(self, table: Table, last: int, named: Sequence[Sequence[float]]) -> Mapping | None:
        """The best mapping under these heads."""
        enough = sum(max(row) >= FITS for row in named) >= min(2, len(self.targets))
        held = [one for one in self.relations if max(one.rows) >= last]
        options = [*([None] if enough else []), *held]
        found = [self._assigned(table, last, named, option) for option in options]
        best = max(found, key=lambda one: one.score, default=None)
        if best is None:
            return None
        best = self._with_the_rest(best, named)
        return best if len(best.targets) >= min(2, len(self.targets)) else None

    def _fit(self, kind: Kind | None, column: int, last: int) -> float:
        """Share of a column's cells from a row on that a field's kind can read."""
        if (column, kind) not in self._readable:
            self._readable[column, kind] = [
                _cell_fit(kind, text, self.style) if text else None for text in self.cells[column]
            ]
        told = [one for one in self._readable[column, kind][last:] if one is not None]
        if kind is None:
            return UNTOLD
        return sum(told) / len(told) if told else EMPTY

    def _assigned(
        self, table: Table, last: int, named: Sequence[Sequence[float]], relation: Relation | None
    ) -> Mapping:
        fixed = relation.columns if relation else {}
        held = set(map(id, fixed.values()))
        worth = [[0.0] * len(self.targets) for _ in named]
        for column, heads in enumerate(named):
            for at, (head, target) in enumerate(zip(heads, self.targets, strict=True)):
                if fixed.get(column) is target:
                    worth[column][at] = FIXED + self._worth(column, head, target, last)
                elif head >= FITS and column not in fixed and id(target) not in held:
                    worth[column][at] = self._worth(column, head, target, last)
        pairs = [(column, at) for column, at in best_pairs(worth) if worth[column][at] > 0]
        score = sum(worth[c][at] - FIXED * (c in fixed) for c, at in pairs)
        proven = 0.0
        rows = tuple(range(last, len(self.cells[0])))
        if relation:
            rows = tuple(row for row in sorted(relation.rows) if row >= last)
            proven = relation.worth * len(rows) / len(relation.rows)
        found = {c: self.targets[at] for c, at in pairs}
        tied = frozenset(target.pointer for target in fixed.values() if not target.is_words)
        return Mapping(table, last, found, score + proven, proven, rows, tied)

    def _worth(self, column: int, head: float, target: Target, last: int) -> float:
        fit = self._fit(target.leaf.kind, column, last)
        if fit == EMPTY:
            return EMPTY * head
        if head >= FITS and fit < (LEAST_FIT if head < EXACTLY else ONE_CELL):
            return 0.0
        told = [v for v in self.figures.get(column, ()) if v is not None and target.is_count]
        plain = sum((v == int(v)) + (v.as_tuple().exponent == 0) for v in told)
        whole = plain / max(2 * len(told), 1)
        return BY_HEAD * head * (head >= FITS) + BY_CELLS * fit + WHOLE * whole

    def _is_of_shares(self, column: int, rows: Sequence[int]) -> bool:
        """Whether all that a column says is printed in per cent elsewhere."""
        told = [self.figures[column][row] for row in rows] if column in self.figures else []
        return bool(told) and all(value in self.shares for value in told)

    def _with_the_rest(self, found: Mapping, named: Sequence[Sequence[float]]) -> Mapping:
        """The mapping with the columns that their cells tell: the wordiest is the text that the
        items are about. Where arithmetic proves the table, a rate in per cent, a unit, a code is
        what but one column can be whose head says nothing."""
        added = dict(found.targets)
        cells = {
            column: [self.cells[column][row] for row in found.rows]
            for column in range(found.table.columns)
            if column not in added or added[column].is_code
        }
        cells = {n: texts for n, texts in cells.items() if n not in added or not _is_code(texts)}
        leading = next((t for t in self.targets if t.leading), None)
        if leading is not None:
            least = LETTERS if found.proven else MORE_LETTERS
            told = {column: _wordiness(texts) for column, texts in cells.items()}
            best = max(told, key=lambda column: told[column], default=None)
            own = next((column for column, target in added.items() if target is leading), None)
            if best is not None and told[best] > least and (
                own is None or _wordiness([self.cells[own][row] for row in found.rows]) <= LETTERS
            ):  # fmt: skip
                if own is not None:
                    cells[own] = [self.cells[own][row] for row in found.rows]
                    del added[own]
                added[best] = leading
        for test, kind in UNNAMED if found.proven else ():
            targets = [t for t in self.targets if getattr(t, kind) and t not in added.values()]
            columns = [
                column
                for column, texts in cells.items()
                if column not in added
                and max(named[column], default=0.0) < FITS
                and (
                    test([text for text in texts if text])
                    or (kind == "is_rate" and self._is_of_shares(column, found.rows))
                )
            ]
            if len(targets) == len(columns) == 1:
                added[columns[0]] = targets[0]
        return replace(found, targets=added)


def _figured(text: str) -> bool:
    return any(map(str.isdigit, text))


def _most(told: Iterable[bool]) -> bool:
    found = list(told)
    return sum(found) > 0.5 * len(found)


def _is_rate(texts: Sequence[str]) -> bool:
    return _most("%" in text for text in texts)


def _is_discount(texts: Sequence[str]) -> bool:
    """Whether cells are parts in per cent, and different ones."""
    return _is_rate(texts) and len(set(texts)) > 1


def _is_unit(texts: Sequence[str]) -> bool:
    """Whether cells are short words."""
    words = (len(t) <= MOST_UNIT and t[:1].isalpha() and not re.search(r"[ \d]", t) for t in texts)
    return _most(words) and any(len(text) > 1 for text in texts)


def _is_money(texts: Sequence[str]) -> bool:
    """Whether cells show cents."""
    return _most(bool(re.search(r"[.,]\d\d\b", t)) and "%" not in t for t in texts)


def _is_code(texts: Sequence[str]) -> bool:
    """Whether cells are words with digits, each another and longer than a position."""
    one = [t for t in texts if " " not in t and _figured(t) and len(t) >= LEAST_CODE]
    one = [t for t in one if not re.search(r"[,%]|\.\d\d$", t)]
    return len(one) > 0.5 * len(texts) and len(set(one)) >= 0.5 * len(one)


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


def _cell_fit(kind: Kind | None, text: str, style: Style) -> float:
    """How well a field's kind can read a cell."""
    if isinstance(kind, Text | Name | Code):
        return UNTOLD
    return float(kind is not None and reading(kind, text, style) is not None)


def _wordiness(texts: Sequence[str]) -> float:
    """Letters in a cell of a column on average; 0 where most of its cells are empty."""
    cells = [text for text in texts if text]
    if len(cells) < 0.5 * len(texts):
        return 0.0
    return sum(sum(map(str.isalpha, text)) for text in cells) / max(len(cells), 1)


UNNAMED = ((_is_rate, "is_rate"), (_is_discount, "is_discount"), (_is_unit, "is_unit"),
           (_is_code, "is_code"), (_is_money, "is_amount"))  # fmt: skip
"""What cells of a column say that it is, and the fields that may be so, in order."""
