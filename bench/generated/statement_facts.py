"""What a bank tells about an account, before anyone thinks of how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bench.generated.lots import Lots, chance, data, sample, signs, weighted
from bench.generated.party import Party, party

COUNTRIES = {"DE": 12, "AT": 3, "CH": 4, "GB": 10, "US": 6, "AU": 2, "FR": 8, "IT": 4, "ES": 5,
             "NL": 5, "PT": 3}  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """One booking: positive for what comes in."""

    day: date
    value_day: date
    text: str
    more: tuple[str, ...]
    reference: str
    amount: Decimal


@dataclass(frozen=True)
class StatementFacts:
    """All values of a statement, in the account's currency."""

    language: str
    currency: str
    bank: Party
    bank_name: str
    holder: Party
    account: str
    number: str
    issued: date
    start: date
    end: date
    opening: Decimal
    movements: tuple[Movement, ...]

    @property
    def closing(self) -> Decimal:
        """Balance in the end."""
        return self.opening + sum((one.amount for one in self.movements), Decimal(0))


def statement_facts(lots: Lots) -> StatementFacts:
    """Draw one."""
    country = weighted(lots, COUNTRIES)
    words = data("countries")[country]
    holder = party(lots, country, private=chance(lots, 0.6))
    start = date(lots.randint(2013, 2026), lots.randint(1, 12), 1)
    end = start + timedelta(lots.choice([13, 27, 29, 30, 60]))
    count = lots.choices(
        [lots.randint(1, 5), lots.randint(6, 18), lots.randint(19, 50)], [3, 5, 2]
    )[0]
    days = sorted(start + timedelta(lots.randint(0, (end - start).days)) for _ in range(count))
    return StatementFacts(
        language=words["language"],
        currency=words["currency"],
        bank=party(lots, country),
        bank_name=party(lots, country).bank,
        holder=holder,
        account=signs(
            lots, lots.choice(["^#########", "^### ### ###", "##-##-## ########", "^######"])
        ),
        number=signs(lots, lots.choice(["^#", "^", "0#/20##", "20##/^", "00^"])),
        issued=end + timedelta(lots.randint(0, 3)),
        start=start,
        end=end,
        opening=Decimal(lots.randint(-90000, 900000)) / 100,
        movements=tuple(_movement(lots, country, day) for day in days),
    )


def _movement(lots: Lots, country: str, day: date) -> Movement:
    words = data("statements")[data("countries")[country]["language"]]
    other = party(lots, country)
    low, high = lots.choice([(100, 9900), (1000, 60000), (50000, 400000)])
    amount = Decimal(lots.randint(low, high)) / 100
    text = lots.choice(words["texts"]).format(firm=" ".join(other.name), person=other.person)
    return Movement(
        day=day,
        value_day=day + timedelta(lots.choice([0, 0, 1, 2])),
        text=text,
        more=tuple(sample(lots, words["more"], lots.choice([0, 0, 1, 1, 2]))),
        reference=signs(lots, lots.choice(["^#####", "@@###", "0000^##"])),
        amount=amount if chance(lots, 0.35) else -amount,
    )
