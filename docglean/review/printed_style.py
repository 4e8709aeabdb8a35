"""How a document prints figures and dates, as far as its values tell: what is typed is read so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from docglean.extractors.extraction import Evidence
from docglean.review.editing import fields_of, kind_of
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day, Kind, Moment, Number, Style, guess_style

_MARKS: tuple[Literal[".", ","], ...] = (".", ",")


def style_of(
    root: Field, values: Mapping[str, Any], evidence: Mapping[str, Evidence], text: str = ""
) -> Style:
    """The style of a document.

    A value and the words in which it is printed decide where only one mark, or one order of day
    and month, makes the one of the other. Where none does, all words that are known decide.

    Args:
        text: of the document, as far as it is known beside the evidence.
    """
    pairs = list(_printed(root, values, evidence))
    guessed = guess_style(" ".join((*(words for _, _, words in pairs), text)))
    numbers = [one for one in pairs if isinstance(one[0], Number)]
    days = [one for one in pairs if isinstance(one[0], Day | Moment)]
    mark = _elected(numbers, {mark: Style(decimal=mark) for mark in _MARKS})
    order = _elected(days, {first: Style(day_first=first) for first in (True, False)})
    return Style(
        guessed.decimal if mark is None else mark,
        guessed.day_first if order is None else order,
        guessed.languages,
    )


def _printed(
    root: Field, values: Mapping[str, Any], evidence: Mapping[str, Evidence]
) -> Iterator[tuple[Kind, Any, str]]:
    """Kind, value and printed words of each value that was found."""
    for pointer, field, value in fields_of(root, values):
        found = evidence.get(pointer)
        if value is not None and found is not None and found.text:
            yield kind_of(field), value, found.text


def _elected(pairs: list[tuple[Kind, Any, str]], styles: Mapping[Any, Style]) -> Any:
    """Of two ways to read, the one that more values speak for; None where as many for either."""
    votes: Counter[Any] = Counter()
    for kind, value, words in pairs:
        right = [
            name for name, style in styles.items() if kind.same(kind.parse(words, style), value)
        ]
        if len(right) == 1:
            votes[right[0]] += 1
    best = votes.most_common(2)
    tie = len(best) == 2 and best[0][1] == best[1][1]
    return None if tie or not best else best[0][0]
