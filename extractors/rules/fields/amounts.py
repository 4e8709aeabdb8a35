"""What amounts on the pages have to do with each other: which is the sum of others, which the tax
on one, which what a list's entries come to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from docglean.extractors.rules.fields.candidates import Candidate, Signs
from docglean.extractors.rules.page.sheet import Sheet
from docglean.schemas.kinds.figures import as_decimal

_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
MOST = 80
"""Different amounts of which any two may add up to a third by chance alone."""
CENT = Decimal("0.011")
"""What a tax, or a count times a price, may be off by rounding to cents."""


class Sums:
    """The amounts of a document, looked up by what they come to."""

    def __init__(
        self, amounts: Sequence[Candidate], sheets: Sequence[Sheet], lists: Mapping[str, Any]
    ) -> None:
        found = [value for one in amounts if (value := as_decimal(one.value)) is not None]
        self._times = Counter(map(abs, found))
        known = sorted(value for value in self._times if value)
        self._largest = max(known, default=Decimal(0))
        few = known[-MOST:]
        there = set(few)
        self._whole = Counter(a + b for n, a in enumerate(few) for b in few[n:] if a + b in there)
        self._parts = Counter(
            part for n, a in enumerate(few) for b in few[n:] if a + b in there for part in (a, b)
        )
        rates = {Decimal(one.replace(",", ".")) / 100 for sheet in sheets for run in sheet.runs
                 for one in _RATE.findall(run.text)}  # fmt: skip
        self._nets: set[Decimal] = set()
        self._taxes: set[Decimal] = set()
        self._gross: set[Decimal] = set()
        for rate in [rate for rate in rates if rate]:
            for net in few:
                for tax in few:
                    if abs(net * rate - tax) < CENT:
                        self._nets.add(net)
                        self._taxes.add(tax)
                        if net + tax in there:
                            self._gross.add(net + tax)
        self._listed = set(_list_sums(lists))

    def of(self, one: Candidate) -> Signs:
        """What the amounts say of one; nothing of a value that is none."""
        amount = as_decimal(one.value) if isinstance(one.value, str) else None
        if amount is None:
            return {}
        size = abs(amount)
        return {
            "share_of_largest": float(size / self._largest) if self._largest else 0.0,
            "largest": float(size == self._largest),
            "zero": float(not size),
            "negative": float(amount < 0),
            "printed": self._times[size],
            "amounts": len(self._times),
            "whole_of": self._whole[size],
            "part_of": self._parts[size],
            "taxed": float(size in self._nets),
            "tax_on": float(size in self._taxes),
            "with_tax": float(size in self._gross),
            "listed": float(bool(size) and size in self._listed),
        }


def _list_sums(lists: Mapping[str, Any]) -> Iterator[Decimal]:
    """What each column of figures in each list comes to."""
    for entries in lists.values():
        columns: dict[str, Decimal] = {}
        for entry in entries or ():
            for name, value in entry.items() if isinstance(entry, Mapping) else ():
                amount = as_decimal(value) if isinstance(value, str | Decimal) else None
                if amount is not None:
                    columns[name] = columns.get(name, Decimal(0)) + amount
        yield from map(abs, columns.values())
