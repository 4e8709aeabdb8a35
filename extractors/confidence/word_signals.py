"""What the words of a value tell of how sure it is: where they stand, how well they are read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from statistics import fmean

from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.extraction import Box, Evidence, Place
from docglean.extractors.grounding.word_index import letters
from docglean.extractors.speech.transcript import Segment

MARGIN = 0.07
"""Share of a page's height at either end that is its header or footer."""
UNSURE = 0.2
"""Below full score, how much OCR is off where nothing is left of its certainty: readable print
has 0.95 and more, and what has 0.8 is a guess."""
LONGEST_WORD = 15
"""Letters from which a word of a text is likelier to be several that ran together."""
NEARLY = Decimal("0.01")
"""Share of an amount within which another one may be the same, rounded or with a slip."""
ROUNDING = Decimal("0.05")
"""By how much a till rounds a total to its coins."""

_AMOUNT = re.compile(r"\d[\d.,'\u2019]*[.,]\d\d(?!\d)")
_MISREAD = re.compile(
    r"[\[\]{}|~^\\<>\uff08\uff09]|[.,;:]{2,}|\w[;!?]\w|^\w\.[^\W\d_]{2}"
    r"|[^\W\d_]\d[^\W\d_]|[^\W\d_]{2,}\d(?!\d|$)|^\d+[^\W\d_]{3,}"  # letters and digits mixed
    rf"|[^\W\d_]{{{LONGEST_WORD},}}"  # addresses of mail and of the web have no such run of letters
)
_LEADING = re.compile(r"^[&+,.;:)\]/-]|[(\[&+/,-]$")


def needle_of(text: str) -> str:
    """The words of a text as a page's are searched for them; empty where it has no letters."""
    words = " ".join(letters(piece)[0] for piece in text.split())
    return f" {words} " if words.strip() else ""


@lru_cache(maxsize=4096)
def _first_words(needles: tuple[str, ...]) -> frozenset[str]:
    return frozenset(needle[1:-1].partition(" ")[0] for needle in needles)


class PageSignals:
    """What is known of the words of one page, found by where they stand."""

    def __init__(self, page: PageWords) -> None:
        self.page = page

    @cached_property
    def _ordered(self) -> tuple[list[float], list[Word]]:
        words = sorted(self.page.words, key=lambda word: word.box[1] + word.box[3])
        return [(word.box[1] + word.box[3]) / 2 for word in words], words

    @cached_property
    def _text(self) -> str:
        return f" {' '.join(letters(word.text)[0] for word in self.page.words)} "

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self._text.split())

    @cached_property
    def _amounts(self) -> list[Decimal]:
        """Amounts with cents, as far as they can be told without their style."""
        printed = set(_AMOUNT.findall("\n".join(word.text for word in self.page.words)))
        return sorted(
            {
                Decimal(f"{whole}.{found[-2:]}")
                for found in printed
                if (whole := "".join(filter(str.isdigit, found[:-2])))
            }
        )

    @cached_property
    def doubt(self) -> float:
        """How hard the page is to read, 0 to 1; 0 for a text layer."""
        words = self.page.words
        return doubt_of(sum(word.confidence for word in words) / len(words)) if words else 0.0

    def within(self, box: Box) -> list[Word]:
        """Words whose middle lies in a box."""
        middles, words = self._ordered
        first, last = bisect_left(middles, box[1]), bisect_right(middles, box[3])
        return [
            word
            for word in words[first:last]
            if box[0] <= (word.box[0] + word.box[2]) / 2 <= box[2]
        ]

    def times(self, text: str) -> int:
        """How often the page prints these words."""
        needle = needle_of(text)
        return self._text.count(needle) if needle else 0

    def prints(self, needles: tuple[str, ...]) -> bool:
        """Whether any of these, made by `needle_of`, is printed."""
        if self._words.isdisjoint(_first_words(needles)):
            return False
        text = self._text
        return any(needle in text for needle in needles)

    def nearly(self, amount: Decimal) -> bool:
        """Whether the page prints another amount that is nearly this one."""
        return self._prints_within(NEARLY * abs(amount), abs(amount))

    def rounded(self, amount: Decimal) -> bool:
        """Whether the page prints another amount that this one may be rounded to, or from."""
        return self._prints_within(ROUNDING, abs(amount))

    def _prints_within(self, room: Decimal, amount: Decimal) -> bool:
        first = bisect_left(self._amounts, amount - room)
        last = bisect_right(self._amounts, amount + room)
        return any(one != amount for one in self._amounts[first:last])

    def in_margin(self, box: Box, share: float = MARGIN) -> bool:
        """Whether all of a box stands in the page's header or footer.

        Args:
            share: of the page's height, at either end.
        """
        start, end, size = self._down(box)
        return end <= share * size or start >= (1 - share) * size

    def height_of(self, box: Box) -> float:
        """How far down the page a box stands, as it is printed: 0 to 1 from one end."""
        start, end, size = self._down(box)
        return (start + end) / 2 / (size or 1.0)

    def _down(self, box: Box) -> tuple[float, float, float]:
        """Where a box begins and ends across the lines of the page, and the page's size there."""
        if self.page.turn in (90, 270):
            return box[0], box[2], self.page.width
        return box[1], box[3], self.page.height

    def hides(self, text: str) -> bool:
        """Whether these words stand on the page where nobody sees them."""
        hidden = {letters(word.text)[0] for word in self.page.hidden}
        return bool(hidden) and all(letters(piece)[0] in hidden for piece in text.split())


def place_signals(evidence: Evidence | None, pages: Mapping[int, PageSignals]) -> dict[str, float]:
    """Signals of where a value stands.

    Args:
        pages: by number, those whose words were read.
    """
    if evidence is None or evidence.how == "not_found":
        return {"nowhere": 1.0}
    found: dict[str, float] = {evidence.how: 1.0}
    if evidence.how == "fuzzy":
        found["unlike"] = 1 - evidence.score
    places = [place for place in evidence.places if place.page in pages]
    if not places:
        return found
    first = pages[places[0].page]
    times = first.times(evidence.text)
    words = [word for place in places for word in _words(pages[place.page], place)]
    return {
        **found,
        "repeated": 1 - 1 / times if times > 1 else 0.0,
        "margin": float(first.in_margin(places[0].box)),
        "hidden": float(not words and first.hides(evidence.text)),
        **reading_signals(words),
    }


def _words(page: PageSignals, place: Place) -> list[Word]:
    return [word for box in place.boxes or (place.box,) for word in page.within(box)]


def speech_signals(evidence: Evidence | None, segments: Sequence[Segment]) -> dict[str, float]:
    """Signals of how well what is said could be heard; none where the speech engine tells nothing.

    Args:
        segments: of the transcript, in order.
    """
    if evidence is None or evidence.seconds is None or evidence.page is not None:
        return {}
    start, end = evidence.seconds
    last = bisect_right(segments, end, key=lambda segment: segment.start)
    scores = [
        segment.confidence
        for segment in segments[:last]
        if segment.end >= start and segment.confidence is not None
    ]
    return {"speech_doubt": 1 - fmean(scores)} if scores else {}


def reading_signals(words: Iterable[Word]) -> dict[str, float]:
    """Signals of how well these words could be read."""
    scores = [word.confidence for word in words]
    if not scores:
        return {}
    return {"ocr_doubt": doubt_of(fmean(scores)), "ocr_doubt_most": doubt_of(min(scores))}


def doubt_of(score: float) -> float:
    """An OCR score as doubt, 0 to 1."""
    return min(1.0, max(0.0, (1 - score) / UNSURE))


def text_signals(text: str) -> dict[str, float]:
    """Signals of how a text is spelt: as it is read where OCR fails, or cut out of a longer one."""
    words = text.split()
    odd = abs(text.count("(") - text.count(")"))
    odd += sum(_MISREAD.search(word) is not None for word in words)
    return {
        "garbled": min(1.0, 2 * odd / len(words)) if words else 0.0,
        "cut": float(bool(_LEADING.search(text.strip()))),
    }
