"""Which currency a sign that several share means in a document, by what else stands in it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from docglean.schemas.reading.currencies import signs
from docglean.schemas.reading.date_words import cldr

SURE = 2
"""Places that name a country from which its money is meant, where no other one is named."""
AMERICA = "US"


def told_currencies(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Currencies that the document tells for its signs; empty where each means the commonest.

    A code beside the sign tells the most (``$12 CAD``), then the only country that is named, or
    in whose domain its addresses are, then the language: ``¥`` in Chinese, ``kr`` in Danish.
    """
    sign, beside_sign = _patterns()
    printed = {match.group() for match in sign.finditer(text)}
    if not printed:
        return ()
    rivals = frozenset[str]().union(*map(shared_by, printed))
    codes = (code for match in beside_sign.finditer(text) for code in match.groups() if code)
    beside = Counter(codes)
    language = cldr()["money_of_language"].get(languages[0]) if languages else None
    likely = [code for code, _ in beside.most_common()]
    likely += [code for code in (_by_country(text, rivals), language) if code]
    meant = (next((code for code in likely if code in shared_by(one)), None) for one in printed)
    told = {code for code in meant if code and printed.isdisjoint(signs().get(code, ()))}
    return tuple(sorted(told))


def shared_by(sign: str) -> frozenset[str]:
    """Currencies that print this sign at home; empty for one that only one of them has."""
    return _shared().get(sign.strip(), frozenset())


def _by_country(text: str, rivals: frozenset[str]) -> str | None:
    """The money of the one country of theirs that the text names more than once."""
    folded = text.casefold()
    money = cldr()["countries_of_money"]
    places: Counter[str] = Counter()
    for code in rivals:
        for country, names in money[code].items():
            said = sum(_times(name.casefold(), folded) for name in names)
            said += len(re.findall(rf"[\w-]\.{country.lower()}(?![\w.-])", folded))
            if said:
                places[code] += said
    american = len(_AMERICAN.findall(text))
    if len(places) != 1 or (american and "USD" in rivals):
        return None
    code, said = places.most_common(1)[0]
    return code if said >= SURE else None


def _times(name: str, text: str) -> int:
    if name not in text:
        return 0
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text))


@cache
def _shared() -> dict[str, frozenset[str]]:
    return {sign: frozenset(codes.split()) for sign, codes in cldr()["shared_signs"].items()}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Of a sign that several share, and of a code beside one."""
    alone = "|".join(re.escape(sign) for sign in sorted(_shared(), key=len, reverse=True))
    codes = "|".join(sorted(frozenset[str]().union(*_shared().values())))
    return (
        re.compile(rf"(?<![^\W\d_])(?:{alone})(?![^\W\d_])"),
        re.compile(rf"\b({codes})[$£¥]|[$£¥]\s?\d[\d.,]*\s?({codes})\b|\(({codes})\)"),
    )


_AMERICAN = re.compile(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b|\bUSA?\b|\bU\.S\.|United States|America")
