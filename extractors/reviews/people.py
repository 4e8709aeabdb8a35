"""Who said what, where several people looked at one document.

Whoever reviews with ``--blind`` sees nothing of what others have said, so his events are about the
engine's values and not about those of the others: put one after the other, both would remove the
same entry of a list, and two would be gone. So what the first one has made of a document stands,
and what others did blind is read on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.reviews.event import ReviewEvent


def people(events: Sequence[ReviewEvent]) -> tuple[str, ...]:
    """Who did something, in the order in which they came."""
    return tuple(dict.fromkeys(event.by for event in events))


def events_of(events: Sequence[ReviewEvent], name: str) -> list[ReviewEvent]:
    """What one person did."""
    return [event for event in events if event.by == name]


def standing(events: Sequence[ReviewEvent]) -> list[ReviewEvent]:
    """Those that one result follows from: without what others did blind after the first."""
    first = events[0].by if events else ""
    return [event for event in events if not event.blind or event.by == first]


def independent(events: Sequence[ReviewEvent]) -> tuple[str, ...]:
    """Who looked without having seen what anybody else had said: the first, and those who did all
    that they did blind."""
    first, *others = people(events) or ("",)
    blind = [name for name in others if all(one.blind for one in events_of(events, name))]
    return (first, *blind) if first else ()
