"""Whether a text that somebody cites stands on the pages: told strictly, as it is a proof.

Looking up a value forgives what another way of writing changes; here signs and points count, too:
1,250 is not 12.50, and 12.50 is not what stands there where the page says -12.50.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.grounding.hits import Hit
from docglean.extractors.grounding.locate import evidence_at
from docglean.extractors.grounding.occurrences import Finder
from docglean.extractors.grounding.word_index import WordIndex
from docglean.schemas.kinds import Text, guess_style

EDGES = ".,:;!?\"'"
"""Marks around a word that belong to the sentence."""
BRACKETS = "()[]"
"""The same around words; around a number they may be a sign."""
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
SINGLE, DOUBLE = "\u2018\u2019\u201a", "\u201c\u201d\u201e\u00ab\u00bb"
_SAME = str.maketrans(
    {**dict.fromkeys(DASHES, "-"), **dict.fromkeys(SINGLE, "'"), **dict.fromkeys(DOUBLE, '"')}
)
"""Dashes and quotation marks that only typesetting tells apart."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place where a text stands, or one like it.

    Attributes:
        same: it is the text; but for case, blanks, and how dashes and quotation marks are drawn.
    """

    evidence: Evidence
    same: bool


def cited(pages: Sequence[PageWords], text: str) -> list[Citation]:
    """Places where a text stands, those where it is the very text first; else where one like it
    stands."""
    index = WordIndex(pages)
    finder = Finder(index, guess_style(" ".join(word.text for word in index.words)))
    kind = Text()
    hits = finder.printed(kind, text).hits or finder.garbled(kind, text).hits
    found = [Citation(evidence_at(index, hit), _is_same(index, hit, text)) for hit in hits]
    return sorted(found, key=lambda one: not one.same)


def _is_same(index: WordIndex, hit: Hit, text: str) -> bool:
    """Whether the words that stand there, whole, are the text."""
    parts = [part for span in (hit.span, *hit.rest) for part in span]
    whole = _plain(" ".join(index.words[part.word].text for part in parts))
    wanted = _plain(text)
    around = EDGES if any(map(str.isdigit, wanted)) else EDGES + BRACKETS
    return wanted == whole or wanted.strip(around) == whole.strip(around)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_SAME).casefold()
    return " ".join(folded.split())
