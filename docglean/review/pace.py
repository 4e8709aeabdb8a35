"""How long a person takes over a value."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from docglean.extractors.reviews import ReviewEvent

IDLE = 90.0
"""Seconds that a look takes at the most: more is a cup of coffee."""
LATEST = 200
"""Looks that the pace is taken of: people get faster."""
LEAST = 5
"""Looks from which a pace is told."""
_LOOKS = frozenset({"confirm", "set", "absent", "add", "remove", "move"})


def seconds_a_value(events: Iterable[ReviewEvent]) -> float | None:
    """Seconds of the usual look of whom the events are; None where there are too few.

    What was done together counts as one look.
    """
    looks: dict[str, tuple[float, float]] = {}
    for event in events:
        if event.action in _LOOKS and event.seconds > 0:
            key = event.group or event.id
            before = looks.get(key, (0.0, 0.0))[1]
            looks[key] = event.at.timestamp(), before + event.seconds
    latest = sorted(looks.values())[-LATEST:]
    if len(latest) < LEAST:
        return None
    return round(median(min(seconds, IDLE) for _, seconds in latest), 1)
