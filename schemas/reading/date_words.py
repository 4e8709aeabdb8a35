"""Names of months and weekdays, and the small words of dates, in every language of CLDR.

They stand in `cldr.json`, which `python -m bench.cldr` makes of babel's data: reading all of
that in each process would take seconds.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from docglean.schemas.labels import words_below, words_of
from docglean.schemas.reading.texts import plain

BUDDHIST = 543
"""Years by which the calendar of Thailand is ahead (CLDR's Buddhist calendar)."""

JOINED = 4
"""Words of which one name may be made: "Meán Fómhair", "dhen Fhaoilleach"; "ม.ค." are two."""


@cache
def token() -> re.Pattern[str]:
    """A token of a date: digits, letters with the marks on them, single signs, blanks."""
    marks = "".join(
        chr(code)
        for code in (*range(0x300, 0x1D00), *range(0xA800, 0xAC00))
        if unicodedata.category(chr(code)).startswith("M")
    )
    letters = rf"[^\W\d_][^\W\d_{marks}]*(?:[{marks}]+[^\W\d_{marks}]*)*"
    return re.compile(rf"\d+|{letters}|[^\w\s]|\s+")


@cache
def cldr() -> dict[str, Any]:
    """What was taken from CLDR, see `bench.cldr`."""
    text = files("docglean.schemas.reading").joinpath("cldr.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def squeezed(name: str) -> str:
    """Letters of a name alone, without case: how names of months are compared."""
    return "".join(one for one in token().findall(plain(name).casefold()) if one[0].isalpha())


@cache
def named_months(languages: tuple[str, ...] = ()) -> dict[str, int]:
    """Month numbers by name as `squeezed` gives it.

    What names one month wherever it does is known without `languages`; "listopad" is the tenth in
    Croatian and the eleventh in Polish, and known to be one of them only if a language says so.
    """
    names = {
        name: number
        for number, printed in enumerate(cldr()["months"], start=1)
        for name in printed.split()
    }
    for number, said in words_below("months").items():
        names |= {word: int(number) for word in said}
    for language in reversed(languages):
        names |= cldr()["months_of_language"].get(language, {})
    return names


@cache
def short_months() -> dict[str, int]:
    """Abbreviations that are words of other languages, too: months beside a whole year only."""
    return {
        name: number
        for number, printed in enumerate(cldr()["short_months"], start=1)
        for name in printed.split()
    }


@cache
def weekdays() -> frozenset[str]:
    """Names and abbreviations of weekdays, and the words that some of them are made of."""
    return frozenset(cldr()["weekdays"].split())


@cache
def words_beside_names() -> frozenset[str]:
    """Words that stand in dates whose month is a name: "2018 m. kovo 23 d."."""
    return frozenset(cldr()["date_words"].split())


@cache
def words_between() -> frozenset[str]:
    """Words between the parts of any date: "12 de enero del 2018", "le 5 mai"."""
    foreign = (word for word in words_beside_names() if script_of(word) != "LATIN")
    return frozenset((*words_of("dates.fillers"), *foreign))


@cache
def month_marks() -> tuple[frozenset[str], frozenset[str]]:
    """Words before and behind the number of a month: "tháng 3"; "3월"."""
    return frozenset(cldr()["before_month"].split()), frozenset(cldr()["behind_month"].split())


@cache
def eras() -> dict[str, int]:
    """What is to be added to a year by the word before it: 1988 for "平成", -543 for "พ.ศ."."""
    told = words_below("eras")
    return {squeezed(word): int(years) for years, said in told.items() for word in said}


def begins_with_year(languages: tuple[str, ...]) -> bool:
    """Whether the likeliest language prints figures of a date so: 18/3/12 may be either there."""
    return bool(languages) and languages[0] in cldr()["year_first"].split()


def language_of(letters: Iterable[str]) -> str | None:
    """The likeliest language of the first script among `letters` that has one of its own."""
    known = cldr()["scripts"]
    return next((known[one] for one in map(script_of, letters) if one in known), None)


def script_of(word: str) -> str:
    """What Unicode calls the script of the first letter: ``LATIN``, ``THAI``, ``CJK``."""
    return unicodedata.name(word[0], "").partition(" ")[0]
