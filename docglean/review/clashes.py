"""Whether what somebody says of a document touches what was changed since he saw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from docglean.extractors.reviews import ReviewEvent
from docglean.extractors.reviews.replay import not_undone

_ROWS = frozenset({"add", "remove", "move"})
_WHOLE = frozenset({"set", "absent", "unlook"})
"""Change all that is below their place."""
_SILENT = frozenset({"start", "note"})


def clashing(
    said: Sequence[ReviewEvent], since: Sequence[ReviewEvent], known: Sequence[ReviewEvent]
) -> list[ReviewEvent]:
    """Of what was done `since`, what the new events touch; the latest last.

    Two who say that a value is right do not clash, and a list whose entries somebody says to be
    complete is not changed by that. Who signs a document off clashes with every change.

    Args:
        known: all events of the document, in which those that are taken back are looked up.
    """
    mine = list(_meant(said, known))
    return [
        other
        for other in since
        if any(_clash(one, theirs) for theirs in _meant([other], known) for one in mine)
    ]


def unsettled(said: Sequence[ReviewEvent], seen: Sequence[ReviewEvent]) -> list[ReviewEvent]:
    """What would be said of something else where the new events take back, or bring again, what
    was there before: of other entries of a list, as they have only numbers, or of another value
    than was said to be right.

    Args:
        seen: all events of the document that its values follow from.
    """
    if not any(one.action == "undo" for one in said):
        return []
    before = {one.id for one in not_undone(seen)}
    changed = before ^ {one.id for one in not_undone([*seen, *said])}
    found: list[ReviewEvent] = []
    lists: set[str] = set()
    values: dict[str, ReviewEvent] = {}
    for one in seen:
        if one.id in changed:
            lists |= {one.path} if _changes_entries(one) else set()
            values |= {one.path: one} if one.action in _WHOLE else {}
        elif one.id in before:
            if any(_is_at(one.path, listed) for listed in lists) or _confirms(one, values):
                found.append(one)
            if one.action in _WHOLE:
                values.pop(one.path, None)
    return found


def _changes_entries(event: ReviewEvent) -> bool:
    whole = event.action in _WHOLE and isinstance(event.old, list)
    return _is_rows(event) or whole or isinstance(event.new, list)


def _confirms(event: ReviewEvent, values: Mapping[str, ReviewEvent]) -> bool:
    return event.action == "confirm" and any(
        _is_at(event.path, path) or _covers(event, one) for path, one in values.items()
    )


def _is_at(pointer: str, listed: str) -> bool:
    return pointer == listed or pointer.startswith(f"{listed}/")


def _meant(events: Iterable[ReviewEvent], known: Sequence[ReviewEvent]) -> Iterator[ReviewEvent]:
    """The events, and in place of an undo what it takes back."""
    for event in events:
        if event.action != "undo":
            yield event
            continue
        for one in known:
            if event.undoes in (one.id, one.group):
                # It changes what the event had changed, and a confirmation is no change of it.
                yield one.model_copy(update={"action": "unlook"}) if not _is_rows(one) else one


def _clash(one: ReviewEvent, other: ReviewEvent) -> bool:
    actions = {one.action, other.action}
    if actions & _SILENT:
        return False
    if actions & {"done", "reopen"}:
        return not actions <= {"done", "reopen", "confirm"}
    if one.path == other.path:
        return actions != {"confirm"}
    return _covers(one, other) or _covers(other, one)


def _covers(outer: ReviewEvent, inner: ReviewEvent) -> bool:
    """Whether an event changes what is at another one's place, further down."""
    below = inner.path.startswith(f"{outer.path}/")
    if outer.action == "confirm":
        # Of an object it says that its values are right, of a list that its entries are all.
        return below and inner.action != "confirm" and not _is_entry(outer.path, inner.path)
    return below and (_is_rows(outer) or outer.action in _WHOLE)


def _is_entry(listed: str, pointer: str) -> bool:
    return pointer.removeprefix(f"{listed}/").partition("/")[0].isdigit()


def _is_rows(event: ReviewEvent) -> bool:
    return event.action in _ROWS
