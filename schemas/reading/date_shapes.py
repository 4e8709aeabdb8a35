"""Shapes in which a date or a time may be printed, to search a page for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from docglean.schemas.labels import words_below
from docglean.schemas.reading.date_words import BUDDHIST
from docglean.schemas.reading.style import LANGUAGES, Style
from docglean.schemas.reading.texts import plain

if TYPE_CHECKING:
    from babel import Locale


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
        own = _named_shapes if language in LANGUAGES else _shapes_of_locale
        for shape in own(value, language):
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


def _shapes_of_locale(value: date, language: str) -> Iterator[str]:
    """As CLDR has them; in Thai the Buddhist year, too, which documents print without its era."""
    from babel.dates import format_date

    locale = _locale(language)
    for pattern in ("long", "medium", "full", "short") if locale else ():
        yield plain(format_date(value, pattern, locale=locale))
    if language == "th":
        year = value.year + BUDDHIST
        for name in _printed_months(language)[value.month]:
            yield f"{value.day} {name} {year}"
        yield f"{value.day:02d}/{value.month:02d}/{year}"


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
    more = {word: int(month) for month, said in words_below("months").items() for word in said}
    return {name: number for name, number in {**more, **names}.items() if name.isalpha()}


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
def _locale(language: str) -> Locale | None:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
