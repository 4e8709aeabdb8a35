"""Kinds of words: free text, names, and codes that name something."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docglean.schemas.kinds.base import ABSENT, Kind, Shown, quoted
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import code_fold, confused_fold, fold, likeness, plain


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """Free text: compared without case, punctuation and runs of blanks; found by its best span.

    Attributes:
        close: likeness from which another text shows this one, for what OCR garbles.
    """

    close: float = 0.85

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The text with single blanks, None where there is none."""
        return " ".join(text.split()) or None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`; numbers are written out, lines of a long text are kept."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise ValueError(f"{quoted(value)} is not {self.noun()}")
        text = str(value).strip()
        return None if self.absent(text) else text

    def absent(self, text: str) -> bool:
        """Only nothing and ``null``: a form may well say "none" or "N/A"."""
        return text.strip() in ("", "null")

    def key(self, value: Any) -> str:
        """As in `Kind`."""
        return fold(str(value))

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """As in `Kind`."""
        if value is None:
            return None
        if plain(text) == plain(str(value)):
            return "exact", 1.0
        wanted, found = self.key(value), self.key(text)
        if wanted == found:
            return "normalised", 1.0
        if not found or min(len(wanted), len(found)) < self.close * max(len(wanted), len(found)):
            return None
        # Words that were run together or torn apart, then letters misread.
        alike = max(likeness(wanted, found), _glued(wanted, found))
        return ("fuzzy", alike) if alike >= self.close else None


def _glued(left: str, right: str) -> float:
    return 0.95 if left.replace(" ", "") == right.replace(" ", "") else 0.0


@dataclass(frozen=True, slots=True)
class Name(Text):
    """The name of a person, firm or place; "Smith, John" is much like "John Smith"."""

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The text with single blanks, without punctuation at its ends."""
        return " ".join(text.split()).strip(" ,;:") or None

    def absent(self, text: str) -> bool:
        """As in `Kind`: a name is no "N/A"."""
        return plain(text).casefold() in ABSENT

    def similarity(self, left: Any, right: Any) -> float:
        """As in `Kind`, and the order of the words counts little."""
        alike = super(Name, self).similarity(left, right)
        if alike == 1.0 or left is None or right is None:
            return alike
        words = [" ".join(sorted(self.key(side).split())) for side in (left, right)]
        return max(alike, 0.95 * likeness(words[0], words[1]))


@dataclass(frozen=True, slots=True)
class Cell(Text):
    """The text of a table's cell: an empty one is a value, the empty text."""

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Text`; nothing is the empty text."""
        return super(Cell, self).coerce(value, style) or ""

    def shown(self, value: Any, text: str, style: Style = Style()) -> Shown | None:
        """As in `Text`; no text shows that a cell is empty."""
        return super(Cell, self).shown(value, text, style) if value else None

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As in `Kind`; none for an empty cell."""
        return (str(value),) if value else ()


@dataclass(frozen=True, slots=True)
class Code(Kind):
    """A number or code that names something: invoice number, IBAN, order, article.

    Blanks, case, dashes and other punctuation do not count; a single wrong sign makes another
    code, so only signs that OCR confuses are forgiven in finding it.
    """

    def parse(self, text: str, style: Style = Style()) -> str | None:
        """The text with single blanks, without punctuation at its ends; None without a letter
        or digit."""
        text = " ".join(text.split()).strip(" ,;:#")
        return text.rstrip(".") if code_fold(text) else None

    def coerce(self, value: Any, style: Style = Style()) -> Any:
        """As in `Kind`; kept as it was replied, and a whole number is taken for its digits."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and not self.absent(value) and code_fold(value):
            return value.strip()
        return super(Code, self).coerce(value, style)

    def key(self, value: Any) -> str:
        """As in `Kind`."""
        return code_fold(str(value)) or plain(str(value))

    def similarity(self, left: Any, right: Any) -> float:
        """As in `Kind`, by letters and digits alone."""
        if self.same(left, right):
            return 1.0
        if left is None or right is None:
            return 0.0
        return min(0.99, likeness(self.key(left), self.key(right)))

    def confused(self, value: Any, text: str, style: Style = Style()) -> bool:
        """As in `Kind`, by letters and digits alone."""
        folded = confused_fold(code_fold(text))
        return len(folded) > 1 and folded == confused_fold(code_fold(str(value)))

    def shapes(self, value: Any, style: Style = Style()) -> tuple[str, ...]:
        """As given, without blanks and dashes, and in groups of four as an IBAN is printed."""
        if value is None:
            return ()
        bare = code_fold(str(value))
        grouped = " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))
        return tuple(dict.fromkeys(shape for shape in (str(value), bare, grouped) if shape))
