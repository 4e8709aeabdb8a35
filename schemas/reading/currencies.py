"""Currencies: their ISO 4217 codes, the signs and words that pages print for them."""

from __future__ import annotations

import re
from functools import cache

from docglean.schemas.labels import words_below
from docglean.schemas.reading.date_words import cldr

ISO_CODES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)
"""ISO 4217 codes of money in use; tested against babel's list."""


@cache
def signs() -> dict[str, tuple[str, ...]]:
    """Printed signs by currency; one that several share (``$``, ``kr``, ``¥``) names the
    commonest."""
    return words_below("currencies")


@cache
def local_signs() -> dict[str, tuple[str, ...]]:
    """Signs that one currency has where it is at home (CLDR): "د.إ." is the dirham of the
    Emirates."""
    return {
        code: tuple(sign.replace("_", " ") for sign in said.split())
        for code, said in cldr()["currency_signs"].items()
    }


@cache
def currency_pattern() -> str:
    """Regular expression of a printed currency, to be used inside others."""
    known = {
        sign
        for said in (*signs().values(), *local_signs().values(), cldr()["shared_signs"])
        for sign in said
    }
    printed = sorted({sign for sign in known if len(sign) > 1} | ISO_CODES, key=len, reverse=True)
    single = "".join(sorted(sign for sign in known if len(sign) == 1 and not sign.isascii())) + "$"
    # A word is a currency only where no further letter follows it: "R 12", not "Rabatt". That it
    # does not begin with a figure is asked first: most of what is read does.
    return (
        r"(?:(?=[^\d\s.,+-])(?:(?i:"
        + "|".join(map(re.escape, printed))
        + rf")(?![^\W\d_])|R(?=\s?\d)|[{single}]))"
    )


@cache
def currency_words() -> dict[str, tuple[str, ...]]:
    """Printed words by ISO code: signs above, then the names in several languages (CLDR)."""
    from babel import Locale

    words = {
        code: list(dict.fromkeys((*signs().get(code, ()), *local_signs().get(code, ()))))
        for code in sorted(ISO_CODES)
    }
    for language in ("en", "de", "fr", "es", "it", "pt", "nl", "id", "ms"):
        names = Locale.parse(language).currencies
        for code, known in words.items():
            name = names.get(code)
            if name and name not in known:
                known.append(name)
    return {code: tuple(known) for code, known in words.items()}
