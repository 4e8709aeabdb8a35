"""A value that may be of one of several kinds: ``int | str``, as a rank that is 3 or "DNS"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from docglean.schemas.kinds import Kind, Style, Text

_LEADING_ZERO = re.compile(r"\s*[-+]?0\d")


@dataclass(frozen=True, slots=True)
class Either(Kind):
    """Of one of `options`, tried in order; the most particular first, plain text last."""

    options: tuple[tuple[Kind, Any], ...] = ()

    @classmethod
    def of(cls, options: tuple[tuple[Kind, Any], ...]) -> Either:
        """Kinds with the types that they come from, brought into order."""
        return cls(tuple(sorted(options, key=lambda option: isinstance(option[0], Text))))

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
        """As the first kind that takes it.

        Raises:
            ValueError: none does.
        """
        for index in range(len(self.options)):
            try:
                return self._leaf(index, value, style)
            except ValueError:
                continue
        raise ValueError(f"{value!r} is none of the kinds allowed")

    def _leaf(self, index: int, value: Any, style: Style) -> Any:
        from docglean.schemas.fields import Field
        from docglean.schemas.values import leaf_value

        kind, annotation = self.options[index]
        is_last = index == len(self.options) - 1
        if not is_last and isinstance(value, str) and _LEADING_ZERO.match(value):
            raise ValueError("a number with leading zeros is a code")
        field = Field("", "", "value", kind=kind, annotation=annotation)
        return leaf_value(field, value, style)

    def _kind_of(self, value: Any) -> Kind:
        for kind, _ in self.options:
            try:
                if kind.coerce(value) is not None:
                    return kind
            except ValueError:
                continue
        return self.options[-1][0]

    def same(self, left: Any, right: Any) -> bool:
        """By the kind that both are of; else as they are written."""
        kind = self._kind_of(left)
        if kind is self._kind_of(right):
            return kind.same(left, right)
        return str(left) == str(right)

    def similarity(self, left: Any, right: Any) -> float:
        """By the kind that both are of; 0 or 1 otherwise."""
        kind = self._kind_of(left)
        if kind is self._kind_of(right):
            return kind.similarity(left, right)
        return float(str(left) == str(right))

    def shown(
        self, value: Any, text: str, style: Style = Style()
    ) -> tuple[Literal["exact", "normalised", "fuzzy"], float] | None:
        """By the kind that the value is of."""
        return self._kind_of(value).shown(value, text, style)

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """By the kind that the value is of."""
        return self._kind_of(value).shapes(value, style)
