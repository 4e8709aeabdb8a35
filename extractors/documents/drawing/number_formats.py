"""Numbers and dates of a sheet as its program shows them (ECMA-376 part 1, 18.8.30 and 18.8.31).

What a format leaves to the language of the machine is written as in English; a short date, which
each language writes otherwise, as ISO 8601 has it.
"""

from __future__ import annotations

import locale
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    11: "0.00E+00", 12: "General", 13: "General", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "0.0E+0", 49: "@",
}  # fmt: skip
"""Formats that a file calls by their number only; 14 and 22 differ by language."""
_TOKENS = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General|AM/PM|A/P|E[+-]|y+|m+|d+|h+|s+|[0#?]+|[.,%@/]|.',
    re.IGNORECASE,
)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_LANGUAGE = re.compile(r"\[\$([^\]-]*)(?:-([0-9a-f]+))?\]", re.IGNORECASE)
DIGITS = 11
"""Of a number without a format."""
FIRST_DAY, FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Day 0 of the two ways to count days; 1900 is wrongly taken for a leap year by both programs."""
LAST_DAY = 2_958_466
"""The year 10,000."""


def shown_number(value: str, code: str, *, from_1904: bool = False) -> str:
    """A number, as a file holds it, as a format shows it; as it is held where that fails."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    sections = _sections(code)
    section = _section_of(number, sections)
    if len(sections) > 1 and number < 0:
        number = -number  # a section of its own says what stands for the sign
    if not section:
        return ""
    tokens = _TOKENS.findall(section)
    kinds = [_kind(token) for token in tokens]
    if "date" in kinds:
        return _date(number, tokens, section, from_1904=from_1904)
    if "digits" in kinds:
        return _digits(number, tokens, section)
    if "general" in kinds:
        return _literal(tokens, _general(number))
    return _literal(tokens, "")


def shown_text(value: str, code: str) -> str:
    """A text as a format shows it: by its fourth section, where it has one."""
    sections = _sections(code)
    section = sections[3] if len(sections) > 3 else "@"
    return value if section == "@" else _literal(_TOKENS.findall(section), value)


def is_date(code: str) -> bool:
    """Whether a format shows numbers as dates or times."""
    return any(_kind(token) == "date" for token in _TOKENS.findall(_sections(code)[0]))


def _sections(code: str) -> list[str]:
    found, quoted, last = [""], False, ""
    for one in code:
        if one == '"' and last != "\\":
            quoted = not quoted
        if one == ";" and not quoted and last != "\\":
            found.append("")
        else:
            found[-1] += one
        last = one
    return found


def _section_of(number: Decimal, sections: Sequence[str]) -> str:
    """For positive numbers, negative ones, and zero."""
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _kind(token: str) -> str:
    if token.lower() == "general":
        return "general"
    if token[0] in "0#?":
        return "digits"
    if token[0] in "ymdhsYMDHS" or token.upper() in ("AM/PM", "A/P") or _ELAPSED.fullmatch(token):
        return "date"
    return "other"


def _general(number: Decimal) -> str:
    text = f"{float(number):.{DIGITS}g}"
    return text.upper().replace("E+0", "E+").replace("E-0", "E-")


def _plain(token: str) -> str:
    """What a token that is no number shows."""
    if token[0] == '"':
        return token.strip('"')
    if token[0] == "\\":
        return token[1:]
    if token[0] == "_":
        return " "
    if token[0] == "*":
        return ""
    if token[0] == "[":
        found = _LANGUAGE.fullmatch(token)
        return found[1] if found else ""
    return token


def _literal(tokens: Sequence[str], value: str) -> str:
    """The plain tokens, with the value where it belongs."""
    shown = (value if one == "@" or one.lower() == "general" else _plain(one) for one in tokens)
    return "".join(shown).strip()


def _digits(number: Decimal, tokens: Sequence[str], section: str) -> str:
    """A number in figures."""
    at = [i for i, one in enumerate(tokens) if _kind(one) == "digits" or one in (".", ",")]
    at = [i for i in at if at[0] <= i <= at[-1]]
    first, last = at[0], at[-1]
    pattern = "".join(tokens[i] for i in at)
    whole, _, decimals = pattern.partition(".")
    if any(one in "%" for one in tokens):
        number *= 100
    thousands = len(whole) - len(whole.rstrip(","))
    thousands += len(decimals) - len(decimals.rstrip(","))
    number /= Decimal(1000) ** thousands
    if "/" in tokens or any(map(_is_exponent, tokens)):
        return _odd(number, tokens)
    least = sum(map(decimals.count, "0"))
    most = sum(map(decimals.count, "0#?"))
    text = _figures(number, whole.rstrip(","), least, most, _signs(section))
    sign = "-" if number < 0 and text.strip("0.,") else ""
    before = "".join(map(_plain, tokens[:first]))
    after = "".join(map(_plain, tokens[last + 1 :]))
    return f"{sign}{before}{text}{after}".strip()


def _figures(number: Decimal, whole: str, least: int, most: int, signs: tuple[str, str]) -> str:
    """Figures without a sign.

    Args:
        whole: the pattern before the point.
        least, most: figures behind it.
        signs: the decimal point and the sign between thousands.
    """
    rounded = abs(number).quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    before, _, after = f"{rounded:f}".partition(".")
    after = after[:least] + after[least:].rstrip("0")
    zeros = whole.count("0")
    before = before.lstrip("0").rjust(zeros, "0") if zeros or before != "0" else ""
    if "," in whole:
        before = re.sub(r"(?<=\d)(?=(\d{3})+$)", signs[1], before)
    return f"{before}{signs[0]}{after}" if after else before


def _odd(number: Decimal, tokens: Sequence[str]) -> str:
    """In powers of ten; fractions as numbers without a format."""
    if "/" in tokens:
        return _general(number)
    before = "".join(tokens[: next(at for at, one in enumerate(tokens) if _is_exponent(one))])
    decimals = sum(map(before.partition(".")[2].count, "0#?"))
    return re.sub(r"E([+-])0?(\d)$", r"E\g<1>0\2", f"{float(number):.{decimals}E}")


def _is_exponent(token: str) -> bool:
    return token[0] in "Ee" and len(token) == 2


def _signs(section: str) -> tuple[str, str]:
    """The signs of the language that a format names; the English ones where it names none."""
    found = _LANGUAGE.search(section)
    return _signs_of(found[2] or "") if found else (".", ",")


@cache
def _signs_of(language: str) -> tuple[str, str]:
    """By the number of a language of Windows, in hex."""
    from babel import Locale
    from babel.core import UnknownLocaleError

    try:
        name = locale.windows_locale[int(language, 16) & 0xFFFF]
        symbols = Locale.parse(name).number_symbols["latn"]
    except (KeyError, ValueError, UnknownLocaleError):
        return ".", ","
    return symbols["decimal"], symbols["group"]


def _date(number: Decimal, tokens: Sequence[str], section: str, *, from_1904: bool) -> str:
    if not 0 <= number < LAST_DAY:
        return _general(number)
    start = FIRST_DAY_1904 if from_1904 else FIRST_DAY
    moment = start + timedelta(seconds=round(float(number) * 86_400, 3))
    half = any(one.upper() in ("AM/PM", "A/P") for one in tokens)
    names = _names(section)
    return "".join(
        _part(tokens, at, moment, float(number), names, half=half) for at in range(len(tokens))
    ).strip()


def _part(
    tokens: Sequence[str],
    at: int,
    moment: datetime,
    days: float,
    names: tuple[Sequence[str], ...],
    *,
    half: bool,
) -> str:
    """One token of a date."""
    token = tokens[at].lower()
    if elapsed := _ELAPSED.fullmatch(token):
        unit = {"h": 24, "m": 1440, "s": 86_400}[elapsed[1][0]]
        return str(int(round(days * unit, 6)))
    if token in ("am/pm", "a/p"):
        return ("AM" if moment.hour < 12 else "PM")[: 1 + 4 * (token == "am/pm")]
    if _kind(token) != "date":
        zeros = token[0] == "0" and at and tokens[at - 1] == "."
        return f"{moment.microsecond:06}"[: len(token)] if zeros else _plain(tokens[at])
    if token[0] == "m" and _is_minute(tokens, at):
        return f"{moment.minute:0{min(len(token), 2)}}"
    hour = (moment.hour % 12 or 12) if half else moment.hour
    numbers = {"d": moment.day, "m": moment.month, "h": hour, "s": moment.second}
    if token[0] == "y":
        return f"{moment.year:04}" if len(token) > 2 else f"{moment.year % 100:02}"
    if len(token) < 3:
        return f"{numbers[token[0]]:0{len(token)}}"
    months, short_months, weekdays, short_weekdays = names
    if token[0] == "m":
        name = (short_months if len(token) == 3 else months)[moment.month - 1]
        return name[0] if len(token) == 5 else name
    return (short_weekdays if len(token) == 3 else weekdays)[moment.weekday()]


def _is_minute(tokens: Sequence[str], at: int) -> bool:
    """Whether an m stands for minutes: behind hours, or before seconds."""
    parts = [i for i, one in enumerate(tokens) if _kind(one) == "date"]
    place = parts.index(at)
    before = tokens[parts[place - 1]].lower() if place else ""
    after = tokens[parts[place + 1]].lower() if place + 1 < len(parts) else ""
    return len(tokens[at]) < 3 and ("h" in before or "s" in after)


def _names(section: str) -> tuple[Sequence[str], ...]:
    found = _LANGUAGE.search(section)
    return _names_of(found[2] or "" if found else "")


@cache
def _names_of(language: str) -> tuple[Sequence[str], ...]:
    """Months, short months, weekdays and short weekdays in a language of Windows."""
    from babel import Locale
    from babel.core import UnknownLocaleError

    try:
        told = Locale.parse(locale.windows_locale[int(language, 16) & 0xFFFF])
    except (KeyError, ValueError, UnknownLocaleError):
        told = Locale("en")
    months, days = told.months["format"], told.days["format"]
    by_month = [[months[width][n] for n in range(1, 13)] for width in ("wide", "abbreviated")]
    by_day = [[days[width][n] for n in range(7)] for width in ("wide", "abbreviated")]
    return (*by_month, *by_day)
