"""Which words of a text layer a reader of the page can see.

Decided by what the page shows: a word that leaves no mark on it is not seen (white on white,
covered, transparent, clipped, in render mode 3), nor is one that is too small to be read or stands
off the page. Runs in a child process (see `child`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.form_fields import form_fields
from docglean.extractors.documents.glyphs import Letter, are_strange
from docglean.extractors.documents.overprints import Trace, off_the_page, overprinted
from docglean.extractors.documents.painted import Painted, paint
from docglean.extractors.documents.words import Word, turned
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union, within

FAINT = 16
"""By how much, of 255, text has to change the page to be seen: #eee on white does just so."""
CONTRAST = 40
"""Grey levels from which something is shown where a word that paints nothing stands."""
TINY = 2.4
"""Height of a word's box in points, some 1.2 times the size of its print, up to which nobody reads
it; on pages smaller than A4 as much smaller."""
A4_LONG = 842.0
INK, NO_INK = b"\1", b"\0"
LETTER_SLACK = 0.1
"""Points by which a letter's middle may miss its word's box: boxes are rounded."""
BARE_LETTERS = 0.8, 1.4
"""Widths of a letter without any ink, at an end of a word and within it, from which one is missing
on the page."""
CORE = 0.25
"""Share of a word's height, above and below, where the lines around it may reach into its box."""


@dataclass(slots=True)
class Looked:
    """Words of a text layer, told apart by what the page shows.

    Attributes:
        seen: leave a mark on the page.
        hidden: nobody can see.
        pictured: leave no mark, but something is shown where they stand: a picture of text with
            an invisible layer over it, or anything else.
        strange: what is seen has other shapes than the letters that it is said to be.
    """

    seen: list[Word] = field(default_factory=list)
    hidden: list[Word] = field(default_factory=list)
    pictured: list[Word] = field(default_factory=list)
    strange: bool = False


def look(page: Any, words: Sequence[Word], letters: Sequence[Letter], turn: int) -> Looked:
    """Tell the words of a `pymupdf.Page` apart.

    Args:
        words: of its text layer and form fields, boxes as on the page after its rotation.
        letters: of its text layer.
        turn: how the page's text stands, see `PageWords.turn`.
    """
    found = Looked(hidden=off_the_page(page))
    if not words:
        return found
    painted = paint(page)
    eye = _Eye(page, letters, painted, turn, found.hidden)
    shown_fields = eye.fields(words)
    boxes = [turned(word.box, eye.width, eye.height, turn) for word in words]
    doubtful = overprinted(words, boxes)
    for number, word in enumerate(words):
        if word.source == "widget":
            kept = word.text in MARKS or word.line // FIELD_LINES in shown_fields
            (found.seen if kept else found.hidden).append(word)
            continue
        eye.sort(word, found, doubtful=number in doubtful)
    found.strange = bool(found.seen) and are_strange(page, letters, painted, turn)
    return found


FIELD_LINES = 1000
"""Lines that a form field has to itself, see `text_layer.with_widgets`."""


MARKS = ("☒", "☐")
"""What stands for a box to tick, be it drawn by text or not."""


class _Eye:
    """Looks at the words of one page."""

    def __init__(
        self,
        page: Any,
        letters: Sequence[Letter],
        painted: Painted,
        turn: int,
        beside: Sequence[Word],
    ) -> None:
        self.page = page
        self.letters = letters
        self.place = pdf.placement(page)
        self.painted = painted
        self.turn = turn
        self.beside = {word.text for word in beside}
        self.width, self.height = page.rect.width, page.rect.height
        self.tiny: float = TINY * min(1.0, max(self.width, self.height) / A4_LONG)

    @cached_property
    def trace(self) -> Trace:
        return Trace(self.page)

    def sort(self, word: Word, found: Looked, *, doubtful: bool) -> None:
        """Put one word, or its parts, where it belongs."""
        if self._is_off_the_page(word.box):
            if word.text not in self.beside:
                found.hidden.append(word)
            return
        if self._is_tiny(word):
            found.hidden.append(word)
            return
        inked = self._inked(word.box, word.text)
        if INK not in inked or (doubtful and self._is_only_under(word)):
            shown = self.painted.part(self.painted.seen, self._core(word.box))
            blank = not shown.size or int(shown.max()) - int(shown.min()) < CONTRAST
            (found.hidden if blank else found.pictured).append(word)
            return
        for part, seen in self._parts(word, inked):
            (found.seen if seen else found.hidden).append(part)

    def fields(self, layer: Sequence[Word]) -> set[int]:
        """Form fields, by their lines, that show what is written in them.

        Those without a stored appearance count as shown: the viewer draws them.
        """
        boxes: dict[int, list[Box]] = {}
        for word in layer:
            if word.source == "widget" and word.text not in MARKS:
                boxes.setdefault(word.line // FIELD_LINES, []).append(word.box)
        if not boxes:
            return set()
        drawn = [
            field.box
            for field in form_fields(self.page)
            if self.page.parent.xref_get_key(field.xref, "AP")[0] != "null"
        ]
        return {number for number, own in boxes.items() if self._shows(union(own), drawn)}

    def _shows(self, box: Box, drawn: Sequence[Box]) -> bool:
        if self._is_off_the_page(box):
            return False
        stored = any(within(box, picture) for picture in drawn)
        return not stored or INK in self._inked(box, "")

    def _is_off_the_page(self, box: Box) -> bool:
        return not within(box, (0, 0, self.width, self.height))

    def _is_tiny(self, word: Word) -> bool:
        across, down = word.box[2] - word.box[0], word.box[3] - word.box[1]
        # A narrow letter alone may be thin; a word is as high as its box is on the short side.
        side = max(across, down) if len(word.text) < 2 else min(across, down)
        return side < self.tiny

    def _inked(self, box: Box, text: str) -> bytes:
        """Along the line from pixel to pixel, whether there is ink: `INK` or `NO_INK`."""
        # Dots and dashes may stand low or high in their box.
        marks = not any(map(str.isalnum, text))
        ink = self.painted.part(self.painted.ink, box if marks else self._core(box))
        if not ink.size:
            return b""
        along: bytes = (ink.max(axis=0 if self.turn in (0, 180) else 1) >= FAINT).tobytes()
        return along

    def _core(self, box: Box) -> Box:
        x0, y0, x1, y1 = box
        if self.turn in (0, 180):
            inset = CORE * (y1 - y0)
            return x0, y0 + inset, x1, y1 - inset
        inset = CORE * (x1 - x0)
        return x0 + inset, y0, x1 - inset, y1

    def _is_only_under(self, word: Word) -> bool:
        """Whether the ink in a word's box is that of another word, printed over or under it."""
        background = self.painted.part(self.painted.bare, word.box)
        return self.trace.hides(word, background, FAINT)

    def _parts(self, word: Word, inked: bytes) -> list[tuple[Word, bool]]:
        """A word as it is, or what is seen of it and what is not, in the order of its letters."""
        if len(word.text) < 2 or not _has_gap(inked, len(word.text)):
            return [(word, True)]
        letters = self._letters(word)
        if not letters:
            return [(word, True)]
        runs: list[tuple[str, list[Box], bool]] = []
        for text, box in letters:
            # Marks go with the letter before them: their ink is too little to tell.
            last = not runs or runs[-1][2]
            seen = INK in self._inked(box, text) if text.isalnum() else last
            if runs and last == seen:
                runs[-1] = (runs[-1][0] + text, [*runs[-1][1], box], seen)
            else:
                runs.append((text, [box], seen))
        return [(replace(word, text=text, box=union(own)), seen) for text, own, seen in runs]

    def _letters(self, word: Word) -> list[tuple[str, Box]]:
        """The letters of a word with their boxes; none where they can't be told."""
        inside = []
        for letter in self.letters:
            box = self.place(letter.box)
            if within(box, word.box, LETTER_SLACK):
                inside.append((letter.text, box))
        return inside if "".join(text for text, _ in inside) == word.text else []


def _has_gap(inked: bytes, letters: int) -> bool:
    """Whether a stretch as long as two letters, or a letter at an end, has no ink at all."""
    unit = len(inked) / letters
    end, inner = (NO_INK * max(1, round(share * unit)) for share in BARE_LETTERS)
    return inked.startswith(end) or inked.endswith(end) or inner in inked
