"""Rows of tables that are no items: what adds up others, or is carried over from page to page."""

from __future__ import annotations

from docglean.extractors.rules.fields.field_names import fit, tokens
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
