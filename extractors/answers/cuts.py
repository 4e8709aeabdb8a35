"""Texts cut by the edge of a window, and where two windows meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from docglean.extractors.answers.similarity import is_text
from docglean.extractors.requests.prompts import CUT
from docglean.schemas.fields import Field
from docglean.schemas.wire.dialects import Row

SHARED_WORDS = 3
"""Words that the end of a text and the beginning of another share when they are one text."""
NEARLY = 85.0
"""rapidfuzz score from which a text is found in another, misread letters apart."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two windows meet: the pages of each, those that both saw, and whether none is
    missing between them."""

    earlier: tuple[int, ...]
    later: tuple[int, ...]
    shared: frozenset[int]
    close: bool


def seam_of(earlier: tuple[int, ...], later: tuple[int, ...]) -> Seam:
    shared = frozenset(earlier) & frozenset(later)
    close = bool(shared) or bool(earlier and later and later[0] == earlier[-1] + 1)
    return Seam(earlier, later, shared, close)


def glued(first: str, second: str, seam: Seam) -> str | None:
    """Two readings as one text where they are parts of one, else None."""
    goes_on, begun = first.endswith(CUT), second.startswith(CUT)
    a, b = first.removesuffix(CUT).rstrip(), second.removeprefix(CUT).lstrip()
    if seam.shared or not (goes_on and begun):
        least = 1 if seam.shared and (goes_on or begun) else SHARED_WORDS
        whole = one_text(unmarked(a), unmarked(b), least=least)
    else:
        whole = None
    if whole is None:
        return f"{a} {b}" if goes_on and begun and seam.close else None
    return (f"{CUT} " if a.startswith(CUT) else "") + whole + (f" {CUT}" if b.endswith(CUT) else "")


def unmarked(text: str) -> str:
    return text.removeprefix(CUT).removesuffix(CUT).strip()


def uncut(field: Field, data: Any) -> Any:
    """`data` (with or without `Row`s) without the marks of cut texts: nothing follows any more."""
    if isinstance(data, Row):
        return replace(data, value=uncut(field, data.value))
    if isinstance(data, dict):
        return {
            child.name: uncut(child, data[child.name])
            for child in field.children
            if child.name in data
        }
    if isinstance(data, list):
        return [uncut(field.item, entry) for entry in data]
    if isinstance(data, str) and CUT in data and is_text(field):
        return unmarked(data) or None
    return data


def one_text(first: str, second: str, *, least: int = SHARED_WORDS) -> str | None:
    """Two readings of parts of one text, the second of which does not begin earlier, as one.

    None where they have too little in common to be parts of the same.

    Args:
        least: words that they must share.
    """
    a, b = first.split(), second.split()
    size = next((n for n in range(min(len(a), len(b)), 0, -1) if a[-n:] == b[:n]), 0)
    if b[: len(a)] == a and len(a) >= least:
        return second
    if size >= least:
        return f"{first} {' '.join(b[size:])}".rstrip()
    from rapidfuzz.fuzz import partial_ratio

    if least <= len(b) <= len(a) and partial_ratio(first, second) >= NEARLY:
        return first
    return None
