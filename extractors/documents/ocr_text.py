"""What is mended in the text that OCR makes: blanks that it loses, and the scores of words.

"SANYUSTATIONERYSHOP" is read as the three words that were printed.

The recogniser says for each step along a line how likely every character is, and where it sees
none, a blank often comes second. Whether one was lost there is told by how likely it is and by how
far the characters on both sides stand apart. The bounds below were chosen on drawn lines (12
languages, narrow blanks, long words, codes) and on receipts: on 57,000 places of drawn lines
without a blank they set 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from statistics import fmean, median
from typing import Any

SURE = 0.3
"""Likelihood of a blank from which one stands between two letters, however near they are."""
LIKELY, APART = 0.08, 2
"""The same between letters that stand so many steps further apart than is usual in their line."""
LONG, IN_LONG = 12, 0.015
"""The same in so many capitals without a blank, which hardly any language writes."""
MIXED, MIXED_APART = 0.15, 1
"""As `LIKELY` and `APART`, between a letter and a figure."""
AFTER_MARK, MARKS = 0.2, frozenset(",;:)")
"""Likelihood after one of these marks, except within numbers and times."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is between two characters that are read without a blank.

    Attributes:
        after: index of the character before it.
        step: where a blank is likeliest.
        likely: how likely it is there, 0 to 1.
        apart: steps from one character to the other, less what is usual in the line.
    """

    after: int
    step: int
    likely: float
    apart: float


def lost_blanks(text: str, gaps: Sequence[Gap]) -> list[Gap]:
    """The gaps of a line in which a blank was lost; never between two figures."""
    found = [gap for gap in gaps if _is_lost(text, gap)]
    return [*found, *(lost for run in _runs(text) for lost in _in_run(run, text, gaps))]


def _is_lost(text: str, gap: Gap) -> bool:
    """Whether one was lost between a letter and a figure, or after a mark."""
    before, after = text[gap.after], text[gap.after + 1]
    if before in MARKS:
        number = after.isdigit() and text[max(gap.after - 1, 0)].isdigit()
        return after.isalnum() and not number and gap.likely >= AFTER_MARK
    mixed = (_is_letter(before) and after.isdigit()) or (before.isdigit() and _is_letter(after))
    return mixed and gap.likely >= MIXED and gap.apart >= MIXED_APART


def _in_run(run: range, text: str, gaps: Sequence[Gap]) -> Iterator[Gap]:
    """The likeliest blank of a run of letters, and those of both parts that it leaves."""
    long = len(run) >= LONG and text[run.start : run.stop].isupper()
    lost = [
        gap
        for gap in gaps
        if run.start <= gap.after < run.stop - 1
        and (
            gap.likely >= SURE
            or (gap.likely >= LIKELY and gap.apart >= APART)
            or (long and gap.likely >= IN_LONG)
        )
    ]
    if lost:
        best = max(lost, key=lambda gap: gap.likely)
        yield best
        yield from _in_run(range(run.start, best.after + 1), text, gaps)
        yield from _in_run(range(best.after + 1, run.stop), text, gaps)


def _runs(text: str) -> Iterator[range]:
    """Where letters follow each other without anything between them."""
    start = 0
    for at in range(len(text) + 1):
        if at == len(text) or not _is_letter(text[at]):
            if at > start:
                yield range(start, at)
            start = at + 1


def _is_letter(char: str) -> bool:
    """Of a script that parts its words by blanks: those that OCR reads have two cases."""
    return char.lower() != char.upper()


def word_scores(text: str, scores: Sequence[float], words: Sequence[Sequence[str]]) -> list[float]:
    """How sure the recogniser is of each word of a line: as of its characters in the mean.

    Args:
        scores: of each character of `text`, 0 to 1.
        words: the characters of each word, without the blanks between them.
    """
    printed = iter([one for char, one in zip(text, scores, strict=True) if not char.isspace()])
    return [fmean(islice(printed, len(word))) for word in words]


@cache
def text_maker() -> Any:
    """RapidOCR's class that makes text of what the recogniser says, with lost blanks and with the
    scores of words."""
    import numpy
    from rapidocr.ch_ppocr_rec.typings import WordType
    from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

    class TextMaker(CTCLabelDecode):  # type: ignore[misc, unused-ignore]
        """Puts blanks where they were lost before characters and their places are taken."""

        def __call__(self, preds: Any, return_word_box: bool = False, **told: Any) -> Any:
            classes = preds.argmax(axis=2)
            sure = numpy.take_along_axis(preds, classes[..., None], axis=2)[..., 0]
            blank = self.dict[" "]
            for line, likely in zip(classes, preds[..., blank], strict=True):
                text, gaps = self.gaps(line, likely)
                line[[gap.step for gap in lost_blanks(text, gaps)]] = blank
            return self.decode(
                classes, sure, return_word_box,
                told.get("wh_ratio_list", (1.0,)), told.get("max_wh_ratio", 1.0),
                remove_duplicate=True,
            )  # fmt: skip

        def decode(self, *told: Any, **more: Any) -> Any:
            """Lines, and their words with the scores of these: RapidOCR 3.10 gives the k-th word
            of a line the score of the line's k-th character."""
            lines, found = super().decode(*told, **more)
            for (text, _), line in zip(lines, found, strict=False):  # none where nobody asks
                if len(line.confs) != len(text):  # there is one of no text, too
                    continue
                words: Sequence[Sequence[str]] = line.words
                if any(kind is not WordType.EN_NUM for kind in line.word_types):
                    words = [char for word in words for char in word]  # which are given one by one
                line.confs = word_scores(text, line.confs, words)
            return lines, found

        def gaps(self, line: Any, likely: Any) -> tuple[str, list[Gap]]:
            """The text of a line, and what is between its characters."""
            empty = self.get_ignored_tokens()[0]
            starts = numpy.flatnonzero(line != numpy.append(empty, line[:-1]))
            steps = [int(step) for step in starts if line[step] != empty]
            text = [self.character[line[step]] for step in steps]
            near = [
                (n, step, steps[n + 1])
                for n, step in enumerate(steps[:-1])
                if not (text[n].isspace() or text[n + 1].isspace())
            ]
            usual = median(end - start for _, start, end in near) if near else 0
            found = []
            for n, start, end in near:
                free = start + 1 + numpy.flatnonzero(line[start + 1 : end] == empty)
                if free.size:
                    step = int(free[likely[free].argmax()])
                    found.append(Gap(n, step, float(likely[step]), end - start - usual))
            return "".join(text), found

    return TextMaker
