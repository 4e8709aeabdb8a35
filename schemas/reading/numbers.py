"""Numbers as documents print them: read one, and list the shapes one may be printed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from docglean.schemas.labels import words_below
from docglean.schemas.reading.currencies import currency_pattern
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import plain

Lone = Literal["group", "english"]

MAX_DIGITS = 15
"""More digits than this are a code (barcode, account, card), not a quantity."""

# Digits with marks between them; a blank or an apostrophe only between digits.
_DIGITS = r"(?:\d(?:[.,' ]?\d)*|[.,]\d+)"
# Brackets around the figure mean negative; the currency may stand inside or outside.
_BRACKETS = re.compile(r"([^()\d]*)\(([^()]*\d[^()]*)\)([^()\d]*)")
# 12€50, as French price tags have it.
_INSIDE = re.compile(r"(\d)\s?(?:€|EUR)\s?(\d{2})")
# OCR sets "12. 50" and "12 .50" apart; two digits to the end are cents.
_APART = re.compile(r"(?<=\d)(?: ([.,]) ?| ?([.,]) )(?=\d{2}(?!\d))")
_LEADING = re.compile(r"^[\s:;=*@~]+")
_TRAILING = re.compile(r"[\s:;=*]+$")
# "4,99 A": the letter names the tax rate, on receipts in many countries.
_TAX_MARK = re.compile(r"(?<=[.,]\d\d)\s?[A-WYZ]{1,2}$")
_PER = re.compile(r"\s?(?:/|per|pro|par|por)\s?[^\W\d_]{1,8}\.?$", re.IGNORECASE)
# Not what makes another number of it: ``1e999``, ``1x9``.
_UNIT = re.compile(r"(?:\s|(?![eExX×][-+]?\d))(?:[^\W\d_][\w./²³-]{0,11}|[%‰°][CF]?)\.?$")
_BEFORE = re.compile(r"^(?:[x×#]|no\.?|qty\.?)\s?(?=\d)", re.IGNORECASE)
# Thousands by one mark throughout, or lakhs as in India.
_GROUPED = re.compile(r"(?!0)\d{1,3}(?:([., '])\d{3})(?:\1\d{3})*|(?!0)\d{1,2}(?:,\d{2})+,\d{3}")

Credit = Literal["positive", "negative"]

_ARABIC_MARKS = str.maketrans({"٫": ".", "٬": ",", "٪": "%"})
"""Marks that Arabic and Persian figures have: which of the two is decimal is never in doubt."""


@cache
def _scales() -> dict[str, int]:
    return {word: int(power) for power, said in words_below("scales").items() for word in said}


@cache
def _amount() -> re.Pattern[str]:
    currency = currency_pattern()
    return re.compile(
        rf"""(?P<sign1>[-+])?\s*(?:{currency}\s?)?(?P<sign2>[-+])?\s*
        (?P<digits>{_DIGITS})
        (?P<whole>[.,/]\s?-{{1,2}})?
        \s*(?P<sign3>[-+])?
        (?:\s?(?P<scale>(?i:{"|".join(_scales())}))\.?(?=\s|$))?
        \s*(?:{currency})?\s*
        (?P<side>\(?(?:(?i:CR|DR|credit|debit)|[SH])\b\.?\)?)?""",
        re.VERBOSE,
    )


@lru_cache(maxsize=16384)
def read_amount(text: str, style: Style = Style(), credit: Credit = "positive") -> Decimal | None:
    """The amount of money that `text` prints, or None if it is not just that.

    Signs may stand before or after, brackets and ``DR`` mean negative, ``CR`` positive (as on
    a bank's statement; ``S`` and ``H`` do the same in German documents). On a bill it is the
    other way round: what stands to the customer's credit is negative. Around the digits a
    currency, a tax letter with the cents, or "per hour" may stand; nothing else.
    ``1.234`` is read by `style`; where that is unknown it is 1234, for amounts seldom have
    three decimals.

    Args:
        credit: what an amount marked as a credit counts as.
    """
    text, style = _with_our_marks(text, style)
    text, negative = _unbracketed(_trimmed(text))
    text = _APART.sub(lambda match: match.group(1) or match.group(2), text)
    text = _INSIDE.sub(r"\1.\2", text)
    amount = _amount()
    match = amount.fullmatch(text) or amount.fullmatch(_PER.sub("", _TAX_MARK.sub("", text)))
    if match is None or (
        (match["side"] or "").strip("(.)") in ("S", "H") and "de" not in style.languages
    ):
        return None
    return _signed(match, style, negative, lone="group", credit=credit)


@lru_cache(maxsize=16384)
def read_number(text: str, style: Style = Style()) -> Decimal | None:
    """The number that `text` prints, or None if it is not just that.

    A unit may stand behind it (``12 kg``, ``19 %``, ``3 x``); a percentage is the figure that
    is printed, not a hundredth of it. ``1.234`` is read by `style`; where that is unknown, the
    English way.
    """
    text, style = _with_our_marks(text, style)
    text, negative = _unbracketed(_BEFORE.sub("", _trimmed(text)))
    match = _amount().fullmatch(text) or _amount().fullmatch(_UNIT.sub("", text))
    if match is None or match["side"]:
        return None
    return _signed(match, style, negative, lone="english")


def _with_our_marks(text: str, style: Style) -> tuple[str, Style]:
    if text.isascii() or ("٫" not in text and "٬" not in text):
        return text, style
    return text.translate(_ARABIC_MARKS), replace(style, decimal=".")


def _trimmed(text: str) -> str:
    return _TRAILING.sub("", _LEADING.sub("", plain(text)))


def _unbracketed(text: str) -> tuple[str, bool]:
    match = _BRACKETS.fullmatch(text)
    return ("".join(match.groups()), True) if match else (text, False)


def _signed(
    match: re.Match[str],
    style: Style,
    negative: bool,
    *,
    lone: Lone,
    credit: Credit = "positive",
) -> Decimal | None:
    value = read_digits(match["digits"], style, lone=lone)
    if value is None or (match["whole"] and value % 1):
        return None
    if match["scale"]:
        value = value.scaleb(_scales()[match["scale"].lower()])
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value
    signs = [sign for sign in (match["sign1"], match["sign2"], match["sign3"]) if sign]
    side = (match["side"] or "").upper().strip("(.)")
    of_side = ("DR", "DEBIT", "S") if credit == "positive" else ("CR", "CREDIT", "H")
    marks = signs.count("-") + negative
    if marks > 1 or len(signs) > 1 or (marks and side and credit == "positive"
                                       and side in of_side):  # fmt: skip
        return None
    marks += side in of_side
    return -value if marks and value else value


def read_digits(digits: str, style: Style = Style(), *, lone: Lone = "group") -> Decimal | None:
    """Digits with their marks as a number without sign, or None where the marks make no sense.

    Args:
        digits: digits, ``.``, ``,``, ``'`` and blanks only.
        style: decides where a single mark stands before three digits.
        lone: the reading of such a mark where the style is unknown: ``group`` for both marks,
            or ``english``: a comma groups, a point is decimal.
    """
    whole, fraction = _parts(digits, style, lone)
    if whole is None:
        return None
    if not whole.isdecimal() and whole and not _GROUPED.fullmatch(whole):
        return None
    plain_digits = re.sub(r"[., ']", "", whole)
    if len(plain_digits) + len(fraction) > MAX_DIGITS:
        return None
    return Decimal(f"{plain_digits or 0}.{fraction}" if fraction else plain_digits)


def _parts(digits: str, style: Style, lone: Lone) -> tuple[str | None, str]:
    """What stands before and after the decimal mark; None for the first if there can't be one."""
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return digits, ""
    before, after = re.split(r"[.,](?!.*[.,])", digits, maxsplit=1)
    mark = marks[-1]
    if re.search(r"[' ]", after):
        return None, ""
    if len(marks) > 1:
        if mark in marks[:-1]:  # 1.234.567: the same mark twice can only group
            return (digits, "") if len(set(marks)) == 1 else (None, "")
        return before, after
    if len(after) != 3 or not before or before.startswith("0") or re.search(r"[' ]", before):
        return before, after
    if len(before) > 3:
        return before, after
    decimal = style.decimal or ("." if lone == "english" else None)
    return (before, after) if mark == decimal else (digits, "")


def number_shapes(
    value: Decimal, style: Style = Style(), *, cents: bool = False
) -> tuple[str, ...]:
    """How `value` may be printed, likeliest first, without currency or unit.

    Args:
        value: the number.
        style: restricts the shapes to its decimal mark.
        cents: amounts of money: two decimals come first.
    """
    return _number_shapes(str(value), style, cents)


# By its digits: 100.0 and 100.00 are equal, and would share what is kept, but are printed apart.
@lru_cache(maxsize=16384)
def _number_shapes(digits: str, style: Style, cents: bool) -> tuple[str, ...]:
    value = Decimal(digits)
    shapes: dict[str, None] = {}
    for body in _bodies(value.copy_abs(), style, cents):
        for shape in (body,) if value >= 0 else (f"-{body}", f"{body}-", f"({body})"):
            shapes[shape] = None
    return tuple(shapes)


def _bodies(value: Decimal, style: Style, cents: bool) -> Iterator[str]:
    texts: dict[str, None] = {}
    as_given = format(value, "f")
    # As text: the context of decimals keeps 28 figures, and serial numbers have more.
    units, _, decimals = as_given.partition(".")
    decimals = decimals.rstrip("0")
    if cents and len(decimals) <= 2:
        texts[f"{units}.{decimals:0<2}"] = None
    texts[as_given] = None
    texts[f"{units}.{decimals}" if decimals else units] = None
    # Prices of one unit, and quantities, are printed with up to four decimals.
    for more in (3, 4) if cents else (1, 2, 3, 4):
        if len(decimals) < more:
            texts[f"{units}.{decimals:0<{more}}"] = None
    for mark in (style.decimal,) if style.decimal else (".", ","):
        for group in (("," if mark == "." else "."), "", " ", "'"):
            for text in texts:
                whole, _, fraction = text.partition(".")
                if group and len(whole) < 4:
                    continue
                grouped = f"{int(whole):,}".replace(",", group)
                if not fraction and group and group == style.decimal:
                    continue
                yield f"{grouped}{mark}{fraction}" if fraction else grouped
                if fraction and whole == "0" and not group:
                    yield f"{mark}{fraction}"
