"""Where a file that holds several documents is divided, as a plan of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.extraction import PartRecord
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.rules.packets import beginnings
from docglean.extractors.run import RunContext
from docglean.extractors.split_choice import AUTO, PageRange, SplitChoice
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema, load_schema

SURE = 0.9
"""Certainty below which a part's begin or end is unsure, and has to be looked at."""


@dataclass(frozen=True, slots=True)
class PacketPlan:
    """The documents that a file holds.

    Attributes:
        parts: in the order of their pages; a single one where the file is one document.
        problems: of planning; what is unsure of a part, its certainty tells.
    """

    parts: tuple[PartRecord, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def unsure(self) -> tuple[PartRecord, ...]:
        """Parts of which it is not sure that they begin and end there."""
        return tuple(part for part in self.parts if part.certainty < SURE)


async def plan_packet(
    run: RunContext,
    opened: OpenDocument,
    schemas: Sequence[Schema],
    choice: SplitChoice = AUTO,
) -> PacketPlan:
    """Which documents a file holds, by the pages that are read of it.

    A recording, a single page and whatever is not to be divided is one part.

    Args:
        schemas: those of the run; one without a built-in kind is served as well.

    Raises:
        ConfigError: ``bad_split``, a plan names pages that are not there.
    """
    del schemas
    pages = opened.pages
    if opened.document.medium != "pages" or not pages:
        return PacketPlan((PartRecord(number=1, of=1, first=1, last=max(1, len(pages))),))
    told = choice.ranges(opened.name, pages)
    if told is not None:
        why = () if len(told) == 1 else ("it was told so",)
        return PacketPlan(_parts(told, {first: (1.0, why) for first, _ in told}))
    if len(pages) == 1:
        return PacketPlan(_parts([(pages[0], pages[0])], {}))
    await opened.words.read(pages)
    words = opened.words.readable(pages)
    starts = await asyncio.to_thread(beginnings, load_schema("invoice"), words)
    firsts = [pages[0], *(page for page in sorted(starts) if page != pages[0])]
    lasts = [pages[pages.index(first) - 1] for first in firsts[1:]] + [pages[-1]]
    return PacketPlan(_parts(list(zip(firsts, lasts, strict=True)), starts))


def _parts(
    ranges: Sequence[PageRange], starts: dict[int, tuple[float, tuple[str, ...]]]
) -> tuple[PartRecord, ...]:
    """Records of the parts; each is as sure as the less sure of its two ends."""
    sure = [starts.get(first, (1.0, ()))[0] for first, _ in ranges]
    sure[0:1] = [1.0]
    return tuple(
        PartRecord(
            number=number,
            of=len(ranges),
            first=first,
            last=last,
            certainty=round(min(sure[number - 1 : number + 1]), 4),
            why=starts.get(first, (1.0, ()))[1],
        )
        for number, (first, last) in enumerate(ranges, 1)
    )
