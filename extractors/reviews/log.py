"""reviews.jsonl: what people did to the results of a folder. Lines are added, none is changed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from docglean.extractors.reviews.event import FORMAT_VERSION, ReviewEvent
from docglean.schemas.errors import ConfigError
from filelock import FileLock
from pydantic import ValidationError

REVIEWS = "reviews.jsonl"

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class ReviewLog:
    """The events of a folder, by document.

    Several processes may have one open: each reads what the others have added (`refresh`), and
    adds under a lock (`writing`).

    Attributes:
        faults: lines that are no events, as "line 7: why"; they are passed over and stay there.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Raises:
            ConfigError: ``bad_reviews``, it can't be read or is of a later version.
        """
        self.path = folder / REVIEWS
        self.faults: list[str] = []
        self._events: dict[str, list[ReviewEvent]] = {}
        self._ids: set[str] = set()
        self._read = 0
        self._lines = 0
        self._lock = FileLock(folder / f".{REVIEWS}.lock", thread_local=False)
        self.refresh()

    def events(self, document: str) -> Sequence[ReviewEvent]:
        """Those of a document, by its uri, in the order in which they were added."""
        return self._events.get(document, ())

    def documents(self) -> Iterator[tuple[str, Sequence[ReviewEvent]]]:
        """Every document that somebody looked at, by its uri, with its events."""
        yield from self._events.items()

    def __contains__(self, id_: str) -> bool:
        return id_ in self._ids

    def refresh(self) -> None:
        """Read what others have added since.

        Raises:
            ConfigError: ``bad_reviews``.
        """
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._read:
                    raise self._bad("it is shorter than it was: somebody has changed it")
                file.seek(self._read)
                added = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._bad(error.strerror or str(error)) from error
        whole, _, _ = added.rpartition(b"\n")  # the last line may still be under way
        if not whole:
            return
        self._read += len(whole) + 1
        for line in whole.split(b"\n"):
            self._lines += 1
            if line.strip():
                self._take(line)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Nobody else adds while the block runs; what others have added is known in it.

        Raises:
            ConfigError: ``bad_reviews``.
        """
        try:
            self._lock.acquire()
        except OSError as error:
            raise self._bad(error.strerror or str(error)) from error
        try:
            self.refresh()
            yield
        finally:
            self._lock.release()

    def append(self, events: Sequence[ReviewEvent]) -> None:
        """Add events, all or none, within `writing`; they are on the disk when this returns.

        Raises:
            ConfigError: ``reviews_full``, there is no room; ``bad_reviews``. Nothing was added.
        """
        lines = b"".join(event.to_json().encode("utf-8", "replace") + b"\n" for event in events)
        try:
            with self.path.open("ab", buffering=0) as file:
                before = file.seek(0, os.SEEK_END)
                # What a killed writer has left of its last line is no event.
                left = memoryview(b"\n" * (before > self._read) + lines)
                try:
                    while left:
                        left = left[file.write(left) :]
                    os.fsync(file.fileno())
                except OSError:
                    os.ftruncate(file.fileno(), before)
                    raise
        except OSError as error:
            if error.errno in _FULL:
                raise ConfigError(
                    "reviews_full",
                    f"{self.path} cannot be written: {error.strerror}. Nothing was added.",
                    "Make room and do it again.",
                ) from error
            raise self._bad(error.strerror or str(error)) from error
        self.refresh()

    def _take(self, line: bytes) -> None:
        """Keep an event of a line."""
        try:
            told = json.loads(line)
            if b"\\u" in line:  # half a character that is written so can't be shown or sent
                json.dumps(told, ensure_ascii=False).encode()
            if isinstance(told, dict) and int(told.get("version", 0)) > FORMAT_VERSION:
                raise self._bad(f"line {self._lines} is of a later version of docglean")
            event = ReviewEvent.model_validate(told)
        except (ValidationError, ValueError, TypeError, RecursionError) as error:
            why = str(error).partition("\n")[0]
            self.faults.append(f"line {self._lines}: {why}")
            return
        if event.id not in self._ids:
            self._ids.add(event.id)
            self._events.setdefault(event.document, []).append(event)

    def _bad(self, why: str) -> ConfigError:
        return ConfigError(
            "bad_reviews",
            f"{self.path} cannot be used: {why}.",
            "Put back the file as it was, or use a newer docglean.",
        )
