"""Business terms of EN 16931 and where a syntax has them: tables, and the one way to read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from xml.etree.ElementTree import Element

from docglean.extractors.documents.embedded.data import DataValue
from docglean.schemas.errors import shown

TermKind = Literal["text", "amount", "number", "day", "type", "iban"]

MOST_ROWS = 20_000
"""Lines of an invoice that are read."""
ACCOUNT, PAYEE = "/account", "/payee"
"""Pointers of each account, and of who is paid where that is not the seller (BG-10): no field of a
schema has one, and a page has to show all."""
LONGEST = 10_000
"""Characters of a text."""
_TYPES = {
    "proforma": "325",
    "credit_note": "81 83 261 296 308 381 396 532",
    "invoice": "80 82 84 326 380 383 386 388 389 393 394 395 575 623 780 875 876 877",
}
"""UNTDID 1001 by what the built-in schema calls it; a correction (384) may be either."""
_TYPE_OF = {code: kind for kind, codes in _TYPES.items() for code in codes.split()}
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
"""https://www.w3.org/TR/xmlschema-2/#decimal"""
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Term:
    """One value.

    Attributes:
        name: of the field.
        paths: from the root or from the row, the first that has a value wins; as ElementTree's
            ``find`` takes them, and ``/@name`` for an attribute.
        kind: how it is written.
        unless_zero: a zero says that there is none.
        own: a number of a scheme that others give out (``schemeID``) is not meant.
    """

    name: str
    paths: tuple[str, ...]
    kind: TermKind = "text"
    unless_zero: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list: each element at a path is an entry."""

    name: str
    path: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """Where a syntax has a party's address: its lines, postcode, place and country."""

    name: str
    path: str
    lines: tuple[str, ...]
    postcode: str
    place: str
    country: str


@dataclass(frozen=True, slots=True)
class Syntax:
    """All terms of one syntax.

    Attributes:
        profile: where the document says which rules it follows.
        discount, discount_percent, is_charge: of an allowance of a line, from the line; amount,
            share in per cent, and whether it is a charge.
        price, basis: of a line, the price and how many units it is for.
        texts: of a line, the article's name and what is told of it.
        freight: an amount for delivery beside the lines.
        accounts: to which money may be sent, in all ways of payment, also such as are no IBAN.
        payee: the name of who is paid where that is not the seller.
        currency: in which amounts are; the same in another currency is passed over.
    """

    profile: str
    currency: str
    terms: tuple[Term, ...]
    rows: tuple[Rows, ...]
    parties: tuple[Party, ...]
    allowance: str
    discount: str
    discount_percent: str
    is_charge: str
    price: str
    basis: str
    texts: tuple[str, ...]
    freight: tuple[str, ...]
    accounts: tuple[str, ...]
    payee: str


def values_of(root: Element, syntax: Syntax) -> tuple[DataValue, ...]:
    """All values of a document in a syntax, in the order of its tables."""
    return tuple(_Reading(root, syntax).values())


def doubts_of(root: Element, syntax: Syntax) -> tuple[str, ...]:
    """Why some of it is not to be taken as it is told, one sentence each without its end: an amount
    that is none, is in another currency than the invoice, or is told in two ways."""
    return tuple(_Reading(root, syntax).doubts())


class _Reading:
    def __init__(self, root: Element, syntax: Syntax) -> None:
        self.root, self.syntax = root, syntax
        self.currency = _text(root.findtext(syntax.currency))
        self.parents = {child: parent for parent in root.iter() for child in parent}
        self.numbers = dict(_numbered(root))

    def values(self) -> Iterator[DataValue]:
        for term in self.syntax.terms:
            yield from self.value(self.root, term, "")
        for party in self.syntax.parties:
            yield from self.address(party)
        for path in self.syntax.freight:
            element = self.root.find(path)
            if element is not None and (amount := written(element.text, "amount", zero=False)):
                yield DataValue("/shipping_total", amount, self.place(element))
                break
        for rows in self.syntax.rows:
            yield from self.rows(rows)
        on_pages = [(ACCOUNT, path) for path in self.syntax.accounts] + [(PAYEE, self.syntax.payee)]
        for pointer, path in on_pages:
            for element in self.root.findall(path):
                if text := _text(element.text):
                    yield DataValue(pointer, text[:LONGEST], self.place(element))

    def value(self, node: Element, term: Term, at: str) -> Iterator[DataValue]:
        for path in term.paths:
            path, _, attribute = path.partition("/@")
            for element in node.findall(path):
                if not self._is_meant(element, term):
                    continue
                raw = element.get(attribute) if attribute else element.text
                value = written(raw, term.kind, zero=not term.unless_zero)
                if value:
                    place = self.place(element) + (f"/@{attribute}" if attribute else "")
                    yield DataValue(f"{at}/{term.name}", value, place)
                    return

    def _is_meant(self, element: Element, term: Term) -> bool:
        """Whether an element is in the document's currency, and of no other's numbers."""
        if term.own and element.get("schemeID"):
            return False
        return element.get("currencyID") in (None, "", self.currency) or not self.currency

    def doubts(self) -> Iterator[str]:
        """Why amounts and days of the whole document are not to be taken as they are told."""
        for term in self.syntax.terms:
            if term.kind not in ("amount", "day"):
                continue
            there = [one for path in term.paths for one in self.root.findall(path) if one.text]
            meant = [one for one in there if self._is_meant(one, term)]
            values = {_text(one.text): written(one.text, term.kind) for one in meant}
            wrong = [text for text, value in values.items() if text and not value]
            if wrong:
                what = "amount" if term.kind == "amount" else "day"
                yield f"{term.name} is {shown(wrong[0])}, which is no {what} as XML writes it"
            elif there and not meant:
                other = shown(there[0].get("currencyID", ""))
                yield f"{term.name} is told in {other} alone, and the invoice is in {self.currency}"
            elif term.kind == "amount" and len(set(values.values())) > 1:
                yield f"{term.name} is told as {' and as '.join(map(shown, values))}"

    def rows(self, rows: Rows) -> Iterator[DataValue]:
        number = 0
        for node in self.root.findall(rows.path):
            at = f"/{rows.name}/{number}"
            found = [one for term in rows.terms for one in self.value(node, term, at)]
            if rows.name == "line_items":
                found += self.of_line(node, at)
                if _is_note(node, found):
                    continue
            if found:
                yield from found
                number += 1
            if number >= MOST_ROWS:
                return

    def of_line(self, node: Element, at: str) -> Iterator[DataValue]:
        """What of a line is made of several elements."""
        told = [element for path in self.syntax.texts for element in node.findall(path)]
        texts = _without_repeats(_text(element.text) for element in told)
        if texts:
            yield DataValue(f"{at}/description", " ".join(texts)[:LONGEST], self.place(told[0]))
        price = node.find(self.syntax.price)
        if price is not None and (amount := number(price.text)) is not None:
            basis = node.find(self.syntax.basis)
            units = number(basis.text) if basis is not None else None
            each = amount / units if units else amount
            if each == round(each, 6):
                yield DataValue(f"{at}/unit_price", as_amount(each), self.place(price))
        for allowance in node.findall(self.syntax.allowance):
            if _text(_below(allowance, self.syntax.is_charge)) in ("true", "1"):
                continue
            percent = number(_below(allowance, self.syntax.discount_percent))
            off = number(_below(allowance, self.syntax.discount))
            if percent or off:
                said = f"{as_number(percent)} %" if percent else as_amount(off or Decimal(0))
                yield DataValue(f"{at}/discount", said, self.place(allowance))
                return

    def address(self, party: Party) -> Iterator[DataValue]:
        node = self.root.find(party.path)
        if node is None:
            return
        lines = [text for path in party.lines if (text := _text(_below(node, path)))]
        postcode, place = (_text(_below(node, path)) for path in (party.postcode, party.place))
        whole = ", ".join(filter(None, (*lines, f"{postcode} {place}".strip())))
        where = self.place(node)
        parts = {"address": whole, "street": ", ".join(lines), "postcode": postcode, "place": place,
                 "country": _text(_below(node, party.country))}  # fmt: skip
        for part, value in parts.items():
            if value:
                yield DataValue(f"/{party.name}_{part}", value[:LONGEST], where)

    def place(self, element: Element) -> str:
        """The path of an element."""
        parent = self.parents.get(element)
        if parent is None:
            return f"/{element.tag}"
        number = self.numbers.get(element)
        return f"{self.place(parent)}/{element.tag}{f'[{number}]' if number else ''}"


def _numbered(root: Element) -> Iterator[tuple[Element, int]]:
    """The number of each element that has siblings of its name, among these."""
    for parent in root.iter():
        alike, seen = Counter(child.tag for child in parent), Counter[str]()
        for child in parent:
            seen[child.tag] += 1
            if alike[child.tag] > 1:
                yield child, seen[child.tag]


def _is_note(node: Element, found: list[DataValue]) -> bool:
    """Whether a line charges nothing: a text between the lines, or a group of them."""
    if any(one.tag == "LineStatusReasonCode" and _text(one.text) in ("GROUP", "INFORMATION")
           for one in node.iter()):  # fmt: skip
        return True
    names = {one.pointer.rpartition("/")[2] for one in found}
    return not names & {"quantity", "line_total", "unit_price"}


def _without_repeats(texts: Iterable[str]) -> list[str]:
    """Texts without those that others of them hold."""
    found = list(dict.fromkeys(filter(None, texts)))
    return [one for one in found if not any(one != other and one in other for other in found)]


def _below(node: Element, path: str) -> str | None:
    return node.findtext(path)


def _text(raw: str | None) -> str:
    return " ".join((raw or "").split())


def written(raw: str | None, kind: TermKind, *, zero: bool = True) -> str:
    """A value in canonical form; empty where there is none."""
    text = _text(raw)
    if kind == "text":
        return text[:LONGEST]
    if kind == "iban":  # an account may have a number of its country alone
        bare = text.replace(" ", "").upper()
        return bare if _IBAN.fullmatch(bare) else ""
    if kind == "type":
        return _TYPE_OF.get(text, "")
    if kind == "day":
        return _day(text)
    amount = number(text)
    if amount is None or not (amount or zero):
        return ""
    return as_amount(amount) if kind == "amount" else as_number(amount)


def number(raw: str | None) -> Decimal | None:
    """A number as XML writes it (xs:decimal); None where it is none."""
    text = _text(raw)
    found = Decimal(text) if _DECIMAL.fullmatch(text) else None
    return found if found is not None and abs(found.adjusted()) < 30 else None


def as_amount(amount: Decimal) -> str:
    """With two decimals, or more where it has more."""
    plain = as_number(amount)
    whole, _, cents = plain.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def as_number(amount: Decimal) -> str:
    """Without zeros at its end."""
    plain = f"{amount + 0:f}"  # no -0
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def _day(text: str) -> str:
    found = _DAY.match(text)
    if found is None:
        return ""
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return ""
