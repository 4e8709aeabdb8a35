"""How a document prints numbers and dates, told from its own text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from docglean.schemas.labels import vocabulary
from docglean.schemas.reading.currency_context import told_currencies
from docglean.schemas.reading.date_words import begins_with_year, cldr, language_of
from docglean.schemas.reading.texts import plain

READ_AT_MOST = 200_000
"""Characters of a document that are looked at: enough for any style to show."""

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "id", "ms", "sv", "da", "nb", "pl", "cs")
"""Languages, likeliest first, whose month names are known without being named in a Style."""

LAST_LATIN = "\u024f"
LETTERS_THAT_TELL = 20
"""Letters of another script than Latin from which a text without known words is of its language."""
KANA = 10
"""Ideographs to one kana up to which a text is Japanese, which writes both."""

_WORD = re.compile(r"[^\W\d_]+")
_DATE = re.compile(r"(?<![\d.,/-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
_TIME = re.compile(r"\b\d{1,2}[.:]\d\d\s?(?:uhr|hrs?|h|[ap]\.?m)\b", re.IGNORECASE)
# An amount whose mark is certain: a group before it, or two decimals and no more.
_AMOUNT = re.compile(r"(?<![\d.,/:-])\d{1,3}(?:([., '])\d{3})+([.,])\d{1,2}(?![\d/:-]|[.,]\d)")
_CENTS = re.compile(r"(?<![\d.,/:-])\d+([.,])\d{2}(?![\d/:-]|[.,]\d)")
_GROUPS = re.compile(r"(?<![\d.,/:-])\d{1,3}([.,])\d{3}\1\d{3}(?![\d/:-]|[.,]\d)")
_AMERICAN = re.compile(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b|\bUSA?\b|\bU\.S\.|\bZIP\b")


@dataclass(frozen=True, slots=True)
class Style:
    """How a document prints numbers and dates.

    Attributes:
        decimal: the decimal mark, None where unknown.
        day_first: 3/4 is the third of April; None where unknown.
        languages: ISO 639-1 codes, likeliest first.
        currencies: ISO 4217 codes that the document tells, for signs that several of them share.
    """

    decimal: Literal[".", ","] | None = None
    day_first: bool | None = None
    languages: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()


def guess_style(text: str) -> Style:
    """The style of a document from its whole text.

    Numbers and dates that can be read in one way only decide; where there are none, the
    language does, if it is certain. What stays open is None, and readers of values then take
    the likelier reading.
    """
    text = plain(text[:READ_AT_MOST])
    languages = _languages(text)
    return Style(
        _decimal(text, languages),
        _day_first(text, languages),
        languages,
        told_currencies(text, languages),
    )


def _decimal(text: str, languages: tuple[str, ...]) -> Literal[".", ","] | None:
    text = _TIME.sub(" ", _DATE.sub(" ", text))
    votes: Counter[str] = Counter()
    for match in _AMOUNT.finditer(text):
        if match.group(1) != match.group(2):
            votes[match.group(2)] += 3
    for match in _CENTS.finditer(text):
        votes[match.group(1)] += 1
    for match in _GROUPS.finditer(text):
        votes["," if match.group(1) == "." else "."] += 2
    if votes["."] > 2 * votes[","]:
        return "."
    if votes[","] > 2 * votes["."]:
        return ","
    if not votes and languages:
        if languages[0] in _comma_languages():
            return ","
        if languages[0] == "en":
            return "."
    return None


def _day_first(text: str, languages: tuple[str, ...]) -> bool | None:
    votes: Counter[bool] = Counter()
    dotted = False
    year_first = begins_with_year(languages)
    for first, mark, second, year in _DATE.findall(text):
        if year_first and len(year) == 2:
            continue
        if int(first) > 12 >= int(second) > 0 and int(first) <= 31:
            votes[True] += 1
        elif int(second) > 12 >= int(first) > 0 and int(second) <= 31:
            votes[False] += 1
        dotted = dotted or mark == "."
    if votes[True] != votes[False]:
        return votes[True] > votes[False]
    if dotted or (languages and languages[0] != "en" and not year_first):
        return True
    if languages and len(_AMERICAN.findall(text)) >= 2:
        return False
    return None


@cache
def _comma_languages() -> frozenset[str]:
    """Languages that print a decimal comma nearly everywhere; Spanish does not (Mexico)."""
    ours = {one.code: one.decimal_comma for one in vocabulary().languages}
    more = {code for code in cldr()["decimal_comma"].split() if code not in ours}
    return frozenset(more | {code for code, comma in ours.items() if comma})


@cache
def _common_words() -> dict[str, frozenset[str]]:
    """Words that tell a language, those of the likeliest first."""
    known = vocabulary().by_language("common_words")
    return {
        language: frozenset(known[language])
        for language in dict.fromkeys((*LANGUAGES, *known))
        if language in known
    }


def _languages(text: str) -> tuple[str, ...]:
    """Languages by their frequent words; those with less than half of the best are dropped.

    Where no words tell, the script does: the likeliest language of the commonest one.
    """
    words = Counter(_WORD.findall(text.casefold()))
    found = {
        language: sum(words[word] for word in known) for language, known in _common_words().items()
    }
    best = max(found.values())
    if best < 3:
        return _by_script(text)
    ranked = sorted(found, key=lambda language: -found[language])
    return tuple(language for language in ranked if found[language] > best / 2)


def _by_script(text: str) -> tuple[str, ...]:
    letters = Counter(char for char in text if char > LAST_LATIN and char.isalpha())
    if letters.total() < LETTERS_THAT_TELL:
        return ()
    found: Counter[str] = Counter()
    for char, times in letters.items():
        found[language_of(char) or ""] += times
    kana = found["ja"] * KANA > found["zh"]
    told = max(found, key=lambda language: (language == "ja" and kana, found[language]))
    return (told,) if told else ()
