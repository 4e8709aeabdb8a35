"""What printed dates are made of: numbers, and words that say what the numbers are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from docglean.schemas.labels import words_of
from docglean.schemas.reading.date_words import (
    JOINED,
    eras,
    month_marks,
    named_months,
    short_months,
    token,
    weekdays,
    words_beside_names,
    words_between,
)
from docglean.schemas.reading.style import Style

_TOKEN_OF_ASCII = re.compile(r"\d+|[A-Za-z]+|[^\w\s]|\s+")
_UNITS = re.compile("(?<=[0-9])([年月日号號년월일])")
"""Words for year, month and day of scripts that have no blanks: "2018年3月12日金曜日"."""
_FIRST_YEAR = re.compile("元(?=年)")
_ASIDE = re.compile(r"\((?=[^\W\d_])|(?<=[^\W\d_.])\)|[،、؛。«»„׳॰፣၊]")
"""Brackets around a word, as of a weekday, and commas and quotes of other scripts."""


@cache
def _ordinals() -> frozenset[str]:
    return frozenset(words_of("dates.ordinals"))


@dataclass(slots=True)
class DateParts:
    """What a printed date is made of, as far as it is read.

    Attributes:
        languages: of the document, likeliest first.
        numbers: but for a month's, with the `signs` between them; a year behind an era's name is
            one of our calendar already.
        month: its number, where it is named or marked as a month's.
        before: how many of the numbers stand in front of it.
        named: its name, None where it is printed as a number.
        era: what is added to the year behind an era's name; None where there is no such name.
        short: the name is another language's word, too, and wants a whole year beside it.
    """

    languages: tuple[str, ...]
    numbers: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    month: int | None = None
    before: int = 0
    named: str | None = None
    era: int | None = None
    short: bool = False
    _month_next: bool = False
    _year_next: bool = False
    _beside_names: bool = False

    def number(self, digits: str, sign: str) -> None:
        """Take the next number; `sign` stands between the last one and it."""
        if self._month_next:
            self.month, self.before, self._month_next = int(digits), len(self.numbers), False
            return
        if self._year_next:
            digits, self._year_next = str(int(digits) + (self.era or 0)), False
        if self.numbers:
            self.signs.append(sign or " ")
        self.numbers.append(digits)

    def words(self, words: list[str]) -> bool:
        """Take words that follow one another; False where one belongs to no date."""
        at = 0
        while at < len(words):
            sizes = range(min(JOINED, len(words) - at), 0, -1)
            whole = (n for n in sizes if n > 1 and self._is_name("".join(words[at : at + n])))
            size = next(whole, 1)
            if not self._word("".join(words[at : at + size])):
                return False
            at += size
        return True

    def _is_name(self, word: str) -> bool:
        """Whether words are a name, written together; "N.A." and "S. T." are none."""
        return (len(word) > 2 or not word.isascii()) and (
            word in named_months(self.languages)
            or word in short_months()
            or word in weekdays()
            or word in eras()
            or any(word in marks for marks in month_marks())
        )

    def whole(self) -> bool:
        """Whether all words that were taken may stand in one date."""
        return not self._beside_names or self.named is not None

    def _word(self, word: str) -> bool:
        number = named_months(self.languages).get(word)
        if number is not None and (self.month is None or self.named in weekdays()):
            return self._name(word, number)
        if word in words_between() or (self.numbers and word in _ordinals()):
            return True
        if word in weekdays() and (self.numbers or len(word) > 1):  # OCR reads a dash as 一
            return True
        if word in short_months() and self.month is None:
            self.short = True
            return self._name(word, short_months()[word])
        if word in words_beside_names() and (self.numbers or len(word) > 1):
            self._beside_names = True
            return True
        return self._mark(word)

    def _name(self, word: str, number: int) -> bool:
        self.month, self.before, self.named = number, len(self.numbers), word
        return True

    def _mark(self, word: str) -> bool:
        """A word that says of the number beside it what it counts."""
        before, behind = month_marks()
        if word in eras():
            self.era, self._year_next = eras()[word], True
        elif self.month is None and word in before:
            self._month_next = True
        elif self.month is None and word in behind and self.numbers:
            self.month, self.before = int(self.numbers.pop()), len(self.numbers)
        else:
            return False
        return True


def parts_of(text: str, style: Style) -> DateParts | None:
    """The parts of a date, None where something else is printed, too."""
    is_ascii, tokens = text.isascii(), _TOKEN_OF_ASCII
    if not is_ascii:
        text, tokens = _UNITS.sub(r"\1 ", _FIRST_YEAR.sub("1", text)), token()
    if not is_ascii or "(" in text:
        text = _ASIDE.sub(" ", text)
    parts = DateParts(style.languages)
    words: list[str] = []
    sign = ""
    for one in tokens.findall(text):
        if one.isdecimal():
            if words:
                if not parts.words(words):
                    return None
                words = []
            parts.number(one, sign)
            sign = ""
        elif one[0].isalpha():
            words.append(one.casefold())
        elif one in "./-,'º°ª":
            sign += one
        elif not one.isspace():
            return None
    return parts if (not words or parts.words(words)) and parts.whole() else None
