"""Draw documents, read them with the engine `local`, print what is right: see `bench.generated`."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from docglean.evaluation.layouts import load_labels
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers

import bench.tables
from bench.embedded import Outcome, read_set, wrong
from bench.generated.folder import write_folder
from bench.generated.generator import KINDS, Generated, documents
from bench.generated.report import by_caption, table

DOCUMENTS = 40


async def read_folder(folder: Path, *, fresh: bool = False) -> Outcome:
    """What the engine reads of a folder of generated documents."""
    async with Workers(Limits(workers=2)) as pool:
        labels = load_labels([folder])[0]
        return await read_set(labels, pool, fresh=fresh)


def report(kind: str, generated: Sequence[Generated], folder: Path, *, show_wrong: bool) -> None:
    """Write, read and print the documents of a kind."""
    write_folder(folder, generated)
    outcome = asyncio.run(read_folder(folder))
    seconds = outcome.seconds / max(outcome.pages, 1)
    print(f"\n{kind}: {outcome.documents} documents, {outcome.pages} pages, "
          f"{seconds:.2f} s a page for the rules alone")  # fmt: skip
    print("\n".join(table(outcome.rows)))
    print("\n".join(by_caption(outcome.rows, {one.id: one for one in generated})))
    if show_wrong:
        print("\n".join(wrong(outcome)))
    for failure in outcome.failed:
        print(f"  failed: {failure}")


def report_tables(generated: Sequence[Generated], folder: Path) -> None:
    """Write tables, find them, print how well they are found and divided, as `bench.tables`."""
    write_folder(folder, generated)
    files = [(folder / one.label().file, one.expected["tables"]) for one in generated]

    async def found() -> bench.tables.Outcome:
        async with Workers(Limits(workers=2)) as pool:
            return await bench.tables.ours(files, pool)

    print(f"\ntable: {len(files)} documents\n{bench.tables.HEAD}")
    print(bench.tables.line("ours", asyncio.run(found()), None))


def main() -> None:
    """Draw and read what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, help="drawn and printed if not given")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="of each kind")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), dest="kinds")
    parser.add_argument("--scans", type=float, default=0.0, help="share of them that are scans")
    parser.add_argument("--out", type=Path, help="where the documents are kept")
    parser.add_argument("--wrong", action="store_true", help="list what is not right")
    told = parser.parse_args()
    seed = told.seed if told.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    for kind in told.kinds or KINDS:
        generated = list(documents(seed, told.documents, [kind], scans=told.scans))
        with tempfile.TemporaryDirectory() as scratch:
            folder = told.out / kind if told.out else Path(scratch)
            if kind == "table":
                report_tables(generated, folder)
            else:
                report(kind, generated, folder, show_wrong=told.wrong)


if __name__ == "__main__":
    main()
