"""Which kind the values are that documents print in one place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from docglean.schemas.inline.guess import kind_by_name
from docglean.schemas.kinds import Check, Currency, Day, Money, Number
from docglean.schemas.reading.texts import code_fold

MOSTLY = 0.6
"""Share of the values that must be of a kind."""
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CENTS = re.compile(r"\d[.,]\d\d(?!\d)")
_CODE_WORDS = 4
LOOSE = frozenset({"text", "name", "code", "phone", "vat_id"})
"""Kinds that take nearly any text: a field's name tells them."""


def kind_of_text(text: str) -> str | None:
    """The name of the kind that a printed text has by itself; None for nothing."""
    text = text.strip(" :;")
    folded = code_fold(text)
    if not folded:
        return "yes/no" if Check().parse(text) is not None else None
    if _is_iban(folded):
        return "iban"
    if _EMAIL.fullmatch(text):
        return "email"
    if _URL.fullmatch(text):
        return "url"
    if Day().parse(text) is not None:
        return "date"
    return _figure(text, folded)


def _figure(text: str, folded: str) -> str:
    if not any(char.isdigit() for char in folded):
        return "currency" if Currency().parse(text) is not None and len(text) <= 3 else "text"
    if text.endswith("%") and Number().parse(text) is not None:
        return "percent"
    if _CENTS.search(text) and Money().parse(text) is not None:
        return "money"
    if Money().parse(text) is not None and Number().parse(text) is None:
        return "money"  # its currency is beside it
    if text.isdigit() and len(text) <= 4 and not text.startswith("0"):
        return "int"
    return "code" if len(text.split()) <= _CODE_WORDS and " " not in _letters(text) else "text"


def _letters(text: str) -> str:
    """Words without a digit, joined by blanks: of a code there is one at most."""
    return " ".join(word for word in text.split() if not any(map(str.isdigit, word)))


def _is_iban(folded: str) -> bool:
    from stdnum import iban

    return 15 <= len(folded) <= 34 and iban.is_valid(folded)


def kind_of_values(name: str, values: Sequence[str], *, within: bool) -> tuple[str, bool]:
    """The kind of a field, and whether that is sure: by its values, and its name where both agree.

    Args:
        within: it is a column of a list.
    """
    told = kind_by_name(name, within)
    seen = Counter(kind for kind in map(kind_of_text, values) if kind)
    if not seen:
        return told.name, False
    best, count = seen.most_common(1)[0]
    if told.name not in LOOSE or best in ("text", "code", "int"):
        fits = sum(told.kind.parse(value) is not None for value in values)
        if fits >= MOSTLY * len(values) and told.name != "text":
            return told.name, told.name in (best, "name", "code", "number", "money")
    if best == "int" and told.name == "text":
        return ("number", False) if within else ("code", False)
    return best, count >= MOSTLY * sum(seen.values())
