"""How alike two pages are, by their words and by where on the page words stand.

Two papers that one sender has printed from one form share most words and their places; figures
and names differ. So digits count alike, words that many documents have count little (inverse
document frequency; Spärck Jones, 1972), and both likenesses are cosines from 0 to 1.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.words import PageWords
from docglean.schemas.reading.texts import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

COLUMNS, ROWS = 8, 12
"""Cells of the grid in which the places of words are counted: on A4 about 26 by 25 millimetres."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Features:
    """What a page is compared by.

    Attributes:
        words: how often each word is there, digits alike.
        cells: how many words stand in each cell of the grid.
        said: of all words as they are: the same for two copies of one page; empty without words.
    """

    words: Mapping[str, int]
    cells: Mapping[int, int]
    said: str


def features(page: PageWords) -> Features:
    """What a page is compared by, whichever way up it lies: the words that can be seen."""
    seen = [(word, box) for word, box in page.upright() if word.visible]
    folded = [fold(word.text) for word, _ in seen]
    words = Counter(_DIGIT.sub("0", text) for text in folded)
    width, height = page.width, page.height
    if page.turn in (90, 270):
        width, height = height, width
    cells: Counter[int] = Counter()
    for _, (x0, y0, x1, y1) in seen:
        column = _cell((x0 + x1) / 2, width, COLUMNS)
        cells[_cell((y0 + y1) / 2, height, ROWS) * COLUMNS + column] += 1
    said = hashlib.sha256("\n".join(sorted(folded)).encode()).hexdigest() if folded else ""
    return Features(words, cells, said)


def _cell(at: float, length: float, cells: int) -> int:
    return min(cells - 1, max(0, int(cells * at / max(length, 1.0))))


class Likenesses:
    """Pages that others are compared with; made once, which takes a pass over their words.

    Args:
        pages: what each is compared by.
    """

    def __init__(self, pages: Sequence[Features]) -> None:
        from scipy.sparse import csr_array

        self.pages = tuple(pages)
        found_in = Counter(word for page in pages for word in page.words)
        self._places = {word: place for place, word in enumerate(sorted(found_in))}
        self._rare = {word: _rarity(count, len(pages)) for word, count in found_in.items()}
        self._unknown = _rarity(0, len(pages))
        self._words: Any = csr_array(self._rows([page.words for page in pages]))
        self._cells: Any = csr_array(_grid([page.cells for page in pages]))

    def to(self, page: Features) -> list[float]:
        """How alike each of them is to a page, from 0 to 1: the mean of words and places."""
        both = (self._words @ self._row(page.words)) + (self._cells @ _grid([page.cells])[0])
        return [float(one) / 2 for one in both]

    def _weights(self, words: Mapping[str, int]) -> dict[str, float]:
        """Of each word, so that their squares come to 1."""
        told = {
            word: (1 + log(count)) * self._rare.get(word, self._unknown)
            for word, count in words.items()
        }
        length = sqrt(sum(weight**2 for weight in told.values())) or 1.0
        return {word: weight / length for word, weight in told.items()}

    def _row(self, words: Mapping[str, int]) -> Numbers:
        import numpy as np

        row = np.zeros(len(self._places))
        for word, weight in self._weights(words).items():
            if word in self._places:
                row[self._places[word]] = weight
        return row

    def _rows(self, pages: Sequence[Mapping[str, int]]) -> Any:
        from scipy.sparse import coo_array

        entries = [
            (weight, row, self._places[word])
            for row, words in enumerate(pages)
            for word, weight in sorted(self._weights(words).items())
        ]
        weights, rows, columns = zip(*entries, strict=True) if entries else ((), (), ())
        return coo_array((weights, (rows, columns)), shape=(len(pages), len(self._places)))


def _rarity(documents: int, of: int) -> float:
    return log((1 + of) / (1 + documents)) + 1


def _grid(pages: Sequence[Mapping[int, int]]) -> Numbers:
    """Cells of pages, each a row of length 1."""
    import numpy as np

    found = np.zeros((len(pages), COLUMNS * ROWS))
    for row, cells in enumerate(pages):
        for cell, count in cells.items():
            found[row, cell] = count
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    rows: Numbers = found / np.where(lengths > 0, lengths, 1.0)
    return rows
