"""Kinds of choice: one of a few values, a currency, a checkbox."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from docglean.schemas.kinds.base import UNSIGNED_SCORE, Kind, Shown
from docglean.schemas.labels import words_of
from docglean.schemas.reading.currencies import ISO_CODES, currency_words, signs
from docglean.schemas.reading.currency_context import shared_by
from docglean.schemas.reading.date_words import cldr
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import fold, plain


@dataclass(frozen=True, slots=True, init=False)
class Choice(Kind):
    """One of a few values, each with the words that a page may print for it.

    ``Choice(("paid", "open"), words={"paid": ("bezahlt", "payé")})``; without `values` they are
    the keys of `words`.
    """

    values: tuple[Any, ...]
    words: tuple[tuple[Any, tuple[str, ...]], ...]

    def __init__(
        self,
        values: Sequence[Any] = (),
        words: Mapping[Any, Sequence[str]] | None = None,
        *,
        on_page: bool = True,
    ) -> None:
        object.__setattr__(self, "on_page", on_page)
        given = {value: tuple(printed) for value, printed in (words or {}).items()}
        object.__setattr__(self, "values", tuple(dict.fromkeys((*values, *given))))
        object.__setattr__(self, "words", tuple(given.items()))

    def among(self, values: Sequence[Any]) -> Choice:
        """The same words for exactly these values: those of the field's own type."""
        words = {value: said for value, said in self.words if value in values}
        return Choice(values, words, on_page=self.on_page)

    def printed(self) -> dict[str, Any]:
        """Values by every folded word for them."""
        return _by_word(self.values, self.words)

    def noun(self) -> str:
        """As in `Kind`."""
        listed = ", ".join(str(value) for value in self.values[:12])
        return f"one of {listed}" + (", ..." if len(self.values) > 12 else "")

    def parse(self, text: str, style: Style = Style()) -> Any:
        """The value that `text` is or is a word for."""
        return self.printed().get(fold(text))

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`. A value of the choice is never taken for "no value"."""
        value = getattr(value, "value", value)
        for known in self.values:
            if known == value and type(known) is type(value):
                return known
        if isinstance(value, str):
            found = self.parse(value, style)
            if found is not None:
                return found
        return super(Choice, self).coerce(
            str(value) if isinstance(value, int | float) else value, style
        )

    def key(self, value: Any) -> Any:
        """As in `Kind`."""
        found = self.parse(str(value))
        return fold(str(value)) if found is None else found

    def similarity(self, left: Any, right: Any) -> float:
        """1.0 or 0.0: a wrong choice is not half right."""
        return float(self.same(left, right))

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """The words for the value, then the value."""
        said = dict(self.words).get(value, ())
        return () if value is None else tuple(dict.fromkeys((str(value), *said)))


@lru_cache(maxsize=1024)
def _by_word(
    values: tuple[Any, ...], words: tuple[tuple[Any, tuple[str, ...]], ...]
) -> dict[str, Any]:
    found = {fold(str(value)): value for value in values}
    for value in values:
        found.setdefault(fold(str(value).replace("_", " ")), value)
    for value, said in words:
        for word in said:
            found.setdefault(fold(word), value)
    return found


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Currency(Choice):
    """A currency as its ISO 4217 code; pages print signs and names in many languages.

    A sign that several currencies share (``$``, ``kr``) is read as the one that the document
    tells (`Style.currencies`), else as the commonest of them.
    """

    def __init__(self) -> None:
        super(Currency, self).__init__(sorted(ISO_CODES))

    def __repr__(self) -> str:
        return "Currency()"

    def noun(self) -> str:
        """As in `Kind`."""
        return "a currency (ISO 4217)"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The code that `text` is, or is a sign or name of.

        A sign of one or two letters (``R``, ``kr``, ``S/``) is one as it is printed only: "S" is
        a size or a tax rate, "ft" is feet.
        """
        code, folded = _codes().get(fold(text)), fold(text)
        if code and folded.isalpha() and len(folded) <= SHORT:
            code = code if plain(text).rstrip(":,;") in _short_signs() else None
        shared = shared_by(plain(text)) if code and style.currencies else frozenset[str]()
        return next((told for told in style.currencies if told in shared), code)

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`; three capital letters are taken for a code that is no longer in use."""
        found = self.parse(value, style) if isinstance(value, str) else None
        if found is None and isinstance(value, str) and _OLD_CODE.fullmatch(value.strip()):
            return value.strip()
        return found or super(Currency, self).coerce(value, style)

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """As in `Kind`; a sign that it shares with others shows it, too."""
        found = super(Currency, self).shown(value, text, style)
        if found is None and str(value) in shared_by(plain(text)):
            return "normalised", UNSIGNED_SCORE
        return found

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """The code, then signs and names; last the signs that it shares with others."""
        if value is None:
            return ()
        shared = (sign for sign in cldr()["shared_signs"] if value in shared_by(sign))
        words = (str(value), *currency_words().get(str(value), ()), *shared)
        return tuple(dict.fromkeys(words))


_OLD_CODE = re.compile(r"[A-Z]{3}")


SHORT = 2
"""Letters of a currency's sign up to which it may be another word."""


@cache
def _short_signs() -> frozenset[str]:
    """Signs of few letters as they are printed: an abbreviation may end in a point."""
    short = {sign for said in signs().values() for sign in said if len(fold(sign)) <= SHORT}
    whole = {sign for sign in short if sign.isalpha() and len(sign) == SHORT}
    return frozenset(short | {f"{sign}." for sign in whole} | {sign.upper() for sign in whole})


@cache
def _codes() -> dict[str, str]:
    words = currency_words()
    codes = {fold(code): code for code in words}
    for code, said in words.items():
        for word in said:
            codes.setdefault(fold(word), code)
    return codes


TICKED = ("☒", "☑", "✓", "✔", "✗", "✘", "x", "X", "[x]", "[X]", "(x)", "(X)", "◉", "●", "⦿", "■")
UNTICKED = ("☐", "□", "▢", "[ ]", "[]", "( )", "()", "○", "◯", "❏", "❑")


@cache
def _yes() -> tuple[str, ...]:
    return (*words_of("answers.yes"), *words_of("answers.ticked"))


@cache
def _no() -> tuple[str, ...]:
    return (*words_of("answers.no"), *words_of("answers.unticked"))


@dataclass(frozen=True, slots=True)
class Check(Kind):
    """A checkbox or a yes/no: true where it is marked or says yes, in several languages."""

    def noun(self) -> str:
        """As in `Kind`."""
        return "a yes or no"

    def parse(self, text: str, style: Style = Style()) -> bool | None:
        """Whether the mark or word says yes; None where it is neither."""
        text = " ".join(text.split())
        bare = plain(text).casefold().strip(" .:;")
        if text in TICKED or bare in _yes():
            return True
        if text in UNTICKED or bare in _no():
            return False
        return None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`."""
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float) and value in (0, 1):
            return bool(value)
        return super(Check, self).coerce(value, style)

    def similarity(self, left: Any, right: Any) -> float:
        """1.0 or 0.0."""
        return float(self.same(left, right))

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """Marks, then words."""
        if value is None:
            return ()
        return (*TICKED, *_yes()) if self.key(value) is True else (*UNTICKED, *_no())
