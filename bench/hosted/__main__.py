"""The soak from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import loopback

import bench.hosted
from bench.hosted.faults import VENDORS
from bench.hosted.report import outcome_of, table
from bench.hosted.run import soak

QUICK = 36
"""Documents with ``--quick``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hosted",
        description=bench.hosted.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, default=300, help="in all, a third each vendor")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} documents: too few to quote")
    told = parser.parse_args(arguments)
    # Connections that break are meant to.
    loopback.Server.handle_error = lambda *_: None  # type: ignore[method-assign]
    count = (QUICK if told.quick else told.documents) // len(VENDORS)
    with TemporaryDirectory(prefix="docglean-hosted-") as place:
        found = {
            name: outcome_of(soak(name, count, told.seed, Path(place) / name)) for name in VENDORS
        }
    print(table(found))
    return int(any(one.broken for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
