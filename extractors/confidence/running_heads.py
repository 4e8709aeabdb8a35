"""Which values stand in what is printed on every page: a running head or foot, page numbers.

Words repeat where they stand at about the same height of nearly every page. A number that grows
with the pages counts as the same. The first page often has a head of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from docglean.extractors.confidence.word_signals import PageSignals, needle_of
from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box, Evidence, Place
from docglean.extractors.grounding.word_index import letters

MARGIN = 0.1
"""Share of a page's height at either end where heads and feet are looked for."""
SAME_HEIGHT = 0.015
"""Share of a page's height by which what is repeated may stand higher or lower: scans are askew."""
NEARLY_ALL = 0.8
"""Share of the other pages that repeat it."""
MOST_PAGES = 20
"""Of a longer document, so many from all of it are looked at."""

_NUMBER = re.compile(r"\d{1,6}")
_PLAIN = re.compile(r"\W*\d{1,6}(?:\W+\d{1,6})?\W*")

Key = str | int
"""A word, or how far a number is ahead of that of its page."""


class RunningHeads:
    """What is printed at both ends of a document's pages."""

    def __init__(self, pages: Mapping[int, PageSignals]) -> None:
        step = ceil(len(pages) / MOST_PAGES) or 1
        self._pages = pages
        self._looked_at = list(pages)[::step] if len(pages) > 1 else []
        self._margins: dict[int, _Margins] = {}

    def signals(self, evidence: Evidence | None, captions: Sequence[str]) -> dict[str, float]:
        """Signals of a value that every page prints; none of any other.

        Args:
            captions: of its field, as pages are searched for them.
        """
        if evidence is None or not self._looked_at:
            return {}
        places = evidence.places
        if len(places) != 1 or places[0].page not in self._pages:
            return {}
        place = places[0]
        if not self._pages[place.page].in_margin(place.box, MARGIN):
            return {}
        margins = self._at(place.page)
        words = margins.words_at(place)
        if not words or not all(self._repeats(word, place.page) for word in words):
            return {}
        found = {"running_head": 1.0}
        if _PLAIN.fullmatch(evidence.text) and not margins.prints(captions):
            found["running_figure"] = 1.0
        return found

    def _at(self, page: int) -> _Margins:
        if page not in self._margins:
            self._margins[page] = _Margins(self._pages[page])
        return self._margins[page]

    def _repeats(self, word: Word, page: int) -> bool:
        others = [one for one in self._looked_at if one != page]
        others = [one for one in others if one != self._looked_at[0]] or others
        height = self._pages[page].height_of(word.box)
        return any(
            sum(self._at(one).has(key, height) for one in others) >= NEARLY_ALL * len(others)
            for key in keys_of(word, page)
        )


class _Margins:
    """The words at both ends of one page."""

    def __init__(self, page: PageSignals) -> None:
        self.words = [word for word in page.page.words if page.in_margin(word.box, MARGIN)]
        self._heights: dict[Key, list[float]] = defaultdict(list)
        for word in self.words:
            for key in keys_of(word, page.page.page):
                self._heights[key].append(page.height_of(word.box))

    def has(self, key: Key, height: float) -> bool:
        """Whether it is printed at this height."""
        return any(abs(one - height) <= SAME_HEIGHT for one in self._heights.get(key, ()))

    def words_at(self, place: Place) -> list[Word]:
        """The words that a value is, or is a part of; none where some of it stands elsewhere."""
        found = []
        for box in place.boxes or (place.box,):
            here = [w for w in self.words if _holds(box, w.box) or _holds(w.box, box)]
            if not here:
                return []
            found += here
        return found

    def prints(self, needles: Sequence[str]) -> bool:
        """Whether any of these, made by `needle_of`, is printed there."""
        text = needle_of(" ".join(word.text for word in self.words))
        return any(needle in text for needle in needles)


def keys_of(word: Word, page: int) -> Iterator[Key]:
    """What a word is on all pages that print it.

    Args:
        page: its number.
    """
    text = letters(word.text)[0]
    if text:
        yield text
    for number in _NUMBER.findall(word.text):
        yield int(number) - page


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of the other one lies in a box."""
    across, down = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]
