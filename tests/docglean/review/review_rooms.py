"""A stand-in for the rooms behind the routes: two samples, and what was asked of it."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box, SourceRecord
from docglean.extractors.geometry import within

from docglean.http_server import HttpServer, bind, host_of
from docglean.review.app import build
from docglean.review.faults import Changed, DiskFull, NotThere
from docglean.review.media import Recordings
from docglean.review.originals import Originals
from docglean.review.pages import Pages
from docglean.review.ports import ReviewRooms
from docglean.review.security import Access
from docglean.review.sessions import Sessions

SAMPLES = Path(__file__).parents[3] / "samples" / "documents"
LAYERED, SCANNED, HEARD = "invoice-three-pages.pdf", "invoice-scan.pdf", "note.wav"


def record(path: Path) -> SourceRecord:
    """A file as the results of a run tell it."""
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return SourceRecord(name=path.name, uri=path.as_uri(), sha256=sha)


class MemoryStore:
    """What the ledger keeps, in memory."""

    def __init__(self) -> None:
        self.payloads: dict[tuple[str, str], str] = {}

    async def kept(self, kind: str, key: str) -> str | None:
        return self.payloads.get((kind, key))

    async def kept_many(self, kind: str, keys: Any) -> dict[str, str]:
        return {key: self.payloads[kind, key] for key in keys if (kind, key) in self.payloads}

    async def keep(self, kind: str, key: str, payload: str, **_: Any) -> None:
        self.payloads[kind, key] = payload

    async def keep_many(self, kind: str, payloads: Mapping[str, str], **_: Any) -> None:
        self.payloads |= {(kind, key): payload for key, payload in payloads.items()}


class Rooms:
    """Documents by their names; `taken` is what came with events."""

    def __init__(self, *paths: Path) -> None:
        self.sources = {path.name: record(path) for path in paths}
        self.taken: list[Any] = []

    async def session(self, by: str) -> dict[str, Any]:
        return {"kind": "run", "name": "out", "blind": False, "calibrated": False}

    async def queue(self, by: str, wanted: Mapping[str, str]) -> dict[str, Any]:
        return {"total": len(self.sources), "wanted": dict(wanted), "by": by}

    async def document(self, by: str, id: str) -> dict[str, Any]:
        return {"id": id, "revision": len(self.taken), "name": (await self.source(id)).name}

    async def revision(self, by: str, id: str) -> int:
        return len(self.taken)

    async def source(self, id: str) -> SourceRecord:
        if id not in self.sources:
            raise NotThere("no_document", "There is no such document.")
        return self.sources[id]

    async def parse(self, by: str, id: str, pointer: str, text: str) -> dict[str, Any]:
        return {"value": text, "shown": text, "error": None}

    async def row(
        self, by: str, id: str, pointer: str, page: PageWords, box: Box
    ) -> dict[str, Any]:
        return {"row": {"words": [w.text for w in page.words if within(w.box, box)], "box": box}}

    async def paste(self, by: str, id: str, pointer: str, text: str) -> dict[str, Any]:
        return {"rows": text.splitlines()}

    async def take(self, by: str, id: str, revision: int, events: Sequence[Any]) -> dict[str, Any]:
        if revision == 99:
            raise Changed("Ann", ("/total",))
        if revision == 98:
            raise DiskFull("disk_full", "The disk is full.", "Make room.")
        self.taken.append((by, id, revision, list(events)))
        return await self.document(by, id)


class Served:
    """A server that runs, and clients of it.

    Attributes:
        url: its address, without the token.
    """

    def __init__(self, access: Access, rooms: Rooms, url: str) -> None:
        self.access, self.rooms, self.url = access, rooms, url
        self.clients: list[httpx2.Client] = []

    def client(self, **headers: str) -> httpx2.Client:
        """A browser that nobody is signed in with, on the server's own page."""
        own = {"Origin": self.url, "X-Docglean": "1", **headers}
        self.clients.append(httpx2.Client(base_url=self.url, headers=own, timeout=60))
        return self.clients[-1]

    def signed_in(self) -> httpx2.Client:
        """A browser that has opened the address that was printed."""
        client = self.client()
        answer = client.get("/", params={"token": self.access.sessions.token})
        assert answer.status_code == 303
        return client


@contextmanager
def serving(
    workers: Workers,
    *paths: Path,
    host: str = "127.0.0.1",
    real: Callable[[Pages, Recordings], ReviewRooms] | None = None,
    **access: Any,
) -> Iterator[Served]:
    """A real server on a free port.

    Args:
        real: makes the rooms, in place of the stand-in.
    """
    listening = bind(host, 0)
    address, port = listening.getsockname()[:2]
    told = {"sessions": Sessions("Bo"), **access}
    door = Access(port=port, **told)
    rooms = Rooms(*(paths or (SAMPLES / LAYERED, SAMPLES / SCANNED, SAMPLES / HEARD)))
    originals = Originals(workers, MemoryStore())
    pages, recordings = Pages(originals), Recordings(originals)
    behind = rooms if real is None else real(pages, recordings)
    running = HttpServer(build(door, behind, pages, recordings))
    ended: list[BaseException] = []

    async def run() -> None:
        try:
            await running.serve(sockets=[listening])
        finally:
            await pages.close()
            recordings.close()
            await originals.close()

    def begin() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    found = Served(door, rooms, f"http://{host_of(address)}:{port}")
    try:
        yield found
    finally:
        for client in found.clients:
            client.close()
        running.should_exit = True
        thread.join()
    assert not ended
