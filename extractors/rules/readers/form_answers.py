"""Fields of a user's schema on a form: its captions, what is written where they ask for it, and
what is ticked.

A form's reader knows lines and boxes to write on: what is written above a dotted line, in a box
below its caption, or nothing at all, where the next thing printed is not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from docglean.extractors.rules.fields.candidates import Candidate, readings
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.fields.roles import sum_role
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.boxes import TickOption, options_of
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.readers.asked import SHORTEST, meaning
from docglean.extractors.rules.readers.form_pairs import pairs_of
from docglean.extractors.rules.readers.form_parts import Pair
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Choice, Money, Name, Text
from docglean.schemas.labels import words_of

FIGURES = 0.5
"""How much a code or figure on a line is believed: what is found beside captions is read better."""
TICKED = 0.95
"""How much a ticked value of a choice is believed."""

MEANT, LEAST_FIT = 0.97, 0.55
"""How much a caption is believed that only means the same as a field's name, and how well one has
to fit at least."""
FEWEST, NAMED = 3, 0.4
"""Fields that captions name, and share of a schema's fields, from which pages are its form."""
MENTIONED = 0.8
"""How much a box is believed to be a field's whose name its sentence only mentions."""
LONG = 5
"""Letters of a word that stands for one thing wherever it occurs."""
DENIALS = frozenset(words_of("forms.denials"))


@dataclass(frozen=True)
class FormAnswer:
    """What a form has for a field.

    Attributes:
        key: words of the caption.
        value: None where nothing is filled in.
    """

    path: str
    key: tuple[Token, ...]
    value: Candidate | None

    def refutes(self, candidate: Candidate) -> bool:
        """Whether a candidate is what is printed beside this caption though it was left empty."""
        if self.value is not None or candidate.caption is None:
            return False
        key = {id(piece.word) for piece in self.key}
        caption = candidate.caption
        return any(id(p.word) in key for p in caption.run.pieces[caption.start : caption.end])


@dataclass(frozen=True)
class _Asked:
    """A caption of a form with its value, and the words that stand before it."""

    sheet: Sheet
    pair: Pair
    words: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """What a form has for a schema.

    Attributes:
        answers: for the fields that captions name, best named first.
        words: ids of all that is filled in.
        is_form: whether so many of the schema's fields are captions with a place to write in that
            what is filled in is all there is.
    """

    answers: Sequence[FormAnswer]
    words: frozenset[int]
    is_form: bool

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate is nothing but words that are filled in."""
        return all(id(piece.word) in self.words for piece in candidate.pieces)


def filled_in(search: Search) -> Filled:
    """What forms have for a schema; each caption names one field at most."""
    asked = [one for sheet in search.sheets for one in _asked(sheet)]
    answers = _answers(search, asked)
    words = frozenset(id(piece.word) for one in asked for piece in one.pair.value)
    to_fill = {id(piece.word) for one in asked if one.pair.to_fill for piece in one.pair.key}
    # Invoices have captions and frames, too: what asks for sums is no form that one fills in.
    sums = any(
        isinstance(leaf.kind, Money) and sum_role(search.labels(leaf))
        for leaf in search.leaves.values()
    )
    places = sum(any(id(piece.word) in to_fill for piece in one.key) for one in answers)
    named = places >= max(FEWEST, NAMED * len(search.leaves))
    return Filled(answers, words, named and not sums)


def _answers(search: Search, asked: Sequence[_Asked]) -> list[FormAnswer]:
    fits: list[tuple[float, int, str]] = []
    for number, one in enumerate(asked):
        named = search.named_by(one.words)
        for path, leaf in search.leaves.items():
            # Whose "Name" it is, of several objects, only the search by headings tells.
            if leaf.kind is None or isinstance(leaf.kind, Check) or path.count("/") > 1:
                continue
            meant = meaning(tokens(leaf.name), one.words, one.around)
            fit = max(named.get(path, 0.0), MEANT * meant)
            if fit >= LEAST_FIT:
                fits.append((-fit, number, path))
    answers: dict[str, FormAnswer] = {}
    used: set[int] = set()
    for (fit, number), group in groupby(sorted(fits), key=lambda one: one[:2]):
        paths = [path for _, _, path in group if path not in answers]
        # What two fields are called alike is neither's: "YY_FECHA", "YY_APROBO" for "year".
        if len(paths) == 1 and number not in used:
            answer = _answer(search, paths[0], asked[number], -fit)
            if answer is not None:
                answers[paths[0]] = answer
                used.add(number)
    return list(answers.values())


def _asked(sheet: Sheet) -> Iterator[_Asked]:
    before: list[tuple[str, ...]] = [(), ()]
    parts: Sequence[str] = ()
    for pair in pairs_of(sheet):
        words = tokens(pair.key_text)
        if all(len(word) < SHORTEST for word in words) and pair.to_fill and parts:
            words = (*words, parts[0])  # "born on ... of ... of ...": a day, a month, a year
            parts = parts[1:]
        else:
            parts = ("month", "year")
        yield _Asked(sheet, pair, words, (*before[0], *before[1]))
        before = [before[1], words]


def ticked(search: Search, found: dict[str, list[Candidate]]) -> None:
    """Change candidates by the boxes to tick: a field that a box's words name is what the box says;
    of a choice whose values have boxes, what is ticked.
    """
    options = [option for sheet in search.sheets for option in options_of(sheet) if option.label]
    boxed: dict[str, list[Candidate]] = {}
    for option in options:
        text = option.text
        for path, fit in search.named_by(tokens(text)).items():
            if isinstance(search.leaves[path].kind, Check):
                one = Candidate(option.checked, option.page, (option.mark,), fit)
                boxed.setdefault(path, []).append(one)
        for path, leaf in search.leaves.items():
            if not isinstance(leaf.kind, Choice):
                continue
            value = leaf.kind.parse(text, search.style)
            if value is not None:
                pieces = (option.mark, *option.label)
                ones = boxed.setdefault(path, [])
                if option.checked:
                    ones.append(Candidate(value, option.page, pieces, TICKED))
    for path, leaf in search.leaves.items():
        if isinstance(leaf.kind, Check) and path not in boxed:
            boxed.update((path, [one]) for one in _mentioned(search, leaf, options))
    found.update(boxed)


def _mentioned(search: Search, leaf: Field, options: Sequence[TickOption]) -> Iterator[Candidate]:
    """The only box whose sentence has all words of a field's name in it, as they are, and says no
    "not": "Send me the newsletter" for ``newsletter``."""
    names = [set(label.tokens) for label in search.labels(leaf)]
    names = [name for name in names if any(len(token) >= LONG for token in name)]
    naming = []
    for option in options:
        words = set(tokens(option.text))
        if not words & DENIALS and any(name <= words for name in names):
            naming.append(option)
    if len(naming) == 1:
        option = naming[0]
        yield Candidate(option.checked, option.page, (option.mark,), MENTIONED)


def _answer(search: Search, path: str, asked: _Asked, fit: float) -> FormAnswer | None:
    pair, kind = asked.pair, search.leaves[path].kind
    assert kind is not None
    is_text = isinstance(kind, Name | Text)
    if not any(map(str.isalnum, pair.value_text)):
        return FormAnswer(path, pair.key, None) if is_text or pair.to_fill else None
    found: Candidate | None = None
    if is_text:
        value = kind.parse(pair.value_text, search.style)
        if value is not None and search.holds(path, value):
            found = Candidate(value, asked.sheet.page, pair.value, fit)
    else:
        run = Run(asked.sheet.page, 0, 0, pair.value)
        for value, pieces, quality in islice(readings(kind, run, search.style), 1):
            found = Candidate(value, asked.sheet.page, pieces, FIGURES * fit * quality)
    return FormAnswer(path, pair.key, found) if found else None
