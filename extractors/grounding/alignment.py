"""A text found on a page where it is not printed quite as it is known, or not in one piece.

The words of the value are aligned with words of the page: a word may be missing, misread, torn
in two or joined with the next, and from one word to the next the text goes on to the right, in
the line below, or after a few words that don't belong to it. A dynamic programme over (words of
the value, words of the page) finds the cheapest such path; costs are counted in characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from docglean.extractors.geometry import down
from docglean.extractors.grounding.word_index import CONFUSED, Part, Span, WordIndex, letters

ALIKE = 0.7
"""Similarity from which two words may be the same one."""
JOINED_ALIKE = 0.85
"""The same where one side is several words."""
MOST_JOINED = 4
"""Words that OCR may have run into one."""
SKIPPED = (3, 12)
"""Words of the value in a row that may be missing on the page: of a short text, of a long one."""
FREQUENT, FEW = 16, 6
"""Times that a word stands on the page from which only those near a path are followed, and a few
others."""
LONGEST = 800
"""Words of a text that are looked for; where a longer one begins, its rest will be."""
COLUMN = 25
"""Line heights between two cells of a column, at most, that are read one after the other."""
MARGINS = 20
"""Rows of footer and heading, at most, between the last line of a page and the first of the
next."""
NEVER, ASTRAY, BACK = 1e9, 10.0, 8.0
"""What it costs, in characters, to stay at a word, to go anywhere, and to go back in a row."""
NEXT_PAGE, ROW_BETWEEN = 1.0, 0.1
"""The same of going on to the next page, and of each row of footer and heading between."""
OVERLAP, CLOSE = 0.5, 1.5
"""Line heights by which words of a row may overlap, and up to which a gap costs nothing."""
GAP, WIDER, MOST_GAP = 0.5, 0.1, 4.0
"""Cost of a wider gap, of each line height of it, and at most."""
SAME_LEVEL = 0.5
"""Share of the lower word's height that both have in common where they stand in one row."""
LOWER, FLUSH, INDENT = -0.6, 0.5, 12
"""Line heights: by which the next line is lower at least, within which cells begin or end below
each other, and by which a line may begin left of the text."""
NEXT_CELL, CELL_LOWER = 0.2, 0.15
"""Cost of the next cell of a column, and of each line height between."""
NEXT_LINE, LINE_LOWER = 0.3, 0.5
"""The same of the next line of a text."""
SKIP, MOST_SKIPPED = 2.0, 6
"""Cost of going on behind a few words that are not the text's, and how many these are at most."""
CONFUSION = 0.1
"""What a match loses that differs by what OCR confuses: the same characters are preferred."""
KEPT_PATHS = 24
"""Paths followed at a time."""


@dataclass(frozen=True, slots=True)
class _Match:
    """Words `start` to `end` of the value are words `words` of the page."""

    start: int
    end: int
    words: tuple[int, ...]
    gain: float


@dataclass(slots=True)
class _Path:
    """A path through the page: where it stands and what it has cost and gained."""

    gain: float
    first: int
    match: _Match
    before: _Path | None

    @property
    def last(self) -> int:
        return self.match.words[-1]


@dataclass(frozen=True, slots=True)
class Aligned:
    """Where a text stands.

    Attributes:
        span: its words on the page.
        alike: share of its characters that are there.
        share: the same, less what the ways between the words cost.
        missing: its words that are not there.
        tokens: how many words it has.
    """

    span: Span
    alike: float
    share: float
    missing: tuple[str, ...]
    tokens: int


def align(index: WordIndex, text: str, words: Sequence[int]) -> Aligned | None:
    """The span among `words` that is most like `text`.

    Digits are never taken for other digits: a word with digits is the same or it isn't there.

    Args:
        words: numbers of words of the index in reading order, of one page or of some that
            follow each other.
    """
    tokens = [token for piece in text.split()[:LONGEST] if (token := letters(piece)[0])]
    page = [number for number in words if letters(index.words[number].text)[0]]
    if not tokens or not page:
        return None
    best = _best_path(index, tokens, _matches(index, tokens, page))
    if best is None:
        return None
    total = len(letters(text)[0])
    matched: list[_Match] = []
    path: _Path | None = best
    while path is not None:
        matched.insert(0, path.match)
        path = path.before
    used = [number for match in matched for number in match.words]
    return Aligned(
        tuple(Part(number, 0, len(index.words[number].text)) for number in used),
        sum(match.gain for match in matched) / total,
        max(0.0, best.gain / total),
        tuple(_missing(index, tokens, matched)),
        len(tokens),
    )


def _best_path(
    index: WordIndex, tokens: Sequence[str], matches: Sequence[list[_Match]]
) -> _Path | None:
    """The way through the page, in the order of the value's words, that gains most."""
    best: _Path | None = None
    paths: list[list[_Path]] = [[] for _ in range(len(tokens) + 1)]
    skipped = min(max(len(tokens) // 4, SKIPPED[0]), SKIPPED[1])
    for place in range(len(tokens)):
        open_paths = [
            path for earlier in range(max(0, place - skipped), place + 1) for path in paths[earlier]
        ]
        open_paths.sort(key=lambda path: -path.gain)
        del open_paths[KEPT_PATHS:]
        for match in _near_paths(index, matches[place], open_paths):
            grown = _grown(index, match, open_paths)
            paths[match.end].append(grown)
            if best is None or grown.gain > best.gain:
                best = grown
    return best


def _missing(index: WordIndex, tokens: list[str], matched: Sequence[_Match]) -> Iterator[str]:
    """Words of the value that are not on the way; those that only the way missed are there."""
    place = 0
    for before, after in zip((None, *matched), (*matched, None), strict=True):
        gap = tokens[place : after.start if after else len(tokens)]
        place = after.end if after else place
        if gap and before and after:
            between = range(before.words[-1] + 1, after.words[0])
            there = {letters(index.words[number].text)[0] for number in between}
            gap = [token for token in gap if token not in there]
        yield from gap


def _near_paths(
    index: WordIndex, matches: list[_Match], open_paths: Sequence[_Path]
) -> list[_Match]:
    """Matches worth following: of a frequent word, those that go on from where paths end."""
    if len(matches) <= FREQUENT:
        return matches
    next_words = {path.last + step for path in open_paths for step in (1, 2, 3)}
    near = [
        match
        for match in matches
        if match.words[0] in next_words
        or any(_turns_page(index, path.last, match.words[0]) for path in open_paths)
    ]
    return [*near, *matches[:FEW]]


def _turns_page(index: WordIndex, last: int, word: int) -> bool:
    """Whether a text may go on from one page's last lines to this word of the next's first."""
    over = index.page_of[word] == index.page_of[last] + 1
    return over and index.rows_between(last, word) <= MARGINS


def _grown(index: WordIndex, match: _Match, open_paths: Sequence[_Path]) -> _Path:
    """The best path that ends with this match: a new one, or one of the open ones longer."""
    first = match.words[0]
    best_gain, best_path = match.gain, None
    for path in open_paths:
        if path.gain + match.gain <= best_gain:
            break
        gain = path.gain + match.gain - _way(index, path, first)
        if gain > best_gain:
            best_gain, best_path = gain, path
    start = first if best_path is None else best_path.first
    return _Path(best_gain, start, match, best_path)


def _way(index: WordIndex, path: _Path, word: int) -> float:
    """What it costs, in characters, to go on from the end of a path to this word."""
    last = path.last
    if word == last:
        return NEVER
    if index.page_of[word] != index.page_of[last]:
        rows = index.rows_between(last, word)
        return NEXT_PAGE + ROW_BETWEEN * rows if _turns_page(index, last, word) else ASTRAY
    left, right = index.boxes[last], index.boxes[word]
    height = index.heights[index.page_of[last]] or 1.0
    level = SAME_LEVEL * min(left[3] - left[1], right[3] - right[1])
    if index.row_of[word] == index.row_of[last] or down(left, right) > level:
        return _way_in_row((right[0] - left[2]) / height)
    lower = (right[1] - left[3]) / height
    if LOWER <= lower <= COLUMN:
        if word == last + 1 and lower < 1:
            return 0.0
        begin = index.boxes[path.first]
        # Cells one below the other, or the next line, which begins below the text.
        if min(abs(left[side] - right[side]) for side in (0, 2)) < FLUSH * height:
            return NEXT_CELL + CELL_LOWER * max(lower, 0.0)
        indent = min(begin[0], left[0]) - INDENT * height
        under = right[0] < left[2] + 2 * height and right[2] > indent
        if under and lower <= MOST_SKIPPED:
            return NEXT_LINE + LINE_LOWER * max(lower, 0.0)
    skipped = word - last - 1
    return SKIP + skipped if 0 <= skipped <= MOST_SKIPPED else ASTRAY


def _way_in_row(gap: float) -> float:
    """What a gap of so many line heights costs in a row; a negative one goes back."""
    if gap < -OVERLAP:
        return BACK
    return 0.0 if gap < CLOSE else min(GAP + WIDER * gap, MOST_GAP)


def _matches(index: WordIndex, tokens: list[str], page: list[int]) -> list[list[_Match]]:
    """For each word of the value, what on the page may be it, alone or with its neighbours."""
    singles: dict[str, list[tuple[int, int]]] = {}
    for place, number in enumerate(page):
        singles.setdefault(letters(index.words[number].text)[0], []).append((place, 1))
    found: list[list[_Match]] = [[] for _ in tokens]
    _compare(tokens, 1, singles, page, ALIKE, found)
    if len(tokens) > MOST_JOINED and not any(found):
        return found
    pairs: dict[str, list[tuple[int, int]]] = {}
    for place, number in enumerate(page[:-1]):
        joined = letters(index.words[number].text)[0]
        for count in range(2, MOST_JOINED + 1):
            if place + count > len(page):
                break
            joined += letters(index.words[page[place + count - 1]].text)[0]
            pairs.setdefault(joined, []).append((place, count))
    for count in range(2, MOST_JOINED + 1):
        needles = ["".join(tokens[i : i + count]) for i in range(len(tokens) - count + 1)]
        _compare(needles, count, singles, page, JOINED_ALIKE, found)
    _compare(tokens, 1, pairs, page, JOINED_ALIKE, found)
    return found


def _compare(
    needles: list[str],
    count: int,
    haystack: dict[str, list[tuple[int, int]]],
    page: list[int],
    least: float,
    found: list[list[_Match]],
) -> None:
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    if not needles or not haystack:
        return
    hay = list(haystack)
    folded = [_lookalike(text) for text in hay]
    table = cdist(
        [_lookalike(text) for text in needles],
        folded,
        scorer=Levenshtein.normalized_similarity,
        score_cutoff=least,
    )
    several = count > 1 or haystack[hay[0]][0][1] > 1
    for row, column in zip(*table.nonzero(), strict=True):
        needle, seen = needles[row], hay[column]
        if not same_digits(needle, seen) or (several and needle.isdigit() and needle != seen):
            continue
        gain = len(needle) * float(table[row, column]) - (CONFUSION if needle != seen else 0.0)
        for place, length in haystack[seen]:
            words = tuple(page[place : place + length])
            found[row].append(_Match(int(row), int(row) + count, words, gain))


@lru_cache(maxsize=16384)
def _lookalike(text: str) -> str:
    """`text` with what OCR confuses made equal."""
    return text.translate(CONFUSED).replace("rn", "m").replace("vv", "w")


def same_digits(left: str, right: str) -> bool:
    """Whether both have the same digits, or differ in nothing but what OCR confuses."""
    mine = [char for char in left if char.isdigit()]
    other = [char for char in right if char.isdigit()]
    return mine == other or left.translate(CONFUSED) == right.translate(CONFUSED)
