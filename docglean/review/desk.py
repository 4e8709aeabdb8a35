"""Where what people say is taken down: checked, written to the log, and only then told as taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews import (
    Reviewed,
    ReviewEvent,
    ReviewLog,
    fingerprint,
    replay,
)
from docglean.extractors.reviews.people import events_of, standing
from docglean.review.clashes import clashing, unsettled
from docglean.review.docket import DocketEntry
from docglean.review.faults import Changed, DiskFull, ReviewFault
from docglean.review.page_events import bad_event, read_events
from docglean.schemas.errors import ConfigError
from docglean.schemas.pointers import value_at

MOST_EVENTS = 5_000
"""Events taken at once: a list pasted from a spreadsheet is one each row."""

_HAVE_OLD = frozenset({"set", "absent", "unlook", "remove", "move"})


class Desk:
    """Takes events. Every method may be called in any thread; two servers may share a folder.

    Args:
        blind: reviewers do not see what others have said.
    """

    def __init__(self, *, blind: bool = False) -> None:
        self.blind = blind

    def seen_by(self, person: str, events: Sequence[ReviewEvent]) -> list[ReviewEvent]:
        """Of a document's events those that a person sees."""
        return events_of(events, person) if self.blind else standing(events)

    def reviewed(self, entry: DocketEntry, person: str) -> Reviewed:
        """A document as it stands for a person."""
        events = entry.log.events(entry.result.document.uri)
        return replay(entry.result, self.seen_by(person, events), entry.known.schema)

    def standing(self, entry: DocketEntry) -> Extraction[Any]:
        """A document as it stands, whoever asks: where reviewers do not see each other, what the
        first of them has made of it."""
        events = entry.log.events(entry.result.document.uri)
        return replay(entry.result, events, entry.known.schema).extraction

    def take(
        self, entry: DocketEntry, person: str, revision: int, told: Sequence[dict[str, Any]]
    ) -> Reviewed:
        """Write events down, all or none; what was written under its id is not again.

        Args:
            revision: of the document as the person saw it.
            told: events as the page sends them.

        Returns:
            The document after them. They are on the disk by then.

        Raises:
            Changed: they touch what was changed since `revision`, or the engine has read the
                document anew.
            ReviewFault: ``bad_event``, one can't be taken.
            DiskFull: there is no room.
            ConfigError: ``bad_reviews``.
        """
        if len(told) > MOST_EVENTS:
            raise bad_event(f"{len(told):,} events are more than are taken at once")
        document = entry.result.document.uri
        with entry.log.writing() as log:
            known = list(log.events(document))
            said = [
                one.model_copy(update={"blind": self.blind})
                for one in read_events(told, entry, person)
            ]
            mine = {one.id for one in known}
            fresh = [one for one in said if one.id not in mine]
            if any(one.id in log for one in fresh):
                raise bad_event("its id is that of an event of another document")
            if fresh:
                # What comes again was taken, and the answer to it was lost: no news to the sender.
                sent = {one.id for one in said}
                others = [one for one in self.seen_by(person, known) if one.id not in sent]
                since = [one for one in others if one.revision > revision]
                _check(entry, fresh, since, known)
                _check_undo(fresh, self.seen_by(person, known))
                self._write(entry, person, fresh, log)
            return replay(
                entry.result, self.seen_by(person, log.events(document)), entry.known.schema
            )

    def _write(
        self, entry: DocketEntry, person: str, fresh: Sequence[ReviewEvent], log: ReviewLog
    ) -> None:
        """Add the events, before them what the engine has read where nobody said that yet."""
        known = log.events(entry.result.document.uri)
        seen = self.seen_by(person, known)
        starts = [one.result for one in seen if one.action == "start"]
        begin = [] if starts[-1:] == [fresh[0].result] else [_start(entry, fresh[0])]
        number = max((one.revision for one in known), default=0)
        # That a person came changes nothing, and has no number of its own.
        numbered = [one.model_copy(update={"revision": number}) for one in begin]
        numbered += [
            one.model_copy(update={"revision": number + place})
            for place, one in enumerate(fresh, 1)
        ]
        ready = _with_old(entry, seen, numbered)
        try:
            log.append(ready)
        except ConfigError as error:
            if error.code == "reviews_full":
                raise DiskFull(error.code, error.message, error.way_out) from error
            raise


def _check(
    entry: DocketEntry,
    fresh: Sequence[ReviewEvent],
    since: Sequence[ReviewEvent],
    known: Sequence[ReviewEvent],
) -> None:
    """Refuse what was said of another state of the document.

    Raises:
        Changed: see `Desk.take`.
        ReviewFault: something is to be taken back that was not said.
    """
    result = fingerprint(entry.result)
    if any(one.result != result for one in fresh):
        raise Changed(f"A new reading by {entry.result.engine}", ())
    names = {name for one in (*known, *fresh) for name in (one.id, one.group)} - {""}
    if any(one.action == "undo" and one.undoes not in names for one in fresh):
        raise bad_event("what it takes back was not said")
    theirs = clashing(fresh, since, [*known, *fresh])
    if theirs:
        raise Changed(theirs[-1].by, tuple(dict.fromkeys(one.path for one in theirs)))


def _check_undo(fresh: Sequence[ReviewEvent], seen: Sequence[ReviewEvent]) -> None:
    """Raises:
    ReviewFault: ``said_since``, something was said since of what it would change.
    """
    later = unsettled(fresh, seen)
    if later:
        raise ReviewFault(
            "said_since",
            f"This cannot be taken back: {later[-1].by} has said something since of what it would "
            "change.",
            "Put the value, or the entries of the list, right instead.",
        )


def _start(entry: DocketEntry, first: ReviewEvent) -> ReviewEvent:
    result = entry.result
    return ReviewEvent(
        by=first.by,
        blind=first.blind,
        document=result.document.uri,
        sha256=result.document.sha256,
        result=fingerprint(result),
        action="start",
        new=result.values or {},
    )


def _with_old(
    entry: DocketEntry, seen: Sequence[ReviewEvent], events: Sequence[ReviewEvent]
) -> list[ReviewEvent]:
    """The events with what was there before each.

    Raises:
        ReviewFault: one does not fit what is there.
    """
    ready: list[ReviewEvent] = []
    values, moved = None, True
    for event in events:
        if event.action in _HAVE_OLD:
            if moved:
                values = replay(entry.result, [*seen, *ready]).extraction.values
                moved = False
            event = event.model_copy(update={"old": _old(event, values)})
        moved = moved or event.action not in ("confirm", "start", "note", "done")
        ready.append(event)
    skipped = set(replay(entry.result, [*seen, *ready]).skipped)
    lost = next((one for one in ready if one.id in skipped), None)
    if lost is not None:
        raise bad_event(f"{lost.action} does not fit what is at {lost.path or 'the document'}")
    return ready


def _old(event: ReviewEvent, values: Any) -> Any:
    if event.action in ("remove", "move"):
        return value_at(values, f"{event.path}/{event.index}")
    return value_at(values, event.path)
