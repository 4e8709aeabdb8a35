"""Which column of a table is which field of the items: all columns at once.

What the heads say, what the cells can be read as, and what arithmetic proves are weighed together;
where heads are unknown or missing, arithmetic and the cells decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from docglean.extractors.pairing import best_pairs
from docglean.extractors.rules.fields.field_names import FITS, tokens
from docglean.extractors.rules.lists.cells import figure, reading
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.relations import Relation, relations
from docglean.extractors.rules.lists.targets import HeadFits, Target
from docglean.extractors.tables.table import Cell, Table
from docglean.schemas.kinds import Code, Kind, Name, Text

MOST_HEAD_ROWS, MOST_TRIED = 4, 3
"""Rows of heads, and how many of what may be the heads are tried."""
LEAST_FIT = 0.25
"""Share of a column's cells that a field must be able to read."""
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
CENTS = re.compile(r"[.,]\d\d\b(?! ?%)")

Texts = Sequence[str]
Named = Sequence[Sequence[float]]
"""How well the head of each column names each target."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table is which field.

    Attributes:
        first_row: where its items begin.
        proven: what arithmetic adds to the score.
        rows: that are items for sure.
        tied: what arithmetic ties together in an item, by pointer.
        heads: all words of the rows of heads.
    """

    table: Table
    first_row: int
    targets: Mapping[int, Target]
    score: float
    proven: float
    rows: tuple[int, ...]
    tied: frozenset[str]
    heads: tuple[str, ...] = ()


def map_columns(table: Table, heads: HeadFits, paper: Paper) -> Columns | None:
    """Fields of the table's columns; None where it is no table of such items."""
    reader = _ColumnReader(table, heads.targets, paper)
    found = []
    for first, last in _head_rows(reader.grid):
        named = [heads.of(texts) for texts in _heads(table, first, last)]
        found.append((-sum(fit for row in named if (fit := max(row)) >= FITS), first, last, named))
    found.sort(key=lambda one: one[:2])
    unnamed = [[0.0] * len(heads.targets)] * table.columns
    best: Columns | None = None
    for _, first, last, named in [*found[:MOST_TRIED], (0, 0, 0, unnamed)]:
        columns = reader.read(last, named)
        if columns is not None and (best is None or columns.score > best.score):
            words = (
                word for row in reader.grid[first:last] for text in row for word in tokens(text)
            )
            best = replace(columns, heads=tuple(sorted(words)))
    return best


class _ColumnReader:
    """What the cells of a table say, whatever rows are its heads."""

    def __init__(self, table: Table, targets: Sequence[Target], paper: Paper) -> None:
        self.table = table
        self.targets = targets
        self.paper = paper
        self.grid = table.grid()
        self.cells = list(zip(*self.grid[: LOOKED_AT + MOST_HEAD_ROWS], strict=True))
        figures = {
            n: [figure(text, paper.style) for text in cells]
            for n, cells in enumerate(self.cells)
            if _wordiness(cells) <= MOST_LETTERS
        }
        self.figures = {n: told for n, told in figures.items() if any(v is not None for v in told)}
        shares = frozenset(n for n in figures if _is_rate(self._with_sign(self.cells[n])))
        self.relations = list(relations(self.figures, targets, shares, paper.printed))
        self._readable: dict[tuple[int, Kind | None], list[float | None]] = {}

    def read(self, last: int, named: Named) -> Columns | None:
        """The best that the columns may be where the rows before `last` are heads."""
        least = min(2, len(self.targets))
        enough = sum(max(row) >= FITS for row in named) >= least
        held = [one for one in self.relations if max(one.rows) >= last]
        found = [self._assigned(last, named, one) for one in [*([None] if enough else []), *held]]
        if not found:
            return None
        best = self._with_the_rest(max(found, key=lambda one: one.score), named)
        return best if len(best.targets) >= least else None

    def _assigned(self, last: int, named: Named, relation: Relation | None) -> Columns:
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
        score, proven = sum(worth[c][at] - FIXED * (c in fixed) for c, at in pairs), 0.0
        rows = tuple(range(last, len(self.cells[0])))
        if relation:
            rows = tuple(row for row in sorted(relation.rows) if row >= last)
            proven = relation.worth * len(rows) / len(relation.rows)
        found = {c: self.targets[at] for c, at in pairs}
        tied = frozenset(target.pointer for target in fixed.values() if not target.is_words)
        return Columns(self.table, last, found, score + proven, proven, rows, tied)

    def _worth(self, column: int, head: float, target: Target, last: int) -> float:
        fit = self._fit(target.leaf.kind, column, last)
        if fit == EMPTY:
            return EMPTY * head
        if head >= FITS and fit < LEAST_FIT:
            return 0.0
        told = [v for v in self.figures.get(column, ()) if v is not None and target.role == "count"]
        plain = sum((v == int(v)) + (v.as_tuple().exponent == 0) for v in told)
        whole = plain / max(2 * len(told), 1)
        return BY_HEAD * head * (head >= FITS) + BY_CELLS * fit + WHOLE * whole

    def _fit(self, kind: Kind | None, column: int, last: int) -> float:
        """Share of a column's cells from a row on that a field's kind can read."""
        if kind is None:
            return UNTOLD
        if (column, kind) not in self._readable:
            words = isinstance(kind, Text | Name | Code)
            self._readable[column, kind] = [
                None if not text else UNTOLD if words else
                float(reading(kind, text, self.paper.style) is not None)
                for text in self.cells[column]
            ]  # fmt: skip
        told = [one for one in self._readable[column, kind][last:] if one is not None]
        return sum(told) / len(told) if told else EMPTY

    def _with_the_rest(self, found: Columns, named: Named) -> Columns:
        """Columns with those that their cells tell: the wordiest is the text that the items are
        about. Where arithmetic proves the table, a rate in per cent, a unit, a code is what but
        one column can be whose head says nothing."""
        added = dict(found.targets)
        texts = [[column[row] for row in found.rows] for column in self.cells]
        free = [
            column
            for column in range(len(texts))
            if column not in added or (added[column].role == "code" and not _is_code(texts[column]))
        ]
        self._add_leading(added, free, texts, LETTERS if found.proven else MORE_LETTERS)
        for role, test in UNNAMED if found.proven else ():
            targets = [t for t in self.targets if t.role == role and t not in added.values()]
            columns = [
                column
                for column in free
                if column not in added
                and max(named[column], default=0.0) < FITS
                and test(self._with_sign(self.cells[column], found.rows))
            ]
            if len(targets) == len(columns) == 1:
                added[columns[0]] = targets[0]
        return replace(found, targets=added)

    def _add_leading(
        self, added: dict[int, Target], free: list[int], texts: Sequence[Texts], least: float
    ) -> None:
        """Make the wordiest of the free columns what the items are about, unless that is told."""
        leading = next((target for target in self.targets if target.leading), None)
        own = next((column for column, target in added.items() if target is leading), None)
        best = max(free, key=lambda column: _wordiness(texts[column]), default=None)
        if leading is None or best is None or _wordiness(texts[best]) <= least:
            return
        if own is None or _wordiness(texts[own]) <= LETTERS:
            if own is not None:
                free.append(own)
                del added[own]
            added[best] = leading

    def _with_sign(self, cells: Texts, rows: Sequence[int] | None = None) -> list[str]:
        """What a column's rows say; figures with the sign for per cent that stands in its head, or
        with which the document prints all of them elsewhere."""
        told = [cells[row] for row in rows] if rows is not None else list(filter(_figured, cells))
        figures = [figure(text, self.paper.style) for text in told if text]
        by_head = any("%" in text and not _figured(text) for text in cells[:MOST_HEAD_ROWS])
        small = bool(figures) and all(value is not None and abs(value) <= 100 for value in figures)
        if small and (by_head or (rows and self.paper.shares.issuperset(filter(None, figures)))):
            return [f"{text} %" for text in told if text]
        return [text for text in told if text]


def _figured(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_rate(texts: Texts) -> bool:
    return _most("%" in text for text in texts)


def _is_unit(texts: Texts) -> bool:
    """Whether cells are short words."""
    words = (len(t) <= MOST_UNIT and t[:1].isalpha() and not re.search(r"[ \d]", t) for t in texts)
    return _most(words) and any(len(text) > 1 for text in texts)


def _is_code(texts: Texts) -> bool:
    """Whether cells are words with digits, each another and longer than a position."""
    one = [t for t in texts if " " not in t and _figured(t) and len(t) >= LEAST_CODE]
    one = [t for t in one if not re.search(r"[,%]|\.\d\d$", t)]
    return len(one) > 0.5 * len(texts) and len(set(one)) >= 0.5 * len(one)


def _most(told: Iterator[bool]) -> bool:
    found = list(told)
    return sum(found) > 0.5 * len(found)


UNNAMED: Sequence[tuple[str, Callable[[Texts], bool]]] = (
    ("rate", _is_rate), ("unit", _is_unit), ("code", _is_code),
)  # fmt: skip
"""Roles that cells of a column may tell, in order."""


def _head_rows(grid: Sequence[Texts]) -> Iterator[tuple[int, int]]:
    """Rows that may be the heads, from the first to before the last: those on top that show no
    cents, and single ones of words further down, for what stands above a table without rules may
    be taken for its first rows."""
    top = 0
    while top < min(MOST_HEAD_ROWS, len(grid) - 1) and not CENTS.search(" ".join(grid[top])):
        top += 1
        yield from ((first, top) for first in range(top))
    for last in range(top + 1, min(len(grid), LOOKED_AT)):
        row = grid[last - 1]
        if sum(map(bool, row)) >= 2 and not _figured("".join(row)):
            yield last - 1, last


def _heads(table: Table, first: int, last: int) -> list[list[str]]:
    """What may name each column: its heads from top to bottom, together and the lowest alone."""
    columns: list[list[Cell]] = [[] for _ in range(table.columns)]
    for cell in table.cells:
        if first <= cell.row < last and cell.text:
            for column in range(cell.column, min(cell.column + cell.column_span, table.columns)):
                columns[column].append(cell)
    texts = [[cell.text for cell in cells] for cells in columns]
    return [list(dict.fromkeys([" ".join(one), *one[-1:]])) if one else [] for one in texts]


def _wordiness(texts: Texts) -> float:
    """Letters in a cell of a column on average; 0 where most of its cells are empty."""
    cells = [text for text in texts if text]
    if len(cells) < 0.5 * len(texts):
        return 0.0
    return sum(sum(map(str.isalpha, text)) for text in cells) / max(len(cells), 1)
