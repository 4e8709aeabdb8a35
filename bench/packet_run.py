"""Files of many documents read to the end: memory, and whether parts say what single files say.

    python -m bench.packet_run [--evaldata FOLDER] [--pages 100,1000] [--scans N] [--seed N]

Documents of the labelled sets (native ones, and with --scans so many scanned receipts) are put
together at random, again and again, until a file has so many pages; `docglean extract --engine
local --split auto` reads it in a process of its own. Printed are peak memory of that process and of
its workers by the length of the file, as ratios; seconds of processor time a page; how many
documents came out whole; and of these, how many values are those that the same document gives as a
file of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pymupdf
from docglean.extractors import pipeline
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.flows.run_folder import RunFolder
from docglean.schemas.pointers import leaves
from docglean.schemas.schema import load_schema

from bench.runs import Took, measured

NATIVE = ("invoices_zugferd", "invoice2data")
SCANS = ("sroie", "sroie_more")
SAMPLES = Path(__file__).parents[1] / "samples" / "documents"
MOST_PAGES = 12
"""Of one document, so that no single one fills the file."""
SCHEMAS = ("invoice", "receipt")


def documents(evaldata: Path, scans: int, place: Path) -> list[Path]:
    """Each document as a PDF of its own."""
    found = [path for name in NATIVE for path in sorted((evaldata / name / "docs").glob("*.pdf"))]
    found += sorted(SAMPLES.glob("invoice*.pdf"))
    images = [path for name in SCANS for path in sorted((evaldata / name / "docs").glob("*.jpg"))]
    for image in images[:scans]:
        with pymupdf.open(image) as opened:
            path = place / f"{image.stem}.pdf"
            path.write_bytes(opened.convert_to_pdf())
            found.append(path)
    return [path for path in found if _pages(path) <= MOST_PAGES]


def _pages(path: Path) -> int:
    with pymupdf.open(path) as opened:
        return 0 if opened.needs_pass else len(opened)


def packet(chosen: Sequence[Path], pages: int, random: Random, to: Path) -> list[tuple[Path, int]]:
    """Write a file of at least so many pages; its documents, and the page that each begins on."""
    joined, begins = pymupdf.open(), []
    while len(joined) < pages:
        for path in random.sample(chosen, len(chosen)):
            if len(joined) < pages:
                begins.append((path, len(joined) + 1))
                with pymupdf.open(path) as one:
                    joined.insert_pdf(one)
    joined.save(to)
    joined.close()
    return begins


def read_packet(path: Path, out: Path, ledger: Path) -> Took:
    """Read it in a process of its own."""
    words = ["-m", "docglean", "extract", str(path), "--engine", "local", "--split", "auto"]
    words += [word for name in SCHEMAS for word in ("--schema", name)]
    environment = {"DOCGLEAN_LEDGER": str(ledger)}
    return measured([*words, "--out", str(out)], environment, allowed=(0, 1))


async def alone(paths: Sequence[Path], ledger: Path) -> dict[Path, Any]:
    """The values of each document as a file of its own."""
    settings = load_settings(engine="local", ledger=str(ledger))
    schemas = [load_schema(name) for name in SCHEMAS]
    async with await RunContext.open(settings, schemas, sending=False) as context:
        return {path: (await pipeline.extract(context, path)).values for path in paths}


def compared(begins: Sequence[tuple[Path, int]], out: Path, single: dict[Path, Any]) -> str:
    """How many documents came out whole, and with the values of their own file."""
    parts = {}
    for one in RunFolder.existing(out).extractions():
        first = 1 if one.document.part is None else one.document.part.first
        last = one.document.part.last if one.document.part else None
        parts[first] = (last, one.values, one.status)
    whole = same = every = unmarked = 0
    for path, first in begins:
        last, values, status = parts.get(first, (None, None, ""))
        if last != first + _pages(path) - 1:
            unmarked += status == "ok"
            continue
        whole += 1
        told, expected = dict(leaves(values)), dict(leaves(single[path]))
        every += len(told.keys() | expected.keys())
        same += sum(told.get(at) == expected.get(at) for at in told.keys() | expected.keys())
    return (
        f"{len(begins)} documents, {whole} came out whole, {unmarked} of the others as ok; "
        f"values as in a file of their own: {same} of {every}"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--pages", default="100,1000")
    parser.add_argument("--scans", type=int, default=0)
    parser.add_argument("--seed", type=int, default=5)
    said = parser.parse_args()
    if said.evaldata is None:
        parser.error("name the evaluation documents: --evaldata, or DOCGLEAN_EVALDATA")
    sizes = [int(size) for size in said.pages.split(",")]
    took: dict[int, Took] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        chosen = documents(Path(said.evaldata), said.scans, place)
        single = asyncio.run(alone(chosen, place / "single.sqlite"))
        for size in sizes:
            path = place / f"{size}.pdf"
            begins = packet(chosen, size, Random(said.seed), path)
            took[size] = read_packet(path, place / f"out-{size}", place / f"{size}.sqlite")
            print(f"{size} pages: {compared(begins, place / f'out-{size}', single)}", flush=True)
    first = took[sizes[0]]
    for size, one in took.items():
        print(
            f"{size} pages: memory {one.memory / 1e6:.0f} MB ({one.memory / first.memory:.2f} of "
            f"the first), workers {one.workers / 1e6:.0f} MB ({one.workers / first.workers:.2f}), "
            f"{one.processor / size:.2f} s of processor time a page"
        )


if __name__ == "__main__":
    main()
