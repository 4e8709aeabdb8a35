"""Labels of a user's field from what the built-in schemas know of the same thing.

A field called `total` or `vendor` in a user's model is printed as "Gesamtbetrag" or "Fournisseur"
as well; the built-in fields that are called so, too, lend their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Literal

from docglean.extractors.rules.fields.field_names import (
    NUMERAL,
    FieldName,
    LabelsOf,
    labels_of,
    tokens,
)
from docglean.extractors.rules.fields.roles import PARTS
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Day, Moment, Money, Name, Number, Text
from docglean.schemas.schema import Schema, is_built_in, load_schema

LENDERS = ("invoice", "receipt", "statement")
BORROWED = 0.98
"""How much a label is believed that a field of the same name lends."""
LOOSELY = 0.92
"""The same where the name is but one of the lender's labels."""
THE_NUMBER = tokens("invoice number")
_NONE = FieldName("", (), 0.0)

_FAMILIES: tuple[tuple[type, ...], ...] = ((Number, Money), (Day, Moment), (Code, Name, Text))


def labels_in(schema: Schema) -> LabelsOf:
    """What names the fields of a schema: in a user's, what built-in fields lend it, too."""
    return labels_of if is_built_in(schema) else all_labels


@lru_cache(maxsize=4096)
def all_labels(field: Field) -> tuple[FieldName, ...]:
    """The field's own labels, then those lent to it.

    "No." alone is printed before anything: a field that is called a number, and told more of, is
    not told by it.
    """
    own = labels_of(field)
    if len(own) > 1:
        own = tuple(label for label in own if label.tokens != (NUMERAL,))
    known = {label.tokens for label in own}
    lent: dict[tuple[str, ...], FieldName] = {}
    for label in own:
        for lender in _lenders(field, label):
            # One that is called so knows better than one of which it is a word among many.
            most = BORROWED if tokens(lender.name) == label.tokens else LOOSELY
            for other in labels_of(lender):
                if other.tokens not in known:
                    one = FieldName(other.text, other.tokens, min(label.belief, most))
                    if one.belief > lent.get(other.tokens, _NONE).belief:
                        lent[other.tokens] = one
    return (*own, *lent.values())


def take_of(field: Field) -> Literal["first", "last"]:
    """Which value wins: the field's own word on it, or that of a built-in field called so."""
    lenders = (field, *lenders_of(field))
    return "last" if any(lender.take == "last" for lender in lenders) else "first"


def signed_as_lenders(field: Field) -> Field:
    """A user's amount with what "CR" behind it means to the built-in fields of its name, where they
    agree: on a bill's total it is the customer's."""
    kind = field.kind
    if not isinstance(kind, Money) or kind.credit is not None:
        return field
    told = {lender.kind.credit for lender in lenders_of(field) if isinstance(lender.kind, Money)}
    return replace(field, kind=replace(kind, credit=told.pop())) if len(told) == 1 else field


def lenders_of(field: Field) -> list[Field]:
    """The built-in fields that are called as a field is, those of its surest name first."""
    return [lender for label in labels_of(field) for lender in _lenders(field, label)]


def _lenders(field: Field, label: FieldName) -> Sequence[Field]:
    if len(label.tokens) == 1 and label.tokens[0] in PARTS:
        return ()  # whose name or address it is, another field's word doesn't tell
    # A model has a `day` where the name `date` would hide the type.
    words = ("date",) if label.tokens == ("day",) and isinstance(field.kind, Day) else label.tokens
    if words == (NUMERAL,) and isinstance(field.kind, Code) and "*" not in field.path:
        words = THE_NUMBER  # of nothing else, so of the document
    return _index().get((words, _family(field), "*" in field.path), ())


def _family(field: Field) -> int:
    for number, kinds in enumerate(_FAMILIES):
        if isinstance(field.kind, kinds):
            return number
    return -1


@cache
def _index() -> dict[tuple[tuple[str, ...], int, bool], list[Field]]:
    """The built-in fields by each of their labels, family of kinds, and whether in a list."""
    found: dict[tuple[tuple[str, ...], int, bool], list[Field]] = {}
    for name in LENDERS:
        for leaf in load_schema(name).root.leaves():
            for label in labels_of(leaf):
                key = (label.tokens, _family(leaf), "*" in leaf.path)
                found.setdefault(key, []).append(leaf)
    return found
