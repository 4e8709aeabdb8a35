"""The documents to review, the worst first: an index that is made while somebody works already."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from docglean.extractors.condition import Condition
from docglean.extractors.reviews import ReviewEvent
from docglean.review.docket import Docket, Listed
from docglean.review.faults import NotThere
from docglean.review.pace import seconds_a_value
from docglean.review.queue_rows import QueueRow, row_of, unreadable_row
from docglean.review.shared_log import SharedLog
from docglean.schemas.errors import ConfigError
from docglean.schemas.reading.texts import fold

logger = logging.getLogger("docglean")

Order = Literal["worst", "input", "name"]
AT_ONCE = 200
"""Documents of a stretch of the queue at the most."""
LOOK_AGAIN = 3.0
"""Seconds after which results and reviews of others are looked for again."""

_SORTED: Mapping[Order, Callable[[QueueRow], Any]] = {
    "worst": lambda row: row.worst,
    "input": lambda row: (row.run, row.place),
    "name": lambda row: (fold(row.name), row.place),
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of the queue is asked for; what is left empty does not count.

    Attributes:
        find: a part of the document's name.
        field: a pattern of pointers, such as ``/lines/*/total``, with a value to look at.
        only_open: without those in which there is nothing to look at.
    """

    schema: str = ""
    field: str = ""
    problem: str = ""
    status: str = ""
    find: str = ""
    order: Order = "worst"
    only_open: bool = True

    def takes(self, row: QueueRow) -> bool:
        """Whether a document is asked for."""
        return (
            (not self.only_open or row.is_open)
            and self.schema in ("", row.schema)
            and self.status in ("", row.status)
            and (not self.problem or self.problem in row.problems)
            and (not self.field or self.field in row.fields)
            and (not self.find or fold(self.find) in fold(row.name))
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review is, over all documents of the index.

    Attributes:
        seconds_per_value: that this person takes; None where too little is known.
        errors_found_share: of the wrong values that are to be expected, the share that is found by
            what was looked at so far; `errors_found_after` once the queue is empty, and
            `errors_left` how many are then not found yet. None where confidence is not calibrated:
            a rank says nothing of how many are wrong.
    """

    values_left: int
    documents_left: int
    values_looked: int
    seconds_per_value: float | None = None
    errors_found_share: float | None = None
    errors_found_after: float | None = None
    errors_left: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Of work, at this pace."""
        pace = self.seconds_per_value
        return None if pace is None else round(pace * self.values_left)


@dataclass(slots=True)
class _Known:
    """A document in the index, and what it was made of."""

    row: QueueRow
    stamp: tuple[int, ...]
    log: SharedLog | None = None
    events: int = 0


class ReviewQueue:
    """The index of a docket's documents. It is made, and kept up, by a thread of its own.

    Args:
        condition: what is to be looked at, where somebody told.
        person: whose events alone count, where reviewers shall not see each other; None: all.
    """

    def __init__(
        self, docket: Docket, condition: Condition | None = None, person: str | None = None
    ) -> None:
        self._docket = docket
        self._condition = condition
        self._person = person
        self._known: dict[str, _Known] = {}
        self._listed: Sequence[Listed] = ()
        self._turn = threading.Lock()
        self._asked = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; the queue can be asked at once.

        Raises:
            ConfigError: the docket's folder can't be read.
        """
        self._listed = self._docket.listed()
        self._thread = threading.Thread(target=self._keep_up, name="docglean-queue", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def documents(self) -> int:
        """How many there are."""
        return len(self._listed)

    @property
    def indexed(self) -> int:
        """How many of them are known."""
        return len(self._known)

    def rows(self) -> list[QueueRow]:
        """All documents that are known."""
        self._asked.set()
        with self._turn:
            return [one.row for one in self._known.values()]

    def wanted(self, wanted: QueueFilter) -> list[QueueRow]:
        """The documents that are asked for, in their order."""
        found = [row for row in self.rows() if wanted.takes(row)]
        return sorted(found, key=_SORTED[wanted.order])

    def neighbours(
        self, id: str, wanted: QueueFilter = QueueFilter()
    ) -> tuple[str | None, str | None]:
        """The documents before and after one in the queue. After the last one, and after one that
        has left the queue, comes the first."""
        ids = [row.id for row in self.wanted(wanted)]
        at = ids.index(id) if id in ids else -1
        others = [one for one in (*ids[at + 1 :], *ids) if one != id]
        return (ids[at - 1] if at > 0 else None), next(iter(others), None)

    def progress(self, person: str) -> Progress:
        """How far the review is, at the pace of one person."""
        return progress_of(self.rows(), (log.by(person) for log in self._docket.logs()))

    def update(self, id: str) -> None:
        """Look at one document again, of which something was said."""
        known = next((one for one in self._listed if one.id == id), None)
        if known is not None:
            self._read(known)

    def refresh(self) -> None:
        """Look at what is new: results of runs that go on, and what others say.

        Raises:
            ConfigError: a folder or log can't be read.
        """
        self._listed = self._docket.listed()
        counts = {log: log.counts() for log in self._docket.logs()}
        ids = {one.id for one in self._listed}
        with self._turn:
            for gone in self._known.keys() - ids:
                del self._known[gone]
        for one in self._listed:
            if self._closed.is_set():
                return
            known = self._known.get(one.id)
            if known is None or known.stamp != one.stamp or _has_more(known, counts):
                self._read(one)

    def _read(self, listed: Listed) -> None:
        known = self._known_of(listed)
        with self._turn:
            self._known[listed.id] = known

    def _known_of(self, listed: Listed) -> _Known:
        try:
            entry = self._docket.read(listed.id)
            events = entry.log.events(entry.result.document.uri)
            mine = [one for one in events if self._person in (None, one.by)]
            row = row_of(entry, mine, self._condition)
        except NotThere as error:
            return _Known(unreadable_row(listed, error.code), listed.stamp)
        except Exception:  # of one document; all others are to be looked at nevertheless
            logger.exception("%s cannot be put into the queue", listed.name)
            return _Known(unreadable_row(listed, "unreadable"), listed.stamp)
        return _Known(row, listed.stamp, entry.log, len(events))

    def _keep_up(self) -> None:
        """Read until the end; while nobody asks, nothing is looked for."""
        while not self._closed.is_set():
            with suppress(ConfigError):  # who asks for a document is told
                self.refresh()
            self._asked.clear()
            if not self._closed.wait(LOOK_AGAIN):
                self._asked.wait()


def _has_more(known: _Known, counts: Mapping[SharedLog, Mapping[str, int]]) -> bool:
    """Whether something was said of a document since."""
    if known.log is None:
        return False
    return counts.get(known.log, {}).get(known.row.uri, 0) != known.events


def progress_of(rows: Iterable[QueueRow], by_person: Iterable[Iterable[ReviewEvent]]) -> Progress:
    """How far a review of these documents is."""
    rows = list(rows)
    left = [row for row in rows if row.is_open]
    risk = sum(row.risk for row in rows)
    known = is_calibrated(rows) and risk > 0
    looked = sum(row.risk_looked for row in rows)
    queued = sum(row.risk_queued for row in left)
    return Progress(
        values_left=sum(row.to_look for row in left),
        documents_left=len(left),
        values_looked=sum(row.looked for row in rows),
        seconds_per_value=seconds_a_value(event for events in by_person for event in events),
        errors_found_share=looked / risk if known else None,
        errors_found_after=(looked + queued) / risk if known else None,
        errors_left=risk - looked - queued if known else None,
    )


def is_calibrated(rows: Iterable[QueueRow]) -> bool:
    """Whether all confidence that there is in these documents is of a calibration."""
    return {row.calibrated for row in rows} - {None} == {True}


def facets_of(rows: Iterable[QueueRow]) -> dict[str, dict[str, int]]:
    """How many documents there are of each schema, status, problem and field."""
    rows = list(rows)
    counts: dict[str, Counter[str]] = {
        "schema": Counter(row.schema for row in rows),
        "status": Counter(row.status for row in rows),
        "problem": Counter(code for row in rows for code in row.problems),
        "field": Counter(path for row in rows for path in row.fields),
    }
    return {name: dict(counted.most_common()) for name, counted in counts.items()}
