"""A value that may be of one of several kinds: ``int | str``, as a rank that is 3 or "DNS"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docglean.schemas.kinds.base import Kind, Shown
from docglean.schemas.kinds.typed import typed
from docglean.schemas.kinds.words import Code, Text
from docglean.schemas.reading.style import Style

_LEADING_ZERO = re.compile(r"\s*[-+]?0\d")


@dataclass(frozen=True, slots=True)
class Either(Kind):
    """Of one of `options`, tried in order; the most particular first, plain text last."""

    options: tuple[tuple[Kind, Any], ...] = ()

    @classmethod
    def of(cls, options: tuple[tuple[Kind, Any], ...]) -> Either:
        """Kinds with the types that they come from, those that take any text last."""
        return cls(tuple(sorted(options, key=lambda option: isinstance(option[0], (Code, Text)))))

    def parse(self, text: str, style: Style = Style()) -> Any:
        """The first kind's reading of `text`; None where it is none of them."""
        for index, (kind, _) in enumerate(self.options):
            if kind.parse(text, style) is not None:
                try:
                    return self._leaf(index, text, style)
                except ValueError:
                    continue
        return None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As the first kind that takes it. What a number calls absent may be text ("NA").

        Raises:
            ValueError: none does.
        """
        absent = False
        for index in range(len(self.options)):
            try:
                leaf = self._leaf(index, value, style)
            except ValueError:
                continue
            if leaf is not None:
                return leaf
            absent = True
        if absent:
            return None
        raise ValueError(f"{value!r} is neither {self.noun()}")

    def noun(self) -> str:
        """As in `Kind`."""
        return " nor ".join(kind.noun() for kind, _ in self.options)

    def absent(self, text: str) -> bool:
        """As in `Kind`: only where all kinds agree."""
        return all(kind.absent(text) for kind, _ in self.options)

    def _leaf(self, index: int, value: Any, style: Style) -> Any:
        kind, annotation = self.options[index]
        is_last = index == len(self.options) - 1
        if not is_last and isinstance(value, str) and _LEADING_ZERO.match(value):
            raise ValueError("a number with leading zeros is a code")
        return typed(kind.coerce(value, style), annotation)

    def kind_of(self, value: Any) -> Kind:
        for kind, _ in self.options:
            try:
                if kind.coerce(value) is not None:
                    return kind
            except ValueError:
                continue
        return self.options[-1][0]

    def key(self, value: Any) -> Any:
        """By the kind that the value is of."""
        return self.kind_of(value).key(value)

    def similarity(self, left: Any, right: Any) -> float:
        """By the kind that both are of; 0 or 1 otherwise."""
        if left is not None and right is not None:
            kind = self.kind_of(left)
            if kind is self.kind_of(right):
                return kind.similarity(left, right)
        return float(self.same(left, right))

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """By the kind that the value is of."""
        return self.kind_of(value).shown(value, text, style)

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """By the kind that the value is of."""
        return self.kind_of(value).shapes(value, style)
