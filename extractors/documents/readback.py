"""Whether words of a text layer say what the page shows: a sample of them is read by OCR.

Runs in a child process (see `child`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.ocr import read_crops
from docglean.extractors.documents.raster import turned_clockwise
from docglean.extractors.documents.words import Word, turned
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import area, overlap

if TYPE_CHECKING:
    from PIL.Image import Image

FIGURES, LETTERS = 40, 16
"""Words of a sample: those with figures in them, which become values, and others."""
SURE = 0.8
"""OCR's own score from which what it reads in one word is taken for what stands there."""
ALIKE = 0.8
"""Likeness of two readings of one word, from which they differ by a slip of OCR."""
SAME_PLACE = 0.3
"""Share of the smaller box that both cover, from which OCR's word stands where another does."""
AROUND = 0.08
"""Of a word's shorter side: paper that OCR is shown around it."""
LIES = 0.3
"""Share of a sample that says something else, from which a layer is not believed at all."""
FEW, MOST = 4, 0.5
"""With fewer sure readings than that a share means little; then more than half have to differ."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What OCR makes of a sample.

    Attributes:
        confirmed: words that OCR reads as the layer does.
        wrong: words for which it reads something else for sure, with what it reads.
        unread: words where it makes out nothing for sure, and not what the layer says.
    """

    confirmed: tuple[Word, ...] = ()
    wrong: Mapping[Word, Word] = field(default_factory=dict)
    unread: tuple[Word, ...] = ()

    @property
    def lies(self) -> bool:
        """Whether words that were not in the sample cannot be believed either."""
        sure, doubted = len(self.confirmed) + len(self.wrong), len(self.wrong) + len(self.unread)
        share = LIES if sure >= FEW else MOST
        return len(self.wrong) > share * sure or doubted > MOST * (doubted + len(self.confirmed))

    def doubted(self, words: Sequence[Word]) -> list[Word]:
        """Those of all `words`, of which some were the sample, that are not to be believed."""
        if self.lies:
            return [word for word in words if word not in self.confirmed]
        return list(self.wrong)


def prove(image: Image, words: Sequence[Word], size: tuple[float, float], turn: int) -> Proof:
    """Read a sample of `words` on `image`, which shows the page of `size` points.

    Args:
        turn: how the page's text stands, see `PageWords.turn`.
    """
    sample = sampled([word for word in words if _is_level(word, size, turn)])
    if not sample:
        return Proof()
    confirmed: list[Word] = []
    wrong: dict[Word, Word] = {}
    unread: list[Word] = []
    readings = read_crops([_crop(image, word.box, size, turn) for word in sample])
    for word, (text, score) in zip(sample, readings, strict=True):
        if alike(word.text, text):
            confirmed.append(word)
        elif score >= SURE and text.strip():
            wrong[word] = Word(text.strip(), word.box, score, "ocr", word.line)
        else:
            unread.append(word)
    return Proof(tuple(confirmed), wrong, tuple(unread))


def sampled(words: Sequence[Word]) -> list[Word]:
    """Words that are worth a look, from all over the page; only those in letters that OCR knows."""
    known = [word for word in words if _is_readable(word.text)]
    figures = [word for word in known if _digits(word.text)]
    letters = [word for word in known if not _digits(word.text) and len(_plain(word.text)) >= 4]
    return _spread(figures, FIGURES) + _spread(letters, LETTERS)


def unconfirmed(words: Sequence[Word], seen: Sequence[Word]) -> list[Word]:
    """Those of `words` that OCR, which read `seen` on the whole page, does not read there."""
    found = []
    for word in words:
        there = [other for other in seen if _overlap(word.box, other.box) > SAME_PLACE]
        text = "".join(other.text for other in there)
        if not alike(word.text, text) and _plain(word.text) not in _plain(text):
            found.append(word)
    return found


def alike(layer: str, read: str) -> bool:
    """Whether OCR's reading of a word is the same but for slips; figures have to be equal."""
    from rapidfuzz.distance import Levenshtein

    mine, other = _plain(layer), _plain(read)
    if not mine:
        return True
    if _digits(layer):
        # A neighbour's letter at the edge of the crop may be read as a word of its own.
        return _digits(layer) in {_digits(part) for part in (read, *read.split())}
    return mine in other or Levenshtein.normalized_similarity(mine, other) >= ALIKE


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def _digits(text: str) -> str:
    found = re.sub(r"\D", "", text)
    return found if len(found) >= 2 and len(found) * 2 >= len(_plain(text)) else ""


def _is_readable(text: str) -> bool:
    plain = _plain(text)
    return bool(plain) and all(character.isascii() for character in plain)


def _is_level(word: Word, size: tuple[float, float], turn: int) -> bool:
    """Whether a word's line goes as those of the page do, as far as its box tells."""
    x0, y0, x1, y1 = turned(word.box, *size, turn)
    return len(word.text) < 3 or x1 - x0 > y1 - y0


def _spread(words: Sequence[Word], most: int) -> list[Word]:
    if len(words) <= most:
        return list(words)
    return [words[number * len(words) // most] for number in range(most)]


def _overlap(box: Box, other: Box) -> float:
    """Share of the smaller box that both cover."""
    return overlap(box, other) / min(area(box), area(other))


def _crop(image: Image, box: Box, size: tuple[float, float], turn: int) -> Any:
    """A word's part of the page, upright, with a little around it."""
    across, down = image.width / size[0], image.height / size[1]
    x0, y0, x1, y1 = box
    margin = AROUND * min(x1 - x0, y1 - y0)
    corners = (
        max(0, int((x0 - margin) * across)),
        max(0, int((y0 - margin) * down)),
        min(image.width, round((x1 + margin) * across) + 1),
        min(image.height, round((y1 + margin) * down) + 1),
    )
    return turned_clockwise(image.crop(corners), turn)
