"""Currencies: their ISO 4217 codes, the signs and words that pages print for them."""

from __future__ import annotations

import re
from functools import cache

from docglean.schemas.labels import words_below
from docglean.schemas.reading.date_words import cldr

SIGNS = words_below("currencies")
"""Printed signs by currency; one that several share (``$``, ``kr``, ``¥``) names the commonest."""
LOCAL_SIGNS: dict[str, tuple[str, ...]] = {
    code: tuple(sign.replace("_", " ") for sign in said.split())
    for code, said in cldr()["currency_signs"].items()
}
"""Signs that one currency has where it is at home (CLDR): "د.إ." is the dirham of the Emirates."""

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

_SIGNS = {
    sign
    for signs in (*SIGNS.values(), *LOCAL_SIGNS.values(), cldr()["shared_signs"])
    for sign in signs
}
_PRINTED = sorted(
    {sign for sign in _SIGNS if len(sign) > 1} | ISO_CODES,
    key=len,
    reverse=True,
)
_SINGLE = "".join(sorted(sign for sign in _SIGNS if len(sign) == 1 and not sign.isascii())) + "$"
# A word is a currency only where no further letter follows it: "R 12", not "Rabatt". That it does
# not begin with a figure is asked first: most of what is read does.
CURRENCY = (
    r"(?:(?=[^\d\s.,+-])(?:(?i:"
    + "|".join(re.escape(sign) for sign in _PRINTED)
    + rf")(?![^\W\d_])|R(?=\s?\d)|[{_SINGLE}]))"
)
"""Regular expression of a printed currency, to be used inside others."""


@cache
def currency_words() -> dict[str, tuple[str, ...]]:
    """Printed words by ISO code: signs above, then the names in several languages (CLDR)."""
    from babel import Locale

    words = {
        code: list(dict.fromkeys((*SIGNS.get(code, ()), *LOCAL_SIGNS.get(code, ()))))
        for code in sorted(ISO_CODES)
    }
    for language in ("en", "de", "fr", "es", "it", "pt", "nl", "id", "ms"):
        names = Locale.parse(language).currencies
        for code, known in words.items():
            name = names.get(code)
            if name and name not in known:
                known.append(name)
    return {code: tuple(known) for code, known in words.items()}
