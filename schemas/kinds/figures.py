"""Kinds of figures: numbers, amounts of money, dates and times."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from docglean.schemas.kinds.base import (
    CONFUSED_SCORE,
    UNSIGNED_SCORE,
    YEARLESS_SCORE,
    Kind,
    Shown,
    quoted,
)
from docglean.schemas.reading.date_shapes import clock_shapes, day_of_year_shapes, day_shapes
from docglean.schemas.reading.dates import read_clock, read_day, read_day_of_year, read_moment
from docglean.schemas.reading.numbers import Credit, number_shapes, read_amount, read_number
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import fold, likeness, plain

LONGEST = 300
"""Characters of a number: a longer one is no figure of a document, and Python's own limit for
whole numbers is 4,300 digits."""


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A quantity, rate or measure; equal as numbers (``12`` and ``12.00`` are the same)."""

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The number as decimal digits, as many as are printed: ``"1234.50"``."""
        return _digits(self._read(text, style))

    def _read(self, text: str, style: Style) -> Decimal | None:
        return read_number(text, style)

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`. Digits with a decimal point are taken as they are, for models are told
        to write so; anything else is read as if it were printed."""
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite():
                return _digits(number)
            if number.is_nan():
                return None
        if isinstance(value, str) and len(value) <= LONGEST:
            if _PLAIN_NUMBER.fullmatch(value.strip()):
                return _digits(Decimal(value.strip()))
            if not self.absent(value) and self.parse(value, style) is None:
                inside = _only_number(value)
                if inside is not None:
                    return self.coerce(inside, style)
        elif isinstance(value, str):
            raise ValueError(f"{quoted(value)} is not {self.noun()}")
        return super(Number, self).coerce(value, style)

    def key(self, value: Any) -> Any:
        """As in `Kind`: a Decimal; equal Decimals hash alike."""
        number = as_decimal(value)
        return fold(str(value)) if number is None else number

    def similarity(self, left: Any, right: Any) -> float:
        """As in `Kind`, by the digits with two decimals."""
        if self.same(left, right):
            return 1.0
        numbers = as_decimal(left), as_decimal(right)
        if numbers[0] is None or numbers[1] is None:
            return 0.0
        return min(0.99, likeness(*(f"{number:.2f}" for number in numbers if number is not None)))

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """As in `Kind`; a share of one may be printed in per cent. An amount with another sign is
        another amount, unless the field is told to be without (`Money.unsigned`) or its column
        gives it (`Money.negative`)."""
        number = as_decimal(value)
        if number is None:
            return super(Number, self).shown(value, text, style)
        if not any(char.isdigit() for char in text):
            return None
        if plain(text) == plain(str(value)):
            return "exact", 1.0
        for known, score in ((style, 1.0), (_other(style), CONFUSED_SCORE)):
            found = self._read(text, known)
            if found is None:
                continue
            if found == number:
                return "normalised", score
            if found == -number:
                # Nor is it the same number misread.
                signless = self._signless(number)
                return ("normalised", min(score, UNSIGNED_SCORE)) if signless else None
            if "%" in text and found == number * 100:
                return "normalised", UNSIGNED_SCORE
        return ("fuzzy", CONFUSED_SCORE) if self.confused(value, text, style) else None

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`."""
        number = as_decimal(value)
        return () if number is None else number_shapes(number, style, cents=self._cents())

    def _cents(self) -> bool:
        return False

    def _signless(self, number: Decimal) -> bool:
        """Whether a page may print the number with the other sign."""
        return False


@dataclass(frozen=True, slots=True)
class Money(Number):
    """An amount of money without its currency, which is a field of its own.

    Brackets, a trailing minus and ``DR`` make it negative; equality is exact to the last cent.

    Attributes:
        negative: words over or beside amounts that are printed without a sign and count as
            negative: the column "Debit" of a bank's statement.
        credit: what "CR" behind an amount makes of it: positive on a bank's statement, negative
            on a bill. None: it is read as positive, and found on the page for either.
        unsigned: it is asked for as a positive amount, whichever way pages print it: a discount.
    """

    negative: tuple[str, ...] = ()
    credit: Credit | None = None
    unsigned: bool = False

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """As in `Number`; without its sign where it is asked for so."""
        found = super(Money, self).parse(text, style)
        return found.removeprefix("-") if self.unsigned and found else found

    def noun(self) -> str:
        """As in `Kind`."""
        return "an amount"

    def reversed(self, value: Any) -> str | None:
        """The same amount with the other sign, as a JSON leaf; None where it is none, or nought."""
        number = as_decimal(value)
        return _digits(-number) if number else None

    def _read(self, text: str, style: Style) -> Decimal | None:
        return read_amount(text, style, self.credit or "positive")

    def _cents(self) -> bool:
        return True

    def _signless(self, number: Decimal) -> bool:
        return self.unsigned or (number < 0 and bool(self.negative))


_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?")
_NUMBER_INSIDE = re.compile(
    r"(?<![\w.,])(?<![eExX×][-+])"  # it does not go on with another number's end
    r"[-+(]?\s?\d[\d.,' ]*+(?![eExX×][-+]?\d)(?:\)|-(?!\d))?"
)


def _only_number(text: str) -> str | None:
    """The one number within a wordy reply ("12.50 EUR incl. tax"), None if there are several."""
    found = _NUMBER_INSIDE.findall(plain(text))
    return found[0].rstrip(" .,") if len(found) == 1 and len(found[0]) < len(plain(text)) else None


def _other(style: Style) -> Style:
    mark: Literal[".", ","] = "," if style.decimal in (".", None) else "."
    return Style(mark, style.day_first, style.languages)


def _digits(number: Decimal | None) -> str | None:
    if number is None:
        return None
    return format(number if number else abs(number), "f")


def as_decimal(value: Any) -> Decimal | None:
    """A JSON leaf as a number, None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """A date with day, month and year; nothing is added to what is printed."""

    def noun(self) -> str:
        """As in `Kind`."""
        return "a whole date"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """``YYYY-MM-DD``."""
        found = read_day(text, style)
        return found.isoformat() if found else None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`."""
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            return value.isoformat()
        return super(Day, self).coerce(value, style)

    def complete(self, text: str, near: Any, style: Style = Style()) -> str | None:
        """A date printed without its year (``02 Apr``), in the year that brings it closest.

        Args:
            text: the printed date; one with its year is read as by `parse`.
            near: a date of the same document as a JSON leaf, such as the end of its period.
        """
        whole, known = self.parse(text, style), read_day(str(near))
        found = read_day_of_year(text, style)
        if whole or known is None or found is None:
            return whole
        days = [
            day
            for year in (known.year - 1, known.year, known.year + 1)
            if (day := _day_of(year, *found)) is not None
        ]
        return min(days, key=lambda day: abs(day - known)).isoformat() if days else None

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """As in `Kind`; ``fuzzy`` where only the year is missing."""
        found = super(Day, self).shown(value, text, style)
        if found is None and value is not None:
            short, known = read_day_of_year(text, style), read_day(str(value))
            if short and known and short == (known.month, known.day):
                return "fuzzy", YEARLESS_SCORE
        return found

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`; those without the year come last."""
        found = read_day(str(value)) if value is not None else None
        short = day_of_year_shapes(found, style) if found else ()
        return (*self.whole_shapes(value, style), *short)

    def whole_shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`."""
        found = read_day(str(value)) if value is not None else None
        return day_shapes(found, style) if found else ()


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Moment(Kind):
    """A date with a time of day."""

    def noun(self) -> str:
        """As in `Kind`."""
        return "a date with a time"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """ISO 8601: ``YYYY-MM-DDTHH:MM:SS``, with the time zone where it is printed."""
        found = read_moment(text, style)
        return found.isoformat() if found else None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`."""
        if isinstance(value, datetime):
            return value.isoformat()
        return super(Moment, self).coerce(value, style)

    def key(self, value: Any) -> Any:
        """As in `Kind`: one moment in two time zones is the same."""
        found = read_moment(str(value))
        if found is None:
            return str(value)
        return found.timestamp() if found.tzinfo else found

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`."""
        found = read_moment(str(value)) if value is not None else None
        if found is None:
            return ()
        clocks = clock_shapes(found.timetz().replace(tzinfo=None))
        days = day_shapes(found.date(), style)
        pairs = [f"{day} {clock}" for clock in clocks for day in days]
        return (str(value), *pairs)


@dataclass(frozen=True, slots=True)
class Clock(Kind):
    """A time of day."""

    def noun(self) -> str:
        """As in `Kind`."""
        return "a time of day"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """ISO 8601: ``HH:MM:SS``."""
        found = read_clock(text)
        return found.isoformat() if found else None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`."""
        if isinstance(value, time):
            return value.isoformat()
        return super(Clock, self).coerce(value, style)

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`."""
        found = read_clock(str(value)) if value is not None else None
        return clock_shapes(found.replace(tzinfo=None)) if found else ()
