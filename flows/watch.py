"""Sees documents once they are complete, and tells of each once.

What was seen is in the ledger, by place and state of the file (size and time of change, or entity
tag): first ``new``, then ``told`` when the server has its event. So a watch that is killed at any
point tells after its restart what it had not told, and nothing twice; a file that is changed later
is told of again.
"""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from uuid import NAMESPACE_URL, UUID, uuid5

from docglean.extractors.accounting.ledger import Ledger
from docglean.flows.events import Upload
from docglean.flows.sources import Source, find_sources
from docglean.schemas.errors import ConfigError

logger = logging.getLogger("docglean")

KIND = "seen"
"""Under which what was seen stands in the ledger."""
UNFINISHED = ("*.part", "*.partial", "*.tmp", "*.temp", "*.crdownload", "*.download",
              "*.filepart", "*.swp", "~$*", "*~")  # fmt: skip
"""Names that programs give a file while they write it."""
MANY = 200
"""Uploads told of at once."""

Send = Callable[[Sequence[Upload]], Awaitable[set[UUID]]]


@dataclass
class Watch:
    """Looks at folders, again and again.

    Attributes:
        given: folders, globs, fsspec URLs.
        settle: seconds that a file must not have changed before it counts as complete. Objects
            in a store appear whole.
        send: tells of uploads; gives the ids of those that arrived.
        told: how many were told of so far.
    """

    given: Sequence[str]
    ledger: Ledger
    send: Send
    settle: float = 5.0
    told: int = 0
    _since: dict[str, tuple[str, float]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _waiting: dict[str, dict[str, str]] = field(default_factory=dict)

    async def begin(self, *, skip_existing: bool = False) -> int:
        """Recall what was seen; how many documents are left to be told of from an earlier time.

        Args:
            skip_existing: what is there now counts as told of.
        """
        notes = {key: json.loads(note) for key, note in (await self.ledger.kept_all(KIND)).items()}
        self._seen = set(notes)
        self._waiting = {key: note for key, note in notes.items() if note["state"] == "new"}
        if skip_existing:
            await self._note(await self._there(), "told")
        return len(self._waiting)

    async def look(self) -> list[str]:
        """Look once, and tell of what is complete; the names that were told of."""
        complete = [one for one in await self._there() if self._is_settled(one)]
        self._waiting |= await self._note(complete, "new")
        told: list[str] = []
        keys = list(self._waiting)
        for start in range(0, len(keys), MANY):
            some = {key: self._waiting[key] for key in keys[start : start + MANY]}
            told += await self._tell(some)
        self.told += len(told)
        return told

    async def _note(self, sources: Sequence[Source], state: str) -> dict[str, dict[str, str]]:
        """Write down those that were not seen before; what was written."""
        fresh: dict[str, dict[str, str]] = {}
        for source in sources:
            where = source.uri if source.path is None else str(source.path)
            key = hashlib.sha256(f"{source.uri} {source.stamp}".encode()).hexdigest()
            if key not in self._seen:
                fresh[key] = {"name": source.name, "source": where, "state": state}
        notes = {key: json.dumps(note) for key, note in fresh.items()}
        await self.ledger.keep_many(KIND, notes)
        self._seen |= set(fresh)
        return fresh

    async def _tell(self, notes: dict[str, dict[str, str]]) -> list[str]:
        uploads = {
            key: Upload(uuid5(NAMESPACE_URL, key), note["name"], note["source"])
            for key, note in notes.items()
        }
        try:
            arrived = await self.send(list(uploads.values()))
        except ConfigError:
            raise
        except Exception as error:  # whatever Prefect's client raises: it is tried again
            logger.warning("%d uploads cannot be told of now: %s", len(uploads), error)
            return []
        done = {
            key: json.dumps(notes[key] | {"state": "told"})
            for key, upload in uploads.items()
            if upload.id in arrived
        }
        await self.ledger.keep_many(KIND, done)
        for key in done:
            del self._waiting[key]
        return [notes[key]["name"] for key in done]

    async def _there(self) -> list[Source]:
        try:
            found = await asyncio.to_thread(find_sources, list(self.given))
        except ConfigError as error:
            if error.code in ("no_source", "nothing_found"):
                return []
            raise
        return [one for one in found.sources if one.stamp and not _unfinished(one)]

    def _is_settled(self, source: Source) -> bool:
        """Whether a file is as it was some time ago; an object in a store is whole when it is
        there."""
        if source.path is None:
            return True
        now = time.monotonic()
        stamp, since = self._since.get(source.uri, ("", now))
        if stamp != source.stamp:
            self._since[source.uri] = (source.stamp, now)
            since = now
        empty = source.stamp.startswith("0 ")
        return not empty and now - since >= self.settle


def _unfinished(source: Source) -> bool:
    name = PurePosixPath(source.name).name.lower()
    return any(fnmatch.fnmatch(name, pattern) for pattern in UNFINISHED)
