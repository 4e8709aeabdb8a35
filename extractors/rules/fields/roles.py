"""What part of a letter a field asks for, told by its name: whose, and what of theirs.

`merchant`, `vendor_name` and `seller/name` all ask for the issuer's name; a user's schema may
call it anything. Also which fields ask for an IBAN or a VAT number, whose form can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from docglean.extractors.rules.fields.field_names import INNER, NUMERAL, FieldName, tokens
from docglean.extractors.rules.parties.addresses import is_title
from docglean.schemas.checks.marks import Iban, VatId
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Code, Currency, Day, Name, Text
from docglean.schemas.reading.currencies import ISO_CODES

Side = Literal["seller", "buyer"]
Part = Literal[
    "name", "address", "street", "place", "postcode", "phone", "email", "website", "vat", "iban"
]

_SIDES: dict[Side, frozenset[str]] = {
    "seller": frozenset(
        "seller vendor supplier merchant issuer company store shop sender from biller provider "
        "retailer restaurant business firm payee lieferant verkaeufer aussteller absender firma "
        "haendler fournisseur vendeur emetteur societe magasin commerce emisor vendedor proveedor "
        "empresa tienda emittente fornitore venditore azienda negozio fornecedor loja".split()
    ),
    "buyer": frozenset(
        "buyer customer client recipient billto bill purchaser payer debtor addressee kunde "
        "kaeufer empfaenger auftraggeber acheteur destinataire cliente comprador destinatario "
        "acquirente committente klant".split()
    ),
}
PARTS: dict[str, Part] = {
    **dict.fromkeys("name nom nombre nome naam".split(), "name"),
    **dict.fromkeys("address adresse anschrift direccion indirizzo endereco adres addr".split(),
                    "address"),
    **dict.fromkeys("street strasse rue calle via".split(), "street"),
    **dict.fromkeys("city town place ort stadt ville ciudad citta cidade".split(), "place"),
    **dict.fromkeys("postcode plz zipcode cp cap".split(), "postcode"),
    **dict.fromkeys("telephone telefon telefono".split(), "phone"),
    **dict.fromkeys("email mail".split(), "email"),
    **dict.fromkeys("website web url homepage".split(), "website"),
    **dict.fromkeys("vat gstin".split(), "vat"),
}  # fmt: skip
# Captions that stand for a part where a heading has said whose it is.
_INNER: dict[Part, tuple[str, ...]] = {
    "name": ("Name", "Company", "Company name", "Firma", "Nom", "Raison sociale", "Nombre",
             "Razón social", "Nome", "Ragione sociale", "Naam", "Contact"),
    "address": ("Address", "Anschrift", "Adresse", "Dirección", "Indirizzo", "Adres", "Endereço"),
    "vat": ("VAT ID", "VAT number", "USt-IdNr.", "USt.-Id.-Nr.", "N° TVA", "NIF", "P. IVA"),
    "phone": ("Phone", "Telephone", "Tel.", "Telefon", "Téléphone", "Teléfono", "Telefono"),
    "email": ("E-mail", "Email", "Mail", "Correo electrónico"),
}  # fmt: skip
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
    last = steps[-1] if steps else ()
    part = next((PARTS[word] for word in reversed(last) if word in PARTS), None)
    if part is None and isinstance(field.kind, Name | Text) and len(last) == 1:
        # The word for the party alone asks for its name: `merchant`, `vendor`.
        part = "name" if any(last[0] in known for known in _SIDES.values()) else None
    if part is None or not isinstance(field.kind, Name | Text | Code):
        return None
    if part == "vat" and not isinstance(field.kind, Code):
        return None
    return Role(side, part)


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


def checked_codes(model: type, leaves: Iterable[Field]) -> dict[str, Part]:
    """Paths of the leaves that hold a code with a checksum, by the model's checks or their name."""
    found: dict[str, Part] = {}
    for rule in getattr(model, "__checks__", ()):
        if isinstance(rule, Iban | VatId):
            found[rule.path] = "iban" if isinstance(rule, Iban) else "vat"
    for leaf in leaves:
        if isinstance(leaf.kind, Code) and "iban" in leaf.name.casefold():
            found[leaf.path] = "iban"
        elif (role := role_of(leaf)) is not None and role.part == "vat":
            found.setdefault(leaf.path, "vat")
    return found


_START = frozenset("start from begin since von ab du desde del dal van opening first".split())
_END = frozenset("end to until till bis au hasta al tot closing last".split())


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
