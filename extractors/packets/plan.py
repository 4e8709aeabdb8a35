"""Where a file that holds several documents is divided, as a plan of its parts."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import PartRecord
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.packets.boundaries import boundary_model
from docglean.extractors.packets.gap_signs import gap_signs
from docglean.extractors.packets.page_signs import PageSigns, Telling, page_signs
from docglean.extractors.split_choice import AUTO, FilePlan, PageRange, SplitChoice
from docglean.schemas.errors import Problem, SourceError
from docglean.schemas.schema import Schema

SURE = 0.9
"""Certainty below which a part's begin or end is unsure, and has to be looked at: on documents put
together at random no wrong begin was as likely (`python -m bench.packets`)."""
BEGINS = 0.5
"""How likely a begin has to be."""
MOST_TOLD = 10
"""Pages that are named one by one."""
MAYBE = 0.2
"""How likely a begin within a part is that makes the part unsure. Pages of one document are seldom
as unlike as that: else every long document were one to look at."""
RIGHT = 0.9
"""How often a model is taken to be right about two pages that it is shown: provisional, as sure as
`SURE` and no surer, so that its word alone never makes sure what the signs speak against."""


Ask = Callable[[OpenDocument, Collection[int]], Awaitable[Mapping[int, bool]]]
"""Asks a model of these pages of a file whether another document begins there: as far as it says,
by page."""


@dataclass(frozen=True, slots=True)
class PacketPlan:
    """The documents that a file holds.

    Attributes:
        parts: in the order of their pages; a single one where the file is one document.
        problems: of planning. That a part is unsure, its certainty tells.
        sha256: of the file, where plans are written.
    """

    parts: tuple[PartRecord, ...]
    problems: tuple[Problem, ...] = ()
    sha256: str = ""

    @property
    def unsure(self) -> tuple[PartRecord, ...]:
        """Parts of which it is not sure that they begin and end there."""
        return tuple(part for part in self.parts if part.certainty < SURE)


async def plan_packet(
    opened: OpenDocument,
    schemas: Sequence[Schema],
    choice: SplitChoice = AUTO,
    ask: Ask | None = None,
) -> PacketPlan:
    """Which documents a file holds, by the pages that are read of it.

    A recording, a single page and whatever is not to be divided is one part.

    Args:
        schemas: those of the run; one without a built-in kind is served as well.
        ask: for pages on which the signs are not sure.

    Raises:
        ConfigError: ``bad_split``, a plan names pages that are not there.
        SourceError: ``no_such_page``, a plan has none of the pages that are read.
    """
    pages = opened.pages
    if opened.document.medium != "pages" or not pages:
        return PacketPlan((PartRecord(number=1, of=1, first=1, last=max(1, len(pages))),))
    sha256 = opened.document.sha256
    ranges = choice.ranges(opened.name, pages, len(opened.document.pages), sha256)
    if ranges is not None:
        plan = choice.plan_of(opened.name, sha256) or FilePlan(ranges)
        problems = tuple(_gaps_of_plan(opened, ranges, plan.leave_out))
        return PacketPlan(_told_parts(ranges, plan), problems)
    if len(pages) == 1:
        return PacketPlan((PartRecord(number=1, of=1, first=pages[0], last=pages[0]),))
    signs = await _read_signs(opened, Telling(schemas))
    gaps = await asyncio.to_thread(_gaps, signs)
    unsure = [gap.page for gap in gaps if MAYBE <= gap.likely < SURE]
    if ask is None or not unsure:
        return planned(_parts(signs, gaps))
    told = await ask(opened, unsure)
    return planned(_parts(signs, [gap.with_word(told.get(gap.page)) for gap in gaps]))


def _gaps_of_plan(
    opened: OpenDocument, ranges: Sequence[PageRange], left_out: Sequence[PageRange]
) -> Iterator[Problem]:
    """A problem for each gap in a plan: pages that were asked for, stand in no part, and of which
    it does not say that they are left out. They may be half of the document beside them.

    Args:
        ranges: of the parts.
        left_out: pages that the plan leaves out by name.

    Raises:
        SourceError: ``no_such_page``, no part has a page that is read.
    """
    if not ranges:
        raise SourceError(
            "no_such_page",
            f"{opened.name}: its plan has none of the pages that are to be read.",
            "Ask for other pages, or correct the plan.",
        )
    named = {page for first, last in (*ranges, *left_out) for page in range(first, last + 1)}
    starts = [first for first, _ in ranges]
    left = (page for page in opened.pages if page not in named)
    for before, gap in groupby(left, lambda page: bisect_right(starts, page)):
        pages = tuple(gap)
        told = ", ".join(map(str, pages[:MOST_TOLD])) + ", ..." * (len(pages) > MOST_TOLD)
        told = f"page {told}" if len(pages) == 1 else f"pages {told}"
        yield Problem(
            code="not_in_plan",
            message=f"No part of the plan of {opened.name} has {told}; what stands there was not "
            "read.",
            page=ranges[before - 1][1] if before else ranges[0][0],
            way_out='Add them to a part, or name them in the plan\'s "leave_out".',
        )


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
    async for numbers in opened.words.in_windows(opened.pages):
        words = {page.page: page for page in opened.words.readable(numbers)}
        found += await asyncio.to_thread(
            lambda numbers, words: [page_signs(n, words.get(n), telling) for n in numbers],
            numbers,
            words,
        )
    return found


def parts_by_signs(pages: Sequence[PageSigns]) -> tuple[PartRecord, ...]:
    """The likeliest documents: one begins where that is likelier than not.

    Args:
        pages: in their order, at least one.
    """
    return _parts(pages, _gaps(pages))


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between a page and the one before it.

    Attributes:
        likely: that a document begins on the page.
        signs: see `gap_signs`.
        word: a model's, whether one begins; None where it has none.
    """

    page: int
    likely: float
    signs: Mapping[str, float]
    word: bool | None = None

    def with_word(self, begins: bool | None) -> _Gap:
        """With what a model says, as evidence beside the signs.

        Both of one mind make it sure. Where they differ it is as the model says, for unsure signs
        are less often right than it is; but it stays unsure: a person has to look.
        """
        if begins is None:
            return self
        odds = self.likely / (1 - self.likely) * (RIGHT / (1 - RIGHT)) ** (1 if begins else -1)
        likely = odds / (1 + odds)
        if begins and self.likely >= BEGINS:
            likely = max(likely, SURE)
        elif not begins and self.likely >= BEGINS:
            likely = max(likely, MAYBE)
        return replace(self, likely=likely, word=begins)

    def why(self) -> tuple[str, ...]:
        """What speaks for a document that begins here."""
        said = ("the model says that another document begins here",) if self.word else ()
        return said + boundary_model().why(self.signs, begins=True)

    def doubt(self) -> str:
        """What is unsure where none is taken to begin."""
        told = ", ".join(boundary_model().why(self.signs, begins=True))
        against = "; the model says that none does" if self.word is False else ""
        return f"another may begin on page {self.page}: {told}{against}"


def _gaps(pages: Sequence[PageSigns]) -> list[_Gap]:
    """What is before the first page with words is no document: that page does not begin another."""
    model = boundary_model()
    first = next((place for place, page in enumerate(pages) if not page.blank), 0)
    return [
        _Gap(page.page, model.probability(signs) if place > first else 0.0, signs)
        for place, (page, signs) in enumerate(zip(pages[1:], gap_signs(pages), strict=True), 1)
    ]


def _parts(pages: Sequence[PageSigns], gaps: Sequence[_Gap]) -> tuple[PartRecord, ...]:
    """The documents between the gaps at which one is likelier to begin than not."""
    starts = [0, *(place for place, gap in enumerate(gaps, 1) if gap.likely >= BEGINS)]
    ends = [*starts[1:], len(pages)]
    found = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        doubted = max(gaps[start : end - 1], key=lambda gap: gap.likely, default=None)
        sure = [gaps[at - 1].likely for at in (start, end) if 0 < at < len(pages)]
        why = gaps[start - 1].why() if start else ()
        if doubted is not None and doubted.likely >= MAYBE:
            sure.append(1 - doubted.likely)
            why += (doubted.doubt(),)
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


def _told_parts(ranges: Sequence[PageRange], plan: FilePlan) -> tuple[PartRecord, ...]:
    """Parts as they were asked for."""
    why = ("it was told so",) if len(ranges) > 1 else ()
    return tuple(
        PartRecord(
            number=number,
            of=len(ranges),
            first=first,
            last=last,
            kind=plan.kind_of(first),
            why=why,
        )
        for number, (first, last) in enumerate(ranges, 1)
    )
