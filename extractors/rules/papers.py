"""Papers that no built-in schema is for, told by what they call themselves.

A quotation has a seller, a number and a total as an invoice has, and is none: what it calls itself
stands alone in a heading at its top.
"""

from __future__ import annotations

import re

from docglean.extractors.rules.classify import type_words
from docglean.schemas.labels import alternatives

TOP, HEAD = 6, 14
"""Lines from the top in which a paper calls itself, and in which an invoice would."""
AN_OTHER = re.compile(
    rf"(?:\d\w{{0,3}} )?(?:{alternatives('titles.others')})(?: \(?\d\w*\)?)?", re.IGNORECASE
)
_CELLS = re.compile(r"\s{2,}")


def calls_itself(text: str, *kinds: str) -> str:
    """What a paper of another kind than `kinds` calls itself; empty where it may be one of them.

    Args:
        text: of the first page, laid out as `PageWords.text` does it.
        kinds: names of built-in schemas.
    """
    lines = [line for line in text.splitlines() if line.strip()][:HEAD]
    cells = [[_plain(cell) for cell in _CELLS.split(line.strip())] for line in lines]
    own = type_words(*kinds)
    if any(own.search(cell) for row in cells for cell in row):
        return ""
    heads = [row[place] for row in cells[:TOP] for place in range(len(row))]
    return next((cell for cell in heads if AN_OTHER.fullmatch(cell)), "")


def _plain(cell: str) -> str:
    return " ".join(re.sub(r"[^\w()\s]", " ", cell).split())
