"""Which languages OCR can read, by the characters that its recogniser has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError
from docglean.extractors.documents.ocr import recognised_characters
from docglean.schemas.labels import vocabulary
from docglean.schemas.reading.date_words import cldr

WHOLE = 0.99
"""Share of a language's letters, as often as they are written, from which it is read."""
HARDLY = 0.8
"""The same below which it is not read at all."""


@dataclass(frozen=True)
class Readable:
    """Languages by name: those that OCR reads, those some of whose letters it takes for others,
    and those that it does not read."""

    whole: tuple[str, ...]
    partly: tuple[str, ...]
    never: tuple[str, ...]


@cache
def readable_languages() -> Readable:
    """The languages of `docglean.schemas.labels`, and the likeliest one of each other script."""
    codes = [one.code for one in vocabulary().languages] + [*cldr()["scripts"].values()]
    shares = {
        name: share
        for code in dict.fromkeys(codes)
        if (share := share_of_letters(code)) is not None and (name := _name(code))
    }
    return Readable(
        tuple(sorted(name for name, share in shares.items() if share >= WHOLE)),
        tuple(sorted(name for name, share in shares.items() if HARDLY <= share < WHOLE)),
        tuple(sorted(name for name, share in shares.items() if share < HARDLY)),
    )


def share_of_letters(code: str) -> float | None:
    """How much of what is written in a language the recogniser has letters for, 0 to 1.

    By the names of countries and months in it (CLDR); None where CLDR does not have them.
    """
    try:
        locale = Locale.parse(code)
        names = [*locale.territories.values(), *locale.months["format"]["wide"].values()]
    except (UnknownLocaleError, ValueError, KeyError):
        return None
    letters = [char for name in names for char in name if char.isalpha()]
    known = recognised_characters()
    return sum(char in known for char in letters) / len(letters) if letters else None


def _name(code: str) -> str | None:
    return Locale.parse("en").languages.get(code)
