"""Words printed over one another, where a mark on the page may be that of either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box

OVERLAP = 0.05
"""Share of the smaller of two words' inner boxes that both cover, from which they are looked at."""
AT_ONCE = 512
"""Words compared with all others at a time."""
TRANSPARENT = 0.06
"""Opacity below which black on white is too faint to be seen."""
COVERS = ("fill-path", "fill-image", "fill-imgmask", "fill-shade")


def overprinted(words: Sequence[Word], boxes: Sequence[Box]) -> set[int]:
    """Places of words that another, different word is printed over.

    The same word twice in the same place is how bold print is made.

    Args:
        boxes: of the words, as if the page stood upright.
    """
    import numpy

    if len(words) < 2:
        return set()
    inner = numpy.array(boxes)
    # Without the quarters above and below, which overlap where lines are set close.
    quarter = (inner[:, 3] - inner[:, 1]) / 4
    inner[:, 1] += quarter
    inner[:, 3] -= quarter
    areas = (inner[:, 2] - inner[:, 0]) * (inner[:, 3] - inner[:, 1])
    found: set[int] = set()
    for start in range(0, len(words), AT_ONCE):
        own = inner[start : start + AT_ONCE, None]
        across = numpy.minimum(own[..., 2], inner[:, 2]) - numpy.maximum(own[..., 0], inner[:, 0])
        down = numpy.minimum(own[..., 3], inner[:, 3]) - numpy.maximum(own[..., 1], inner[:, 1])
        shared = across.clip(0) * down.clip(0)
        smaller = numpy.minimum(areas[start : start + AT_ONCE, None], areas)
        for row, column in numpy.argwhere(shared > OVERLAP * smaller):
            if words[start + row].text != words[column].text:
                found |= {int(start + row), int(column)}
    return found


def off_the_page(page: Any) -> list[Word]:
    """Words that stand beside the page, of which MuPDF's text layer knows nothing."""
    area = page.rect * page.derotation_matrix
    if not any("text" in kind and _is_beside(area, box) for kind, box in page.get_bboxlog()):
        return []
    place = pdf.placement(page)
    words: list[Word] = []
    for number, span in enumerate(page.get_texttrace()):
        if _is_beside(area, span["bbox"]):
            text = "".join(chr(char[0]) for char in span["chars"])
            box = place(span["bbox"])
            words += [Word(piece, box, line=number) for piece in text.split()]
    return words


def _is_beside(area: Any, box: Any) -> bool:
    x0, y0, x1, y1 = box
    return bool(x1 <= area.x0 or x0 >= area.x1 or y1 <= area.y0 or y0 >= area.y1)


class Trace:
    """What a page's content says of its text: colour, opacity, and what is painted later."""

    def __init__(self, page: Any) -> None:
        self._spans = page.get_texttrace()
        self._log = page.get_bboxlog()
        self._place = pdf.placement(page)

    def hides(self, word: Word, background: Any, faint: int) -> bool:
        """Whether every text there that reads as `word` is invisible by what is said of it.

        Args:
            background: pixels of the page there without its text, with three colours.
            faint: difference of colour, of 255, up to which nothing is seen.
        """
        spans = [span for span in self._spans if self._reads(span, word)]
        return bool(spans) and all(self._is_unseen(span, word, background, faint) for span in spans)

    def _reads(self, span: Any, word: Word) -> bool:
        text = "".join(chr(char[0]) for char in span["chars"])
        start = text.find(word.text)
        while start >= 0:
            own = [char[3] for char in span["chars"][start : start + len(word.text)]]
            boxes = [self._place(box) for box in own]
            x = (min(box[0] for box in boxes) + max(box[2] for box in boxes)) / 2
            y = (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2
            x0, y0, x1, y1 = word.box
            if x0 <= x <= x1 and y0 <= y <= y1:
                return True
            start = text.find(word.text, start + 1)
        return False

    def _is_unseen(self, span: Any, word: Word, background: Any, faint: int) -> bool:
        import numpy

        if span["type"] == 3 or span["opacity"] < TRANSPARENT:
            return True
        paper = numpy.median(background.reshape(-1, 3), axis=0)
        print_ = numpy.array(rgb(span["color"])) * 255
        if float(abs(print_ - paper).max()) < faint:
            return True
        return self._is_covered(word.box, span["seqno"])

    def _is_covered(self, box: Box, since: int) -> bool:
        for kind, area in self._log[since + 1 :]:
            x0, y0, x1, y1 = self._place(area)
            inside = x0 <= box[0] + 1 and box[2] - 1 <= x1
            if kind in COVERS and inside and y0 <= box[1] + 1 and box[3] - 1 <= y1:
                return True
        return False


def rgb(colour: Sequence[float]) -> tuple[float, float, float]:
    """Red, green and blue, 0 to 1, of a colour in grey, RGB or CMYK."""
    if len(colour) == 1:
        return colour[0], colour[0], colour[0]
    if len(colour) == 4:
        cyan, magenta, yellow, black = colour
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return tuple(colour[:3])  # type: ignore[return-value]
