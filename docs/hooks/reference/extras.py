"""Extras: what each is for, from the program, and how large what it brings is, where it is."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docglean.doctor.packages import EXTRAS

from .markdown import code, table


def made() -> str:
    """The table, with the sizes of what is installed where the page is made."""
    base = closure("")
    rows = [("docglean alone", "", _megabytes(base))]
    rows += [
        (code(name), use, _megabytes(closure(name) - base)) for name, (_, use) in EXTRAS.items()
    ]
    rows.append((code("all"), "all of these but `whisper`", _megabytes(closure("all") - base)))
    machine = f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
    return table(("extra", "what for", "megabytes, installed"), rows) + (
        f"\n\nMeasured when this page was made: {machine}. What an extra brings beside docglean "
        "and all that it always needs, with what two extras share counted for both."
    )


def closure(extra: str) -> set[str]:
    """Names of all that docglean asks for, directly or not, with this extra; those that are not
    installed included."""
    found: set[str] = set()
    open_ends = [("docglean", extra)]
    while open_ends:
        name, wanted = open_ends.pop()
        if name in found and not wanted:
            continue
        found.add(name)
        for one in _needs(name, wanted):
            ends = [(canonicalize_name(one.name), each) for each in ("", *one.extras)]
            open_ends += [end for end in ends if end[0] not in found or end[1]]
    return found


@cache
def _needs(name: str, extra: str) -> list[Requirement]:
    there = _installed(name)
    told = [Requirement(line) for line in (there.requires if there else None) or ()]
    return [one for one in told if one.marker is None or one.marker.evaluate({"extra": extra})]


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _megabytes(names: set[str]) -> str:
    sizes = [_bytes(name) for name in names - {"docglean"}]
    if None in sizes:
        return "not measured here"
    return f"{sum(size for size in sizes if size) / 1e6:,.0f}"


@cache
def _bytes(name: str) -> int | None:
    there = _installed(name)
    if there is None:
        return None
    places = (Path(str(file.locate())) for file in there.files or ())
    return sum(place.stat().st_size for place in places if place.is_file())
