"""What a column of a table may be: the values of a list's entries, by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.rules.fields.field_names import FieldName, LabelsOf, labels_of, tokens
from docglean.extractors.rules.fields.search import single_leaves
from docglean.extractors.rules.lists.head_fit import head_fit
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Money, Name, Number, Text

MOST_WORDS = 6
"""Words of a head."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the items that a column may be.

    Attributes:
        pointer: of the value, relative to the item.
        negative: amounts in the column count as negative.
        leading: the first text of the items: what they are about.
    """

    leaf: Field
    pointer: str
    labels: tuple[FieldName, ...]
    negative: bool = False
    leading: bool = False

    @property
    def is_words(self) -> bool:
        """Whether anything can be its value."""
        return isinstance(self.leaf.kind, Text | Name | Code)

    @property
    def is_amount(self) -> bool:
        """Whether it is an amount of money."""
        return isinstance(self.leaf.kind, Money)

    @property
    def is_rate(self) -> bool:
        """Whether it is a number in per cent."""
        said = "%" in "".join(label.text for label in self.labels) or "per cent" in self.said
        return self.is_number and said

    @property
    def is_count(self) -> bool:
        """Whether it is a number that things may be counted by."""
        return self.is_number and not self.is_rate

    @property
    def is_number(self) -> bool:
        """Whether it is a number that is no amount."""
        return isinstance(self.leaf.kind, Number) and not self.is_amount

    @property
    def is_unit(self) -> bool:
        """Whether it is the unit of a count."""
        return isinstance(self.leaf.kind, Text) and tokens(self.leaf.name)[-1:] == ("unit",)

    @property
    def is_discount(self) -> bool:
        """Whether it is a discount as it is printed."""
        return isinstance(self.leaf.kind, Text) and "discount" in tokens(self.leaf.name)

    @property
    def is_code(self) -> bool:
        """Whether it is a code."""
        return isinstance(self.leaf.kind, Code)

    @property
    def said(self) -> str:
        """What the schema says of it."""
        return self.leaf.description


def targets_of(field: Field, named: LabelsOf = labels_of) -> list[Target]:
    """What a column may be: the leaves of an item, and for amounts whose sign depends on the
    column one for each sign."""
    item = field.item
    found: list[Target] = []
    leaves = list(single_leaves(item))
    first = next((leaf for leaf in leaves if isinstance(leaf.kind, Text)), None)
    for leaf in leaves:
        pointer = leaf.path.removeprefix(item.path)
        negative = tuple(getattr(leaf.kind, "negative", ()))
        minus = {tokens(word) for word in negative}
        labels = tuple(one for one in named(leaf) if one.tokens not in minus)
        found.append(Target(leaf, pointer, labels, leading=leaf is first))
        if negative:
            labelled = tuple(FieldName(word, tokens(word), 1.0) for word in negative)
            found.append(Target(leaf, pointer, labelled, negative=True))
    return found


class HeadFits:
    """How well the head of a column names each target; each text is looked at once."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = targets
        self._known: dict[str, list[float]] = {}

    def of(self, texts: Sequence[str]) -> list[float]:
        """The best fit of any of the texts with each target."""
        fits = [self._fits(text) for text in texts]
        return (
            [max(each) for each in zip(*fits, strict=True)] if fits else [0.0] * len(self.targets)
        )

    def _fits(self, text: str) -> list[float]:
        if text not in self._known:
            fair = any(map(str.isalpha, text)) or "%" in text or "#" in text
            fair = fair and len(text.split()) <= MOST_WORDS
            self._known[text] = [head_fit(t.labels, text) if fair else 0.0 for t in self.targets]
        return self._known[text]
