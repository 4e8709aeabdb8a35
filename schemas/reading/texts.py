"""Printed text made comparable: one form for what only looks different."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_BLANKS = re.compile(r"\s+")
_MINUS = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"'})

CONFUSED = str.maketrans(
    {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "|": "1", "!": "1", "Z": "2", "S": "5"}
    | {"G": "6", "B": "8"}
)
"""Letters that OCR takes for digits and back, folded onto the digit; for upper-case text."""


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """`text` in Unicode form NFKC, with ASCII digits, hyphens and quotes, single blanks.

    What a reader would call the same characters is the same string afterwards; case,
    punctuation and accents are kept.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_MINUS).translate(_QUOTES)
        if any(char.isdecimal() and not char.isascii() for char in text):
            text = "".join(
                str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
            )
        # Zero-width characters and soft hyphens are in the text but not on the page.
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return _BLANKS.sub(" ", text).strip()


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """`text` without case; each run of punctuation and blanks is one blank.

    Signs that carry meaning by themselves (currency, ``+``, ``=``) are kept. A text of nothing
    but punctuation stays as it is, so that two of them can still differ.
    """
    lowered = plain(text).casefold()
    kept = "".join(
        " " if unicodedata.category(char)[0] in "PZC" else char for char in lowered
    ).split()
    return " ".join(kept) if kept else lowered


@lru_cache(maxsize=16384)
def code_fold(text: str) -> str:
    """Letters and digits of `text` alone, in upper case: how codes are compared."""
    return "".join(char for char in plain(text).upper() if char.isalnum())


@lru_cache(maxsize=16384)
def confused_fold(text: str) -> str:
    """`text` with what OCR confuses made equal: 0 and O, 1 and I, 5 and S ...

    Punctuation and blanks are one blank each, for 12.50 is not 1250; signs at the ends go.
    """
    upper = plain(text).upper().translate(CONFUSED)
    return " ".join("".join(char if char.isalnum() else " " for char in upper).split())


def likeness(left: str, right: str) -> float:
    """1 minus the Levenshtein distance by the longer length, 0 to 1.

    Two empty texts are alike. The measure behind ANLS (Biten et al., 2019), without its
    cut-off at 0.5.
    """
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(left, right))
