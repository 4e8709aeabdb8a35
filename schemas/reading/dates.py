"""Dates and times as documents print them: read one, and list the shapes one may be printed in.

Only what is printed is read: a date without its day or its year is no date here.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache

from docglean.schemas.labels import alternatives
from docglean.schemas.reading.date_parts import DateParts, parts_of
from docglean.schemas.reading.date_words import BUDDHIST, begins_with_year, script_of
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import plain

_SIGNS = (".", "/", "-", " ")
OWN_YEARS = frozenset({"ar", "ckb", "fa", "ps", "ur"})
"""Languages whose documents count the years from the Hijra, too, in two calendars."""
_DIGIT = re.compile(r"\d")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_SHORT = re.compile(r"\d\d([/-])\d\d|\d\d\.\d\d\.")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:\s?[:h]\s?|\.)(?P<minute>[0-5]\d)"
    r"(?:[:.](?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
    r"\s?(?P<half>[ap]\.?\s?m\.?)?\s?(?P<word>uhr|hrs?|hours|heures|h|u)?\.?"
    r"\s?(?P<zone>z|utc|gmt|[-+]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?P<hour>\d{1,2})\s?(?:(?P<half>[ap]\.?\s?m)\.?|uhr|h)", re.IGNORECASE)
_HEAD = re.compile(
    r"^(\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?)[\s,]+(?=\d|[^\W\d_])", re.IGNORECASE
)


@cache
def _tail() -> re.Pattern[str]:
    return re.compile(
        rf"(?:[\sT,;@(|-]|\b(?:{alternatives('dates.before_time')})\b)*"
        r"(\d{1,2}(?:\s?[:h]\s?|\.)[0-5]\d(?:[:.][0-5]\d(?:[.,]\d{1,9})?)?"
        r"(?:\s?[ap]\.?\s?m\b\.?)?(?:\s?(?:uhr|hrs?|hours|h)\b\.?)?"
        r"(?:\s?(?:z|utc|gmt)\b|[-+]\d\d:?\d\d)?)\)?$",
        re.IGNORECASE,
    )


@lru_cache(maxsize=16384)
def read_day(text: str, style: Style = Style()) -> date | None:
    """The date that `text` prints, or None if it is not just one whole date.

    ``03/04/2018`` is read by `style`, the third of April where that is unknown. A year of two
    digits is 2000 to 2049 or 1950 to 1999 (as RFC 5280 reads them). A weekday before it and a
    time behind it are passed over.
    """
    text = plain(text).strip(" .:;,()[]")
    if not 5 <= len(text) <= 60 or not _DIGIT.search(text):
        return None
    found = _day(text, style)
    if found is None:
        for pattern in (_tail(), _HEAD):
            match = pattern.search(text)
            if match and match.group(1) != text:
                found = _day((text[: match.start()] + text[match.end() :]).strip(" .,;"), style)
                if found:
                    break
    return found


@lru_cache(maxsize=16384)
def read_moment(text: str, style: Style = Style()) -> datetime | None:
    """The date with time that `text` prints, or None. A time zone is kept where printed."""
    text = plain(text).strip(" .:;,[]")
    try:
        if _ISO.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in (_tail(), _HEAD):
        match = pattern.search(text)
        if match and match.group(1) != text:
            clock = read_clock(match.group(1))
            day = _day((text[: match.start()] + text[match.end() :]).strip(" .,;"), style)
            if clock and day:
                return datetime.combine(day, clock)
    return None


@lru_cache(maxsize=16384)
def read_clock(text: str) -> time | None:
    """The time of day that `text` prints, or None: ``14:33``, ``2.33 pm``, ``14h33``, ``9 Uhr``."""
    text = plain(text).strip(" ;,()[]")
    match = _CLOCK.fullmatch(text) or _HOUR.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    hour, half = int(parts["hour"]), (parts["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23:
        return None
    return time(
        hour, int(parts.get("minute") or 0), int(parts.get("second") or 0), tzinfo=_zone(parts)
    )


@lru_cache(maxsize=16384)
def read_day_of_year(text: str, style: Style = Style()) -> tuple[int, int] | None:
    """Month and day where `text` prints a date without its year, as rows of statements do.

    ``02 Apr``, ``April 2``, ``2. April``, ``02/04``, ``02.04.``; not ``02.04``, which is a number
    too.
    """
    text = plain(text)
    if not 4 <= len(text) <= 40:
        return None
    parts = parts_of(text.strip(" ,;:()[]"), style)
    if parts is None:
        return None
    numbers, month, signs = parts.numbers, parts.month, parts.signs
    if month is not None and len(numbers) == 1 and len(numbers[0]) <= 2:
        found = month, int(numbers[0])
    elif month is None and _SHORT.fullmatch(text) and signs:
        first, second = int(numbers[0]), int(numbers[1])
        found = (second, first) if style.day_first is not False else (first, second)
        found = found if found[0] <= 12 else (found[1], found[0])
    else:
        return None
    # A leap year, so that the 29th of February is one.
    return found if _date("2000", *map(str, found)) else None


def _zone(parts: dict[str, str | None]) -> timezone | None:
    printed = (parts.get("zone") or "").lower()
    if not printed:
        return None
    if printed in ("z", "utc", "gmt"):
        return UTC
    digits = printed[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if printed[0] == "-" else offset)


def _day(text: str, style: Style) -> date | None:
    parts = parts_of(text, style)
    if parts is None:
        return None
    numbers, signs = parts.numbers, parts.signs
    if parts.month is not None:
        return _named(parts, style)
    if len(numbers) == 1 and len(numbers[0]) == 8:
        digits = numbers[0]
        if digits[:2] in ("19", "20"):
            return _date(digits[:4], digits[4:6], digits[6:])
        return _ordered([digits[:2], digits[2:4], digits[4:]], style)
    if len(numbers) != 3 or signs[0] != signs[1] or signs[0] not in _SIGNS:
        return None
    if len(numbers[0]) == 4:
        return _date(_year(numbers[0], parts, style), *numbers[1:])
    # Three short numbers with blanks between them are cells of a table rather than a date.
    if signs[0] == " " and len(numbers[2]) != 4:
        return None
    return _ordered([*numbers[:2], _year(numbers[2], parts, style)], style)


def _named(parts: DateParts, style: Style) -> date | None:
    """A date whose month is a name or marked: the year is the number of four digits."""
    if len(parts.numbers) != 2:
        return None
    year, day = parts.numbers[::-1]
    if len(day) == 4 and parts.before:
        year, day = day, year
    elif parts.before == 2:
        return None
    if len(day) > 2 or len(year) not in (2, 4) or (parts.short and len(year) == 2):
        return None
    return _date(_year(year, parts, style), str(parts.month), day)


def _year(digits: str, parts: DateParts, style: Style) -> str:
    """A year of our calendar; "0" where it may be of another one, for which there is no date."""
    if parts.era is not None:
        return digits
    year = int(digits)
    if script_of(parts.named) == "THAI" if parts.named else style.languages[:1] == ("th",):
        if len(digits) == 2:
            return str(2500 + year - BUDDHIST) if parts.named else "0"
        return str(year - BUDDHIST) if 2400 <= year < 2700 else digits
    return "0" if 1300 <= year < 1600 and OWN_YEARS.intersection(style.languages) else digits


def _ordered(numbers: list[str], style: Style) -> date | None:
    first, second, year = numbers
    if len(first) > 2 or len(second) > 2 or len(year) not in (2, 4):
        return None
    if len(year) == 2 and style.day_first is None and begins_with_year(style.languages):
        readings = {_date(year, second, first), _date(first, second, year)} - {None}
        return readings.pop() if len(readings) == 1 else None
    in_order = (second, first) if style.day_first is not False else (first, second)
    return _date(year, *in_order) or _date(year, *reversed(in_order))


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 50 else 1900
    try:
        return date(number, int(month), int(day)) if 1000 <= number <= 2999 else None
    except ValueError:
        return None
