"""What a column of a table may be: the values of a list's entries, by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.rules.fields.field_names import (
    FITS,
    FieldName,
    LabelsOf,
    best_fit,
    labels_of,
    tokens,
)
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Money, Number, Text
from docglean.schemas.labels import words_of

MOST_WORDS = 6
"""Words of a head."""
WORDS = frozenset({"text", "unit", "discount", "code"})
"""Roles of which anything can be a value."""
COMPOUND = 0.8
"""Fit of a head that ends with a field's label."""
SHORTEST, LEAST_MORE = 4, 3
"""Letters of a label that ends a compound, and of what is in front of it."""
_OTHER = words_of("compounds.others")
"""Beginnings that make a compound name something else."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the items that a column may be.

    Attributes:
        pointer: of the value, relative to the item.
        role: what it holds: an ``amount``, a ``count``, a ``rate`` in per cent, a ``text``, the
            ``unit`` of a count, a ``discount`` as it is printed, a ``code``; "" for what else.
        negative: amounts in the column count as negative.
        leading: the first text of the items: what they are about.
    """

    leaf: Field
    pointer: str
    labels: tuple[FieldName, ...]
    role: str
    negative: bool = False
    leading: bool = False

    @property
    def is_words(self) -> bool:
        """Whether anything can be its value."""
        return self.role in WORDS


def targets_of(field: Field, named: LabelsOf = labels_of) -> list[Target]:
    """What a column may be: the leaves of an item, and for amounts whose sign depends on the
    column one for each sign."""
    item = field.item
    found: list[Target] = []
    leaves = list(item.single_leaves())
    first = next((leaf for leaf in leaves if isinstance(leaf.kind, Text)), None)
    for leaf in leaves:
        pointer = leaf.path.removeprefix(item.path)
        negative = tuple(getattr(leaf.kind, "negative", ()))
        minus = {tokens(word) for word in negative}
        labels = tuple(one for one in named(leaf) if one.tokens not in minus)
        role = _role(leaf, labels)
        found.append(Target(leaf, pointer, labels, role, leading=leaf is first))
        if negative:
            labelled = tuple(FieldName(word, tokens(word), 1.0) for word in negative)
            found.append(Target(leaf, pointer, labelled, role, negative=True))
    return found


def _role(leaf: Field, labels: Sequence[FieldName]) -> str:
    kind, words = leaf.kind, tokens(leaf.name)
    if isinstance(kind, Money):
        return "amount"
    if isinstance(kind, Number):
        shared = "%" in "".join(label.text for label in labels) or "per cent" in leaf.description
        return "rate" if shared else "count"
    if isinstance(kind, Text):
        return "unit" if words[-1:] == ("unit",) else "discount" if "discount" in words else "text"
    return "code" if isinstance(kind, Code) else ""


class HeadFits:
    """How well the head of a column names each target; each text is looked at once."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = targets
        self._known: dict[str, list[float]] = {}

    def of(self, texts: Sequence[str]) -> list[float]:
        """The best fit of any of the texts with each target."""
        fits = [[0.0] * len(self.targets), *map(self._fits, texts)]
        return [max(each) for each in zip(*fits, strict=True)]

    def _fits(self, text: str) -> list[float]:
        if text not in self._known:
            fair = any(map(str.isalpha, text)) or "%" in text or "#" in text
            fair = fair and len(text.split()) <= MOST_WORDS
            self._known[text] = [head_fit(t.labels, text) if fair else 0.0 for t in self.targets]
        return self._known[text]


def head_fit(labels: Sequence[FieldName], head: str) -> float:
    """How well a column's head names a field, 0 to 1.

    German heads are compounds: what "Nettopreis" ends with is a price.
    """
    words = tokens(head)
    best = best_fit(labels, words)
    if best >= FITS or len(words) != 1 or words[0].startswith(_OTHER):
        return best
    ends = [
        label.belief
        for label in labels
        if len(label.tokens) == 1
        and len(label.tokens[0]) >= SHORTEST
        and words[0].endswith(label.tokens[0])
        and len(words[0]) - len(label.tokens[0]) >= LEAST_MORE
    ]
    return max([best, *(COMPOUND * belief for belief in ends)])
