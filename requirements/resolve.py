"""Versions that work together: `make constraints` writes them, `make test-newest` compares.

    python requirements/resolve.py [--upgrade]     # writes constraints.txt beside this file
    python requirements/resolve.py --compare       # what is installed here and differs from it

One file holds for Python 3.11 to 3.13 on Linux and macOS: where a package needs different versions,
it stands there with markers. It names no index, no path and no hash, so that any mirror will do.
The extra `whisper` is not in it, since which build of torch is wanted only the user knows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / "constraints.txt"
EXTRAS = ("all", "dev")
HEADER = """\
# What demo, tests and container are installed from: pip install --constraint THIS_FILE ...
# Made by `make constraints`; newer versions by `make constraints UPGRADE=--upgrade`.
"""
EVERYWHERE = (
    " and (sys_platform == 'darwin' or sys_platform == 'linux')",
    "python_full_version < '3.14' and ",
    " and python_full_version < '3.14'",
    " ; python_full_version < '3.14'",
)
"""Markers that hold wherever docglean is installed: they say nothing, and hide those that do."""


def write(upgrade: bool) -> None:
    """Resolve; versions of today's file are kept where they still fit, unless told otherwise."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += [word for extra in EXTRAS for word in ("--extra", extra)]
    command += ["--upgrade"] if upgrade else []
    command += ["--output-file", str(CONSTRAINTS), str(HERE.parent / "pyproject.toml")]
    subprocess.run(command, check=True)
    text = CONSTRAINTS.read_text("utf-8")
    for marker in EVERYWHERE:
        text = text.replace(marker, "")
    CONSTRAINTS.write_text(HEADER + text, "utf-8")
    print(f"{len(pinned())} packages for this Python in {CONSTRAINTS.name}")


def pinned() -> dict[str, str]:
    """Version by package, for this Python on this machine."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    found = (Requirement(line) for line in lines if line and not line.startswith("#"))
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def compare() -> None:
    """Say which packages are installed here in another version than the file's."""
    known = pinned()
    installed = {canonicalize_name(one.name): one.version for one in distributions()}
    other = {
        name: version
        for name, version in sorted(installed.items())
        if name in known and version != known[name]
    }
    print(f"{len(other)} of {len(known)} packages differ from {CONSTRAINTS.name}")
    for name, version in other.items():
        print(f"  {name} {known[name]} -> {version}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="the newest that fit")
    parser.add_argument("--compare", action="store_true", help="only tell what differs here")
    told = parser.parse_args()
    if told.compare:
        compare()
    else:
        write(told.upgrade)
