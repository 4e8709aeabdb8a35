"""Events as the review page sends them: checked, and completed with what the server knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from docglean.evaluation.labels import field_at
from docglean.extractors.reviews import ReviewEvent
from docglean.review.docket import DocketEntry
from docglean.review.editing import fault_of
from docglean.review.faults import ReviewFault
from docglean.schemas.errors import shown
from docglean.schemas.fields import Field

LONGEST_LOOK = 3600.0
"""Seconds of one look that are written down."""

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_OURS = ("version", "at", "by", "document", "sha256", "revision", "old", "blind")
"""What the server knows better than the page."""
_OF_ENTRIES = frozenset({"add", "remove", "move"})
_OF_VALUES = frozenset({"confirm", "set", "absent", "unlook"})


def read_events(
    told: Sequence[dict[str, Any]], entry: DocketEntry, person: str
) -> Iterator[ReviewEvent]:
    """Events of what the page says; who, when and of what is what we know.

    Raises:
        ReviewFault: one can't be taken.
    """
    document = entry.result.document
    for one in told:
        if not _ID.fullmatch(str(one.get("id", ""))):
            raise bad_event("it has no id")
        if one.get("action") == "start":
            raise bad_event("start is written by the server")
        mine = {key: value for key, value in one.items() if key not in _OURS}
        try:
            event = ReviewEvent.model_validate(
                {**mine, "by": person, "document": document.uri, "sha256": document.sha256}
            )
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise bad_event(f"{where}: {first['msg']}".lstrip(": ")) from error
        yield _checked(event, entry.known.root)


def _checked(event: ReviewEvent, root: Field) -> ReviewEvent:
    """The event as it is kept, where the schema can hold what it says.

    Raises:
        ReviewFault: it cannot.
    """
    seconds = min(event.seconds, LONGEST_LOOK)
    event = event.model_copy(update={"seconds": seconds})
    if event.action not in _OF_ENTRIES | _OF_VALUES:
        return event
    field = root if not event.path else field_at(root, event.path)
    if field is None:
        raise bad_event(f"the schema has no {event.path}")
    if event.action in _OF_ENTRIES:
        if field.shape != "list":
            raise bad_event(f"{event.path} is no list")
        field = field.item
    if event.action == "absent":
        return event.model_copy(update={"new": [] if field.shape == "list" else None})
    if event.action not in ("set", "add"):
        return event.model_copy(update={"new": None})
    return event.model_copy(update={"new": _held(field, event.new, event.path)})


def _held(field: Field, value: Any, pointer: str) -> Any:
    """A new value with all fields of its own.

    Raises:
        ReviewFault: the field can't hold it.
    """
    if field.shape == "object":
        if value is not None and not isinstance(value, dict):
            raise bad_event(f"{pointer} holds an object, not {shown(value)}")
        inner = value or {}
        unknown = inner.keys() - {child.name for child in field.children}
        if unknown:
            raise bad_event(f"{pointer} has no {min(unknown)}")
        return {
            child.name: _held(child, inner.get(child.name), f"{pointer}/{child.name}")
            for child in field.children
        }
    if field.shape == "list":
        if value is not None and not isinstance(value, list):
            raise bad_event(f"{pointer} holds a list, not {shown(value)}")
        return [_held(field.item, one, f"{pointer}/{n}") for n, one in enumerate(value or [])]
    value = value.replace("\0", "") if isinstance(value, str) else value
    wrong = fault_of(field, value)
    if wrong:
        raise ReviewFault("bad_event", f"{pointer}: {wrong}", "Write it as the field wants it.")
    return value


def bad_event(why: str) -> ReviewFault:
    """The refusal of an event."""
    return ReviewFault("bad_event", f"This cannot be taken: {why}.", "Load the page anew.")
