"""How long a person waits for the server of `docglean review`, in milliseconds by HTTP.

    python -m bench.review_page RUN [--documents 40] [--pause 0.5]

RUN is a run folder whose documents are where they were read; it is copied, as something is said of
each document. A person goes through the queue: the next document (all that the page is told, then
the image of its first page, which the server has drawn ahead), one value said to be right; then
pages that nobody has drawn. The browser's own time, and that it asks ahead too, is not in it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

T = TypeVar("T")

WANTED_MS = 200
"""Until a page is shown after a key."""
SIZES = (1500, 3000)
"""Pixels of a page's longer side: usual, and magnified on a sharp screen."""


@contextmanager
def served(run: Path) -> Iterator[httpx2.Client]:
    """A browser at the page of a server of its own."""
    words = [sys.executable, "-m", "docglean", "review", str(run), "--no-browser", "--port", "0"]
    begun = time.perf_counter()
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        print(f"the address is printed after {time.perf_counter() - begun:.2f} s")
        url = address.partition("/?")[0]
        headers = {"Origin": url, "X-Docglean": "1"}
        with httpx2.Client(base_url=url, headers=headers, timeout=120) as client:
            client.get(address.removeprefix(url))
            yield client
    finally:
        server.terminate()
        server.wait()


def indexed(client: httpx2.Client) -> dict[str, Any]:
    """The queue, once all documents are in it."""
    told: dict[str, Any] = client.get("/api/queue?open=0").json()
    while told["indexed"] < told["documents"]:
        time.sleep(0.2)
        told = client.get("/api/queue?open=0").json()
    return told


def confirmed(client: httpx2.Client, document: dict[str, Any]) -> None:
    """Say of one value that it is right."""
    event = {"id": uuid4().hex, "action": "confirm", "path": document["fields"][0]["pointer"],
             "seconds": 2.0, "result": document["fingerprint"]}  # fmt: skip
    told = {"revision": document["revision"], "events": [event]}
    client.post(f"/api/documents/{document['id']}/events", json=told).raise_for_status()


@dataclass
class Clock:
    """Milliseconds of each wait, by what was waited for."""

    waits: dict[str, list[float]] = field(default_factory=dict)

    def time(self, name: str, ask: Callable[[], T]) -> T:
        """Ask, and note how long that takes."""
        begun = time.perf_counter()
        answer = ask()
        self.waits.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        return answer


def opened(client: httpx2.Client, id: str) -> dict[str, Any]:
    """A document with its first page."""
    document: dict[str, Any] = client.get(f"/api/documents/{id}").json()
    for page in document["pages"][:1]:
        drawn(client, page, SIZES[0])
    return document


def drawn(client: httpx2.Client, page: dict[str, Any], edge: int) -> None:
    """A page's image."""
    client.get(f"{page['image']}?edge={edge}").raise_for_status()


def walk(client: httpx2.Client, clock: Clock, most: int, pause: float) -> list[dict[str, Any]]:
    """Go through the queue as a person does; the documents that were seen."""
    id = indexed(client)["rows"][0]["id"]
    seen = {id: opened(client, id)}  # who comes waits once
    time.sleep(pause)
    while (id := seen[id]["next"]) and id not in seen and len(seen) < most:
        seen[id] = clock.time("next document and its page", partial(opened, client, id))
        time.sleep(pause)
        if seen[id]["fields"]:
            clock.time("a value said to be right", partial(confirmed, client, seen[id]))
        clock.time("the queue", partial(client.get, "/api/queue"))
    return list(seen.values())


def draw(client: httpx2.Client, clock: Clock, documents: list[dict[str, Any]]) -> None:
    """Ask for pages in sizes that nobody has drawn; backwards, as pages are drawn ahead."""
    for document in documents:
        for page in reversed(document["pages"][-3:]):
            for edge in SIZES:
                name = f"a page of {edge} nobody has drawn"
                clock.time(name, partial(drawn, client, page, edge - 1))


def main() -> None:
    """Measure the run folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds of a look at a document")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(chosen.run, Path(folder) / "run"))
        clock = Clock()
        with served(copy) as client:
            draw(client, clock, walk(client, clock, chosen.documents, chosen.pause))
    print(f"{'':32} {'count':>5} {'median':>7} {'slowest':>7}  within {WANTED_MS} ms")
    for name, found in clock.waits.items():
        within = sum(one <= WANTED_MS for one in found) / len(found)
        print(
            f"{name:32} {len(found):5} {statistics.median(found):7.0f} {max(found):7.0f}  "
            f"{within:.0%}"
        )


if __name__ == "__main__":
    main()
