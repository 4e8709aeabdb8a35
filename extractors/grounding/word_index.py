"""The words of many pages as one string of letters and digits, searched in microseconds.

A value is looked for without its blanks, punctuation, case and accents, so that ``DE 12 345``
is found where the page prints ``DE12345``. Where a match may begin and end, and whether the
printed characters really are the value, is told afterwards from the printed text.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import median

from docglean.extractors.documents.words import PageWords, Word, rows, turned
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import USUAL_HEIGHT, union

SHORT, LONG = 4, 10
"""Characters by which starts of words are filed: few are alike in their first ten."""
CONFUSED = str.maketrans("oilzsb", "011258")
"""Letters that OCR takes for digits and back. One letter is one digit, so places stay."""
BREAK = "\x00"

_SIGNS_BEFORE = "+-\u2212\u2013(€$£¥#~"
_SIGNS_AFTER = ")%‰€$£¥°-\u2212"
_GROUPING = ".,'\u2019"
_YEARS = re.compile(r"\W*(?:19|20)\d\d[-/](?:19|20)\d\d\W*")
_GOES_BEFORE = re.compile(rf"\d[-/:{_GROUPING}]$")
_GOES_AFTER = re.compile(rf"[-/:{_GROUPING}]\d")


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of word number `word` of the index."""

    word: int
    start: int
    end: int


Span = tuple[Part, ...]
"""Where a value stands: words, or parts of words, in the order in which they are read."""


@lru_cache(maxsize=65536)
def letters(text: str) -> tuple[str, tuple[int, ...], bytes]:
    """Letters and digits of `text`, in one case and without accents.

    Returns:
        The characters; for each its place in `text`; and for each whether a value may begin
        there: 2 after a blank or punctuation, 1 where letters meet digits, small letters meet
        capitals, or in scripts without blanks; 0 inside a word.
    """
    found: list[str] = []
    places: list[int] = []
    edges = bytearray()
    last = -2
    for place, char in enumerate(text):
        if char.isascii():
            folded = char.lower() if char.isalnum() else ""
        else:
            folded = "".join(
                c for c in unicodedata.normalize("NFKD", char).casefold() if c.isalnum()
            )
        for number, one in enumerate(folded):
            if number:
                edge = 0
            elif last != place - 1:
                edge = 2
            else:
                edge = _meet(text[last], char)
            found.append(one)
            places.append(place)
            edges.append(edge)
            last = place
    return "".join(found), tuple(places), bytes(edges)


def _meet(left: str, right: str) -> int:
    if left.isalpha() != right.isalpha():
        return 1
    if left.islower() and right.isupper():
        return 1
    return int(ord(left) >= 0x2E80 or ord(right) >= 0x2E80)


class WordIndex:
    """Words of all pages of a document, numbered through in reading order.

    Attributes:
        words: all words of all pages.
        page_of: for each word the place of its page in `pages`.
        boxes: for each word its box on the page turned upright.
        row_of: for each word the number of its printed row, counted through all pages.
        rows: words of each row from left to right.
        stream: letters and digits of all words; pages are set apart by ``BREAK``.
    """

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self.pages = tuple(pages)
        self.words: list[Word] = []
        self.page_of: list[int] = []
        self.boxes: list[Box] = []
        self.row_of: list[int] = []
        self.rows: list[list[int]] = []
        self.heights: list[float] = []
        self._word_at = array("l")
        self._edges = bytearray()
        self._first: list[int] = []
        pieces: list[str] = []
        length = 0
        for number, page in enumerate(self.pages):
            self._add_rows(number, page)
            for word in page.words:
                plain, _, edges = letters(word.text)
                self._first.append(length)
                pieces.append(plain)
                self._word_at.extend([len(self._first) - 1] * len(plain))
                self._edges += edges
                length += len(plain)
            pieces.append(BREAK)
            self._word_at.append(-1)
            self._edges.append(2)
            length += 1
        self.stream = "".join(pieces)

    def _add_rows(self, number: int, page: PageWords) -> None:
        first = len(self.words)
        boxes = [turned(word.box, page.width, page.height, page.turn) for word in page.words]
        placed = list(zip(page.words, boxes, strict=True))
        numbers = {id(item): first + place for place, item in enumerate(placed)}
        self.words += page.words
        self.page_of += [number] * len(boxes)
        self.boxes += boxes
        self.row_of += [0] * len(boxes)
        for row in rows(placed):
            members = [numbers[id(item)] for item in row]
            for member in members:
                self.row_of[member] = len(self.rows)
            self.rows.append(members)
        self.heights.append(
            median([abs(box[3] - box[1]) for box in boxes]) if boxes else USUAL_HEIGHT
        )

    def on(self, page: int) -> range:
        """Numbers of the words of a page (place in `pages`)."""
        return range(bisect_left(self.page_of, page), bisect_right(self.page_of, page))

    def page_of_part(self, part: Part) -> int:
        """Place in `pages` of the page that these characters stand on."""
        return self.page_of[part.word]

    def rows_between(self, last: int, first: int) -> int:
        """Printed rows between a word and one on a later page, headings and footers included."""
        return self.row_of[first] - self.row_of[last] - 1

    @cached_property
    def by_ocr(self) -> bool:
        """Whether OCR read any of the words."""
        return any(word.source == "ocr" for word in self.words)

    @cached_property
    def folded(self) -> str:
        """`stream` with letters that OCR confuses with digits as those digits."""
        return self.stream.translate(CONFUSED)

    @cached_property
    def _starts(self) -> dict[str, list[int]]:
        return self._filed(self.stream, SHORT)

    @cached_property
    def _long_starts(self) -> dict[str, list[int]]:
        return self._filed(self.stream, LONG)

    @cached_property
    def _folded_starts(self) -> dict[str, list[int]]:
        return self._filed(self.folded, LONG // 2)

    def _filed(self, stream: str, size: int) -> dict[str, list[int]]:
        """Places where a word or a part of it may begin, by their next `size` characters.

        A piece shorter than `size` is filed only where a word or a part of one ends behind it.
        """
        filed: dict[str, list[int]] = {}
        edges = self._edges
        for start, edge in enumerate(edges):
            if not edge:
                continue
            filed.setdefault(stream[start : start + size], []).append(start)
            for end in range(start + 1, min(start + size, len(edges))):
                if edges[end]:
                    filed.setdefault(stream[start:end], []).append(start)
                if stream[end] == BREAK:
                    break
        return filed

    def find(self, needle: str, *, confused: bool = False) -> list[tuple[Span, bool]]:
        """Where these letters and digits stand, from the first page to the last.

        Neither inside a longer number nor inside a word.

        Args:
            needle: as `letters` gives it.
            confused: take digits for the letters that OCR confuses them with, and back.

        Returns:
            Spans, and for each whether it is cut out of a word (``12`` of ``12kg``).
        """
        if not needle:
            return []
        if confused:
            needle = needle.translate(CONFUSED)
            stream, size, filed = self.folded, LONG // 2, self._folded_starts
        else:
            stream, size, filed = self.stream, SHORT, self._starts
        starts = filed.get(needle[:size], [])
        if not confused and len(needle) >= LONG and len(starts) > 20:
            starts = self._long_starts.get(needle[:LONG], [])
        length = len(needle)
        edges = self._edges
        return [
            (span, edges[start] == 1 or edges[start + length] == 1)
            for start in starts
            if stream.startswith(needle, start) and edges[start + length]
            if (span := self._whole(start, start + length)) is not None
        ]

    def symbols(self, text: str) -> list[tuple[Span, bool]]:
        """The same for `text` without letters and digits: words, and currency signs at a word."""
        sign = "".join(text.split())
        return self._symbols.get(sign, []) if sign else []

    @cached_property
    def _symbols(self) -> dict[str, list[tuple[Span, bool]]]:
        found: dict[str, list[tuple[Span, bool]]] = {}
        for number, word in enumerate(self.words):
            text = word.text
            if not letters(text)[0]:
                found.setdefault(text, []).append(((Part(number, 0, len(text)),), False))
                continue
            for place in {0, len(text) - 1}:
                if unicodedata.category(text[place]) == "Sc":
                    span = (Part(number, place, place + 1),)
                    found.setdefault(text[place], []).append((span, False))
        return found

    def _whole(self, start: int, end: int) -> Span | None:
        """The span of these characters of the stream, None where it would cut a number."""
        first, last = self._word_at[start], self._word_at[end - 1]
        places = letters(self.words[first].text)[1]
        begin = places[start - self._first[first]] if start > self._first[first] else 0
        text = self.words[last].text
        places = letters(text)[1]
        offset = end - self._first[last]
        stop = places[offset - 1] + 1 if offset < len(places) else len(text)
        head = self.words[first].text
        found = self.stream[start:end]
        if len(found) == 4 and found.isdigit() and first == last and _YEARS.fullmatch(text):
            return (Part(first, begin, stop),)  # 2015-2016: one of two years
        if _is_cut(found, head[:begin], text, stop):
            return None
        while begin and head[begin - 1] in _SIGNS_BEFORE and not _joins(head, begin - 1):
            begin -= 1
        while stop < len(text) and text[stop] in _SIGNS_AFTER and not _joins(text, stop):
            stop += 1
        if first == last:
            return (Part(first, begin, stop),)
        between = (
            Part(number, 0, len(self.words[number].text)) for number in range(first + 1, last)
        )
        return (Part(first, begin, len(head)), *between, Part(last, 0, stop))

    def text(self, span: Iterable[Part]) -> str:
        """The printed characters of a span, its words with a blank between them."""
        return " ".join(self.words[part.word].text[part.start : part.end] for part in span)

    def lines(self, span: Iterable[Part]) -> list[Box]:
        """One box for each printed row of a span, on the upright page."""
        found: dict[int, Box] = {}
        for part in span:
            box = self._part_box(part)
            row = self.row_of[part.word]
            found[row] = union((found[row], box)) if row in found else box
        return list(found.values())

    def _part_box(self, part: Part) -> Box:
        """The box of some characters of a word, as if all were equally wide."""
        x0, y0, x1, y1 = self.boxes[part.word]
        length = len(self.words[part.word].text)
        if part.end - part.start >= length:
            return x0, y0, x1, y1
        unit = (x1 - x0) / length
        return x0 + part.start * unit, y0, x0 + part.end * unit, y1

    def on_page(self, box: Box, page: int) -> Box:
        """A box of the upright page as it is on the page itself, in points."""
        at = self.pages[page]
        if not at.turn:
            return box
        upright = (at.height, at.width) if at.turn in (90, 270) else (at.width, at.height)
        return turned(box, *upright, 360 - at.turn)

    def on_pages(self, starts: Sequence[int]) -> list[int]:
        """Numbers of pages (places in `pages`) on which these places of the stream are."""
        return [bisect_right(self._breaks, start) for start in starts]

    @cached_property
    def _breaks(self) -> list[int]:
        return [place for place, char in enumerate(self.stream) if char == BREAK]

    def begun_on(self, needles: Iterable[str], page: int) -> int:
        """How many of these words begin as some word of this page does."""
        first = self._breaks[page - 1] if page else -1
        last = self._breaks[page]
        count = 0
        for needle in needles:
            starts = self._starts.get(needle[:SHORT], [])
            place = bisect_right(starts, first)
            count += place < len(starts) and starts[place] < last
        return count

    def likely_pages(self, needles: Iterable[str], most: int) -> list[int]:
        """Pages on which most of these words begin, best first; at most `most`."""
        votes: dict[int, float] = {}
        for needle in needles:
            starts = self._starts.get(needle[:SHORT], [])
            weight = len(needle) / (1 + len(starts))
            for page in set(self.on_pages(starts)):
                votes[page] = votes.get(page, 0.0) + weight
        return sorted(votes, key=lambda page: (-votes[page], page))[:most]


def _joins(text: str, place: int) -> bool:
    """Whether the hyphen here stands between two words or numbers, and is no sign."""
    inside = 0 < place < len(text) - 1
    return inside and text[place - 1].isalnum() and text[place + 1].isalnum()


def _is_cut(found: str, before: str, text: str, stop: int) -> bool:
    """Whether a number goes on before what was found, or behind it from `stop` of its word on."""
    digits = len(found) if found.isdigit() else 0
    if found[0].isdigit() and _goes_on(_GOES_BEFORE.search(before), digits):
        return True
    return found[-1].isdigit() and _goes_on(_GOES_AFTER.match(text, stop), digits)


def _goes_on(match: re.Match[str] | None, digits: int) -> bool:
    """Whether a number goes on: over a mark of thousands or decimals, or in a short date."""
    if match is None:
        return False
    if any(mark in _GROUPING for mark in match.group()):
        return True
    return 0 < digits < 5  # half a date or a range; five digits are whole by themselves
