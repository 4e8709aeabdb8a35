"""What `bench.operations` measures with: a stand-in server, documents, and runs in processes.

The server is a stand-in for a model: it gives one answer to everything, after a fixed delay, so
that what is left of a run's time is docglean's. No accuracy follows from it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

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
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name != "PYTHONDONTWRITEBYTECODE"}  # fmt: skip
"""Of what is measured: an installed program has been compiled."""
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


def serve(delay: float) -> None:
    """The stand-in: prints its port and answers every request after `delay` seconds.

    A GET gives the body of the last request, so that somebody else can send the same.
    """
    answer = json.dumps(ANSWER).encode()
    last = b"{}"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal last
        try:
            while True:
                told = await reader.readuntil(b"\r\n\r\n")
                if told.startswith(b"GET"):
                    writer.write(HEAD % len(last) + last)
                    continue
                length = told.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                last = await reader.readexactly(int(length or 0))
                await asyncio.sleep(delay)
                writer.write(HEAD % len(answer) + answer)
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
                (20, 30), f"number: 1 word: one slip: {number} page: {page}"
            )
        pdf.save(folder / f"{number:05}.pdf")
        pdf.close()
    return folder


@dataclass
class Took:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        processor: seconds of processor time, its children's too.
        memory: the largest resident memory of the process itself, in bytes.
        workers: that of all its children together.
    """

    seconds: float
    processor: float
    memory: int
    workers: int


def measured(
    words: Sequence[str],
    environment: dict[str, str] | None = None,
    *,
    allowed: Collection[int] = (0,),
) -> Took:
    """Run Python with these words.

    Exits where it ends with another code than those allowed.
    """
    before = processor_of_children()
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words],
        env={**ENVIRONMENT, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    done = threading.Event()
    most = [0, 0]

    def watch() -> None:
        watched = psutil.Process(process.pid)
        while not done.wait(0.25):
            try:
                most[0] = max(most[0], watched.memory_info().rss)
                below = sum(one.memory_info().rss for one in watched.children(True))
                most[1] = max(most[1], below)
            except psutil.Error:
                continue

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    failed = process.wait()
    seconds = time.monotonic() - started
    done.set()
    watching.join()
    if failed not in allowed:
        sys.exit(f"failed: {' '.join(words)}")
    return Took(seconds, processor_of_children() - before, *most)


def processor_of_children() -> float:
    """Seconds of processor time of all children that have ended, of the system's for them, too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def extract(
    url: str,
    folder: Path,
    name: str,
    width: int,
    *,
    ledger: str = "",
    flow: bool = False,
    environment: dict[str, str] | None = None,
) -> Took:
    """A run over a folder in a process of its own, by the command line or by the flow."""
    place = folder.parent
    engine = f"ocr+openai:bench@{url}?price=1/2"
    schema = f"{place / 'slip.py'}:Slip"
    told = {
        "DOCGLEAN_LEDGER": str(place / f"{ledger or name}.sqlite"),
        "DOCGLEAN_CONCURRENCY": str(width),
        **(environment or {}),
    }
    out = str(place / f"out-{name}")
    words = ["-m", "docglean", "extract", str(folder), "--engine", engine, "--schema", schema,
             "--out", out, "--quiet"]  # fmt: skip
    if flow:
        parameters: dict[str, Any] = {
            "source": str(folder), "engine": engine, "schemas": [schema], "out": out,
        }  # fmt: skip
        code = "import json, sys; from docglean.flows.extract import extract; "
        words = ["-c", code + "extract(**json.loads(sys.argv[1]))", json.dumps(parameters)]
    return measured(words, told)


@dataclass(frozen=True)
class Shown:
    """What `docglean show` took.

    Attributes:
        opened: seconds until it names a page that can be opened.
        opened_processor: of the processor until then, its children's too.
        seconds, processor: the same, to its end.
    """

    opened: float
    opened_processor: float
    seconds: float
    processor: float


def shown(results: Path) -> Shown:
    """`docglean show` of these results in a process of its own."""
    before = processor_of_children()
    started = time.monotonic()
    words = [sys.executable, "-m", "docglean", "show", str(results)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        opened = time.monotonic() - started
        watched = psutil.Process(process.pid)
        family = [watched, *watched.children(True)]
        opened_processor = sum(sum(one.cpu_times()[:2]) for one in family)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Shown(opened, opened_processor, time.monotonic() - started, processor)


def bare_loop(url: str, count: int, width: int) -> None:
    """The loop that anybody would write over the SDK, with the calls that the last run made;
    prints its seconds and its processor time.
    """
    import httpx2
    import openai

    body = httpx2.get(url).json()

    async def main() -> None:
        client = openai.AsyncOpenAI(api_key="none", base_url=url)
        slots = asyncio.Semaphore(width)

        async def one() -> None:
            async with slots:
                await client.chat.completions.create(**body)

        started, worked = time.monotonic(), time.process_time()
        await asyncio.gather(*(one() for _ in range(count)))
        print(time.monotonic() - started, time.process_time() - worked)
        await client.close()

    asyncio.run(main())


def bare(url: str, count: int, width: int) -> tuple[float, float]:
    """Seconds of `bare_loop` in a process of its own, and its processor time."""
    words = ["-m", "bench.operations", "--bare", url, str(count), str(width)]
    done = subprocess.run([sys.executable, *words], stdout=subprocess.PIPE, text=True, check=True)
    seconds, processor = map(float, done.stdout.split())
    return seconds, processor
