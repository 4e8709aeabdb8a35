"""How numbers, amounts and dates are written on a paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date


@dataclass(frozen=True)
class Writing:
    """One paper's way of writing.

    Attributes:
        number: 1234.56 or 1234567.89 as it is written.
        day: a pattern of CLDR.
        sign: of the currency; "" where none is printed.
        place: where the sign stands: before, behind, apart (a column or head has it) or none.
    """

    number: str
    day: str
    language: str
    sign: str
    place: str
    glued: bool

    def figure(self, value: Decimal, places: int = 2) -> str:
        """A number without a sign of a currency."""
        decimal = self.number[-3]
        head, _, tail = f"{abs(value):.{places}f}".partition(".")
        text = _grouped(head, self.number) + (decimal + tail if tail else "")
        return f"-{text}" if value < 0 else text

    def short(self, value: Decimal) -> str:
        """A number with no more decimals than it has."""
        plain = value.normalize()
        return self.figure(value, max(0, -int(plain.as_tuple().exponent)))

    def money(self, value: Decimal, places: int = 2) -> list[tuple[str, bool]]:
        """An amount in pieces: a text, and whether it is the sign of the currency."""
        text, gap = self.figure(value, places), "" if self.glued else " "
        if self.place == "before":
            minus = "-" if value < 0 else ""
            return [(f"{minus}{self.sign}", True), (f"{gap}{text.lstrip('-')}", False)]
        if self.place == "behind":
            return [(f"{text}{gap}", False), (self.sign, True)]
        return [(text, False)]

    def date(self, day: date) -> str:
        """A date."""
        return format_date(day, self.day, locale=self.language)


def _grouped(digits: str, style: str) -> str:
    if style == "12,34,567.89":
        head, last = digits[:-3], digits[-3:]
        pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
        return ",".join([*reversed(pairs), last])
    mark = style[1] if not style[1].isdigit() else ""
    threes = [digits[max(0, end - 3) : end] for end in range(len(digits), 0, -3)]
    return mark.join(reversed(threes))


def plain(value: Decimal) -> str:
    """As it is labelled: digits with a dot."""
    return f"{value:f}"
