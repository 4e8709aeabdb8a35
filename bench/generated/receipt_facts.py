"""What a till receipt says, before anyone thinks of how it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from bench.generated.invoice_facts import cents
from bench.generated.lots import Lots, chance, data, signs, weighted
from bench.generated.party import Party, party

COUNTRIES = {"MY": 40, "DE": 9, "GB": 7, "US": 9, "FR": 6, "IT": 5, "ES": 5, "NL": 3, "PT": 3,
             "PL": 2, "IN": 4, "AU": 4, "AT": 2, "CH": 2}  # fmt: skip
NUMBERS = ("^#####", "CS000^####", "##-###/^", "R0000^####", "^###-^##", "@@^-^#####", "0000^##",
           "^/####/##", "OR1803^#####", "^#########", "@^####")  # fmt: skip

BRANCHES = ("BRANCH 0^", "CITY MALL", "OUTLET #^", "HQ", "DRIVE IN", "NORTH WING")


@dataclass(frozen=True)
class Bought:
    """One line; the total is what is printed."""

    code: str
    name: str
    quantity: Decimal
    price: Decimal
    total: Decimal


@dataclass(frozen=True)
class ReceiptFacts:
    """All values of a receipt; amounts in its currency, the rate in per cent.

    Attributes:
        added: whether the tax comes on top of the prices.
        exact: the total before it is rounded.
    """

    language: str
    currency: str
    shop: Party
    branch: str
    tax_id: str
    number: str
    day: date
    time: time
    items: tuple[Bought, ...]
    subtotal: Decimal
    discount: Decimal
    service: Decimal
    rate: Decimal
    added: bool
    tax: Decimal
    exact: Decimal
    rounding: Decimal
    total: Decimal
    tip: Decimal
    paid: Decimal
    person: str


def receipt_facts(lots: Lots) -> ReceiptFacts:
    """Draw one."""
    country = weighted(lots, COUNTRIES)
    words = data("countries")[country]
    shop = party(lots, country)
    items = tuple(
        _bought(lots, words["language"])
        for _ in range(lots.choices([1, lots.randint(2, 5), lots.randint(6, 14)], [2, 6, 2])[0])
    )
    subtotal = sum((one.total for one in items), Decimal(0))
    discount = (
        cents(subtotal * lots.choice([5, 10, 20]) / 100) if chance(lots, 0.12) else Decimal(0)
    )
    service = cents(subtotal / 10) if chance(lots, 0.08) else Decimal(0)
    rate = Decimal(lots.choice(words["rates"]))
    added = chance(lots, 0.95 if country == "US" else 0.25 if country in ("MY", "IN") else 0.0)
    goods = subtotal - discount + service
    tax = cents(goods * rate / 100) if added else cents(goods * rate / (100 + rate))
    exact = goods + (tax if added else 0)
    total = exact
    if country in ("MY", "CH", "AU") and chance(lots, 0.6):
        total = (exact * 20).quantize(Decimal(1), ROUND_HALF_UP) / 20
    tip = cents(total * lots.choice([10, 15, 20]) / 100)
    tip = tip if country == "US" and chance(lots, 0.12) else Decimal(0)
    paid = total + tip
    if chance(lots, 0.55):
        note = Decimal(lots.choice([5, 10, 20, 50, 100]))
        paid = (paid / note).to_integral_value(ROUND_CEILING) * note
    return ReceiptFacts(
        language=words["language"],
        currency=words["currency"],
        shop=_till(lots, shop),
        branch=signs(lots, lots.choice(BRANCHES)),
        tax_id=(shop.vat or shop.tax_number),
        number=signs(lots, lots.choice(NUMBERS)),
        day=date(lots.randint(2013, 2026), lots.randint(1, 12), lots.randint(1, 28)),
        time=time(lots.randint(7, 22), lots.randint(0, 59), lots.randint(0, 59)),
        items=items,
        subtotal=subtotal,
        discount=discount,
        service=service,
        rate=rate,
        added=added,
        tax=tax,
        exact=exact,
        rounding=total - exact,
        total=total.quantize(Decimal("0.01")),
        tip=tip,
        paid=paid.quantize(Decimal("0.01")),
        person=lots.choice([shop.person.split()[0], "USER", "CASHIER 2", "04", "ADMIN"]),
    )


def _till(lots: Lots, shop: Party) -> Party:
    """The shop as tills print it: often in capital letters."""
    if not chance(lots, 0.55):
        return shop
    upper = tuple(line.upper() for line in shop.lines)
    return replace(shop, name=tuple(part.upper() for part in shop.name), lines=upper)


def _bought(lots: Lots, language: str) -> Bought:
    quantity = Decimal(lots.choice([1, 1, 1, 1, 2, 2, 3, 5]))
    if chance(lots, 0.06):
        quantity = Decimal(lots.randint(101, 2999)) / 1000
    price = Decimal(lots.choice([lots.randint(50, 999), lots.randint(200, 3000),
                                 lots.randint(1000, 25000)])) / 100  # fmt: skip
    name = lots.choice(data("goods")[language]["till"])
    if chance(lots, 0.35):
        name = f"{name} {lots.choice(['500G', 'L', 'PROMO', '2X', 'RED', 'SMALL', '330ML'])}"
    code = signs(lots, lots.choice(["955########", "^####", "@@^##", "^#######", "@^#-^#"]))
    return Bought(code, name, quantity, price, cents(quantity * price))
