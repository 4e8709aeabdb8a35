"""The kind of a country."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from docglean.schemas.kinds.choices import Choice
from docglean.schemas.reading.countries import country_names
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import fold, plain


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Country(Choice):
    """A country as its two-letter ISO 3166 code; pages print its name in many languages.

    Two letters are a code only where they are printed as capitals: "in" and "no" are words.
    """

    def __init__(self) -> None:
        super(Country, self).__init__(sorted(country_names()))

    def __repr__(self) -> str:
        return "Country()"

    def noun(self) -> str:
        """As in `Kind`."""
        return "a country (ISO 3166)"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The code that `text` is, or is a name of."""
        bare = plain(text).strip(" .,;:")
        if _CODE.fullmatch(bare):
            return bare if bare in country_names() else None
        return _codes().get(fold(text))

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """Names, then the code."""
        return () if value is None else (*country_names().get(str(value), ()), str(value))


_CODE = re.compile(r"[A-Z]{2}")


@cache
def _codes() -> dict[str, str]:
    codes = {"usa": "US", "uk": "GB", "u s a": "US", "great britain": "GB"}
    for code, said in country_names().items():
        for name in said:
            codes.setdefault(fold(name), code)
    return codes
