"""What part of a letter a field asks for, told by its name: whose, and what of theirs.

``merchant``, ``vendor_name`` and `seller/name` all ask for the issuer's name; a user's schema may
call it anything. Also which fields ask for an IBAN or a VAT number, whose form can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from docglean.extractors.rules.fields.field_names import INNER, NUMERAL, FieldName, tokens
from docglean.extractors.rules.parties.addresses import is_title
from docglean.schemas.checks.marks import Iban, VatId
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Code, Currency, Day, Name, Text
from docglean.schemas.labels import words_below, words_of
from docglean.schemas.reading.currencies import ISO_CODES

Side = Literal["seller", "buyer"]
Part = Literal[
    "name", "address", "street", "place", "postcode", "phone", "email", "website", "vat", "iban"
]

_SIDES: dict[Side, frozenset[str]] = {
    side: frozenset(words_of(f"parties.{side}")) for side in get_args(Side)
}
PARTS: dict[str, Part] = {
    word: part for part in get_args(Part) for word in words_of(f"parts.{part}")
}
_INNER = words_below("part_captions")
"""Captions that stand for a part where a heading has said whose it is."""
Form = Literal["iban", "bic", "vat"]
_BANK_CODES = {"bic", "swift"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CURRENCY = re.compile(r"(?:^|[_ ])currency(?:[_ ]code)?$")


@dataclass(frozen=True, slots=True)
class Role:
    """Whose part a field asks for; `side` is None where its name doesn't say."""

    side: Side | None
    part: Part


def is_bank_name(field: Field) -> bool:
    """Whether a field asks for the name of a bank: the issuer of its own papers, no one's else."""
    return "bank" in tokens(field.name) and isinstance(field.kind, Name)


def is_currency(field: Field) -> bool:
    """Whether a field asks for a currency: one of all, or of some."""
    return isinstance(field.kind, Choice) and ISO_CODES.issuperset(map(str, field.kind.values))


def role_of(field: Field) -> Role | None:
    """What a leaf asks for, None where it is nothing of a party."""
    steps = [tokens(_CAMEL.sub(" ", step)) for step in field.path.split("/")[1:]]
    words = [word for step in steps for word in step]
    side = next(
        (side for side, known in _SIDES.items() if any(word in known for word in words)), None
    )
    part = _part_of(field, steps[-1] if steps else ())
    if part is None or not isinstance(field.kind, Name | Text | Code):
        return None
    if part == "vat" and not isinstance(field.kind, Code):
        return None
    return Role(side, part)


def _part_of(field: Field, words: Sequence[str]) -> Part | None:
    """What of a party a field asks for, by the words of its name."""
    part = next((PARTS[word] for word in reversed(words) if word in PARTS), None)
    if part is None and isinstance(field.kind, Name | Text) and len(words) == 1:
        # The word for the party alone asks for its name: ``merchant``, `vendor`.
        return "name" if any(words[0] in known for known in _SIDES.values()) else None
    return part


@lru_cache(maxsize=4096)
def read_as(field: Field) -> Field:
    """The field with the kind by which the pages are read, where a plain text is told by its name:
    the name of a party, a number, a currency."""
    if field.kind != Text():
        return field
    if _CURRENCY.search(_CAMEL.sub("_", field.name).casefold()):
        return replace(field, kind=Currency())
    if tokens(_CAMEL.sub(" ", field.name))[-1:] == (NUMERAL,):
        return replace(field, kind=Code())
    role = role_of(field)
    return replace(field, kind=Name()) if role and role.part == "name" else field


def inner_labels(role: Role) -> tuple[FieldName, ...]:
    """Captions that name this part below a heading that says whose it is."""
    return tuple(FieldName(text, tokens(text), INNER) for text in _INNER.get(role.part, ()))


def checked_codes(model: type, leaves: Iterable[Field]) -> dict[str, Form]:
    """Paths of the leaves that hold a code with a checksum, by the model's checks or their name."""
    found: dict[str, Form] = {}
    for rule in getattr(model, "__checks__", ()):
        if isinstance(rule, Iban | VatId):
            found[rule.path] = "iban" if isinstance(rule, Iban) else "vat"
    for leaf in leaves:
        words = set(tokens(_CAMEL.sub(" ", leaf.name)))
        if isinstance(leaf.kind, Code) and "iban" in leaf.name.casefold():
            found[leaf.path] = "iban"
        elif isinstance(leaf.kind, Code) and words & _BANK_CODES:
            found[leaf.path] = "bic"
        elif (role := role_of(leaf)) is not None and role.part == "vat":
            found.setdefault(leaf.path, "vat")
    return found


_START = frozenset(words_of("periods.start"))
_END = frozenset(words_of("periods.end"))


def range_of(leaves: Iterable[Field]) -> dict[str, str]:
    """Path of the field for the end of a period by that for its start, told by their names."""
    days = [leaf for leaf in leaves if isinstance(leaf.kind, Day)]
    found = {}
    for first in days:
        words = set(tokens(_CAMEL.sub(" ", first.name)))
        for last in days:
            others = set(tokens(_CAMEL.sub(" ", last.name)))
            if words & _START and others & _END and words - _START == others - _END:
                found[first.path] = last.path
    return found


def is_main_date(field: Field, labels: Iterable[FieldName]) -> bool:
    """Whether a field asks for the date of the document rather than of something in it."""
    return isinstance(field.kind, Day) and any(label.tokens == ("date",) for label in labels)


def is_main_number(field: Field, labels: Iterable[FieldName]) -> bool:
    """Whether a field asks for the number of the document: what it is called is a label of it, or
    it is called a number and no more."""
    return isinstance(field.kind, Code | Text) and any(
        (is_title(label.text) and NUMERAL in label.tokens) or label.tokens == (NUMERAL,)
        for label in labels
    )


Sum = Literal["total", "net", "tax", "due"]
_SUMS: dict[tuple[str, ...], Sum] = {
    tokens("amount due"): "due",
    tokens("balance due"): "due",
    tokens("subtotal"): "net",
    tokens("net amount"): "net",
    tokens("vat"): "tax",
    tokens("tax"): "tax",
    tokens("total"): "total",
}


def sum_role(labels: Iterable[FieldName]) -> Sum | None:
    """Which of a document's sums a field asks for, by what it is most surely called: a net total
    is lent captions of totals, too."""
    known = [(label.belief, _SUMS[label.tokens]) for label in labels if label.tokens in _SUMS]
    surest = [wanted for belief, wanted in known if belief == max(known)[0]]
    return "total" if "total" in surest else next(iter(surest), None)


DAYS = {
    "due": tokens("due date"), "delivery": tokens("delivery date"),
    "start": tokens("period start"), "end": tokens("period end"),
}  # fmt: skip
"""What further dates of a document are called."""


def day_role(labels: Iterable[FieldName]) -> str | None:
    """Which of a document's further dates a field asks for; None for its own and any other."""
    known = {label.tokens for label in labels}
    return next((name for name, said in DAYS.items() if said in known), None)
