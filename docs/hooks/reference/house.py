"""The line that a document goes down, from CONTRIBUTING, where a test holds it to the code."""

from __future__ import annotations

import re
from html import escape

from .source import REPOSITORY

STEP = re.compile(r"(\w+)(?: -> |$)")
READER = re.compile(r"^ +(\S.*?) +<- (\w[\w, ]*)(.*)$")
ROOMS = {"flows/export": "flows/export/", "extraction": "extractors/extraction.py"}
"""What is no folder of extractors/."""


def drawn() -> str:
    """The steps as a list, each with its rooms; that which reads with those that may."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    picture = next(block for block in text.split("```") if "\nopen_document -> " in block)
    steps, *below = picture.strip("\n").splitlines()
    places = [(found[1], found.start()) for found in STEP.finditer(steps)]
    ends = [start for _, start in places[1:]] + [200]
    readers = [found for line in below if (found := READER.match(line))]
    under = [line for line in below if "<-" not in line][:2]
    parts = []
    for (name, start), end in zip(places, ends, strict=True):
        rooms = [word for line in under for word in line[start:end].strip(" |").split()]
        parts.append(_step(name, rooms, readers if name == "read" else []))
    return f'<ol class="line">\n{"".join(parts)}</ol>'


def _step(name: str, rooms: list[str], readers: list[re.Match[str]]) -> str:
    told = " ".join(f"<span>{escape(ROOMS.get(room, f'{room}/'))}</span>" for room in rooms)
    forks = "".join(
        f"<li><b>{escape(found[2].strip())}</b> <span>{escape(found[1])}</span></li>"
        for found in readers
    )
    return f"<li><b>{escape(name)}</b> {told}{f'<ul>{forks}</ul>' if forks else ''}</li>\n"
