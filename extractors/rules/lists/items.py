"""Rows of a table whose columns are known, as items: values with evidence.

What is no item is left out: heads that are repeated, sums, amounts carried over a page. What is
but a further line of an item is joined to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import USUAL_HEIGHT, union
from docglean.extractors.rules.fields.field_names import fit, tokens
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.rules.lists.item_cells import RowRead, RowReader
from docglean.extractors.rules.lists.item_lines import spans_of
from docglean.extractors.rules.lists.mapping import Columns
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day, Money
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.labels import words_of

Row = tuple[dict[str, Any], dict[str, Evidence]]
"""An item's values, and evidence by JSON pointer relative to the item."""

MOST_HEIGHT = 14.0
"""Points: of a line, where cells hold several."""
SUM_FIT = 0.85
"""Fit of a row's words with the name of a total, or of what is carried over: it is no item."""
FEW_FIGURES = 2
"""Figures of a row that is a sum; an item called "Total" has more."""
TEXTS = frozenset({"text", "unit", "discount"})
"""Roles whose values go on in further lines."""
MOST_SUM_WORDS = 6
"""Words of a row that is named as a sum; more describe something."""
CENTS = re.compile(r"[.,]\d\d(?!\d)")
_PAGES = frozenset(words_of("sums.pages"))
_SUMS = [
    tokens(text)
    for table in ("sums.carried", "sums.balances", "sums.totals")
    for text in words_of(table)
]


def read_rows(
    field: Field, tables: Sequence[Columns], targets: Sequence[Target], paper: Paper
) -> list[Row]:
    """Items of one table, or of several in which it goes on, in order.

    Args:
        targets: what columns may be, those too that have none.
    """
    read = [row for one in tables for row in RowReader(one, targets, paper).read()]
    items = _Items(max(tables, key=lambda one: one.score), targets, paper)
    rows = []
    for item in items.of(items.without_sums(read)):
        values = skeleton(field.item)
        for pointer, value in item.values.items():
            put(values, pointer, value)
        rows.append((values, item.evidence))
    return rows


class _Items:
    """Items from rows, by what the columns of their table are."""

    def __init__(self, found: Columns, targets: Sequence[Target], paper: Paper) -> None:
        self.found = found
        self.paper = paper
        columns = [target for _, target in sorted(found.targets.items())]
        self.targets = {target.pointer: target for target in columns}
        amounts = [target.pointer for target in columns if target.role == "amount"]
        self.amounts = list(dict.fromkeys(amounts))
        self.roles = {target.pointer: target.role for target in targets}

    # --- which rows are items ------------------------------------------------------------------

    def without_sums(self, read: Sequence[RowRead]) -> list[RowRead]:
        """Rows without those that add up others or carry an amount over, and without what stands
        behind the sum below the last item."""
        most = max((len(row.figures) for row in read), default=0)
        full = [n for n, row in enumerate(read) if self._is_full(row, most)]
        held = [n for n in full if read[n].held] or full or [0]
        first, last = held[0] if len(self.found.tied) > 1 else 0, held[-1]
        kept: list[RowRead] = []
        running, added = Decimal(0), 0
        for number, row in enumerate(read):
            amount, total = self._amount_of(row), self._total_of(row)
            least = 1 if len(row.figures) < min(most, FEW_FIGURES) else 2
            adds_up = amount == running and added >= least and len(row.figures) < max(most, 2)
            if adds_up or self._is_sum(row, amount):
                if added and (number >= last or most == 1):
                    break
            elif (
                first <= number <= last or not row.figures or not self.found.tied or number in full
            ):
                kept.append(row)
                if row.figures and total is not None:
                    running, added = running + total, added + 1
        return kept

    def _total_of(self, row: RowRead) -> Decimal | None:
        return as_decimal(row.values.get(self.amounts[-1])) if self.amounts else None

    def _is_full(self, row: RowRead, most: int) -> bool:
        """Whether a row has the figures of an item: what arithmetic ties together, or nearly as
        many as any row."""
        if self.found.tied:
            return self.found.tied <= row.values.keys()
        return len(row.figures) == most or len(row.figures) >= max(FEW_FIGURES, most - 1)

    def _amount_of(self, row: RowRead) -> Decimal | None:
        """What a row comes to: its last amount, or that at the end of its words."""
        told = [row.values.get(pointer) for pointer in self.amounts]
        found = next((one for one in reversed(told) if one is not None), None)
        if found is None and not row.figures and row.cells:
            words = [w for c in row.cells.values() for w in c.text.split() if CENTS.search(w)]
            said = reading(Money(), words[-1], self.paper.style) if words else None
            found = said[0] if said else None
        return as_decimal(found)

    def _is_sum(self, row: RowRead, amount: Decimal | None) -> bool:
        """Whether a row is called a sum, or carried over."""
        if len(row.figures) > FEW_FIGURES or amount is None:
            return False
        texts = (cell.text for cell in row.cells.values() if any(map(str.isalpha, cell.text)))
        words = tokens(next(texts, ""))
        return _names_a_sum(words) or bool(self.paper.sums.fits(words, least=SUM_FIT))

    # --- rows of one item ----------------------------------------------------------------------

    def of(self, read: Sequence[RowRead]) -> list[RowRead]:
        """Items, each with the lines that go on with it."""
        read = [row for row in read if row.values]
        if all(target.is_words for target in self.found.targets.values()):
            return read
        heights = [cell.box[3] - cell.box[1] for row in read for cell in row.cells.values()]
        height = min(median(heights), MOST_HEIGHT) if heights else USUAL_HEIGHT
        spans = spans_of(read, self.found.tied, height, headed=bool(self.found.heads))
        return self._dated([self._joined([read[n] for n in span]) for span in spans])

    def _joined(self, rows: Sequence[RowRead]) -> RowRead:
        """Rows as one: texts are put together, of codes that beside the figures is taken."""
        first = next(number for number, row in enumerate(rows) if row.figures)
        item = RowRead(rows[first].cells)
        for number, row in enumerate(rows):
            if number > first and not row.figures and _is_captioned(row):
                break
            if row.figures or _has_word(row):
                self._add(item, row)
        return item

    def _add(self, item: RowRead, row: RowRead) -> None:
        for pointer, value in row.values.items():
            if pointer not in item.values or (row.figures and self.roles[pointer] == "code"):
                item.values[pointer], item.evidence[pointer] = value, row.evidence[pointer]
            elif self.roles[pointer] in TEXTS:
                item.values[pointer] = f"{item.values[pointer]} {value}"
                item.evidence[pointer] = _together(item.evidence[pointer], row.evidence[pointer])

    def _dated(self, items: list[RowRead]) -> list[RowRead]:
        """Items; those without a date have that above them, printed once for several."""
        dated = (p for p, t in self.targets.items() if isinstance(t.leaf.kind, Day))
        pointer = next(dated, "")
        for above, item in pairwise(items if items and pointer in items[0].values else ()):
            if pointer not in item.values:
                item.values[pointer] = above.values[pointer]
                item.evidence[pointer] = above.evidence[pointer]
        return items


def _names_a_sum(words: tuple[str, ...]) -> bool:
    """Whether words of a row, made comparable, name a total of rows above it, or what is carried
    over: "Subtotal", "Übertrag von Seite 1"."""
    bare = tuple(word for word in words if word not in _PAGES) or words
    return len(bare) <= MOST_SUM_WORDS and any(fit(name, bare) >= SUM_FIT for name in _SUMS)


def _is_captioned(row: RowRead) -> bool:
    """Whether what a row tells stands behind a colon."""
    return any(re.search(r"\w ?:(?: |$)", cell.text) for cell in row.cells.values())


def _has_word(row: RowRead) -> bool:
    """Whether there is more in a row than codes: "PROMO", "10-pack"."""
    words = (word for cell in row.cells.values() for word in cell.text.split())
    return any(
        sum(map(str.isalpha, w)) >= 2 and not (any(map(str.isdigit, w)) and w.upper() == w)
        for w in words
    )


def _together(first: Evidence, second: Evidence) -> Evidence:
    text = f"{first.text} {second.text}"
    if first.page != second.page or first.box is None or second.box is None:
        return first.model_copy(update={"text": text})
    boxes = (*(first.boxes or (first.box,)), *(second.boxes or (second.box,)))
    return first.model_copy(update={"text": text, "box": union(boxes), "boxes": boxes})
