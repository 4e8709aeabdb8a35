"""What the doctor found, for people and for programs."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from docglean.doctor.check import Finding, Found, worst
from docglean.extractors.printable import printable

NAME = 24
"""Columns of what was looked at; of a longer name the rest goes on below it."""
INDENT = 7


def as_data(found: list[Found]) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "state": worst(found),
        "findings": [{"part": one.part, **asdict(one.finding)} for one in found],
    }


def as_text(found: list[Found], *, every: bool) -> str:
    """As lines of the terminal's width, 80 where there is none.

    Args:
        every: what is not set up is told a line each, with how to set it up; else its names.
    """
    width = min(shutil.get_terminal_size((80, 24)).columns, 120)
    lines: list[str] = []
    for part, group in groupby(found, key=lambda one: one.part):
        lines += [part, *_part([one.finding for one in group], width, every), ""]
    return "\n".join([*lines, _sum(found, every=every)])


def _part(findings: Sequence[Finding], width: int, every: bool) -> Iterator[str]:
    left_out = [one for one in findings if one.state == "off"]
    for one in findings:
        if one.state != "off":
            yield from _lines(one, width)
    if every:
        for one in left_out:
            yield from _lines(one, width)
    elif left_out:
        names = ", ".join(one.what for one in left_out)
        yield from _wrapped(f"not set up: {names}", width, " " * INDENT)


def _lines(one: Finding, width: int) -> Iterator[str]:
    state = {"off": "-"}.get(one.state, one.state)
    name = printable(one.what)
    head = f"  {state:4} {name:{NAME}} "
    indent = " " * len(f"  {state:4} {'':{NAME}} ")
    text = printable(one.told)
    if len(name) > NAME:
        yield head.rstrip()
        yield from _wrapped(text, width, indent)
    else:
        first, *rest = list(_wrapped(text, width, indent)) or [indent]
        yield head + first[len(indent) :]
        yield from rest
    if one.way_out and one.state != "ok":
        yield from _wrapped(f"-> {printable(one.way_out)}", width, indent)


def _wrapped(text: str, width: int, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _sum(found: list[Found], *, every: bool) -> str:
    states = [one.finding.state for one in found]
    bad = [f"{states.count(state)} {state}" for state in ("fail", "warn") if state in states]
    off = "; --all tells how to set up the rest" if "off" in states and not every else ""
    return f"{', '.join(bad) or 'All is well'}{off}."
