"""Whether what looks like a box to tick is part of a word's print: an O, or E and l together."""

from __future__ import annotations

from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box

AT_END, AS_HIGH = 0.2, 0.8
"""Shares of a word's height: how near to its end a box stands beside it, and how high it is."""
SURE = 0.95
"""Confidence of OCR from which a word is what it says: it reads most boxes as an unsure O."""
_ROUND, _CROSSED = frozenset("O0oDQCU"), frozenset("XxVv")
_SQUARE = frozenset("口区回囗日田凶")
_POINTS = frozenset(".,:;!?'\"-/")


def is_lettering(word: Word, box: Box, square: Box) -> bool:
    """Whether the square is part of the print of this word, not a box beside it.

    Args:
        word: as it was read.
        box: where it stands; `square` likewise.
    """
    letters = [char for char in word.text if char.isalnum()]
    if len(letters) < 2:
        # A lone character is what OCR makes of a box, unless it is a digit inside of a cell.
        return bool(letters) and (letters[0].isdigit() or _is_sure(word, letters[0]))
    high = box[3] - box[1]
    near = AT_END * high
    first, last = square[0] <= box[0] + near, square[2] >= box[2] - near
    if not (first or last) or square[3] - square[1] < AS_HIGH * high:
        return True
    glued = (first and _is_box(word.text)) or (last and _is_box(word.text[::-1]))
    return word.confidence >= SURE and not glued


def _is_sure(word: Word, letter: str) -> bool:
    """Whether a lone letter was read with certainty, and is none that a box looks like."""
    return word.confidence >= SURE and letter not in _ROUND | _CROSSED | _SQUARE


def _is_box(text: str) -> bool:
    """Whether a text, from an end inwards, begins with what OCR makes of a box beside a word.

    A sign, or a round letter before a capital that begins a word: "OYes", but neither "Oslo" nor
    "OSLO".
    """
    sign, word = text[0], text[1:]
    if sign in _SQUARE or not (sign.isalnum() or sign in _POINTS):
        return True
    return sign in _ROUND and word[:1].isupper() and not word.isupper()
