"""Files of what is reviewed, as far as they are open: each is opened once, and looked at again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from docglean.extractors.documents import cache
from docglean.extractors.documents.cache import CacheStore
from docglean.extractors.documents.document import Document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import SourceRecord
from docglean.flows.originals import original

MOST_OPEN = 24
"""Documents: those that somebody looks at, and those that come next."""


@dataclass
class _Held:
    """An open document; `stamp` tells whether its file has been written since."""

    document: Document
    stack: AsyncExitStack
    stamp: tuple[int, ...]
    users: int = 0


class Originals:
    """Opens the files that results were read from.

    Args:
        workers: where all of it is done.
        store: what was once found out of a file: then it is only hashed.
        fetch: files that are not on this machine are fetched from where the results say.
        passwords: to try on PDFs that want one.
    """

    def __init__(
        self,
        workers: Workers,
        store: CacheStore,
        *,
        fetch: bool = False,
        passwords: Sequence[str] = (),
    ) -> None:
        self.workers = workers
        self.store = store
        self._fetch = fetch
        self._passwords = tuple(passwords)
        self._held: OrderedDict[tuple[str, ...], _Held] = OrderedDict()
        self._opening: dict[tuple[str, ...], asyncio.Lock] = {}

    @asynccontextmanager
    async def open(self, told: SourceRecord) -> AsyncIterator[Document]:
        """The file, as long as the block runs.

        Raises:
            SourceError: as `flows.originals.original`.
        """
        key = (told.file_uri, told.sha256, told.part.attachment if told.part else "")
        lock = self._opening.setdefault(key, asyncio.Lock())
        async with lock:
            held = self._held.get(key)
            if held is not None and held.stamp != _stamp(held.document.path):
                await self._held.pop(key).stack.aclose()
                held = None
            if held is None:
                held = self._held[key] = await self._opened(told)
            self._held.move_to_end(key)
            held.users += 1
        try:
            yield held.document
        finally:
            held.users -= 1
            await self._let_go()

    async def close(self) -> None:
        """Let all go; what was fetched or taken out is removed."""
        while self._held:
            await self._held.popitem()[1].stack.aclose()

    async def _opened(self, told: SourceRecord) -> _Held:
        async with AsyncExitStack() as stack:
            opened = original(
                told,
                self.workers,
                fetch=self._fetch,
                passwords=self._passwords,
                opening=self._surveyed,
            )
            document = await stack.enter_async_context(opened)
            return _Held(document, stack.pop_all(), _stamp(document.path))

    async def _surveyed(self, path: Path, name: str) -> Document:
        return await cache.opened(
            path,
            self.workers,
            self.workers.limits,
            self.store,
            name=name,
            passwords=self._passwords,
        )

    async def _let_go(self) -> None:
        idle = [
            key
            for key, held in self._held.items()
            if not held.users and not self._opening[key].locked()
        ]
        for key in idle[: max(0, len(self._held) - MOST_OPEN)]:
            del self._opening[key]
            await self._held.pop(key).stack.aclose()


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file is written or replaced; empty where it is gone."""
    try:
        told = path.stat()
    except OSError:
        return ()
    return told.st_size, told.st_mtime_ns, told.st_ino
