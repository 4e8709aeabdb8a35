"""Where the files of a run are divided, as it was asked for: auto, off, every N pages, a plan file.

A plan file is JSON that `docglean split --plan` writes and a person may change::

    {"parts": [{"pages": "1-3"}, {"pages": "4"}]}

Of several files it holds a list, each with the name of its file::

    {"documents": [{"name": "scan.pdf", "parts": [{"pages": "1-3"}]}]}

Pages that are not to be read are named beside the parts: ``"leave_out": ["5", "8-9"]``. With the
``"sha256"`` that docglean writes, a plan serves no other file. What else stands in an entry is for
people to read; its ``"kind"`` is shown and decides nothing.
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
SHOWN = 12
"""Digits of a SHA-256 in messages."""
_SHA256 = re.compile("[0-9a-f]{64}")
MOST_BYTES = 16_000_000
"""A plan file is no larger: 100,000 parts with their reasons."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Where one file is divided.

    Attributes:
        ranges: ascending, none over another; pages between them are not read.
        name: of the file; empty: whichever it is.
        leave_out: pages of which it is known that they are not to be read.
        kinds: of the parts, for people to read.
        sha256: of the file, in hex; empty where it is not known.
        made_of: name of the file that it was made of, for messages.
    """

    ranges: tuple[PageRange, ...]
    name: str = ""
    leave_out: tuple[PageRange, ...] = ()
    kinds: tuple[str, ...] = ()
    sha256: str = ""
    made_of: str = ""

    def kind_of(self, page: int) -> str:
        """The kind of the part with this page; empty where none is told."""
        told = zip(self.ranges, self.kinds, strict=False)
        return next((kind for (first, last), kind in told if first <= page <= last), "")

    def check(self, name: str, sha256: str, count: int) -> None:
        """Refuse the plan for another file than it is of.

        Args:
            name, sha256: of the file.
            count: its pages.

        Raises:
            ConfigError: ``bad_split``.
        """
        if self.sha256 and sha256 and self.sha256 != sha256:
            raise ConfigError(
                "bad_split",
                f"The plan is of {self.made_of or 'another file'} "
                f"(SHA-256 {self.sha256[:SHOWN]}...), not of {name} (SHA-256 {sha256[:SHOWN]}...).",
                f'Have one made of {name} by `docglean split`; or delete the "sha256" of this one, '
                "if it serves all the same.",
            )
        last = self.ranges[-1][1]
        if last > count:
            raise _wrong(f"The plan has page {last} of {name}, whose last page is {count}.")


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
        self, name: str, pages: Sequence[int], count: int = 0, sha256: str = ""
    ) -> tuple[PageRange, ...] | None:
        """The parts of a file that were told, each from the first to the last of its pages that are
        read; None where its pages have to be looked at.

        Args:
            name: of the file.
            pages: numbers of those that are read, ascending.
            count: pages of the file; by default the last of those.
            sha256: of the file.

        Raises:
            ConfigError: ``bad_split``, the plan names pages that the file doesn't have, or is of
                another file.
        """
        if not pages or self.mode == "off":
            return ((pages[0], pages[-1]),) if pages else ()
        if self.mode == "every":
            cut = [pages[at : at + self.every] for at in range(0, len(pages), self.every)]
            return tuple((part[0], part[-1]) for part in cut)
        plan = self.plan_of(name, sha256)
        if plan is None:
            return None
        plan.check(name, sha256, count or pages[-1])
        read = (
            pages[bisect_left(pages, first) : bisect_right(pages, end)]
            for first, end in plan.ranges
        )
        return tuple((part[0], part[-1]) for part in read if part)

    def plan_of(self, name: str, sha256: str = "") -> FilePlan | None:
        """The plan of the file of this name, or else of this content, if there is one."""
        named = (one for one in self.plans if one.name in ("", name))
        alike = (one for one in self.plans if sha256 and one.sha256 == sha256)
        return next(named, None) or next(alike, None)

    def settles(self, name: str, sha256: str = "") -> bool:
        """Whether it was told where this file is divided, so that nobody has to doubt it."""
        return self.mode == "every" or self.plan_of(name, sha256) is not None

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
    plan = _file_plan(told, name)
    # The only one tells what it is of by the hash: the file may be called otherwise by now.
    return (replace(plan, name="") if plan.sha256 else plan,)


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
    called = _text(told, "name", name)
    sha256 = _text(told, "sha256", name).lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise _wrong(f'{name}: "sha256" is no SHA-256 in 64 hex digits.')
    kinds = tuple(_text(part, "kind", name) for part in parts)
    left = told.get("leave_out", [])
    left = left if isinstance(left, list) else [left]
    where = f'{name}: each entry of "leave_out"'
    left_out = tuple(_range(one, where) for one in left)
    return FilePlan(tuple(ranges), called, left_out, kinds, sha256, called)


def _text(entry: Any, key: str, name: str) -> str:
    """What an entry of a plan file has by this key; empty where it has none."""
    told = entry.get(key, "") if isinstance(entry, dict) else ""
    if not isinstance(told, str):
        raise _wrong(f'{name}: "{key}" is no text.')
    return told


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
