"""Times within a recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docglean.schemas.kinds.base import Kind
from docglean.schemas.reading.style import Style

LONGEST = 1_000_000
"""Seconds that are taken for a place in a recording: eleven days."""
FAR = 10.0
"""Seconds between two places that have nothing to do with each other."""

_WRITTEN = re.compile(r"\[?\s*(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d+)?)\s*\]?")
_SECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:s|sec|seconds)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offset(Kind):
    """A place in a recording by the time since it began, ``h:mm:ss`` in whole seconds."""

    def noun(self) -> str:
        """As in `Kind`."""
        return "a time since the beginning, as 0:01:05"

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """``0:01:05`` of ``1:05``, ``[0:01:05]``, ``65`` or ``65 s``."""
        text = text.strip()
        if written := _WRITTEN.fullmatch(text):
            hours, minutes, seconds = written.groups(default="0")
            return _written(3600 * int(hours) + 60 * int(minutes) + _number(seconds))
        told = _SECONDS.fullmatch(text)
        return _written(_number(told[1])) if told else None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`; a number is seconds."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        return super(Offset, self).coerce(value, style)

    def similarity(self, left: Any, right: Any) -> float:
        """As in `Kind`; less with each second between them."""
        if self.same(left, right):
            return 1.0
        first, second = (None if one is None else self.parse(str(one)) for one in (left, right))
        if first is None or second is None:
            return 0.0
        apart = abs(seconds_of(first) - seconds_of(second))
        return max(0.0, min(0.99, 1 - apart / FAR))


def seconds_of(offset: str) -> int:
    """Seconds of ``h:mm:ss``."""
    hours, minutes, seconds = map(int, offset.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _written(seconds: float) -> str | None:
    whole = int(seconds)
    if whole > LONGEST:
        return None
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
