"""What a run costs beside its model: wall time, memory, a warm rerun, Prefect; as ratios.

    python -m bench.operations [--documents 100,1000] [--full]

Against a stand-in server that answers after a fixed delay, on this machine, all in one run. The
documents are one page of text each, so what is measured is docglean and not a parser. `--full`
adds 10,000 documents and a PDF of 2,000 pages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

DELAY = 0.5
WIDTHS = (1, 8, 64)
SECONDS = 8.0
"""What a run takes in the ideal: so many documents are read at each width."""
ANSWER = {
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 0, "model": "bench",
    "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None,
                 "message": {"role": "assistant", "refusal": None,
                             "content": '{"number": 1, "word": "one"}'}}],
    "usage": {"prompt_tokens": 400, "completion_tokens": 25, "total_tokens": 425},
}  # fmt: skip
SCHEMA = """
from pydantic import BaseModel

class Slip(BaseModel):
    number: int | None = None
    word: str | None = None
"""


def serve(delay: float) -> None:
    """The stand-in: prints its port and answers every request after `delay` seconds."""
    body = json.dumps(ANSWER).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                told = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(told.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                await reader.readexactly(length)
                await asyncio.sleep(delay)
                writer.write(head % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def server(delay: float) -> Iterator[str]:
    """The stand-in in a process of its own; its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.operations", "--serve", str(delay)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    finally:
        process.kill()
        process.wait()


def slips(folder: Path, count: int, pages: int = 1) -> Path:
    """Small documents, all different."""
    import pymupdf

    folder.mkdir()
    (folder.parent / "slip.py").write_text(SCHEMA)
    for number in range(count):
        pdf = pymupdf.open()
        for page in range(pages):
            pdf.new_page(width=300, height=200).insert_text(
                (20, 30), f"number: {number} on page {page}"
            )
        pdf.save(folder / f"{number:05}.pdf")
        pdf.close()
    return folder


class Peak:
    """Largest resident memory of this process's children, in bytes: the run, and its workers."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        self.run = self.workers = 0
        self._process = psutil.Process(process.pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            try:
                self.run = max(self.run, self._process.memory_info().rss)
                below = sum(one.memory_info().rss for one in self._process.children(True))
                self.workers = max(self.workers, below)
            except psutil.Error:
                continue

    def stop(self) -> None:
        self._done.set()
        self._thread.join()


def extract(
    url: str, folder: Path, name: str, width: int, ledger: str = "", flow: bool = False
) -> tuple[float, Peak]:
    """A run over a folder in a process of its own: seconds, and memory."""
    place = folder.parent
    engine = f"ocr+openai:bench@{url}?price=1/2"
    schema = f"{place / 'slip.py'}:Slip"
    environment = {
        **os.environ,
        "DOCGLEAN_LEDGER": str(place / f"{ledger or name}.sqlite"),
        "DOCGLEAN_CONCURRENCY": str(width),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(place / "prefect"),
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    out = str(place / f"out-{name}")
    words = ["-m", "docglean", "extract", str(folder), "--engine", engine, "--schema", schema,
             "--out", out, "--quiet"]  # fmt: skip
    if flow:
        told = {"source": str(folder), "engine": engine, "schemas": [schema], "out": out}
        code = "import json, sys; from docglean.flows.extract import extract; "
        words = ["-c", code + "extract(**json.loads(sys.argv[1]))", json.dumps(told)]
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, *words], env=environment)
    peak = Peak(process)
    if process.wait():
        sys.exit("the run failed")
    peak.stop()
    return time.monotonic() - started, peak


async def bare(url: str, count: int, width: int) -> float:
    """The same number of calls by a bare loop over the SDK; seconds."""
    import openai

    client = openai.AsyncOpenAI(api_key="none", base_url=url)
    slots = asyncio.Semaphore(width)

    async def one() -> None:
        async with slots:
            await client.chat.completions.create(
                model="bench", messages=[{"role": "user", "content": "number: 1" * 40}]
            )

    started = time.monotonic()
    await asyncio.gather(*(one() for _ in range(count)))
    await client.close()
    return time.monotonic() - started


def start_up(url: str, place: Path) -> float:
    """Seconds of a run of one document, but its delay: interpreter, imports, workers."""
    folder = slips(place / "one", 1)
    # The least of three: whatever else the machine does only adds to it.
    return min(extract(url, folder, f"one-{turn}", 1)[0] for turn in range(3)) - DELAY


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", default="100,1000")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--serve", type=float)
    told = parser.parse_args()
    if told.serve is not None:
        serve(told.serve)
        return
    counts = [int(part) for part in told.documents.split(",")] + [10_000] * told.full
    with TemporaryDirectory(prefix="docglean-bench-") as name:
        measure(Path(name), counts, full=told.full)


def measure(place: Path, counts: list[int], *, full: bool) -> None:
    """All of it."""
    with server(DELAY) as url:
        base = start_up(url, place)
        print(f"a run of one document takes {base:.1f} s beside its call ({DELAY} s)")
        print("\ncalls at once | documents | ideal s | docglean s | to ideal | bare SDK s | to SDK")
        for width in WIDTHS:
            count = int(SECONDS / DELAY * width)
            folder = slips(place / f"in-{width}", count)
            took, _ = extract(url, folder, f"width-{width}", width)
            took -= base
            loop = asyncio.run(bare(url, count, width))
            ideal = count * DELAY / width
            print(
                f"{width:13} | {count:9} | {ideal:7.1f} | {took:10.1f} | {took / ideal:8.2f} | "
                f"{loop:10.1f} | {took / loop:6.2f}",
                flush=True,
            )
        width, count = WIDTHS[1], int(SECONDS / DELAY * WIDTHS[1])
        folder = place / f"in-{width}"
        plain, _ = extract(url, folder, "plain", width)
        flow, _ = extract(url, folder, "flow", width // 2, flow=True)
        print(f"\nPrefect flow (its server started for it) to plain run: {flow / plain:.2f}")
        warm, _ = extract(url, folder, "warm", width, ledger="plain")
        print(f"warm ledger to cold: {warm / plain:.2f} ({count} documents, nothing sent)")
    with server(0.0) as url:
        print("\ndocuments | seconds | ms each | peak MB of the run | of its workers")
        for count in counts:
            folder = slips(place / f"many-{count}", count)
            took, peak = extract(url, folder, f"many-{count}", 64)
            print(
                f"{count:9,} | {took:7.1f} | {(took - base) / count * 1e3:7.1f} | "
                f"{peak.run / 1e6:18.0f} | {peak.workers / 1e6:14.0f}",
                flush=True,
            )
        if full:
            for pages in (200, 2_000):
                folder = slips(place / f"long-{pages}", 1, pages)
                took, peak = extract(url, folder, f"long-{pages}", 8)
                print(
                    f"one PDF of {pages:,} pages: {took:.1f} s, peak {peak.run / 1e6:.0f} MB, "
                    f"workers {peak.workers / 1e6:.0f} MB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
