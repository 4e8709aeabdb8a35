"""Processor time of the next document of a kept client, to that of a new call for each.

    python -m bench.client [--count 8] [--schema invoice]

Both read the same one-page documents with the embedded engine, each document once by each;
the first of the kept client, which opens it, is told apart. Time is that of this process and of all
that it started, so that other work on the machine does not count, as far as it does not slow it.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.runs import slips
from docglean import Extractor, Settings, extract


def spent() -> float:
    """Seconds of processor time of this process, its children, and those that have ended."""
    own = psutil.Process()
    times = own.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in own.children(recursive=True):
        try:
            told = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += told.user + told.system
    return float(total)


def compare(folder: Path, count: int, schema: str) -> None:
    """Read `count` documents both ways, and print what came of it."""
    papers = sorted(slips(folder / "papers", count + 1).iterdir())
    kept: list[float] = []
    new: list[float] = []
    settings = [
        Settings(engine="local", ledger=str(folder / f"{name}.sqlite")) for name in ("kept", "new")
    ]
    begun = spent()
    with Extractor(schema, settings=settings[0]) as client:
        client.extract(papers[0])
        opened = spent() - begun
        for path in papers[1:]:
            before = spent()
            client.extract(path)
            kept.append(spent() - before)
    extract(papers[0], schema, settings=settings[1])  # makes its ledger, as the client has
    for path in papers[1:]:
        before = spent()
        extract(path, schema, settings=settings[1])
        new.append(spent() - before)
    next_one, each = statistics.median(kept), statistics.median(new)
    print(f"first of a client, with all that it opens   {opened:.2f} s")
    print(f"next of a kept client, median of {count:<10}  {next_one:.2f} s")
    print(f"a new call, median of {count:<21}  {each:.2f} s")
    print(f"new to kept                                 {each / max(next_one, 0.01):.1f}")


def main() -> None:
    """Take the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--schema", default="invoice")
    told = parser.parse_args()
    with TemporaryDirectory() as folder:
        compare(Path(folder), told.count, told.schema)


if __name__ == "__main__":
    main()
