"""The base of all kinds: what a kind can do, and what most of them do alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import confused_fold, fold, likeness, plain

How = Literal["exact", "normalised", "fuzzy"]
Shown = tuple[How, float]

ABSENT = frozenset(
    "|null|none|nil|nan|n/a|na|n.a.|-|--|---|unknown|not available|not applicable|not found|"
    "not specified|not stated|not provided|missing|undefined".split("|")
)
"""Replies that say that a value is not there, where the value cannot be a word itself."""

CONFUSED_SCORE = 0.85
"""Score of a text that shows the value once what OCR confuses is made equal."""
UNSIGNED_SCORE = 0.9
"""Score of an amount without the sign, or a currency without the country, that its column or
document gives it."""
YEARLESS_SCORE = 0.75
"""Score of a date printed without its year."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Base of all kinds; a kind of your own overrides `parse` and what else differs.

    Attributes:
        on_page: pages print the value. False for what a reader concludes (a page's number, the
            kind of a chart, how many rows are headings): nobody looks for it on the page.
    """

    on_page: bool = field(default=True, kw_only=True)

    def parse(self, text: str, style: Style = Style()) -> Any:
        """Printed `text` as a JSON leaf, or None where it is not a value of this kind."""
        raise NotImplementedError

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """What a model replied as a JSON leaf; None where it says that there is no value.

        Raises:
            ValueError: it is something, but nothing of this kind.
        """
        if value is None:
            return None
        if isinstance(value, str):
            if self.absent(value):
                return None
            found = self.parse(value, style)
            if found is not None:
                return found
        raise ValueError(f"{quoted(value)} is not {self.noun()}")

    def absent(self, text: str) -> bool:
        """Whether a reply says that there is no value."""
        return plain(text).casefold() in ABSENT

    def noun(self) -> str:
        """What a value is, for messages: ``an amount``."""
        name = type(self).__name__.lower()
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

    def same(self, left: Any, right: Any) -> bool:
        """Whether two JSON leaves are the same value; None is the same as None only."""
        if left is None or right is None:
            return left is None and right is None
        return bool(self.key(left) == self.key(right))

    def key(self, value: Any) -> Any:
        """What `same` compares: equal for equal values, hashable."""
        found = self.parse(str(value))
        return str(value) if found is None else found

    def similarity(self, left: Any, right: Any) -> float:
        """0 to 1: 1.0 where the same, else how alike they are written, below 1.0."""
        if self.same(left, right):
            return 1.0
        if left is None or right is None:
            return 0.0
        return min(0.99, likeness(fold(str(left)), fold(str(right))))

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """Whether printed `text` shows `value`: how, and how well from 0 to 1. None: it does not.

        ``exact`` is the same characters, ``normalised`` the same value in another shape,
        ``fuzzy`` what differs as OCR or a slip would make it differ.
        """
        if value is None:
            return None
        text = plain(text)
        if text == plain(str(value)):
            return "exact", 1.0
        found = self.parse(text, style)
        if found is not None and self.same(value, found):
            return "normalised", 1.0
        return ("fuzzy", CONFUSED_SCORE) if self.confused(value, text, style) else None

    def confused(self, value: Any, text: str, style: Style = Style()) -> bool:
        """Whether `text` is a shape of `value` once what OCR confuses is made equal."""
        folded = confused_fold(text)
        return any(char.isdigit() for char in folded) and folded in _confused_shapes(
            self, value, style
        )

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """Printed forms that `value` may have, likeliest first, to search a page for."""
        return () if value is None else (str(value),)

    def whole_shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """Those of `shapes` that print all of the value."""
        return self.shapes(value, style)


@lru_cache(maxsize=16384)
def _confused_shapes(kind: Kind, value: Any, style: Style) -> frozenset[str]:
    return frozenset(confused_fold(shape) for shape in kind.whole_shapes(value, style))


def quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
