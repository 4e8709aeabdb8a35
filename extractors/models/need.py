"""What somebody needs an engine for, in words: ``vision, private, german, 5 s, $2/1000 pages``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cache
from typing import Literal, get_args

from docglean.schemas.errors import ConfigError

NeedTier = Literal["interactive", "balanced", "reasoning", "batch"]
"""As handbooks of the field divide models: answers while a person waits, everyday work, the hardest
documents, half price within a day."""
TIERS: tuple[NeedTier, ...] = get_args(NeedTier)

_SECONDS = re.compile(r"(?:<=?|under|within|up to)?\s*(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?)")
_DOLLARS = re.compile(
    r"(?:<=?|under|up to)?\s*(?:\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:\$|usd|dollars?))"
    r"(?:\s*(?:/|per|for|a)?\s*(?:1[,.']?000|1k|thousand)\s*pages)?"
)


@dataclass(frozen=True, slots=True)
class Need:
    """What an engine has to do.

    Attributes:
        vision: see page images.
        hearing: hear recordings.
        private: keep pages on this machine or on listed hosts.
        languages: ISO 639 codes of what it reads.
        max_seconds: that one call may take.
        max_price: US dollars for 1,000 pages.
        tier: what kind of work.
    """

    vision: bool = False
    hearing: bool = False
    private: bool = False
    languages: tuple[str, ...] = ()
    max_seconds: float | None = None
    max_price: Decimal | None = None
    tier: NeedTier | None = None

    @property
    def asks_more(self) -> bool:
        """Whether it tells what cannot be read off the list of engines."""
        return bool(self.languages or self.max_seconds is not None or self.tier)

    def also(self, other: Need) -> Need:
        """Both needs; what the other tells stands where both tell it."""
        told = {
            one.name: value
            for one in fields(other)
            if (value := getattr(other, one.name)) not in (None, False, ())
        }
        if self.languages and other.languages:
            told["languages"] = tuple(dict.fromkeys((*self.languages, *other.languages)))
        return replace(self, **told)


def read_need(text: str) -> Need:
    """The need that these words tell, divided by commas.

    Raises:
        ConfigError: ``bad_need``, with the words that are understood.
    """
    need = Need()
    for word in filter(None, (part.strip().lower() for part in re.split(r"[,;]", text))):
        more = _one(word)
        for name in ("max_seconds", "max_price", "tier"):
            if None not in (getattr(need, name), getattr(more, name)):
                raise ConfigError(
                    "bad_need",
                    f"{text!r} says two of one thing.",
                    f"Leave out {word!r}, or the other.",
                )
        need = need.also(more)
    return need


def language_code(name: str) -> str:
    """ISO 639 code of a language by its code, its English name or its own: ``de``, ``german``,
    ``deutsch``.

    Raises:
        ConfigError: ``bad_need``, CLDR has no such language.
    """
    code = _languages().get(name.strip().lower().replace("_", "-").split("-")[0])
    if code is None:
        raise _unknown(name)
    return code


def seconds_of(told: float) -> float:
    """Seconds that a call may take.

    Raises:
        ConfigError: ``bad_need``, they are not zero or more.
    """
    if not 0 <= told < float("inf"):
        raise ConfigError("bad_need", f"{told:g} is no number of seconds.", "Write 5.")
    return told


def _one(word: str) -> Need:
    if word == "vision":
        return Need(vision=True)
    if word == "hearing":
        return Need(hearing=True)
    if word == "private":
        return Need(private=True)
    if word in TIERS:
        return Need(tier=word)
    if found := _SECONDS.fullmatch(word):
        return Need(max_seconds=float(found[1]))
    if found := _DOLLARS.fullmatch(word):
        return Need(max_price=Decimal(found[1] or found[2]))
    return Need(languages=(language_code(word),))


def _unknown(word: str) -> ConfigError:
    return ConfigError(
        "bad_need",
        f"{word!r} is no need that docglean knows.",
        "Write, with commas: vision, hearing, private, a language (german or de), "
        f"{', '.join(TIERS)}, seconds of a call (5 s), a price ($2/1000 pages).",
    )


@cache
def _languages() -> Mapping[str, str]:
    """Code of each language by code, English name and own name, from CLDR."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    names = {
        name.lower(): code
        for code, name in Locale("en").languages.items()
        if re.fullmatch("[a-z]{2,3}", code)
    }
    own = {
        (Locale(code).get_language_name() or code).lower(): code
        for code in locale_identifiers()
        if re.fullmatch("[a-z]{2,3}", code)
    }
    codes = {code: code for code in {*names.values(), *own.values()}}
    # What the tables of vendors call no and tl, CLDR's names call nb and fil.
    return {**own, **names, **codes, "no": "nb", "norwegian": "nb", "filipino": "tl"}
