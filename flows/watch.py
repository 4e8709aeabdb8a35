"""Sees documents once they are complete, and tells of each once, or reads it.

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
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from uuid import NAMESPACE_URL, UUID, uuid5

from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.printable import path_of, printable, readable_path
from docglean.flows.events import Refused, Upload
from docglean.flows.sources import FoundSources, Source, find_sources, is_url
from docglean.schemas.errors import BudgetExceeded, ConfigError

logger = logging.getLogger("docglean")

KIND = "seen"
"""Under which what was seen stands in the ledger."""
UNFINISHED = ("*.part", "*.partial", "*.tmp", "*.temp", "*.crdownload", "*.download",
              "*.filepart", "*.swp", "~$*", "*~")  # fmt: skip
"""Names that programs give a file while they write it."""
MANY = 200
"""Uploads told of at once."""

PASSING = ("no_permission", "no_storage")
"""Codes of what may be otherwise at the next look."""

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
        purpose: what it is told for; what was told for another is new.
    """

    given: Sequence[str]
    ledger: Ledger
    send: Send
    settle: float = 5.0
    told: int = 0
    purpose: str = ""
    _since: dict[str, tuple[str, float]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _waiting: dict[str, dict[str, str]] = field(default_factory=dict)
    _trouble: set[str] = field(default_factory=set)

    async def begin(self, *, skip_existing: bool = False) -> int:
        """Recall what was seen; how many documents are left to be told of from an earlier time.

        Args:
            skip_existing: what is there now counts as told of.
        """
        kept = await self.ledger.kept_all(KIND)
        every = {key: _repaired(json.loads(note)) for key, note in kept.items()}
        notes = {key: note for key, note in every.items() if note.get("for", "") == self.purpose}
        self._seen = set(notes)
        self._waiting = {key: note for key, note in notes.items() if note["state"] == "new"}
        if skip_existing:
            await self._note(await self._there(), "told")
        return len(self._waiting)

    @property
    def waiting(self) -> int:
        """Documents that are complete and could not be told of yet."""
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
            where = source.uri if source.path is None else readable_path(source.path)
            told = f"{source.uri} {source.stamp}{self.purpose and ' '}{self.purpose}"
            key = hashlib.sha256(told.encode()).hexdigest()
            if key not in self._seen:
                note = {"name": source.name, "source": where, "state": state}
                fresh[key] = note | ({"for": self.purpose} if self.purpose else {})
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
        except (ConfigError, BudgetExceeded):
            raise
        except Refused as error:
            return await self._tell_apart(notes, error)
        except Exception as error:  # whatever Prefect's client raises: it is tried again
            logger.warning("%d uploads cannot be told of now: %s", len(uploads), error)
            return []
        return await self._done([key for key in uploads if uploads[key].id in arrived], "told")

    async def _tell_apart(self, notes: dict[str, dict[str, str]], error: Refused) -> list[str]:
        """Tell of each half: one upload that the server never takes may not hold up the others."""
        keys = list(notes)
        if len(keys) == 1:
            logger.error("%s is not told of: the server refuses it (%s)", notes[keys[0]]["name"],
                         error)  # fmt: skip
            await self._done(keys, "refused")
            return []
        halves = keys[: len(keys) // 2], keys[len(keys) // 2 :]
        return [name for half in halves for name in await self._tell({k: notes[k] for k in half})]

    async def _done(self, keys: Sequence[str], state: str) -> list[str]:
        """Write down what became of uploads; their names."""
        notes = {key: self._waiting[key] | {"state": state} for key in keys}
        await self.ledger.keep_many(KIND, {key: json.dumps(note) for key, note in notes.items()})
        for key in keys:
            del self._waiting[key]
        return [note["name"] for note in notes.values()]

    async def _there(self) -> list[Source]:
        """Complete or not, what lies in each place; a place that is away now is looked at again."""
        found = [one for word in self.given for one in (await self._look_at(word)).sources]
        here = {source.uri for source in found}
        self._since = {uri: since for uri, since in self._since.items() if uri in here}
        return [one for one in found if one.stamp and not _unfinished(one)]

    async def _look_at(self, word: str) -> FoundSources:
        # A thread cannot be cancelled, and the process would wait for it.
        given_up = threading.Event()
        search = asyncio.to_thread(find_sources, [word], may_be_empty=True, stopped=given_up.is_set)
        try:
            found = await search
        except asyncio.CancelledError:
            given_up.set()
            raise
        except ConfigError as error:
            if error.code not in PASSING:
                raise
            found = FoundSources([], unread=[error.message])
        self._say(found.unread)
        return found

    def _say(self, trouble: Sequence[str]) -> None:
        """Warn once of what cannot be read."""
        for one in trouble:
            if one not in self._trouble:
                logger.warning("%s", printable(one))
        self._trouble |= set(trouble)

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


def _repaired(note: dict[str, str]) -> dict[str, str]:
    """A note as it is written now: earlier versions wrote names that no server takes."""
    where = note["source"] if is_url(note["source"]) else readable_path(path_of(note["source"]))
    return note | {"name": printable(note["name"]), "source": where}


def _unfinished(source: Source) -> bool:
    name = PurePosixPath(source.name).name.lower()
    return any(fnmatch.fnmatch(name, pattern) for pattern in UNFINISHED)
