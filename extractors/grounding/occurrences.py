"""Where on the pages a value is printed, by its kind: all the places, and how each shows it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from docglean.extractors.geometry import union
from docglean.extractors.grounding.alignment import Aligned, align
from docglean.extractors.grounding.beside import (
    NARROW,
    WIDE,
    has_year_beside,
    is_half,
    with_signs,
    word_beside,
    word_gaps,
)
from docglean.extractors.grounding.hits import NOTHING, Hit, HitRows, How
from docglean.extractors.grounding.signs import gives_back, taken_off
from docglean.extractors.grounding.units import Leaf
from docglean.extractors.grounding.word_index import CONFUSED, Part, Span, WordIndex, letters
from docglean.schemas.kinds import Choice, Code, Day, Kind, Moment, Money, Number, Style, Text
from docglean.schemas.kinds.base import UNSIGNED_SCORE

MOST_PAGES = 3
"""Pages on which a garbled text is looked for where nothing says which."""
DASHES = "-\u2010\u2011\u2012\u2013\u2212"
LOOSE = ":;,="
"""Marks at the end of a word that belong to the sentence, not to the value."""
A_PAGE = 350
"""Words from which a text may take more than the rest of one page and a part of the next."""
PARAGRAPH = 12
"""Words from which a text is known by its words alone."""
CUT, LOOSE_GAP, MOST_LOOSE = 0.15, 0.03, 0.3
"""What a place loses that is cut out of a word, for each wide gap in it, and for all at most."""
DOUBT, OTHER_FORM, OFF_THE_WAY = 0.05, 0.02, 0.1
"""What a place loses that is alike only, that is written otherwise, and whose words stand apart."""
SAME_LETTERS, GARBLED = 0.9, 0.95
"""Scores of a text with the same letters, at least, and of one that had to be aligned."""
CONFUSED_ALIKE, NOT_EXACT = 0.6, 0.01
"""Share of characters that must be the same where OCR confuses some, and what its score loses."""
ALIKE, ALIKE_SHORT, FEW_TOKENS = 0.7, 0.8, 5
"""Share of a text's characters that must be there, that of one of fewer words, and how many these
are."""
LEAST_SHARE, HALF, DIGITS_THERE = 0.6, 0.5, 0.3
"""The same less what the way costs, of a text and of a paragraph, and the share of digits from
which a paragraph is none: half of one stands nowhere by chance."""
SOME = 0.3
"""Share of a text's words that begin as words of a page do, if the page is looked at closely."""


class Finder:
    """Finds values in an index; each value once."""

    def __init__(self, index: WordIndex, style: Style) -> None:
        self.index = index
        self.style = style
        self._found: dict[tuple[Kind, str], HitRows] = {}
        self._aligned: dict[tuple[Kind, str, int | None], HitRows] = {}
        self._broken: dict[tuple[Kind, str, int], Hit | None] = {}

    def printed(self, kind: Kind, value: Any) -> HitRows:
        """Places where the value is printed in one of its shapes, or so that OCR confused it."""
        key = (kind, f"{type(value).__name__}:{value}")
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._search(kind, value)
        return found

    def places(self, leaf: Leaf, page: int | None = None) -> HitRows:
        """Places where a leaf is printed, or else where it is garbled, on this page or anywhere."""
        if not leaf.is_printed:
            return NOTHING
        found = self.printed(leaf.kind, leaf.value)
        if not found.hits and page is not None:
            found = self.garbled(leaf.kind, leaf.value, page)
        return found if found.hits else self.garbled(leaf.kind, leaf.value)

    def _search(self, kind: Kind, value: Any) -> HitRows:
        found = self._as_printed(kind, value, self.style)
        if not found and isinstance(kind, Day | Moment):
            # What the document's style says of day and month holds for most dates, not for all.
            found = self._as_printed(kind, value, Style())
        return _in_order(found or self._as_confused(kind, value))

    def _as_printed(self, kind: Kind, value: Any, style: Style) -> list[Hit]:
        shapes = kind.shapes(value, style) or (str(value),)
        hits: dict[Span, Hit] = {}
        for needle in dict.fromkeys(letters(shape)[0] for shape in shapes):
            spans = self.index.find(needle) if needle else self._symbols(shapes)
            for span, cut in spans:
                hit = self._hit(kind, value, span, style, cut=cut)
                if hit and (hit.span not in hits or hit.fit > hits[hit.span].fit):
                    hits[hit.span] = hit
        return list(hits.values())

    def _as_confused(self, kind: Kind, value: Any) -> list[Hit]:
        shapes = kind.shapes(value, self.style) or (str(value),)
        hits: dict[Span, Hit] = {}
        for needle in dict.fromkeys(letters(shape)[0] for shape in shapes):
            for span, cut in self.index.find(needle, confused=True):
                if not cut and (hit := self._confused_hit(kind, value, needle, span)):
                    hits.setdefault(span, hit)
        return list(hits.values())

    def _symbols(self, shapes: Sequence[str]) -> list[tuple[Span, bool]]:
        found = [self.index.symbols(shape) for shape in shapes if not letters(shape)[0]]
        return [match for matches in found for match in matches]

    def _hit(self, kind: Kind, value: Any, span: Span, style: Style, *, cut: bool) -> Hit | None:
        span = self._fitted(kind, str(value), span)
        text = self.index.text(span)
        of_a_fraction = text[0] in ".," and text[1:2].isdigit() and str(value)[:1].isdigit()
        if of_a_fraction and not isinstance(kind, Number):
            return None  # .7 is not 7
        if cut and not self._may_cut(kind, value, span, text, style):
            return None
        gaps = word_gaps(self.index, span)
        blanks = isinstance(kind, Text) and len(str(value).split()) > 1
        widest = NARROW if str(value).isdigit() else WIDE
        if not blanks and any(gap > widest for gap in gaps):
            return None
        if isinstance(kind, Number) and is_half(self.index, span, text):
            return None
        shown = self._shown(kind, value, span, text, style)
        if shown is None:
            return None
        if isinstance(kind, Day) and shown[1] < 1 and has_year_beside(self.index, span):
            return None  # the same day of another year
        loose = sum(gap > WIDE for gap in gaps)
        return self._made(span, *shown, less=CUT * cut + min(LOOSE_GAP * loose, MOST_LOOSE))

    def _fitted(self, kind: Kind, value: str, span: Span) -> Span:
        """The span without marks at its ends that the value has not, with those that it has.

        A colon before it belongs to the label; ``%`` or ``$`` may be a word of its own.
        """
        words = self.index.words
        first, last = span[0], span[-1]
        start, end = first.start, last.end
        left = LOOSE if not isinstance(kind, Number) else LOOSE.replace(",", "")
        right = f"{left}." if isinstance(kind, Text | Code) else left
        while value[:1] not in left and words[first.word].text[start] in left:
            start += 1
        while value[-1:] not in right and words[last.word].text[end - 1] in right:
            end -= 1
        if isinstance(kind, Number) and start and words[first.word].text[start - 1].isalnum():
            # The dash of "10-20" or "INV-20" is no sign.
            start += words[first.word].text[start] in DASHES and len(self.index.text(span)) > 1
        start, end = self._without_bracket(value, span, start, end)
        if (start, end) != (first.start, last.end):
            if len(span) == 1:
                return (Part(first.word, start, end),)
            first, last = Part(first.word, start, first.end), Part(last.word, last.start, end)
            span = (first, *span[1:-1], last)
        return self._with_marks_apart(value, span)

    def _without_bracket(self, value: str, span: Span, start: int, end: int) -> tuple[int, int]:
        """`start` and `end` less a bracket that has no other and that the value has not."""
        printed = self.index.text(span)
        if "(" not in value and printed[0] == "(" and ")" not in printed:
            start = max(start, span[0].start + 1)
        if ")" not in value and printed[-1] == ")" and "(" not in printed:
            end = min(end, span[-1].end - 1)
        return start, end

    def _with_marks_apart(self, value: str, span: Span) -> Span:
        """The span with the words beside it that are marks at the value's ends."""
        words = self.index.words
        after = None if value[-1:].isalnum() else word_beside(self.index, span[-1].word, 1, WIDE)
        if after is not None and words[after].text == value[-len(words[after].text) :]:
            span = (*span, Part(after, 0, len(words[after].text)))
        before = None if value[:1].isalnum() else word_beside(self.index, span[0].word, -1, WIDE)
        if before is not None and words[before].text == value[: len(words[before].text)]:
            span = (Part(before, 0, len(words[before].text)), *span)
        return span

    def _shown(
        self, kind: Kind, value: Any, span: Span, text: str, style: Style
    ) -> tuple[How, float] | None:
        """How the printed characters show the value; a sign may be a word of its own."""
        if isinstance(kind, Number):
            signed = with_signs(self.index, span, text)
            if isinstance(kind, Money) and "%" in signed:
                return None
            shown = self._number_shown(kind, value, signed, text, style)
            if shown is not None or not isinstance(kind, Money):
                return shown
            other = kind.reversed(value)
            if other is None or not self._number_shown(kind, other, signed, text, style):
                return None
            # The same digits with the other sign: the amount only if something says so.
            given = _is_marked(signed, text, brackets=False) and kind.credit is None
            if given or self._gives_back or taken_off(self.index, span):
                return "normalised", UNSIGNED_SCORE
            return None
        shown = kind.shown(value, text, style)
        if isinstance(kind, Text | Code) and (shown is None or shown[0] == "fuzzy"):
            # The same letters and digits; accents, punctuation or blanks differ.
            same = [letters(word)[0] for word in text.split()] == [
                letters(word)[0] for word in str(value).split()
            ]
            return ("normalised" if same else "fuzzy"), max(
                SAME_LETTERS, kind.similarity(value, text)
            )
        return shown

    @cached_property
    def _gives_back(self) -> bool:
        return gives_back(self.index)

    def _number_shown(
        self, kind: Number, value: Any, signed: str, text: str, style: Style
    ) -> tuple[How, float] | None:
        """How printed characters show a number; what is alike is another one.

        Args:
            signed: with the signs that stand apart beside it.
            text: without. A dash apart may be one between words, "CR" and brackets are signs.
        """
        read = [signed] if _is_marked(signed, text) else [signed, text]
        for printed in (*read, "".join(read[-1].split())):
            shown = kind.shown(value, printed, style)
            if shown and shown[0] != "fuzzy":
                return shown
        return None

    def _confused_hit(self, kind: Kind, value: Any, needle: str, span: Span) -> Hit | None:
        """A place where letters and digits are the same once what OCR confuses is made equal."""
        text = self.index.text(span)
        seen = letters(text)[0]
        same = sum(a == b for a, b in zip(needle, seen, strict=False))
        wide = any(gap > WIDE for gap in word_gaps(self.index, span))
        if len(needle) < 3 or same < CONFUSED_ALIKE * len(needle) or wide:
            return None
        if not isinstance(kind, Text | Code | Choice) and not any(map(str.isdigit, seen)):
            return None  # a word is no number and no date
        if isinstance(kind, Number):
            if is_half(self.index, span, text):
                return None
            as_digits = "".join(_digit(char) for char in text)
            signed = with_signs(self.index, span, as_digits)
            if self._number_shown(kind, value, signed, as_digits, self.style) is None:
                return None
        elif not isinstance(kind, Text | Code | Choice):
            as_digits = "".join(_digit(char) for char in text)
            if not (kind.shown(value, text) or kind.shown(value, as_digits, self.style)):
                return None
            if isinstance(kind, Day) and has_year_beside(self.index, span):
                return None
        return self._made(
            span, "fuzzy", max(CONFUSED_ALIKE, same / len(needle) - NOT_EXACT), less=DOUBT
        )

    def _made(self, span: Span, how: How, score: float, *, less: float = 0.0) -> Hit:
        index = self.index
        span, *rest = (tuple(part) for _, part in groupby(span, key=index.page_of_part))
        rows = [index.row_of[part.word] for part in span]
        return Hit(
            span,
            how,
            score,
            score - less - (OTHER_FORM if how != "exact" else 0.0),
            index.page_of[span[0].word],
            min(rows),
            max(rows),
            union(index.lines(span)),
            tuple(rest),
        )

    def _may_cut(self, kind: Kind, value: Any, span: Span, text: str, style: Style) -> bool:
        """Whether a value may be cut out of a longer word where letters meet digits."""
        words = " ".join(self.index.words[part.word].text for part in span)
        if isinstance(kind, Number):
            # 12kg and EUR12 are numbers; B12 is none, unless cents show that it is an amount.
            return bool(kind.shown(value, words, style)) or text[-3:-2] in (".", ",")
        plain = letters(text)[0]
        return len(plain) >= (7 if plain.isdigit() else 4)

    def garbled(self, kind: Kind, value: Any, page: int | None = None) -> HitRows:
        """Places of a text that is not printed quite as it is known, the likeliest pages only.

        Args:
            page: look on this page (place in the index) only.
        """
        if not isinstance(kind, Text | Code | Choice):
            return NOTHING
        key = (kind, str(value), page)
        found = self._aligned.get(key)
        if found is None:
            pages: Sequence[int] = self._pages_of(str(value), page)
            hits = [self.garbled_among(kind, value, self.index.on(number)) for number in pages]
            if all(hit is None or hit.how == "fuzzy" for hit in hits):
                starts = sorted({start for number in pages for start in (number - 1, number)})
                broken = [self.broken(kind, value, start) for start in starts if start >= 0]
                hits = [hit for hit in broken if hit] or hits
            ordered = sorted((hit for hit in hits if hit), key=lambda hit: hit.order)
            found = self._aligned[key] = HitRows(tuple(ordered))
        return found

    def broken(self, kind: Kind, value: Any, page: int) -> Hit | None:
        """The place of a text that begins on this page (place in the index) and goes on on the
        next ones."""
        if not isinstance(kind, Text) or len(str(value).split()) < 2:
            return None
        key = (kind, str(value), page)
        if key not in self._broken:
            last = page + (2 if len(str(value).split()) > A_PAGE else 1)
            there = range(page, min(last + 1, len(self.index.pages)))
            words = [word for number in there for word in self.index.on(number)]
            hit = self.garbled_among(kind, value, words) if len(there) > 1 else None
            self._broken[key] = hit if hit and hit.rest and hit.page == page else None
        return self._broken[key]

    def garbled_among(self, kind: Kind, value: Any, words: Sequence[int]) -> Hit | None:
        """The place among these words, of a page or of some that follow each other, of a text
        not printed as it is known."""
        plain = letters(str(value))[0]
        if not isinstance(kind, Text | Code | Choice) or len(plain) < 4:
            return None
        if isinstance(kind, Code) and any(char.isdigit() for char in plain):
            return None  # one wrong sign makes another code
        aligned = align(self.index, str(value), words)
        if aligned is None:
            return None
        text = self.index.text(aligned.span)
        same = letters(text)[0] == letters(str(value))[0]
        if not same and not _enough(value, aligned):
            return None
        if same:
            how, score = kind.shown(value, text, self.style) or ("normalised", GARBLED)
            return self._made(aligned.span, how, score, less=OFF_THE_WAY * (1 - aligned.share))
        score = min(kind.similarity(value, text), aligned.alike)
        return self._made(aligned.span, "fuzzy", score, less=DOUBT)

    def _pages_of(self, text: str, page: int | None) -> Sequence[int]:
        """Pages worth looking at for a garbled text: few, and with some of its words."""
        if len(self.index.pages) <= MOST_PAGES:
            return range(len(self.index.pages)) if page is None else [page]
        tokens = {token for piece in text.split() if len(token := letters(piece)[0]) > 2}
        if page is None:
            return self.index.likely_pages(tokens, MOST_PAGES)
        there = self.index.begun_on(tokens, page)
        return [page] if there >= SOME * len(tokens) else []


def _in_order(hits: Sequence[Hit]) -> HitRows:
    """The places row by row, without those that are part of another one."""
    found = HitRows(tuple(sorted(hits, key=lambda hit: hit.order)))
    if len({len(hit.span) for hit in hits}) < 2:
        return found
    return HitRows(tuple(hit for hit in found.hits if not _is_part(hit, found)))


def _is_part(hit: Hit, found: HitRows) -> bool:
    """Whether a place is but a part of another one, as ``1:00`` of ``1:00 pm``."""
    return any(
        len(other.span) > len(hit.span) and set(hit.span) < set(other.span)
        for other in found.between(hit.row - 1, hit.row)
    )


def _enough(value: Any, aligned: Aligned) -> bool:
    """Whether a garbled text is surely this one. Numbers and codes are never alike enough."""
    wanted = letters(str(value))[0]
    if any(char.isdigit() for token in aligned.missing for char in token):
        return False
    digits = sum(map(str.isdigit, wanted))
    if aligned.tokens >= PARAGRAPH and digits < DIGITS_THERE * len(wanted):
        return aligned.share >= HALF
    return (
        aligned.alike >= (ALIKE_SHORT if aligned.tokens < FEW_TOKENS else ALIKE)
        and aligned.share >= LEAST_SHARE
    )


def _is_marked(signed: str, text: str, *, brackets: bool = True) -> bool:
    """Whether what stands beside a number is surely its sign: brackets, or letters such as CR."""
    beside = signed.replace(text, "", 1)
    return any(char.isalpha() or (brackets and char == "(") for char in beside)


def _digit(char: str) -> str:
    return "0" if char in "Q" else char.lower().translate(CONFUSED) if char.isalpha() else char
