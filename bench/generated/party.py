"""Firms and people who never were: names, addresses and numbers of one country."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import get_cc_module
from stdnum.iban import calc_check_digits

from bench.generated.lots import Lots, chance, data, filled, signs

IBAN_DIGITS = {"DE": 18, "AT": 16, "CH": 17, "GB": 14, "FR": 23, "IT": 22, "ES": 20, "PT": 21,
               "NL": 10, "PL": 24, "CZ": 20, "SE": 20, "DK": 14, "NO": 11}  # fmt: skip
LETTERS = {"GB": "@@@@", "IT": "@", "NL": "@@@@"}
VAT_FORMS = {
    "de": "^########", "at": "U########", "gb": "#########", "fr": "###########",
    "it": "###########", "es": "B########", "pt": "5########", "nl": "#########B0^",
    "pl": "##########", "cz": "########", "se": "##########01", "dk": "########",
}  # fmt: skip


@dataclass(frozen=True)
class Party:
    """One side of a paper.

    Attributes:
        name: in one line or two.
        lines: of the postal address, without the name.
        vat: with its country's letters; "" where the country has none.
    """

    country: str
    name: tuple[str, ...]
    lines: tuple[str, ...]
    phone: str
    fax: str
    email: str
    web: str
    vat: str
    tax_number: str
    iban: str
    bic: str
    bank: str
    register: str
    person: str


def words_of(country: str) -> dict[str, Any]:
    """The lists of a country, with those that all have in common."""
    goods = data("goods")
    return {**data("countries")[country], "made": goods["made"], "made2": goods["made2"]}


def party(lots: Lots, country: str, *, private: bool = False) -> Party:
    """Draw one."""
    words = words_of(country)
    postcode, _, town = signs(lots, lots.choice(words["towns"])).partition("|")
    words |= {"postcode": postcode, "town": town, "last": lots.sample(words["last"], 2)}
    person = filled(lots, "{first} {last}", words)
    words["street"] = filled(lots, lots.choice(words["streets"]), words)
    name = person if private else filled(lots, lots.choice(words["firms"]), words)
    lines = filled(lots, lots.choice(words["lines"]), words).split("|")
    host = _host(name) + "." + lots.choice([*data("goods")["domains"], country.lower()])
    mail = lots.choice(["info", "office", "mail", "kontakt", _host(person.split()[-1])])
    return Party(
        country=country,
        name=tuple(name.split("|")) if chance(lots, 0.8) else (name.replace("|", " "),),
        lines=tuple(line for line in lines if line),
        phone=signs(lots, lots.choice(words["phone"])).removeprefix("TEL: "),
        fax=signs(lots, lots.choice(words["phone"])).removeprefix("TEL: "),
        email=f"{mail}@{host}",
        web=lots.choice(["www.", "", "https://www."]) + host,
        vat=vat_id(lots, words["vat"]),
        tax_number=signs(lots, lots.choice(words["tax_number"])),
        iban=iban(lots, country),
        bic=signs(lots, "@@@@") + country + signs(lots, lots.choice(["@@", "@^@@@", "2@XXX"])),
        bank=filled(lots, lots.choice(words["banks"]), words),
        register=filled(lots, lots.choice(words["register"]), words),
        person=person,
    )


def _host(name: str) -> str:
    ascii_ = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o"))
    kept = "".join(
        one for one in ascii_.casefold() if (one.isascii() and one.isalnum()) or one == " "
    )
    return "-".join(kept.split()[:2]) or "mail"


def iban(lots: Lots, country: str) -> str:
    """An account number with right check digits, in groups of four; "" where there are none."""
    if country not in IBAN_DIGITS:
        return ""
    body = signs(lots, LETTERS.get(country, "") + "#" * IBAN_DIGITS[country])
    number = country + calc_check_digits(f"{country}00{body}") + body
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def vat_id(lots: Lots, module: str) -> str:
    """A tax number with right check digits and its country's letters, or by a pattern."""
    if not module:
        return ""
    if module.startswith("="):
        return signs(lots, module[1:])
    checker = get_cc_module(module, "vat")
    for _ in range(20000):
        number = signs(lots, VAT_FORMS[module])
        if checker.is_valid(number):
            return module.upper() + number
    raise ValueError(f"no tax number of {module} was found by chance")


def one_line(lines: tuple[str, ...] | list[str]) -> str:
    """An address as one text."""
    return ", ".join(line.strip(" ,") for line in lines)


def other_country(lots: Lots, country: str, among: Mapping[str, float]) -> str:
    """The country of the other side: mostly the same."""
    return country if chance(lots, 0.88) else lots.choice(list(among))
