"""Where a file that holds several documents is divided, as a plan of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import PartRecord
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.packets.boundaries import boundary_model
from docglean.extractors.packets.gap_signs import gap_signs
from docglean.extractors.packets.page_signs import PageSigns, Telling, page_signs
from docglean.extractors.run import RunContext
from docglean.extractors.split_choice import AUTO, PageRange, SplitChoice
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema

SURE = 0.9
"""Certainty below which a part's begin or end is unsure, and has to be looked at: on documents put
together at random no wrong begin was as likely (`python -m bench.packets`)."""
BEGINS = 0.5
"""How likely a begin has to be."""
MAYBE = 0.2
"""How likely a begin within a part is that makes the part unsure. Pages of one document are seldom
as unlike as that: else every long document were one to look at."""
WINDOW = 50
"""Pages whose words are held at once, where a file has more: then they are let go, and read again
from the ledger where a part is read."""


@dataclass(frozen=True, slots=True)
class PacketPlan:
    """The documents that a file holds.

    Attributes:
        parts: in the order of their pages; a single one where the file is one document.
        problems: of planning. That a part is unsure, its certainty tells.
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
    del run
    pages = opened.pages
    if opened.document.medium != "pages" or not pages:
        return PacketPlan((PartRecord(number=1, of=1, first=1, last=max(1, len(pages))),))
    told = choice.ranges(opened.name, pages)
    if told is not None:
        return PacketPlan(_told_parts(told))
    if len(pages) == 1:
        return PacketPlan(_told_parts(((pages[0], pages[0]),)))
    signs = await _read_signs(opened, Telling(schemas))
    return planned(await asyncio.to_thread(parts_by_signs, signs))


def planned(parts: Sequence[PartRecord]) -> PacketPlan:
    """The plan of these parts, with what is unsure of a file that is one document."""
    problems = []
    if len(parts) == 1 and parts[0].certainty < SURE:
        (part,) = parts
        problems.append(
            Problem(
                code="several_documents",
                message="The file may hold several documents, whose values may be mixed: that it "
                f"is one is {part.certainty:.0%} sure ({'; '.join(part.why)}).",
                page=part.first,
                way_out="Look at it, and tell where it is divided: --split PLAN.",
            )
        )
    return PacketPlan(tuple(parts), tuple(problems))


async def _read_signs(opened: OpenDocument, telling: Telling) -> list[PageSigns]:
    """The signs of all pages; of a long file, words are held no longer than they are looked at."""
    found: list[PageSigns] = []
    pages = opened.pages
    for at in range(0, len(pages), WINDOW):
        numbers = pages[at : at + WINDOW]
        await opened.words.read(numbers)
        words = {page.page: page for page in opened.words.readable(numbers)}
        found += await asyncio.to_thread(
            lambda numbers, words: [page_signs(n, words.get(n), telling) for n in numbers],
            numbers,
            words,
        )
        if len(pages) > WINDOW:
            opened.words.let_go(numbers)
    return found


def parts_by_signs(pages: Sequence[PageSigns]) -> tuple[PartRecord, ...]:
    """The likeliest documents: one begins where that is likelier than not.

    Args:
        pages: in their order, at least one.
    """
    model = boundary_model()
    gaps = gap_signs(pages)
    likely = [model.probability(signs) for signs in gaps]
    starts = [0, *(place for place, one in enumerate(likely, 1) if one >= BEGINS)]
    ends = [*starts[1:], len(pages)]
    found = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        inner = range(start + 1, end)
        doubted = max(inner, key=lambda place: likely[place - 1], default=None)
        sure = [likely[at - 1] for at in (start, end) if 0 < at < len(pages)]
        why = model.why(gaps[start - 1], begins=True) if start else ()
        if doubted is not None and likely[doubted - 1] >= MAYBE:
            sure.append(1 - likely[doubted - 1])
            told = ", ".join(model.why(gaps[doubted - 1], begins=True))
            why += (f"another may begin on page {pages[doubted].page}: {told}",)
        found.append(
            PartRecord(
                number=number,
                of=len(starts),
                first=pages[start].page,
                last=pages[end - 1].page,
                certainty=round(min(sure, default=1.0), 4),
                kind=_kind(pages[start:end]),
                why=why,
            )
        )
    return tuple(found)


def several_documents(schema: Schema, pages: Sequence[PageWords]) -> list[Problem]:
    """The problem of pages that hold several documents, where the schema is for one: where it asks
    for the number of a document.

    Args:
        pages: words of those that were read. A single page is not divided.
    """
    telling = Telling((schema,), others=False)
    if len(pages) < 2 or not telling.numbers:
        return []
    parts = parts_by_signs([page_signs(page.page, page, telling) for page in pages])
    if len(parts) == 1:
        return []
    told = ", ".join(f"page {part.first}" for part in parts)
    return [
        Problem(
            code="several_documents",
            message=f"The file seems to hold {len(parts)} documents, which begin on {told}; "
            "their values may be mixed.",
            page=parts[1].first,
            way_out="Have it divided: --split auto; or read one document at a time: --pages.",
        )
    ]


def _kind(pages: Sequence[PageSigns]) -> str:
    """What the first page with words looks like."""
    page = next((one for one in pages if not one.blank), pages[0])
    return page.kind


def _told_parts(ranges: Sequence[PageRange]) -> tuple[PartRecord, ...]:
    """Parts as they were asked for."""
    why = ("it was told so",) if len(ranges) > 1 else ()
    return tuple(
        PartRecord(number=number, of=len(ranges), first=first, last=last, why=why)
        for number, (first, last) in enumerate(ranges, 1)
    )
