"""Where a yes or no is shown: a mark beside its label, or the word that answers it."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.geometry import union
from docglean.extractors.grounding.distance import distance
from docglean.extractors.grounding.hits import Hit
from docglean.extractors.grounding.word_index import Part, WordIndex
from docglean.schemas.kinds.choices import TICKED, UNTICKED, Check

BESIDE = 5.0
"""Line heights between a mark and its label, at most."""
ANSWER = 1.5
"""The same between a mark and the word "yes" or "no" that it ticks."""


def find_mark(index: WordIndex, kind: Check, value: bool, label: Hit) -> Hit | None:
    """The mark or word that shows `value` for what `label` names, None where there is none.

    A box that OCR did not see shows nothing: neither yes nor no.
    """
    row = [word for word in index.rows[label.row] if not _inside(word, label)]
    answers = [word for word in row if _is_answer(index, kind, word, label)]
    marks = [word for word in row if index.words[word].text in TICKED + UNTICKED]
    ticked = [word for word in marks if index.words[word].text in TICKED]
    for answer in answers:
        if kind.parse(index.words[answer].text) is not value:
            continue
        if not marks and len(answers) == 1:
            return _hit(index, [answer], label)
        mark = _tick_of(index, answer, answers, ticked)
        if mark is not None:
            return _hit(index, sorted((mark, answer)), label)
    if answers and marks:
        return None
    near = [(_label_gap(index, mark, label), mark) for mark in marks]
    gap, mark = min(near, default=(BESIDE + 1, -1))
    if gap > BESIDE or kind.parse(index.words[mark].text) is not value:
        return None
    return _hit(index, [mark], label)


def _is_answer(index: WordIndex, kind: Check, word: int, label: Hit) -> bool:
    """Whether a word behind the label says yes or no."""
    text = index.words[word].text
    return (
        index.boxes[word][0] >= label.box[2]
        and text.isalpha()
        and text not in TICKED
        and kind.parse(text) is not None
    )


def _tick_of(
    index: WordIndex, answer: int, answers: Sequence[int], ticked: Sequence[int]
) -> int | None:
    """The mark that ticks an answer: in "yes X no" it belongs to the nearer word."""
    for mark in ticked:
        gap = _gap(index, mark, answer)
        if gap <= ANSWER and all(gap <= _gap(index, mark, other) for other in answers):
            return mark
    return None


def _inside(word: int, label: Hit) -> bool:
    return any(part.word == word for part in label.span)


def _gap(index: WordIndex, left: int, right: int) -> float:
    return distance(index, index.boxes[left], index.boxes[right], index.page_of[left])


def _label_gap(index: WordIndex, mark: int, label: Hit) -> float:
    return distance(index, index.boxes[mark], label.box, label.page)


def _hit(index: WordIndex, words: list[int], label: Hit) -> Hit:
    span = tuple(Part(word, 0, len(index.words[word].text)) for word in words)
    box = union(index.lines(span))
    return Hit(span, "normalised", 1.0, 1.0, label.page, label.row, label.row, box)
