"""Numbers and bullets before paragraphs of a Word file, which does not hold them as text."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from docglean.extractors.documents.drawing.word_styles import W, value_of

ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
         (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
MOST = 100_000


class Numbers:
    """Counts paragraphs as they come.

    Args:
        root: of the part of numberings; None where there is none.
    """

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        if root is None:
            return
        abstract = {node.get(W + "abstractNumId"): node for node in root.iter(W + "abstractNum")}
        for node in root.iter(W + "num"):
            found = abstract.get(value_of(node.find(W + "abstractNumId")))
            levels = () if found is None else found.iter(W + "lvl")
            self._levels[node.get(W + "numId") or ""] = {
                _whole(one.get(W + "ilvl")): one for one in levels
            }

    def before(self, properties: Any) -> str:
        """What stands before the next paragraph with this `w:numPr`; empty where nothing does."""
        if properties is None:
            return ""
        key = value_of(properties.find(W + "numId"))
        level = _whole(value_of(properties.find(W + "ilvl")))
        levels = self._levels.get(key, {})
        if level not in levels:
            return ""
        if value_of(levels[level].find(W + "numFmt")) == "bullet":
            return "•"
        counts = self._counts[key]
        start = _whole(value_of(levels[level].find(W + "start")) or "1")
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        text = value_of(levels[level].find(W + "lvlText"))
        return re.sub(r"%(\d)", lambda at: self._number(levels, counts, int(at[1]) - 1), text)

    def _number(self, levels: dict[int, Any], counts: dict[int, int], level: int) -> str:
        kind = value_of(levels[level].find(W + "numFmt")) if level in levels else ""
        return written(counts.get(level, 1), kind)


def written(number: int, kind: str) -> str:
    """A number as a numbering of this kind (ECMA-376, 17.18.59) writes it."""
    if kind in ("lowerLetter", "upperLetter") and number > 0:
        text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif kind in ("lowerRoman", "upperRoman") and 0 < number < MOST:
        text = ""
        for value, sign in ROMAN:
            text, number = text + sign * (number // value), number % value
    elif kind == "decimalZero":
        return f"{number:02}"
    else:
        return "" if kind == "none" else str(number)
    return text.upper() if kind.startswith("upper") else text


def _whole(told: str | None) -> int:
    return int(told) if told and told.lstrip("-").isdigit() else 0
