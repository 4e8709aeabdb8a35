"""Dates and times as documents print them: read one, and list the shapes one may be printed in.

Only what is printed is read: a date without its day or its year is no date here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from docglean.schemas.labels import alternatives, words_below, words_of
from docglean.schemas.reading.style import LANGUAGES, Style
from docglean.schemas.reading.texts import plain

if TYPE_CHECKING:
    from babel import Locale

_MORE_MONTHS = {word: int(month) for month, said in words_below("months").items() for word in said}
_FILLERS = frozenset(words_of("dates.fillers"))
"""Words between the parts of a date: "12 de enero del 2018", "the 3rd of March", "le 5 mai"."""
_ORDINALS = frozenset(words_of("dates.ordinals"))
_SIGNS = (".", "/", "-", " ")
_IDEOGRAPHS = re.compile("[年月]")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_SHORT = re.compile(r"\d\d([/-])\d\d|\d\d\.\d\d\.")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|\s+")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:\s?[:h]\s?|\.)(?P<minute>[0-5]\d)"
    r"(?:[:.](?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
    r"\s?(?P<half>[ap]\.?\s?m\.?)?\s?(?P<word>uhr|hrs?|hours|heures|h|u)?\.?"
    r"\s?(?P<zone>z|utc|gmt|[-+]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?P<hour>\d{1,2})\s?(?:(?P<half>[ap]\.?\s?m)\.?|uhr|h)", re.IGNORECASE)
_TAIL = re.compile(
    rf"(?:[\sT,;@(|-]|\b(?:{alternatives('dates.before_time')})\b)*"
    r"(\d{1,2}(?:\s?[:h]\s?|\.)[0-5]\d(?:[:.][0-5]\d(?:[.,]\d{1,9})?)?"
    r"(?:\s?[ap]\.?\s?m\b\.?)?(?:\s?(?:uhr|hrs?|hours|h)\b\.?)?(?:\s?(?:z|utc|gmt)\b|[-+]\d\d:?\d\d)?)"
    r"\)?$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^(\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?)[\s,]+(?=\d|[^\W\d_])", re.IGNORECASE
)


@lru_cache(maxsize=65536)
def read_day(text: str, style: Style = Style()) -> date | None:
    """The date that `text` prints, or None if it is not just one whole date.

    ``03/04/2018`` is read by `style`, the third of April where that is unknown. A year of two
    digits is 2000 to 2049 or 1950 to 1999 (as RFC 5280 reads them). A weekday before it and a
    time behind it are passed over.
    """
    text = plain(text).strip(" .:;,()[]")
    if not 5 <= len(text) <= 60 or not any(char.isdigit() for char in text):
        return None
    found = _day(text, style)
    if found is None:
        for pattern in (_TAIL, _HEAD):
            match = pattern.search(text)
            if match and match.group(1) != text:
                found = _day((text[: match.start()] + text[match.end() :]).strip(" .,;"), style)
                if found:
                    break
    return found


@lru_cache(maxsize=65536)
def read_moment(text: str, style: Style = Style()) -> datetime | None:
    """The date with time that `text` prints, or None. A time zone is kept where printed."""
    text = plain(text).strip(" .:;,[]")
    try:
        if _ISO.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in (_TAIL, _HEAD):
        match = pattern.search(text)
        if match and match.group(1) != text:
            clock = read_clock(match.group(1))
            day = _day((text[: match.start()] + text[match.end() :]).strip(" .,;"), style)
            if clock and day:
                return datetime.combine(day, clock)
    return None


@lru_cache(maxsize=65536)
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


@lru_cache(maxsize=65536)
def read_day_of_year(text: str, style: Style = Style()) -> tuple[int, int] | None:
    """Month and day where `text` prints a date without its year, as rows of statements do.

    ``02 Apr``, ``April 2``, ``2. April``, ``02/04``, ``02.04.``; not ``02.04``, which is a number
    too.
    """
    text = plain(text)
    if not 4 <= len(text) <= 40:
        return None
    parts = _parts(text.strip(" ,;:()[]"), style)
    if parts is None:
        return None
    numbers, month, _, signs = parts
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
    parts = _parts(text, style)
    if parts is None:
        return None
    numbers, month, before, signs = parts
    if month is not None:
        return _named(numbers, month, before)
    if len(numbers) == 1 and len(numbers[0]) == 8:
        digits = numbers[0]
        if digits[:2] in ("19", "20"):
            return _date(digits[:4], digits[4:6], digits[6:])
        return _ordered([digits[:2], digits[2:4], digits[4:]], style)
    if len(numbers) != 3 or signs[0] != signs[1] or signs[0] not in _SIGNS:
        return None
    if len(numbers[0]) == 4:
        return _date(*numbers)
    # Three short numbers with blanks between them are cells of a table rather than a date.
    return _ordered(numbers, style) if signs[0] != " " or len(numbers[2]) == 4 else None


def _parts(text: str, style: Style) -> tuple[list[str], int | None, int, list[str]] | None:
    """Numbers; the month's number and how many numbers stand before it; signs between numbers."""
    months = month_names(style.languages)
    numbers: list[str] = []
    signs: list[str] = []
    month: int | None = None
    before = 0
    sign = ""
    for token in _TOKEN.findall(_IDEOGRAPHS.sub("-", text.replace("日", ""))):
        if token.isdecimal():
            if numbers:
                signs.append(sign or " ")
            numbers.append(token)
            sign = ""
        elif token.isspace():
            continue
        elif token[0].isalpha():
            word = token.casefold()
            if word in months and month is None:
                month, before = months[word], len(numbers)
            elif not (word in _FILLERS or (numbers and word in _ORDINALS)) and (
                word not in weekday_names(style.languages)
            ):
                return None
        elif token in "./-,'º°ª":
            sign += token
        else:
            return None
    return numbers, month, before, signs


def _named(numbers: list[str], month: int, before: int) -> date | None:
    """A date whose month is a name, with `before` of the two numbers in front of it."""
    if len(numbers) != 2 or before == 2:
        return None
    first, second = numbers
    if before == 1 and len(first) == 4:
        return _date(first, str(month), second) if len(second) <= 2 else None
    return _date(second, str(month), first) if len(first) <= 2 and len(second) in (2, 4) else None


def _ordered(numbers: list[str], style: Style) -> date | None:
    first, second, year = numbers
    if len(first) > 2 or len(second) > 2 or len(year) not in (2, 4):
        return None
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


@lru_cache(maxsize=16384)
def day_shapes(value: date, style: Style = Style()) -> tuple[str, ...]:
    """How `value` may be printed, likeliest first; day and month in the order of `style`."""
    day, month, year = value.day, value.month, value.year
    years = (f"{year:04d}", f"{year % 100:02d}" if 1950 <= year < 2050 else "")
    orders = [True, False] if style.day_first is None else [style.day_first]
    shapes: dict[str, None] = {}
    for day_first in orders:
        for long in years:
            for first, second in ((f"{day:02d}", f"{month:02d}"), (f"{day}", f"{month}")):
                if not day_first:
                    first, second = second, first
                for sign in "/.-" if "de" not in style.languages else "./-":
                    if long:
                        shapes[sign.join((first, second, long))] = None
    shapes[value.isoformat()] = None
    for sign in "/.":
        shapes[f"{year:04d}{sign}{month:02d}{sign}{day:02d}"] = None
    if 1900 <= year < 2100:
        shapes[f"{year:04d}{month:02d}{day:02d}"] = None
    for language in style.languages or LANGUAGES[:7]:
        for shape in _named_shapes(value, language):
            shapes[shape] = None
    return tuple(shapes)


@lru_cache(maxsize=16384)
def day_of_year_shapes(value: date, style: Style = Style()) -> tuple[str, ...]:
    """How `value` may be printed without its year, likeliest first."""
    shapes: dict[str, None] = {}
    for language in style.languages or LANGUAGES[:7]:
        for name in _printed_months(language)[value.month]:
            for day in dict.fromkeys((f"{value.day:02d}", str(value.day))):
                for shape in (f"{day} {name}", f"{name} {day}", f"{day}. {name}"):
                    shapes[shape] = None
            if language in ("es", "pt"):
                shapes[f"{value.day} de {name}"] = None
    pair = (f"{value.day:02d}", f"{value.month:02d}")
    for day_first in (True, False) if style.day_first is None else (style.day_first,):
        first, second = pair if day_first else pair[::-1]
        shapes |= dict.fromkeys((f"{first}/{second}", f"{first}-{second}", f"{first}.{second}."))
    return tuple(shapes)


def _named_shapes(value: date, language: str) -> Iterator[str]:
    day, year = value.day, value.year
    short = f"{year % 100:02d}" if 1950 <= year < 2050 else f"{year:04d}"
    for name in _printed_months(language)[value.month]:
        yield f"{day} {name} {year}"
        yield f"{day:02d} {name} {year}"
        if language == "en":
            yield f"{name} {day}, {year}"
            yield f"{name} {day:02d}, {year}"
            yield f"{name} {day} {year}"
            yield f"{day}{_ordinal(day)} {name} {year}"
            yield f"{name} {day}{_ordinal(day)}, {year}"
            yield f"{day} {name}, {year}"
        if language in ("es", "pt"):
            yield f"{day} de {name} de {year}"
        if language in ("de", "da", "nb", "cs"):
            yield f"{day}. {name} {year}"
            yield f"{day:02d}. {name} {year}"
        if language == "fr" and day == 1:
            yield f"1er {name} {year}"
        if len(name) <= 5:
            for end in (str(year), short):
                yield f"{day:02d}-{name}-{end}"
                yield f"{day:02d}{name}{end}"
                yield f"{day:02d} {name} {end}"
                yield f"{day:02d}/{name}/{end}"


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


@lru_cache(maxsize=4096)
def clock_shapes(value: time) -> tuple[str, ...]:
    """How `value` may be printed, likeliest first; with seconds where it has them."""
    hour, minute, second = value.hour, value.minute, value.second
    half = "am" if hour < 12 else "pm"
    tail = f":{second:02d}" if second else ""
    texts = [f"{hour:02d}:{minute:02d}{tail}", f"{hour}:{minute:02d}{tail}"]
    if not second:
        texts += [f"{hour:02d}:{minute:02d}:00", f"{hour:02d}h{minute:02d}"]
        texts += [f"{hour:02d}.{minute:02d}", f"{hour}.{minute:02d}"]
    clock = f"{hour % 12 or 12}:{minute:02d}{tail}"
    texts += [f"{clock} {half.upper()}", f"{clock}{half.upper()}", f"{clock} {half}"]
    texts += [f"{clock}{half}", f"{clock} {half[0]}.m."]
    texts += [f"0{text}" for text in texts[-5:] if len(clock) < 5 + len(tail)]
    return tuple(dict.fromkeys(texts))


@cache
def month_names(languages: tuple[str, ...] = ()) -> dict[str, int]:
    """Month numbers by every case-folded name and abbreviation of `LANGUAGES` and `languages`."""
    names: dict[str, int] = {}
    for language in (*languages, *LANGUAGES):
        for number, printed in _printed_months(language).items():
            for name in printed:
                names.setdefault(name.casefold().rstrip("."), number)
    return {name: number for name, number in {**_MORE_MONTHS, **names}.items() if name.isalpha()}


@cache
def _printed_months(language: str) -> dict[int, tuple[str, ...]]:
    """Names and abbreviations as `language` writes them, by month number."""
    locale = _locale(language)
    found: dict[int, dict[str, None]] = {number: {} for number in range(1, 13)}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in locale.months[context][width].items() if locale else ():
                found[number][plain(name)] = None
                if width == "abbreviated" and name.endswith("."):
                    found[number][plain(name).rstrip(".")] = None
    return {number: tuple(names) for number, names in found.items()}


@cache
def weekday_names(languages: tuple[str, ...] = ()) -> frozenset[str]:
    """Every case-folded name and abbreviation of a weekday, the words of compounds apart."""
    names: set[str] = set()
    for language in (*languages, *LANGUAGES):
        locale = _locale(language)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated", "short"):
                for name in locale.days[context].get(width, {}).values() if locale else ():
                    names.update(re.findall(r"[^\W\d_]+", plain(name).casefold()))
    return frozenset(names)


@cache
def _locale(language: str) -> Locale | None:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
