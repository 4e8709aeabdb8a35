"""Boxes of words that end where the ink does: text detectors draw them too high and too low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.words import Word

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 0.25
"""Share of its height that a box may lose above, and below."""
MARGIN = 0.06
"""Share of its height that is left free above and below the ink."""
CONTRAST = 40
"""Grey levels between ink and paper; with less there is nothing to go by."""


def tightened(words: Sequence[Word], image: Image, width: float, height: float) -> list[Word]:
    """Words whose boxes begin a little above their ink and end a little below it.

    From the middle of a line the box grows to the first row of pixels without ink, so that ink of
    the lines around it stays outside. All words of a line lose the same, for they stand on one
    base line. The sides stay as they are: rules and boxes of forms touch the words there.

    Args:
        words: upright, boxes on a page of `width` x `height`, that `image` shows.
    """
    import numpy

    gray = numpy.asarray(image.convert("L"))
    across, down = image.width / width, image.height / height
    lines: dict[int, list[int]] = {}
    for number, word in enumerate(words):
        lines.setdefault(word.line, []).append(number)
    found = list(words)
    for line in lines.values():
        blank = [_blank(gray, words[number], across, down) for number in line]
        above, below = (max(0.0, min(sides) - MARGIN) for sides in zip(*blank, strict=True))
        for number in line:
            x0, y0, x1, y1 = words[number].box
            box = (x0, y0 + above * (y1 - y0), x1, y1 - below * (y1 - y0))
            found[number] = replace(words[number], box=box)
    return found


def _blank(gray: Any, word: Word, across: float, down: float) -> tuple[float, float]:
    """Shares of a word's box that are blank above and below its ink, at most `MOST` each."""
    import numpy

    x0, y0, x1, y1 = word.box
    crop = gray[
        max(0, int(y0 * down)) : max(0, round(y1 * down)),
        max(0, int(x0 * across)) : max(0, round(x1 * across)),
    ]
    rows = crop.shape[0]
    # Too small to tell, or set upright in a line of its own.
    if rows < 8 or not crop.size or rows > 2 * crop.shape[1] * max(len(word.text), 1):
        return 0.0, 0.0
    dark, light = (float(level) for level in numpy.percentile(crop, (2, 98)))
    if light - dark < CONTRAST:
        return 0.0, 0.0
    middle = (dark + light) / 2
    # Ink is the smaller part, be it black on white or white on black.
    ink = crop < middle if float(numpy.median(crop)) > middle else crop > middle
    inked = ink.any(axis=1)
    top = bottom = rows // 2
    while top > 0 and (inked[top - 1] or top > rows * MOST):
        top -= 1
    while bottom < rows and (inked[bottom] or bottom < rows * (1 - MOST)):
        bottom += 1
    return top / rows, (rows - bottom) / rows
