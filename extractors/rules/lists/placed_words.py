"""Words of a page, looked up by where they stand."""

from __future__ import annotations

from bisect import bisect_left
from itertools import groupby

from docglean.extractors.documents.words import PageWords, Word, rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union

SAME = 0.5
"""Points by which two places may differ and be the same."""


class PlacedWords:
    """Words of a page, looked up by where they stand."""

    def __init__(self, page: PageWords) -> None:
        self.words = sorted(page.words, key=lambda word: word.box[1] + word.box[3])
        self.middles = [(word.box[1] + word.box[3]) / 2 for word in self.words]

    def boxes(self, box: Box, text: str, start: int, end: int) -> list[Box]:
        """One box a line for the words `start` to `end` of a cell's text, or for all of them where
        they are not found as they are."""
        low, high = (bisect_left(self.middles, y) for y in (box[1] - SAME, box[3] + SAME))
        inside: list[tuple[Word, Box]] = [
            (word, word.box)
            for word in self.words[low:high]
            if box[0] - SAME <= (word.box[0] + word.box[2]) / 2 <= box[2] + SAME
        ]
        told = [
            (piece, number, at)
            for number, line in enumerate(rows(inside))
            for word, at in line
            for piece in word.text.split()
        ]
        if [piece for piece, _, _ in told[: len(text.split())]] == text.split():
            told = told[start:end]
        return [union(at for _, _, at in line) for _, line in groupby(told, lambda one: one[1])]
