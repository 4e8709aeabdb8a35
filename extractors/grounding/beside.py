"""What stands beside a place in its row: gaps, neighbours, signs, the rest of a number."""

from __future__ import annotations

import re
from itertools import pairwise

from docglean.extractors.grounding.word_index import Span, WordIndex

WIDE = 2.0
"""Gap between two words, in line heights, from which they are not one number or code."""
NARROW = 0.6
"""The same within a number without marks, whose digits stand close or are two numbers."""
_YEAR = re.compile(r"\W*(?:(?:19|20)\d\d|['\u2019]\d\d)\W*")
_SIGN_WORDS = frozenset(
    "+ - \u2212 \u2013 ( ) % CR DR Cr Dr cr dr CR. DR. Cr. Dr. cr. dr. (CR) (DR) (cr) (dr)".split()
)


def word_gaps(index: WordIndex, span: Span) -> list[float]:
    """Gaps between the words of a span in line heights; 0 where a line ends."""
    found = []
    for left, right in pairwise(span):
        if index.row_of[left.word] == index.row_of[right.word]:
            height = index.heights[index.page_of[left.word]] or 1.0
            found.append((index.boxes[right.word][0] - index.boxes[left.word][2]) / height)
        else:
            found.append(0.0)
    return found


def word_beside(index: WordIndex, word: int, step: int, widest: float = NARROW) -> int | None:
    """The next word in the same row within `widest` line heights, None where there is none."""
    row = index.rows[index.row_of[word]]
    place = row.index(word) + step
    if not 0 <= place < len(row):
        return None
    left, right = sorted((word, row[place]), key=lambda number: index.boxes[number][0])
    height = index.heights[index.page_of[word]] or 1.0
    gap = (index.boxes[right][0] - index.boxes[left][2]) / height
    return row[place] if gap < widest else None


def has_year_beside(index: WordIndex, span: Span) -> bool:
    """Whether a day and month are followed or led by a year that is not in the span."""
    around = (
        word_beside(index, span[0].word, -1, WIDE),
        word_beside(index, span[-1].word, 1, WIDE),
    )
    words = [index.words[number].text for number in around if number is not None]
    first, last = span[0], span[-1]
    rest = index.words[first.word].text[: first.start]
    rest += index.words[last.word].text[last.end :]
    return any(map(str.isdigit, rest)) or any(_YEAR.fullmatch(word) for word in words)


def is_half(index: WordIndex, span: Span, text: str) -> bool:
    """Whether a number is printed in groups of three with blanks, and this is not all."""
    if len({index.row_of[part.word] for part in span}) > 1:
        return True
    before = word_beside(index, span[0].word, -1)
    head = text[: next((i for i, char in enumerate(text) if char in ".,"), len(text))]
    if before is not None and len(head) == 3 and head.isdigit() and span[0].start == 0:
        text_before = index.words[before].text
        if text_before.isdigit() and len(text_before) <= 3 and text_before[0] != "0":
            return True
    after = word_beside(index, span[-1].word, 1)
    if after is None or not text.replace(" ", "").isdigit() or len(text.split()[0]) > 3:
        return False
    whole = index.words[after].text.split(",")[0].split(".")[0]
    return len(whole) == 3 and whole.isdigit()


def with_signs(index: WordIndex, span: Span, text: str) -> str:
    """The text of a number with the signs, brackets and CR or DR that stand beside it."""
    rest = index.words[span[-1].word].text[span[-1].end :]
    if rest in _SIGN_WORDS:
        return f"{text}{rest}"
    before = word_beside(index, span[0].word, -1) if span[0].start == 0 else None
    after = word_beside(index, span[-1].word, 1)
    if before is not None and index.words[before].text in _SIGN_WORDS:
        text = f"{index.words[before].text}{text}"
    if after is not None and index.words[after].text in _SIGN_WORDS:
        text = f"{text}{index.words[after].text}"
    return text
