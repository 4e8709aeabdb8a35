"""Words of a page, looked up by where they stand."""

from __future__ import annotations

from bisect import bisect_left

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
        """One box a line for the words `start` to `end` of a cell's text; [] if they are not
        found as they are."""
        low, high = (
            bisect_left(self.middles, box[1] - SAME),
            bisect_left(self.middles, box[3] + SAME),
        )
        inside: list[tuple[Word, Box]] = [
            (word, word.box)
            for word in self.words[low:high]
            if box[0] - SAME <= (word.box[0] + word.box[2]) / 2 <= box[2] + SAME
        ]
        lines = rows(inside)
        told = [(piece, line) for line in lines for word, _ in line for piece in word.text.split()]
        if [piece for piece, _ in told[: len(text.split())]] != text.split():
            return [union([at for _, at in line]) for line in lines] if lines else []
        found: list[Box] = []
        counted = 0
        for line in lines:
            parts = []
            for word, at in line:
                if start <= counted < end:
                    parts.append(at)
                counted += len(word.text.split())
            if parts:
                found.append(union(parts))
        return found
