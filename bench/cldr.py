"""Take from babel's CLDR data what readers of dates need, into schemas/reading/cldr.json.

    python -m bench.cldr

Names of months and weekdays of all languages, as they stand in whole dates: every pattern that a
language has is printed for every month, and what is neither number nor name is a word of dates.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import babel
from babel import Locale, localedata
from babel.core import UnknownLocaleError, get_global
from babel.dates import format_date
from babel.languages import get_official_languages, get_territory_language_info
from babel.numbers import get_territory_currencies
from docglean.schemas.reading.currencies import ISO_CODES
from docglean.schemas.reading.currencies import signs as printed_signs
from docglean.schemas.reading.date_words import JOINED, script_of, squeezed, token
from docglean.schemas.reading.style import LANGUAGES
from docglean.schemas.reading.texts import plain

FILE = Path(__file__).parents[1] / "schemas" / "reading" / "cldr.json"
SHORT = 4
"""Letters up to which a Latin name may be another language's word."""
MAJORITY = 10
"""Languages to one from which a name is that month's: "jan" is June in Sesotho."""
YEAR, DAY = 2018, 23
WEEKDAY = frozenset("Eec")
"""Letters of patterns that print one; the others print the same words on each day of a month."""

Names = dict[str, dict[int, set[str]]]


def locales() -> Iterator[Locale]:
    """Languages, and their scripts and countries that have names of months of their own."""
    for name in sorted(localedata.locale_identifiers()):
        language, _, part = name.partition("_")
        locale = Locale.parse(name)
        of_country = len(part) == 2 and set(month_names(locale)) - set(
            month_names(Locale.parse(language))
        )
        if name != "root" and (not part or len(part) == 4 or of_country):
            yield locale


def month_names(locale: Locale) -> Iterator[tuple[int, str]]:
    """Number and name, in both cases and lengths."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from locale.months[context][width].items()


def weekday_names(locale: Locale) -> set[str]:
    """Squeezed names, and the words of compounds."""
    found = {
        name
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated", "short")
        for name in locale.days[context].get(width, {}).values()
    }
    words = {word for name in found for word in letters(name)}
    return {squeezed(name) for name in found} | words


def letters(text: str) -> list[str]:
    """Its words, without case."""
    return [one for one in token().findall(plain(text).casefold()) if one[0].isalpha()]


def printed(locale: Locale, month: int) -> Iterator[str]:
    """A day of the month in every pattern of the language that has day, month and year."""
    patterns = {str(pattern) for pattern in locale.date_formats.values()}
    for skeleton, pattern in locale.datetime_skeletons.items():
        if {"y", "d"} <= set(skeleton) and set(skeleton) <= set("GyMEd"):
            patterns.add(str(pattern))
    for pattern in sorted(patterns):
        days = (DAY, DAY + 1) if month % 2 else (DAY - 1, DAY + 2, DAY + 3)
        for day in days if WEEKDAY & set(pattern) else days[:1]:
            yield format_date(date(YEAR, month, day), pattern, locale=locale)


def rest(words: Sequence[str], known: set[str]) -> Iterator[str]:
    """Words that are no part of a known name."""
    at = 0
    while at < len(words):
        sizes = range(min(JOINED, len(words) - at), 0, -1)
        size = next((n for n in sizes if "".join(words[at : at + n]) in known), 0)
        if not size:
            yield words[at]
        at += size or 1


@dataclass
class Found:
    """What was collected, language by language."""

    months: Names = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    weekdays: set[str] = field(default_factory=set)
    between: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    behind: set[str] = field(default_factory=set)

    def add(self, locale: Locale) -> None:
        """The words of a language."""
        own: dict[int, set[str]] = defaultdict(set)
        days = weekday_names(locale)
        for number, name in month_names(locale):
            word = squeezed(name)
            if word and any(char.isdecimal() for char in name):
                if telling(word):
                    (self.behind if plain(name)[0].isdecimal() else self.before).add(word)
            elif word:
                own[number].add(word)
        for number in range(1, 13):
            for words in dict.fromkeys(tuple(letters(text)) for text in printed(locale, number)):
                self._add_date(words, own[number], days)
        for number, words in own.items():
            for word in words:
                self.months[word][number].add(locale.language)
        self.weekdays |= days

    def _add_date(self, words: Sequence[str], months: set[str], days: set[str]) -> None:
        marks = self.before | self.behind
        for own in (months, days):
            own |= grown(words, own, months | days | marks)
        more = grown(words, self.behind, months | days | marks)
        self.behind |= {word for word in more if word.startswith(tuple(self.behind))}
        self.between |= set(rest(words, months | days | self.before | self.behind))


def grown(words: Sequence[str], own: set[str], known: set[str]) -> set[str]:
    """Names with what is written together with them in a date: "במרץ" for "מרץ"."""
    found = set()
    for size in (1, 2, 3):
        for at in range(len(words) - size + 1):
            part = words[at : at + size]
            whole = "".join(part)
            if not known & {*part, whole} and any(len(n) > 2 and n in whole for n in own):
                found.add(whole)
    return found


def collect() -> dict[str, object]:
    """The content of the file."""
    found = Found()
    known = list(locales())
    for locale in known:
        found.add(locale)
    months, short, of_language = told_apart(found.months)
    marks = found.before | found.behind
    return {
        "babel": babel.__version__,
        "months": [joined(months[number]) for number in range(1, 13)],
        "short_months": [joined(short[number]) for number in range(1, 13)],
        "months_of_language": {key: of_language[key] for key in sorted(of_language)},
        "weekdays": joined({word for word in found.weekdays if word and telling(word)}),
        "date_words": joined(found.between - set(found.months) - marks),
        "before_month": joined(found.before),
        "behind_month": joined(found.behind),
        "year_first": joined({str(one) for one in known if begins_with_year(one)}),
        "decimal_comma": joined({str(one) for one in known if decimal_mark(one) == ","}),
        "scripts": scripts(),
        **money(),
    }


def joined(words: set[str]) -> str:
    """Words as one line, sorted."""
    return " ".join(sorted(words))


def begins_with_year(locale: Locale) -> bool:
    """Whether a date of figures does."""
    return str(locale.date_formats["short"]).lstrip("\u200f").startswith("y")


def decimal_mark(locale: Locale) -> str | None:
    """The mark before decimals in figures of our digits."""
    mark: str | None = locale.number_symbols.get("latn", {}).get("decimal")
    return mark


def telling(word: str) -> bool:
    """Whether a word is known without being told the language: no short Latin one."""
    return len(word) > 2 or script_of(word) != "LATIN" or word in ours()


@cache
def ours() -> set[str]:
    """Words of weekdays in the likeliest languages."""
    return {word for language in LANGUAGES for word in weekday_names(Locale.parse(language))}


@cache
def languages_of_countries() -> tuple[set[str], set[str]]:
    """Official languages, and those that most people of a country speak, too."""
    official, spoken = set(), set()
    for territory in get_global("territory_languages"):
        of_it = set(get_official_languages(territory, regional=True, de_facto=True))
        official |= of_it
        told = get_territory_language_info(territory)
        spoken |= {one for one in of_it if told[one]["population_percent"] >= 50}
    return official, spoken


def told_apart(
    names: Names,
) -> tuple[dict[int, set[str]], dict[int, set[str]], dict[str, dict[str, int]]]:
    """Names of one month anywhere; short ones of few languages; those that languages decide."""
    official, spoken = languages_of_countries()
    months: dict[int, set[str]] = defaultdict(set)
    short: dict[int, set[str]] = defaultdict(set)
    of_language: dict[str, dict[str, int]] = defaultdict(dict)
    for name, numbers in sorted(names.items()):
        counted = {n: said & official for n, said in numbers.items() if said & official} or numbers
        best = max(counted, key=lambda number: len(counted[number]))
        others = sum(len(said) for number, said in counted.items() if number != best)
        sure = len(counted[best]) >= MAJORITY * others
        likely = bool(counted[best] & set(LANGUAGES))
        if sure and (likely or len(name) > SHORT or script_of(name) != "LATIN"):
            months[best].add(name)
        elif sure and counted[best] & spoken and len(name) > 2:
            short[best].add(name)
        for number, said in numbers.items():
            if name not in months[number]:
                for language in sorted(said):
                    of_language[language][name] = number
    return months, short, of_language


def scripts() -> dict[str, str]:
    """The likeliest language by the name that Unicode gives to the letters of a script."""
    likely = get_global("likely_subtags")
    english = Locale.parse("en").scripts
    parts = {code: f"{name.upper()} " for code, name in english.items() if name.isalpha()}
    known = {unicodedata.name(chr(code), "").partition(" ")[0] for code in range(0x370, 0x3100)}
    found = {
        parts[code].strip(): likely[f"und_{code}"].partition("_")[0]
        for code in sorted(parts)
        if f"und_{code}" in likely and parts[code].strip() in known and code != "Latn"
    }
    return found | {"CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko"}


def money() -> dict[str, object]:
    """Signs of currencies where they are at home; for those that several share, whose they are."""
    signs: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[str]] = defaultdict(set)
    known = {sign for said in printed_signs().values() for sign in said}
    for country in get_global("territory_languages"):
        for code in set(get_territory_currencies(country)) & ISO_CODES:
            homes[code].add(country)
            for language in get_official_languages(country, regional=True, de_facto=True):
                sign = plain(symbol(f"{language}_{country}", code))
                if sign and sign != code and (sign in known or not a_word(sign)):
                    signs[sign].add(code)
    for code, said in printed_signs().items():
        for sign in said:
            signs[sign].add(code)
    shared = {sign: codes for sign, codes in signs.items() if len(codes) > 1}
    rivals = set[str]().union(*shared.values())
    return {
        "currency_signs": {
            code: " ".join(sorted(sign.replace(" ", "_") for sign in signs if code in signs[sign]))
            for code in sorted(set[str]().union(*signs.values()) - rivals)
        },
        "shared_signs": {sign: joined(shared[sign]) for sign in sorted(shared)},
        "countries_of_money": {code: countries(homes[code]) for code in sorted(rivals)},
        "money_of_language": {
            language: code
            for language, likely in sorted(get_global("likely_subtags").items())
            for code in get_territory_currencies(likely.rpartition("_")[2])[:1]
            if code in rivals and language in localedata.locale_identifiers()
        },
    }


def a_word(sign: str) -> bool:
    """Whether a sign may be a word: "P", "KM", "den"."""
    return sign.isascii() and sign.isalpha() and (len(sign) < 3 or sign.islower())


def symbol(name: str, code: str) -> str:
    """What a currency is called there; empty where the language is not in CLDR."""
    try:
        return str(Locale.parse(name).currency_symbols.get(code, ""))
    except (UnknownLocaleError, ValueError):
        return ""


def countries(codes: set[str]) -> dict[str, list[str]]:
    """Countries by their codes, with their names in English and in their own languages."""
    found = {}
    for code in sorted(codes):
        names = {Locale.parse("en").territories[code]}
        for language in get_official_languages(code, regional=True, de_facto=True):
            if language in localedata.locale_identifiers():
                names.add(Locale.parse(language).territories.get(code, ""))
        found[code] = sorted(names - {""})
    return found


def main() -> None:
    """Write the file."""
    text = json.dumps(collect(), ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{FILE}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
