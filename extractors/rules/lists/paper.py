"""What lists need to know of the document that they are read from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.fields.field_names import LabelsOf, Names, labels_of
from docglean.extractors.rules.lists.placed_words import PlacedWords
from docglean.extractors.rules.lists.printed_rows import tables_of_rows
from docglean.extractors.tables.table import Table
from docglean.schemas.kinds import Day, Style

_SHARE = re.compile(r"\d+(?:[.,]\d+)?(?= ?%)")
_DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\b\d{1,2}\.? [^\W\d]{3,9}\.? \d{4}\b")


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
