"""Which pages of its documents a run reads."""

from __future__ import annotations

from docglean.schemas.errors import ConfigError


def absent_pages(wanted: str | None, count: int) -> tuple[int, ...]:
    """Numbers that were asked for one by one and are beyond the end; a range may go past it."""
    pieces = (wanted or "").split(",")
    named = {int(piece) for piece in pieces if piece.strip().isdecimal()}
    return tuple(sorted(number for number in named if number > count))


def select_pages(wanted: str | None, count: int) -> tuple[int, ...]:
    """Page numbers named by e.g. ``1-3,7`` or ``5-``, ascending; all when None.

    Pages beyond the end are left out, so that one selection serves a folder of documents.

    Raises:
        ConfigError: ``bad_pages``, the text is not of that form.
    """
    if wanted is None:
        return tuple(range(1, count + 1))
    numbers: set[int] = set()
    for piece in wanted.split(","):
        first, dash, last = (text.strip() for text in piece.partition("-"))
        try:
            low = int(first) if first else 1
            high = (int(last) if last else count) if dash else low
        except ValueError:
            low, high = 0, 0
        if low < 1 or (last and high < low) or not (first or last):
            raise ConfigError(
                "bad_pages",
                f"{wanted!r} does not name pages.",
                "Write numbers and ranges, such as 1-3,7 or 5-.",
            )
        numbers.update(range(low, min(high, count) + 1))
    return tuple(sorted(number for number in numbers if number <= count))
