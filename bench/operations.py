"""What a run costs beside its model: time, rendering, memory, a warm rerun, Prefect; as ratios.

    python -m bench.operations [--part NAME]... [--quick]

Parts, all of them by default:

    start     `docglean --help` to bare Python
    one       processor time of a run of one document to a script that makes its one call with the
              SDK, and the libraries that each loads
    widths    wall time to the ideal (documents x delay / calls at once) and to a bare asyncio loop
              over the SDK that makes the same calls, at 1, 8 and 64 calls at once; processor time
              of each document, and what of it is the reading of the document
    flow      the Prefect flow to plain `docglean extract`, with a server that runs already
    warm      a rerun with a warm ledger to the cold run
    tracing   a run that sends traces and metrics to one that does not
    render    a page image to raw PyMuPDF at the same size, on samples/
    show      `docglean show` of 200 results to 20: until it can be opened, and to the end
    memory    100, 1,000 and 10,000 documents: time and memory of each
    long      a PDF of 2,000 pages to one of 200

Against a stand-in server that answers after a fixed delay (see `bench.runs`), on this machine. The
documents are one page of text each, so that what is measured is docglean and not a parser; the
start of the process is told apart. `--quick` takes minutes less, with sizes too small to quote.
What else the machine does shows in the load average of the first line.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cost_parts import libraries, reading
from bench.runs import Shown, Took, bare, bare_loop, extract, measured, serve, server, shown, slips

DELAY = 0.5
"""Seconds until the stand-in answers."""
WIDTHS = (1, 8, 64)
DRAWN = ("invoice-three-pages", "statement", "form", "invoice-scan")
SHOWN = ("invoice-scan", "invoice-three-pages")
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "documents"


@dataclass
class Bench:
    """The sizes and the place of one session.

    Attributes:
        ideal: seconds that a run takes in the ideal; so many documents are read at each width.
        idle: processor seconds of a run of one document, once `base` was asked for.
    """

    place: Path
    quick: bool
    idle: float = 0.0

    @property
    def ideal(self) -> float:
        return 2.0 if self.quick else 8.0

    def folder(self, count: int, pages: int = 1) -> Path:
        """So many documents."""
        folder = self.place / f"in-{count}-{pages}"
        return folder if folder.is_dir() else slips(folder, count, pages)

    @cached_property
    def base(self) -> float:
        """Seconds of a run of one document, but its delay: interpreter, imports, workers."""
        with server(DELAY) as url:
            one = self.folder(1)
            # The least of three: whatever else the machine does only adds to it.
            runs = [extract(url, one, f"one-{turn}", 1) for turn in range(3)]
        found = min(run.seconds for run in runs) - DELAY
        self.idle = min(run.processor for run in runs)
        print(
            f"a run of one document takes {found:.2f} s beside its call of {DELAY} s, and "
            f"{self.idle:.2f} s of processor time; both are left out where a figure is for each"
        )
        return found

    # --- the parts ----------------------------------------------------------------------------

    def start(self) -> None:
        """The command line without work."""
        turns = 3 if self.quick else 10
        script = str(Path(sys.executable).with_name("docglean"))
        python = min(_silent([sys.executable, "-c", "pass"]) for _ in range(turns))
        told = min(_silent([script, "--help"]) for _ in range(turns))
        print(f"docglean --help {told:.3f} s, python -c pass {python:.3f} s: {told / python:.1f}")

    def one(self) -> None:
        """One document, side by side with one bare call."""
        folder = self.folder(1)
        with server(0.0) as url:
            told = ["-m", "bench.operations", "--bare", url, "1", "1"]
            turns = [(extract(url, folder, f"alone-{turn}", 1), measured(told))
                     for turn in range(3 if self.quick else 7)]  # fmt: skip
        ours = min(run.processor for run, _ in turns)
        theirs = min(script.processor for _, script in turns)
        print(
            f"processor s: docglean {ours:.2f}, the bare script {theirs:.2f}: {ours / theirs:.2f}"
        )
        for name, seconds in libraries().items():
            print(f"    {name}: {seconds:.2f}")

    def widths(self) -> None:
        """Wall time beside the ideal and beside the bare loop."""
        base = self.base
        print("calls at once | documents | ideal s | docglean s | to ideal | bare SDK s | to SDK "
              "| processor ms each, ours | SDK's")  # fmt: skip
        with server(DELAY) as url:
            for width in WIDTHS:
                count = int(self.ideal / DELAY * width)
                took = extract(url, self.folder(count), f"width-{width}", width)
                loop, worked = bare(url, count, width)
                ideal, each = count * DELAY / width, 1e3 / count
                net = took.seconds - base
                print(
                    f"{width:13} | {count:9} | {ideal:7.1f} | {net:10.2f} | {net / ideal:8.2f} | "
                    f"{loop:10.2f} | {net / loop:6.2f} | "
                    f"{(took.processor - self.idle) * each:23.1f} | {worked * each:5.1f}",
                    flush=True,
                )
        for name, each in reading(self.folder(count), f"{self.place / 'slip.py'}:Slip").items():
            print(f"    of ours, without any call: {name} {each:.1f} ms")

    def flow(self) -> None:
        """The flow beside the command line, with as many calls at once in all."""
        count = int(self.ideal / DELAY * 8)
        folder = self.folder(count)
        with server(DELAY) as url, prefect_server(self.place / "prefect") as api:
            plain = extract(url, folder, "plain", 8)
            from docglean.flows.extract import SHARD
            from docglean.flows.task_runner import THREADS, shard_size

            tasks = -(-count // shard_size(count, SHARD, THREADS))
            width = 8 // min(tasks, THREADS)  # for each of the tasks that run side by side
            flow = extract(url, folder, "flow", width, flow=True, environment=api)
        print(
            f"{count} documents: flow in {tasks} tasks {flow.seconds:.1f} s, docglean extract "
            f"{plain.seconds:.1f} s: {flow.seconds / plain.seconds:.2f}; processor "
            f"{flow.processor:.1f} s and {plain.processor:.1f} s, of which `import prefect` takes "
            f"{measured(['-c', 'from prefect import flow']).processor:.1f} s"
        )

    def warm(self) -> None:
        """A rerun pays nothing and draws nothing."""
        base, count = self.base, int(self.ideal / DELAY * 8)
        folder = self.folder(count)
        with server(DELAY) as url:
            cold = extract(url, folder, "cold", 8)
            warm = extract(url, folder, "warm", 8, ledger="cold")
        each = (warm.seconds - base) / count * 1e3
        print(
            f"{count} documents: warm {warm.seconds:.1f} s ({each:.1f} ms each beside the start), "
            f"cold {cold.seconds:.1f} s: {warm.seconds / cold.seconds:.2f}"
        )

    def tracing(self) -> None:
        """Traces and metrics, to the stand-in, which takes them as it takes anything."""
        count = 64 if self.quick else 512
        folder = self.folder(count)
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
        with server(0.0) as url, server(0.0) as receiver:
            told["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.removesuffix("/v1")
            rounds = [
                (
                    extract(url, folder, f"dark-{turn}", 8),
                    extract(url, folder, f"seen-{turn}", 8, environment=told),
                )
                for turn in range(3)
            ]
        dark = min(one.processor for one, _ in rounds)
        seen = min(other.processor for _, other in rounds)
        print(f"{count} documents: processor {dark:.2f} s without and {seen:.2f} s with traces and "
              f"metrics: {seen / dark:.2f}")  # fmt: skip

    def render(self) -> None:
        """Pages of samples/: raw PyMuPDF, ours in this process, ours through a worker."""
        asyncio.run(render(3 if self.quick else 20))

    def show(self) -> None:
        """Results of two samples, again and again."""
        place = self.place / "shown"
        samples = [str(SAMPLES / f"{name}.pdf") for name in SHOWN]
        words = ["extract", *samples, "--engine", "local", "--out", str(place), "--quiet"]
        measured(["-m", "docglean", *words], allowed=(0, 1))
        lines = (place / "results.jsonl").read_text("utf-8")
        print("documents | can be opened after s | processor s | to the end s | processor s | "
              "MB to open")  # fmt: skip
        rounds: list[Shown] = []
        for count in (4, 40) if self.quick else (20, 200):
            results = self.place / f"show-{count}.jsonl"
            results.write_text(lines * (count // len(SHOWN)), "utf-8")
            took = shown(results)
            rounds.append(took)
            opened = [results.with_suffix(".html"), self.place / f"show-{count}-pages" / "1.html"]
            size = sum(path.stat().st_size for path in opened) / 1e6
            print(f"{count:9} | {took.opened:21.2f} | {took.opened_processor:11.2f} | "
                  f"{took.seconds:12.1f} | {took.processor:11.1f} | {size:10.2f}",
                  flush=True)  # fmt: skip
        few, many = (took.opened_processor for took in rounds)
        print(f"ten times as many: {many / few:.2f} of the processor time until it can be opened")

    def memory(self) -> None:
        """Many documents, with answers at once."""
        base = self.base
        print("documents | seconds | ms each | MB of the run | of its workers | processor ms each")
        with server(0.0) as url:
            for count in (20, 100) if self.quick else (100, 1_000, 10_000):
                took = extract(url, self.folder(count), f"many-{count}", 64)
                self._row(f"{count:9,}", took, count, base)

    def long(self) -> None:
        """One PDF of many pages."""
        base = self.base
        print("    pages | seconds | ms each | MB of the run | of its workers | processor ms each")
        with server(0.0) as url:
            for pages in (20, 100) if self.quick else (200, 2_000):
                took = extract(url, self.folder(1, pages), f"long-{pages}", 8)
                self._row(f"{pages:9,}", took, pages, base)

    def _row(self, head: str, took: Took, count: int, base: float) -> None:
        print(
            f"{head} | {took.seconds:7.1f} | {(took.seconds - base) / count * 1e3:7.1f} | "
            f"{took.memory / 1e6:13.0f} | {took.workers / 1e6:14.0f} | "
            f"{(took.processor - self.idle) / count * 1e3:8.1f}",
            flush=True,
        )


def _silent(words: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started


@contextmanager
def prefect_server(home: Path) -> Iterator[dict[str, str]]:
    """A Prefect server of this machine; the environment that reaches it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    told = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    words = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *words], env={**os.environ, **told},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                with urllib.request.urlopen(f"{api}/health", timeout=2):
                    break
            except OSError:
                if process.poll() is not None:
                    sys.exit("the Prefect server did not start")
                time.sleep(0.5)
        yield told
    finally:
        process.terminate()
        process.wait()


async def render(rounds: int) -> None:
    """Milliseconds a page: drawing and encoding by raw PyMuPDF and Pillow, and by docglean."""
    from docglean.extractors.document_limits import Limits
    from docglean.extractors.documents.document import open_document
    from docglean.extractors.documents.page_info import SourceFile
    from docglean.extractors.documents.render import image_size, render_page
    from docglean.extractors.documents.workers import Workers
    from docglean.extractors.render_policy import RenderPolicy

    policy = RenderPolicy("bench", 1568, None, 28)
    print("document                 | pages | raw ms | ours ms | to raw | in a worker ms | to raw")
    async with Workers(Limits(workers=1)) as pool:
        for path in [SAMPLES / f"{name}.pdf" for name in DRAWN]:
            document = await open_document(path, pool, pool.limits)
            pages = document.pages
            source = SourceFile(path.name, str(path), document.media_type)
            sizes = [image_size(info, policy) for info in pages]
            kinds = [(await document.image(info.number, policy)).media_type for info in pages]
            least = [float("inf")] * 3
            for _ in range(rounds):
                begun = time.perf_counter()
                raw(path, sizes, kinds)
                least[0] = min(least[0], time.perf_counter() - begun)
                begun = time.perf_counter()
                for info in pages:
                    render_page(source, info, policy)
                least[1] = min(least[1], time.perf_counter() - begun)
                begun = time.perf_counter()
                for info in pages:
                    await document.image(info.number, policy)
                least[2] = min(least[2], time.perf_counter() - begun)
            bare, here, there = (seconds / len(pages) * 1e3 for seconds in least)
            print(
                f"{path.name:24} | {len(pages):5} | {bare:6.1f} | {here:7.1f} | {here / bare:6.2f} "
                f"| {there:14.1f} | {there / bare:6.2f}",
                flush=True,
            )


def raw(path: Path, sizes: list[tuple[int, int]], kinds: list[str]) -> None:
    """Each page drawn by PyMuPDF at this size, and encoded by Pillow as this media type."""
    import pymupdf
    from PIL import Image

    with pymupdf.open(path) as pdf:
        for page, (width, height), kind in zip(pdf, sizes, kinds, strict=True):
            scale = pymupdf.Matrix(width / page.rect.width, height / page.rect.height)
            pixmap = page.get_pixmap(matrix=scale, alpha=False)
            image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples_mv)
            if kind == "image/png":
                image.save(io.BytesIO(), "PNG", compress_level=1)
            else:
                image.save(io.BytesIO(), "JPEG", quality=85)


PARTS = ("start", "one", "widths", "flow", "warm", "tracing", "render", "show", "memory", "long")


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="only these")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--bare", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.serve is not None:
        serve(told.serve)
        return
    if told.bare is not None:
        bare_loop(told.bare[0], int(told.bare[1]), int(told.bare[2]))
        return
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory(prefix="docglean-bench-") as name:
        bench = Bench(Path(name), told.quick)
        for part in told.part or PARTS:
            print(f"\n{part}")
            getattr(bench, part)()


if __name__ == "__main__":
    main()
