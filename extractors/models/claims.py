"""What vendors claim of their models in words: how fast one answers, which languages it reads."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

SpeedClass = Literal["fastest", "fast", "moderate", "slower"]
SPEED_CLASSES: tuple[SpeedClass, ...] = ("fastest", "fast", "moderate", "slower")


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a family of models; empty where nobody says anything.

    Attributes:
        speed: the vendor's class; None where it gives none.
        speed_source: where that is said.
        languages: ISO 639 codes that are named.
        unnamed: how many languages are claimed, where they are not named.
        languages_source: where that is said.
    """

    speed: SpeedClass | None = None
    speed_source: str = ""
    languages: frozenset[str] = frozenset()
    unnamed: str = ""
    languages_source: str = ""

    def reads(self, language: str) -> bool | None:
        """Whether a language is named, by its ISO 639 code; None where none is."""
        return language in self.languages if self.languages else None


def claim(model: str) -> Claim:
    """What is claimed of a model, by its name as the server calls it."""
    speed, languages = _first("speed", model), _first("languages", model)
    said = f" ({speed['says']})" if "says" in speed else ""
    return Claim(
        speed=cast("SpeedClass | None", speed.get("speed")),
        speed_source=f"{speed['source']}{said}" if speed else "",
        languages=frozenset(languages.get("languages", "").split()),
        unnamed=languages.get("unnamed", ""),
        languages_source=languages.get("source", ""),
    )


def _first(kind: str, model: str) -> dict[str, str]:
    found = (one for one in _claims()[kind] if re.search(one["pattern"], model.lower()))
    return next(found, {})


@cache
def _claims() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("claims.toml").read_text("utf-8"))
