"""Signs that a page gives an amount without printing them at it: by its column, row or title.

A number with another sign is another number. Yet a credit note prints what it gives back without
a minus, a column "Debit" too, and "Discount 10.00" takes ten off.
"""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.grounding.word_index import Span, WordIndex
from docglean.schemas.labels import words_of
from docglean.schemas.reading.texts import fold

_TAKES_OFF = frozenset(words_of("amounts.taken_off"))
"""Words in the row or over the column of an amount that take it off or pay it out."""
_CREDIT_NOTES = words_of("titles.credit_note")
"""What documents call themselves that give money back."""
SHORT = 6
"""Words of a row that may be a title."""


def gives_back(index: WordIndex) -> bool:
    """Whether the document is a credit note: its amounts may count as negative."""
    for row in index.rows:
        if len(row) <= SHORT:
            text = f" {fold(' '.join(index.words[word].text for word in row))} "
            if any(f" {name} " in text for name in _CREDIT_NOTES):
                return True
    return False


def taken_off(index: WordIndex, span: Span) -> bool:
    """Whether words in the row of an amount, or above it in its column, take it off."""
    first = span[0].word
    row = index.row_of[first]
    if _any(index, index.rows[row]):
        return True
    left, right = index.boxes[first][0], index.boxes[span[-1].word][2]
    above = (
        word
        for word in index.on(index.page_of[first])
        if index.row_of[word] < row
        and index.boxes[word][0] < right
        and index.boxes[word][2] > left
        and fold(index.words[word].text) in _TAKES_OFF
    )
    return any(True for _ in above)


def _any(index: WordIndex, words: Iterable[int]) -> bool:
    return any(
        part in _TAKES_OFF for word in words for part in fold(index.words[word].text).split()
    )
