"""Drawing lots: patterns filled, words of a country or language taken, all from one seed."""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

Lots = random.Random
One = TypeVar("One")


@cache
def data(name: str) -> dict[str, Any]:
    """What one file of words/ holds: countries, captions or goods."""
    text = (files("bench.generated.words") / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def lots_of(*parts: object) -> Lots:
    """A source of lots of its own, the same for the same parts."""
    return random.Random("/".join(map(str, parts)))


def chance(lots: Lots, share: float) -> bool:
    """True in a share of all draws."""
    return lots.random() < share


def weighted(lots: Lots, weights: Mapping[One, float]) -> One:
    """One of the keys, by weight."""
    return lots.choices(list(weights), weights=list(weights.values()))[0]


def signs(lots: Lots, pattern: str) -> str:
    """A pattern with a digit for each #, a digit but 0 for ^ and a capital letter for @."""
    made = {"#": string.digits, "^": string.digits[1:], "@": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    return "".join(lots.choice(made[one]) if one in made else one for one in pattern)


def filled(lots: Lots, pattern: str, words: Mapping[str, Any]) -> str:
    """A pattern with words drawn for what stands in braces, then signs."""
    parts = []
    for part in re.split(r"(\{\w+\})", pattern):
        if part.startswith("{"):
            given = words[part[1:-1]]
            parts.append(
                given if isinstance(given, str) else filled(lots, lots.choice(given), words)
            )
        else:
            parts.append(signs(lots, part))
    return "".join(parts)


def sample(lots: Lots, among: Sequence[One], count: int) -> list[One]:
    """Some of them, in a drawn order."""
    return lots.sample(list(among), min(count, len(among)))
