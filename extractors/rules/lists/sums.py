"""Rows of tables that are no items: what adds up others, or is carried over from page to page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any, TypeVar

from docglean.extractors.rules.fields.field_names import fit, tokens
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money, Number
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.labels import words_of

FITS = 0.85
MOST_WORDS = 6
"""Words of a row that is named as a sum; more describe something."""

_PAGES = frozenset(words_of("sums.pages"))
_NAMES = [
    tokens(text)
    for table in ("sums.carried", "sums.balances", "sums.totals")
    for text in words_of(table)
]


def names_a_sum(words: tuple[str, ...]) -> bool:
    """Whether words of a row, made comparable (`field_names.tokens`), name a total of rows above
    it, or what is carried over: "Subtotal", "Übertrag von Seite 1"."""
    bare = tuple(word for word in words if word not in _PAGES) or words
    return len(bare) <= MOST_WORDS and any(fit(name, bare) >= FITS for name in _NAMES)


SeenT = TypeVar("SeenT")


def without_carried(
    rows: Sequence[tuple[dict[str, Any], SeenT]], item: Field
) -> list[tuple[dict[str, Any], SeenT]]:
    """Items without those that repeat the sum of all before them and say nothing else.

    What is carried over is told by its amount in any language: among items with a quantity or a
    price it has but an amount, that of two items or more before it.
    """
    figures = [leaf.name for leaf in item.children if isinstance(leaf.kind, Number)]
    amounts = [leaf.name for leaf in item.children if isinstance(leaf.kind, Money)]
    counts = [sum(values.get(name) is not None for name in figures) for values, _ in rows]
    if not amounts or not counts or median(counts) < 2:
        return list(rows)
    kept: list[tuple[dict[str, Any], SeenT]] = []
    running, added = Decimal(0), 0
    for (values, seen), count in zip(rows, counts, strict=True):
        amount = _amount(values, amounts)
        if amount is not None and count == 1 and added >= 2 and amount == running:
            continue
        kept.append((values, seen))
        if amount is not None:
            running, added = running + amount, added + 1
    return kept


def _amount(values: Mapping[str, Any], amounts: Sequence[str]) -> Decimal | None:
    """What an item comes to: its last amount."""
    given = [as_decimal(values.get(name)) for name in amounts]
    return next((one for one in reversed(given) if one is not None), None)
