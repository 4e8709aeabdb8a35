"""Where the files of a run are divided, as it was asked for: auto, off, every N pages, a plan file.

A plan file is JSON that `docglean split --plan` writes and a person may change::

    {"parts": [{"pages": "1-3"}, {"pages": "4"}]}

Of several files it holds a list, each with the name of its file::

    {"documents": [{"name": "scan.pdf", "parts": [{"pages": "1-3"}]}]}

Pages that are not to be read are named beside the parts: ``"leave_out": ["5", "8-9"]``. What else
stands in an entry is for people to read.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from docglean.schemas.errors import ConfigError

PageRange = tuple[int, int]
"""First and last page of a part, both included, from 1."""

_RANGE = re.compile(r"\s*(\d{1,7})\s*(?:-\s*(\d{1,7})\s*)?")
MOST_DIGITS = 10
"""Of a number of pages; longer ones are none."""
MOST_BYTES = 16_000_000
"""A plan file is no larger: 100,000 parts with their reasons."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Where one file is divided.

    Attributes:
        ranges: ascending, none over another; pages between them are not read.
        name: of the file; empty: whichever it is.
        leave_out: pages of which it is known that they are not to be read.
    """

    ranges: tuple[PageRange, ...]
    name: str = ""
    leave_out: tuple[PageRange, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """How the files of a run are divided.

    Attributes:
        mode: ``auto`` where documents seem to begin, ``off`` nowhere, ``every`` so many pages,
            ``plan`` as a file says; a file that it doesn't name is divided as with ``auto``.
        every: pages of a part, for that mode.
        plans: by file, for that mode.
    """

    mode: Literal["auto", "off", "every", "plan"] = "auto"
    every: int = 0
    plans: tuple[FilePlan, ...] = ()

    def ranges(
        self, name: str, pages: Sequence[int], count: int = 0
    ) -> tuple[PageRange, ...] | None:
        """The parts of a file that were told, each from the first to the last of its pages that are
        read; None where its pages have to be looked at.

        Args:
            name: of the file.
            pages: numbers of those that are read, ascending.
            count: pages of the file; by default the last of those.

        Raises:
            ConfigError: ``bad_split``, the plan names pages that the file doesn't have.
        """
        if not pages or self.mode == "off":
            return ((pages[0], pages[-1]),) if pages else ()
        if self.mode == "every":
            cut = [pages[at : at + self.every] for at in range(0, len(pages), self.every)]
            return tuple((part[0], part[-1]) for part in cut)
        plan = self.plan_of(name)
        if plan is None:
            return None
        last, count = plan.ranges[-1][1], count or pages[-1]
        if last > count:
            raise _wrong(f"The plan has page {last} of {name}, whose last page is {count}.")
        read = (
            pages[bisect_left(pages, first) : bisect_right(pages, end)]
            for first, end in plan.ranges
        )
        return tuple((part[0], part[-1]) for part in read if part)

    def plan_of(self, name: str) -> FilePlan | None:
        """The plan of the file of this name, if there is one."""
        return next((one for one in self.plans if one.name in ("", name)), None)

    def settles(self, name: str) -> bool:
        """Whether it was told where the file of this name is divided, so that nobody has to doubt
        it."""
        return self.mode == "every" or self.plan_of(name) is not None

    def of_attachments(self) -> SplitChoice:
        """The same for what is attached to a file: of plans only those that name it are meant."""
        return replace(self, plans=tuple(one for one in self.plans if one.name))


AUTO = SplitChoice()


def written_range(first: int, last: int) -> str:
    """A part's pages as plans have them: ``4``, ``4-6``."""
    return str(first) if first == last else f"{first}-{last}"


def parse_split(text: str) -> SplitChoice:
    """What ``auto``, ``off``, a number of pages or the path of a plan file asks for.

    Raises:
        ConfigError: ``bad_split``, it is none of them, or the file is no plan.
    """
    told = text.strip()
    if told in ("", "auto"):
        return AUTO
    if told == "off":
        return SplitChoice("off")
    if told.isdecimal() and len(told) < MOST_DIGITS:
        if int(told) < 1:
            raise _wrong("Parts of 0 pages can't be made.")
        return SplitChoice("every", every=int(told))
    path = Path(told)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _wrong(f"{told} is larger than any plan.")
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        meant = get_close_matches(told, ("auto", "off"), n=1)
        asked = f" Did you mean {meant[0]}?" if meant else ""
        raise _wrong(f"There is no plan file {told}.{asked}") from error
    except (OSError, ValueError) as error:  # a name may hold what no file's does
        why = error.strerror if isinstance(error, OSError) else error
        raise _wrong(f"{told!r} can't be read as a plan: {why}.") from error
    return SplitChoice("plan", plans=parse_plan(content, told))


def parse_plan(content: str, name: str) -> tuple[FilePlan, ...]:
    """The plans that a plan file holds.

    Args:
        content: JSON.
        name: of the plan file, for messages.

    Raises:
        ConfigError: ``bad_split``.
    """
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"{name} is no JSON: {error}.") from error
    if isinstance(told, dict) and "documents" in told:
        documents = told["documents"]
        if not isinstance(documents, list) or not documents:
            raise _wrong(f'{name}: "documents" is no list of plans.')
        plans = tuple(_file_plan(one, name) for one in documents)
        names = [one.name for one in plans]
        if "" in names or len(set(names)) < len(names):
            raise _wrong(f'{name}: each of its documents wants a "name" of its own.')
        return plans
    return (_file_plan(told, name),)


def _file_plan(told: Any, name: str) -> FilePlan:
    parts = told.get("parts") if isinstance(told, dict) else None
    if not isinstance(parts, list) or not parts:
        raise _wrong(f'{name} has no list of "parts".')
    ranges: list[PageRange] = []
    for number, part in enumerate(parts, 1):
        first, last = _range(part, f"{name}: part {number}")
        if ranges and first <= ranges[-1][1]:
            raise _wrong(
                f"{name}: part {number} begins on page {first}, but the part before it ends on "
                f"page {ranges[-1][1]}."
            )
        ranges.append((first, last))
    called = told.get("name", "")
    if not isinstance(called, str):
        raise _wrong(f'{name}: "name" is no text.')
    left = told.get("leave_out", [])
    left = left if isinstance(left, list) else [left]
    where = f'{name}: each entry of "leave_out"'
    return FilePlan(tuple(ranges), called, tuple(_range(one, where) for one in left))


def _range(part: Any, where: str) -> PageRange:
    pages = part.get("pages") if isinstance(part, dict) else part
    written = str(pages) if isinstance(pages, (str, int)) and not isinstance(pages, bool) else ""
    match = _RANGE.fullmatch(written)
    first = int(match[1]) if match else 0
    last = int(match[2] or first) if match else 0
    if not 0 < first <= last:
        raise _wrong(f'{where} wants its "pages", such as "4" or "4-6"; it has {pages!r}.')
    return first, last


def _wrong(message: str) -> ConfigError:
    return ConfigError(
        "bad_split",
        message,
        "Write auto, off, a number of pages, or a plan that `docglean split FILE --plan plan.json` "
        "wrote.",
    )
