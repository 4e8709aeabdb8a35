"""Fields of a user's schema on a form: its captions, what is written where they ask for it, and
what is ticked.

A form's reader knows lines and boxes to write on: what is written above a dotted line, in a box
below its caption, or nothing at all, where the next thing printed is not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from docglean.extractors.rules.fields.candidates import Candidate, readings
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.boxes import TickOption, options_of
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.readers.form_parts import Pair
from docglean.extractors.rules.readers.key_values import pairs_of
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Choice, Kind, Name, Text
from docglean.schemas.labels import words_of

FIGURES = 0.5
"""How much a code or figure on a line is believed: what is found beside captions is read better."""
TICKED = 0.95
"""How much a ticked value of a choice is believed."""

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


def filled_in(search: Search) -> Iterator[FormAnswer]:
    """Answers for the fields that captions of forms name, page by page."""
    for sheet in search.sheets:
        for pair in form_pairs(sheet):
            for path, fit in search.named_by(tokens(pair.key_text)).items():
                kind = search.leaves[path].kind
                # Whose "Name" it is, of several objects, only the search by headings tells.
                nested = path.count("/") > 1
                if kind is None or isinstance(kind, Check) or nested:
                    continue
                answer = _answer(search, sheet, path, kind, pair, fit)
                if answer is not None:
                    yield answer


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


def form_pairs(sheet: Sheet) -> list[Pair]:
    """Captions with their values on one page, boxes to tick left out."""
    taken = [piece for option in options_of(sheet) for piece in (option.mark, *option.label)]
    return pairs_of(sheet, taken)


def _answer(
    search: Search, sheet: Sheet, path: str, kind: Kind, pair: Pair, fit: float
) -> FormAnswer | None:
    is_text = isinstance(kind, Name | Text)
    if not any(map(str.isalnum, pair.value_text)):
        return FormAnswer(path, pair.key, None) if is_text or pair.blank is not None else None
    found: Candidate | None = None
    if is_text:
        value = kind.parse(pair.value_text, search.style)
        if value is not None and search.holds(path, value):
            found = Candidate(value, sheet.page, pair.value, fit)
    elif pair.blank is not None:
        run = Run(sheet.page, 0, 0, pair.value)
        for value, pieces, quality in islice(readings(kind, run, search.style), 1):
            found = Candidate(value, sheet.page, pieces, FIGURES * fit * quality)
    return FormAnswer(path, pair.key, found) if found else None
