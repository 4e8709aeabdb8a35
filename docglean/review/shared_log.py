"""What people say of a folder's results, as several threads of one server read and add to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docglean.extractors.reviews import ReviewEvent, ReviewLog


class SharedLog:
    """A `ReviewLog` that one thread at a time reads or adds to; other processes may, too.

    Raises:
        ConfigError: ``bad_reviews``, as `ReviewLog`.
    """

    def __init__(self, folder: Path) -> None:
        self._log = ReviewLog(folder)
        self._turn = threading.RLock()

    def events(self, document: str) -> tuple[ReviewEvent, ...]:
        """Those of a document, by its uri, with what others have added meanwhile."""
        with self._turn:
            self._log.refresh()
            return tuple(self._log.events(document))

    def counts(self) -> dict[str, int]:
        """By the uri of each document that somebody looked at, how many events there are."""
        with self._turn:
            self._log.refresh()
            return {document: len(events) for document, events in self._log.documents()}

    def by(self, person: str) -> list[ReviewEvent]:
        """All that one person did, in the order of the file within a document."""
        with self._turn:
            return [
                one for _, events in self._log.documents() for one in events if one.by == person
            ]

    @property
    def path(self) -> Path:
        """The file."""
        return self._log.path

    @property
    def faults(self) -> tuple[str, ...]:
        """Lines of the file that are no events."""
        return tuple(self._log.faults)

    @contextmanager
    def writing(self) -> Iterator[ReviewLog]:
        """The log, to which nobody else adds while the block runs, here or elsewhere."""
        with self._turn, self._log.writing():
            yield self._log
