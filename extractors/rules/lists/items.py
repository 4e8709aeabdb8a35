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

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import USUAL_HEIGHT, union
from docglean.extractors.rules.fields.field_names import Names, tokens
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.rules.lists.item_cells import RowRead, RowReader, some_date
from docglean.extractors.rules.lists.item_lines import CLOSE, Line, owners_of
from docglean.extractors.rules.lists.mapping import Mapping
from docglean.extractors.rules.lists.placed_words import PlacedWords
from docglean.extractors.rules.lists.relations import CENT
from docglean.extractors.rules.lists.sums import names_a_sum
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Day, Money, Number, Style
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.values import leaf_value

Row = tuple[dict[str, Any], dict[str, Evidence]]
"""An item's values, and evidence by JSON pointer relative to the item."""

MOST_HEIGHT = 14.0
"""Points: of a line, where cells hold several."""
SUM_FIT = 0.85
"""Fit of a row's words with the name of a total."""
HALF_LINE = 0.6
"""Line heights between the parts of one row."""
FEW_FIGURES = 2
"""Figures of a row that is a sum; an item called "Total" has more."""


def read_rows(
    list_field: Field,
    tables: Sequence[Mapping],
    pages: Sequence[PageWords],
    style: Style,
    sums: Names | None = None,
    targets: Sequence[Target] = (),
) -> list[Row]:
    """Items of one table, or of several in which it goes on, in order.

    Args:
        sums: labels of the document's totals.
        targets: what columns may be, those too that have none.
    """
    words = {page.page: PlacedWords(page) for page in pages}
    near = some_date(pages, style)
    read = [row for one in tables for row in RowReader(one, words, style, near, targets).read()]
    items = _Items(max(tables, key=lambda one: one.score), targets, style, sums or Names({}))
    found = items.joined(items.without_sums(read))
    items.carry_dates(found)
    rows = []
    for item in found:
        values = skeleton(list_field.item)
        for pointer, value in item.values.items():
            put(values, pointer, value)
        rows.append((values, item.evidence))
    return rows


class _Items:
    """Items from rows, by what the columns of their table are."""

    def __init__(
        self, found: Mapping, targets: Sequence[Target], style: Style, sums: Names
    ) -> None:
        self.found = found
        self.targets = targets
        self.sums = sums
        self.style = style
        self.figures = [t for t in found.targets.values() if not t.is_words]
        self.amounts = list(
            dict.fromkeys(t.pointer for _, t in sorted(found.targets.items()) if t.is_amount)
        )
        self.kinds = {t.pointer: t.leaf.kind for t in found.targets.values()}

    def without_sums(self, read: Sequence[RowRead]) -> list[RowRead]:
        """Rows without those that add up others or carry an amount over, and without what stands
        behind the sum below the last item."""
        most = max((row.figures for row in read), default=0)
        full = [n for n, row in enumerate(read) if self._is_full(row, most)]
        held = [n for n in full if read[n].held] or full or [0]
        first, last = held[0] if len(self.found.tied) > 1 else 0, held[-1]
        kept: list[RowRead] = []
        running, added = Decimal(0), 0
        for number, row in enumerate(read):
            amount = self._amount_of(row)
            total = self._total_of(row)
            least = 1 if row.figures < min(most, FEW_FIGURES) else 2
            adds_up = amount == running and added >= least and row.figures < max(most, 2)
            if adds_up or self._is_sum(row, amount, behind=number > last):
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
        return row.figures == most or row.figures >= max(FEW_FIGURES, most - 1)

    def _amount_of(self, row: RowRead) -> Decimal | None:
        """What a row comes to: its last amount, or that at the end of its words."""
        told = [row.values.get(pointer) for pointer in self.amounts]
        found = next((one for one in reversed(told) if one is not None), None)
        if found is None and not row.figures and row.cells:
            words = [w for c in row.cells.values() for w in c.text.split() if CENTS.search(w)]
            said = reading(Money(), words[-1], self.style) if words else None
            found = said[0] if said else None
        return as_decimal(found)

    def _is_sum(self, row: RowRead, amount: Decimal | None, *, behind: bool) -> bool:
        """Whether a row is called a sum, or carried over; behind the last item it may be several
        at once."""
        if row.figures > FEW_FIGURES or amount is None:
            return False
        for cell in row.cells.values():
            words = tokens(cell.text)
            if not words or not any(char.isalpha() for char in cell.text):
                continue
            told = [words, words[:1], words[:2]] if behind else [words]
            return any(names_a_sum(one) or self.sums.fits(one, least=SUM_FIT) for one in told)
        return False

    def joined(self, read: Sequence[RowRead]) -> list[RowRead]:
        """Items, each with the lines that go on with it."""
        if not self.figures:
            return [row for row in read if row.values]
        heights = [cell.box[3] - cell.box[1] for row in read for cell in row.cells.values()]
        height = min(median(heights), MOST_HEIGHT) if heights else USUAL_HEIGHT
        read = [row for row in self._made_whole(read, height) if row.values]
        for row in read:
            if row.figures and self._takes_factors(row, row):
                self._cut_factors(row)
        lines = [Line(row.page, row.top, row.bottom, bool(row.figures)) for row in read]
        owners = owners_of(lines, height, headed=any(self.found.heads))
        last = max((number for number, line in enumerate(lines) if line.full), default=0)
        ends = [n for n in range(last + 1, len(read)) if _is_captioned(read[n])]
        for number, owner in sorted(owners.items(), key=lambda pair: abs(pair[0] - pair[1])):
            if not ends or number < ends[0]:
                self._append(read[owner], read[number])
        return [row for row in read if row.figures]

    def _made_whole(self, read: Sequence[RowRead], height: float) -> list[RowRead]:
        """Rows, with those made one whose figures are printed at different heights."""
        whole: list[RowRead] = []
        between: list[RowRead] = []
        last: RowRead | None = None
        for row in read:
            if last is not None and row.figures and self._go_together(last, row, whole[-1], height):
                while whole[-1] is not last:
                    between.insert(0, whole.pop())
                for one in (*between, row):
                    self._append(last, one)
                between.clear()
                last.figures += row.figures
                continue
            whole.append(row)
            last = row if row.figures else last
        return whole

    def _go_together(self, one: RowRead, row: RowRead, above: RowRead, height: float) -> bool:
        """Whether two rows have the figures of one item: no figure twice, and right below each
        other, or together all that arithmetic ties."""
        if any(p in one.values and not self._is_words(p) for p in row.values):
            return False
        tied, first, second = self.found.tied, one.values.keys(), row.values.keys()
        whole = bool(tied) and tied <= first | second and not (tied <= first or tied <= second)
        if above.page != row.page or (min(one.cells) >= min(row.cells) and not whole):
            return False
        most = CLOSE if whole else HALF_LINE
        return row.top - above.bottom <= most * height and (above is one or most == CLOSE)

    def _is_words(self, pointer: str) -> bool:
        return all(t.is_words for t in self.found.targets.values() if t.pointer == pointer)

    def _append(self, item: RowRead, row: RowRead) -> None:
        """Add a further line's texts to an item: in front of it where it is printed above."""
        if not row.figures and (self._takes_factors(item, row) or not _has_word(row)):
            return
        before = row.top < item.top and row.page == item.page
        if before and not row.figures and not _has_word(row, measures=False):
            return
        for pointer, text in row.values.items():
            known, seen = item.values.get(pointer), item.evidence.get(pointer)
            new = row.evidence[pointer]
            if known is not None and isinstance(self.kinds.get(pointer), Code):
                continue
            if known is None or seen is None:
                item.values[pointer], item.evidence[pointer] = text, new
                continue
            both = (new, seen) if before else (seen, new)
            item.values[pointer] = f"{text} {known}" if before else f"{known} {text}"
            item.evidence[pointer] = _together(*both)

    def _takes_factors(self, item: RowRead, row: RowRead) -> bool:
        """Give an item its count and price from a further line, "2 x 3.40", if they fit."""
        total = self._total_of(item)
        match = FACTORS.search(" ".join(cell.text for cell in row.cells.values()))
        counts = [t for t in self.targets if t.is_count]
        prices = [
            t
            for t in self.targets
            if self.amounts and t.is_amount and t.pointer != self.amounts[-1]
        ]
        if total is None or match is None or not counts or not prices:
            return False
        said = [reading(Number(), text, self.style) for text in match.groups()]
        told = [one[0] for one in said if one]
        if len(told) < 2 or abs(Decimal(told[0]) * Decimal(told[1]) - total) > CENT:
            return False
        cell = next(iter(row.cells.values()))
        for target, one, text in zip((counts[0], prices[0]), told, match.groups(), strict=True):
            item.values[target.pointer] = leaf_value(target.leaf, one, self.style)
            item.evidence[target.pointer] = Evidence(
                how="normalised", page=cell.page, box=cell.box, text=text, score=1.0
            )
        return True

    def _cut_factors(self, row: RowRead) -> None:
        """Take "4711 2 x 3.40" off what a row is about, for its count and price are told."""
        for pointer, text in list(row.values.items()):
            match = FACTORS.search(text) if isinstance(text, str) else None
            if match is None or not self._is_words(pointer):
                continue
            rest = text[: match.start()].strip()
            row.values[pointer] = rest
            if not any(map(str.isalpha, re.sub(r"\S*\d\S*", "", rest))):
                del row.values[pointer], row.evidence[pointer]

    def carry_dates(self, items: Sequence[RowRead]) -> None:
        """Give rows without a date the one above them, where a date is printed once for several."""
        dated = [t for _, t in sorted(self.found.targets.items()) if isinstance(t.leaf.kind, Day)]
        if not dated or not items or dated[0].pointer not in items[0].values:
            return
        pointer = dated[0].pointer
        for above, item in pairwise(items):
            if pointer not in item.values and pointer in above.values:
                item.values[pointer] = above.values[pointer]
                item.evidence[pointer] = above.evidence[pointer]


def _is_captioned(row: RowRead) -> bool:
    """Whether what a row tells stands behind a colon."""
    return any(re.search(r"\w ?:(?: |$)", cell.text) for cell in row.cells.values())


def _has_word(row: RowRead, *, measures: bool = True) -> bool:
    """Whether there is more in a row than codes: a word, or a measure of what is above."""
    words = [word for cell in row.cells.values() for word in cell.text.split()]
    return (measures and any(map(MEASURE.fullmatch, words))) or any(
        sum(map(str.isalpha, w)) >= 2 and not any(map(str.isdigit, w)) for w in words
    )


def _together(first: Evidence, second: Evidence) -> Evidence:
    if first.page != second.page or first.box is None or second.box is None:
        return first.model_copy(update={"text": f"{first.text} {second.text}"})
    boxes = (*(first.boxes or (first.box,)), *(second.boxes or (second.box,)))
    return first.model_copy(
        update={"text": f"{first.text} {second.text}", "box": union(boxes), "boxes": boxes}
    )


FACTORS = re.compile(
    r"(?<![\w.,])(\d[\d.,]*)\s?[xX\u00d7@*]\s?(?:[^\W\d]{2,3}|[$\u20ac\u00a3])?\s?(\d[\d.,]*)"
)
"""A count and a price in one text."""
MEASURE = re.compile(r"\W?\d{1,4}(?:[.,]\d+)?[A-Za-z]{1,3}\d{0,3}")
"""How much is in one thing: "330ML", "4X40"."""
CENTS = re.compile(r"[.,]\d\d(?!\d)")
