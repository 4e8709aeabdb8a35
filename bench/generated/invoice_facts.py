"""What an invoice says, before anyone thinks of how it looks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bench.generated.lots import Lots, chance, data, sample, signs, weighted
from bench.generated.party import Party, other_country, party

COUNTRIES = {
    "DE": 22, "AT": 5, "CH": 5, "GB": 9, "US": 9, "IN": 3, "AU": 3, "FR": 12, "IT": 6, "ES": 6,
    "PT": 3, "NL": 5, "PL": 3, "CZ": 2, "SE": 3, "DK": 2, "NO": 2,
}  # fmt: skip
NUMBERS = (
    "RE-20##-####", "20##/####", "#####", "INV00###", "F ##-0###", "@1######", "^###", "R20######",
    "##-###/@", "20##-0###", "@@##/^###", "^##.###", "RG^####-#", "20##0^##-###", "^#######",
)  # fmt: skip
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Item:
    """One line; `total` is what is printed, net or gross as the paper has its prices."""

    article: str
    thing: str
    more: tuple[str, ...]
    quantity: Decimal
    unit: str
    price: Decimal
    off: int
    rate: Decimal
    total: Decimal


@dataclass(frozen=True)
class InvoiceFacts:
    """All values of an invoice; amounts in its currency, rates in per cent.

    Attributes:
        gross_prices: whether items are priced with tax.
        credit: whether money is given back.
        taxes: rate, amount that it is charged on, tax.
    """

    language: str
    currency: str
    seller: Party
    buyer: Party
    number: str
    order: str
    customer: str
    note: str
    reference: str
    issued: date
    delivered: date
    due: date
    printed: date
    days: int
    gross_prices: bool
    credit: bool
    items: tuple[Item, ...]
    discount: Decimal
    shipping: Decimal
    net: Decimal
    taxes: tuple[tuple[Decimal, Decimal, Decimal], ...]
    tax: Decimal
    total: Decimal
    paid: Decimal
    previous: Decimal


def cents(value: Decimal) -> Decimal:
    """Rounded as tills round."""
    return value.quantize(CENT, ROUND_HALF_UP)


def invoice_facts(lots: Lots, items: int) -> InvoiceFacts:
    """Draw one."""
    country = weighted(lots, COUNTRIES)
    words = data("countries")[country]
    language = words["language"]
    issued = date(lots.randint(2012, 2026), lots.randint(1, 12), lots.randint(1, 28))
    days = lots.choice([7, 8, 10, 14, 21, 30, 45, 60])
    rates = [Decimal(rate) for rate in words["rates"]]
    gross_prices, credit = chance(lots, 0.1), chance(lots, 0.06)
    sign = -1 if credit and chance(lots, 0.5) else 1
    if chance(lots, 0.55):
        rates = rates[:1]
    drawn = tuple(item(lots, language, rates, sign) for _ in range(items))
    discount = shipping = Decimal(0)
    goods = sum((one.total for one in drawn), Decimal(0))
    if chance(lots, 0.12) and not credit:
        discount = cents(goods * lots.choice([2, 3, 5, 10]) / 100)
    if chance(lots, 0.2) and not credit:
        shipping = Decimal(lots.randint(290, 4900)) / 100
    taxes = _taxes(drawn, shipping - discount, gross=gross_prices)
    net = sum((one[1] for one in taxes), Decimal(0))
    tax = sum((one[2] for one in taxes), Decimal(0))
    paid = cents((net + tax) * lots.choice([10, 20, 25, 50]) / 100)
    return InvoiceFacts(
        language=language,
        currency=words["currency"],
        seller=party(lots, country),
        buyer=party(lots, other_country(lots, country, COUNTRIES), private=chance(lots, 0.2)),
        number=signs(lots, lots.choice(NUMBERS)),
        order=signs(lots, lots.choice(["########", "PO-^####", "B^#####", "45########", "@@-^##"])),
        customer=signs(lots, lots.choice(["^####", "K-^###", "1#####", "D^####", "C00^##", "^#"])),
        note=signs(lots, lots.choice(["LS-^####", "^######", "8########", "DN^###"])),
        reference=signs(lots, lots.choice(["@@/@@", "##-^###", "@.@.", "P^###"])),
        issued=issued,
        delivered=issued - timedelta(lots.randint(0, 12)),
        due=issued + timedelta(days),
        printed=issued + timedelta(lots.randint(1, 3)),
        days=days,
        gross_prices=gross_prices,
        credit=credit,
        items=drawn,
        discount=discount,
        shipping=shipping,
        net=net,
        taxes=taxes,
        tax=tax,
        total=net + tax,
        paid=paid if chance(lots, 0.12) and not credit else Decimal(0),
        previous=Decimal(lots.randint(1000, 99999)) / 100,
    )


def item(lots: Lots, language: str, rates: list[Decimal], sign: int) -> Item:
    """Draw one line; with a sign of -1 it is given back."""
    goods = data("goods")
    quantity = Decimal(lots.choice([1, 1, 1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 25, 50, 100, 400]))
    if chance(lots, 0.18):
        quantity = Decimal(lots.randint(25, 4000)) / lots.choice([2, 4, 100])
    low, high = lots.choice([(20, 999), (500, 9900), (1000, 90000), (9900, 250000)])
    price = Decimal(lots.randint(low, high)) / 100
    off = lots.choice([3, 5, 10, 15, 20]) if chance(lots, 0.25) else 0
    quantity *= sign
    return Item(
        article=signs(lots, lots.choice(goods["codes"])),
        thing=lots.choice(goods[language]["things"]),
        more=tuple(sample(lots, goods[language]["more"], lots.choice([0, 0, 0, 1, 1, 2, 3]))),
        quantity=quantity,
        unit=lots.choice(data("captions")[language]["units"]),
        price=price,
        off=off,
        rate=lots.choice(rates),
        total=cents(quantity * price * (100 - off) / 100),
    )


def _taxes(
    items: tuple[Item, ...], extra: Decimal, *, gross: bool
) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
    """By rate, the highest first; what is added to or taken off the whole is at the first rate."""
    sums: dict[Decimal, Decimal] = defaultdict(Decimal)
    for one in items:
        sums[one.rate] += one.total
    first = max(sums, key=lambda rate: sums[rate])
    sums[first] += extra
    found = []
    for rate in sorted(sums, reverse=True):
        tax = cents(sums[rate] * rate / (100 + rate if gross else 100))
        found.append((rate, sums[rate] - tax if gross else sums[rate], tax))
    return tuple(found)
