"""Which fields of a schema tell a document from another: its number, date, total and seller."""

from __future__ import annotations

from docglean.extractors.rules.fields.roles import Role, is_main_date, is_main_number, role_of
from docglean.extractors.rules.fields.synonyms import labels_in
from docglean.extractors.rules.fields.telling import Telling
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money
from docglean.schemas.schema import Schema

_ISSUERS = (Role("seller", "name"), Role(None, "name"))
"""Whose name the seller's is: where nobody is called so, that of the only party."""


def telling_fields(schema: Schema) -> dict[Telling, Field]:
    """Fields for the number, the date and the total of the document, as far as there are."""
    labels = labels_in(schema)
    found: dict[Telling, Field] = {}
    for leaf in schema.root.single_leaves():
        named = labels(leaf)
        if is_main_number(leaf, named):
            found.setdefault("number", leaf)
        elif is_main_date(leaf, named):
            found.setdefault("date", leaf)
        elif isinstance(leaf.kind, Money) and any(one.tokens == ("total",) for one in named):
            found.setdefault("total", leaf)
    return found


def identity_fields(schema: Schema) -> dict[Telling, Field]:
    """These, and the seller's name; an only amount is the total, whatever it is called."""
    found = telling_fields(schema)
    leaves = list(schema.root.single_leaves())
    amounts = [leaf for leaf in leaves if isinstance(leaf.kind, Money)]
    if len(amounts) == 1:
        found.setdefault("total", amounts[0])
    for role in _ISSUERS:
        for leaf in leaves:
            if role_of(leaf) == role:
                found.setdefault("seller", leaf)
    return found
