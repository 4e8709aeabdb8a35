"""Kinds by the names that people use for them: ``money``, ``date``, ``list of text``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import Iban, VatId
from docglean.schemas.kinds import (
    Check,
    Choice,
    Clock,
    Code,
    Country,
    Currency,
    Day,
    Kind,
    Moment,
    Money,
    Name,
    Number,
    Text,
)


@dataclass(frozen=True, slots=True)
class NamedKind:
    """What a name of a kind stands for.

    Attributes:
        name: the first of its names.
        type: of the values in Python.
        kind: how they are read and compared.
        told: what the model reads where a field has no description; longer than any caption.
        check: makes the check of a field from its path, see `docglean.schemas.checks`.
    """

    name: str
    type: Any
    kind: Kind
    told: str = ""
    check: Callable[[str], Rule] | None = None


_NAMED = (
    ("text string str word words", str, Text()),
    ("name person company firm", str, Name()),
    ("code id reference identifier", str, Code()),
    ("number decimal float quantity", Decimal, Number()),
    ("int integer count", int, Number()),
    ("money amount price", Decimal, Money()),
    (
        "percent percentage %",
        Decimal,
        Number(),
        "The percentage as a plain number that is 19 for 19 %",
    ),
    ("date day", date, Day()),
    ("time clock", time, Clock()),
    ("datetime moment timestamp", datetime, Moment()),
    ("yes/no bool boolean checkbox check yesno", bool, Check()),
    ("iban", str, Code(), "", Iban),
    ("vat_id vatid vat", str, Code(), "", VatId),
    ("email e-mail mail", str, Code()),
    ("phone telephone tel fax", str, Code()),
    ("url link website web", str, Code()),
    ("country", str, Country(), "The country as its two-letter ISO 3166 code"),
    ("currency", str, Currency(), "The currency as its three-letter ISO 4217 code"),
)

KINDS: Mapping[str, NamedKind] = MappingProxyType(
    {named[0].split()[0]: NamedKind(named[0].split()[0], *named[1:]) for named in _NAMED}
)
"""By their first names, which messages list."""

_BY_NAME = {
    other: KINDS[names.split()[0]] for names, *_ in _NAMED for other in names.split()
}  # fmt: skip

BAR = "|"
"""Between the values of a choice: ``open | paid``."""


def kind_named(text: str) -> NamedKind | None:
    """The kind that is called so, whatever its case; of ``a | b`` the choice. None: nothing is."""
    if BAR in text:
        values = tuple(dict.fromkeys(part.strip() for part in text.split(BAR)))
        if len(values) < 2 or not all(values):
            return None
        return NamedKind(f" {BAR} ".join(values), Literal[values], Choice(values))
    return _BY_NAME.get(text.strip().casefold().replace(" ", "_"))


def other_names(name: str) -> list[str]:
    """What else the kind of this first name is called."""
    return [other for other, kind in _BY_NAME.items() if kind.name == name and other != name]


def nearest(word: str) -> str:
    """``Did you mean money?``, or nothing where no name of a kind is near."""
    near = difflib.get_close_matches(word.casefold(), _BY_NAME, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}? " if near else ""


def listed() -> str:
    """All kinds, for messages."""
    return (
        f"Kinds are {', '.join(KINDS)}, list of any of these, and values such as open {BAR} paid."
    )
