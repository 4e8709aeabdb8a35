"""What lists need to know of the document that they are read from."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from docglean.extractors.documents.words import PageWords, rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.field_names import LabelsOf, Names, labels_of
from docglean.extractors.rules.lists.printed_rows import tables_of_rows
from docglean.extractors.tables.table import Table
from docglean.schemas.kinds import Day, Style

SAME = 0.5
"""Points by which two places may differ and be the same."""
_SHARE = re.compile(r"\d+(?:[.,]\d+)?(?= ?%)")
_DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\b\d{1,2}\.? [^\W\d]{3,9}\.? \d{4}\b")


class PlacedWords:
    """Words of a page, looked up by where they stand."""

    def __init__(self, page: PageWords) -> None:
        self.words = sorted(page.words, key=lambda word: word.box[1] + word.box[3])
        self.middles = [(word.box[1] + word.box[3]) / 2 for word in self.words]

    def boxes(self, box: Box, text: str, start: int, end: int) -> list[Box]:
        """One box a line for the words `start` to `end` of a cell's text, or for all of them where
        they are not found as they are."""
        low, high = (bisect_left(self.middles, y) for y in (box[1] - SAME, box[3] + SAME))
        inside = [
            (word, word.box)
            for word in self.words[low:high]
            if box[0] - SAME <= (word.box[0] + word.box[2]) / 2 <= box[2] + SAME
        ]
        told = [
            (piece, number, at)
            for number, line in enumerate(rows(inside))
            for word, at in line
            for piece in word.text.split()
        ]
        if [piece for piece, _, _ in told[: len(text.split())]] == text.split():
            told = told[start:end]
        return [union(at for _, _, at in line) for _, line in groupby(told, lambda one: one[1])]


@dataclass(frozen=True)
class Paper:
    """A document's pages, and what is found out about them once for all of its lists.

    Attributes:
        style: how it prints numbers and dates.
        labels: what names a field.
        sums: labels of its totals, which are no items.
        printed: all amounts that it prints.
    """

    pages: Sequence[PageWords]
    style: Style
    labels: LabelsOf = labels_of
    sums: Names = field(default_factory=lambda: Names({}))
    printed: Sequence[Decimal] = ()

    @cached_property
    def aligned(self) -> list[Table]:
        """Rows of print as tables."""
        return tables_of_rows(self.pages, self.style)

    @cached_property
    def placed(self) -> dict[int, PlacedWords]:
        """Words by page and place."""
        return {page.page: PlacedWords(page) for page in self.pages}

    @cached_property
    def shares(self) -> frozenset[Decimal]:
        """What it prints in per cent."""
        told = (one for page in self.pages for one in _SHARE.findall(page.text()))
        return frozenset(Decimal(one.replace(",", ".")) for one in told)

    @cached_property
    def some_date(self) -> str | None:
        """A whole date, to tell the year of those that are printed without one."""
        text = " ".join(word.text for page in self.pages for word in page.words)
        found = [Day().parse(match.group(), self.style) for match in _DATE_LIKE.finditer(text)]
        known = sorted(date for date in found if date)
        return known[len(known) // 2] if known else None

    def prints_sum_of(self, amounts: Iterable[Decimal]) -> bool:
        """Whether it prints the sum of some amounts beside them, or what is left of it when one of
        the other sign, a discount, is taken off."""
        told = list(amounts)
        whole, rest = sum(told, Decimal(0)), Counter(self.printed)
        rest.subtract(told)
        less = [one for one in rest if one * whole < 0]
        return bool(told) and any(rest[whole + one] > 0 for one in (Decimal(0), *less))
