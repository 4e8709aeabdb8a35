"""A file that is read as several documents: which they are, and what is unsure of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docglean.extractors.documents.attachments import ATTACHMENTS_NOT_READ
from docglean.extractors.extraction import PartRecord
from docglean.extractors.open_document import OpenDocument, open_part, with_nothing_read
from docglean.extractors.packets.portfolio import (
    has_attachments,
    open_attachment,
    plan_portfolio,
)
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem

if TYPE_CHECKING:
    from docglean.extractors.packets.plan import Ask


@dataclass(frozen=True, slots=True)
class Division:
    """An open file, and the documents in it.

    Attributes:
        opened: nothing of it is read yet: each document reads its own pages.
        told: what the first document says of what is attached to the file; None where nothing of
            that was read, which the file says itself.
        planned: problems of planning, each of which the document says that has its page.
        asked: problems of asking a model, which the first document says, too.
    """

    opened: OpenDocument
    parts: tuple[PartRecord, ...]
    told: tuple[Problem, ...] | None = None
    planned: tuple[Problem, ...] = ()
    asked: tuple[Problem, ...] = ()

    def parts_by_uri(self) -> Iterator[tuple[PartRecord, str]]:
        """Each document with its uri, in the order of their pages."""
        return ((part, part.uri_in(self.opened.file.uri)) for part in self.parts)

    def whole(self) -> OpenDocument:
        """The file as one document all the same, which is a problem of it. What is attached to it
        is not read then, as it says itself."""
        own = [part for part in self.parts if not part.attachment]
        problems = (*self.opened.problems, *self.planned, *self.asked)
        opened = replace(self.opened, problems=problems)
        if len(own) < 2:
            return opened
        begins = ", ".join(f"page {part.first}" for part in own)
        problem = Problem(
            code="several_documents",
            message=f"The file seems to hold {len(own)} documents, which begin on {begins}; "
            "their values may be mixed.",
            page=own[1].first,
            way_out="Have each read alone, by `extract_many` or the command line.",
        )
        return replace(opened, problems=(*opened.problems, problem))

    def open(self, run: RunContext, part: PartRecord) -> OpenDocument:
        """One of the documents on its pages."""
        opened = open_part(run, self.opened, part, self._problems(part))
        if self.told is not None:
            opened.document.drop_problems(ATTACHMENTS_NOT_READ)
        return opened

    @asynccontextmanager
    async def opened_part(self, run: RunContext, part: PartRecord) -> AsyncIterator[OpenDocument]:
        """One of the documents, also where it is attached; it is there as long as the block runs.

        Raises:
            SourceError: it can't be taken out or opened.
        """
        if not part.attachment:
            yield self.open(run, part)
            return
        async with open_attachment(run, self.opened, part) as opened:
            settled = run.split.of_attachments().settles(f"{self.opened.name}#{part.attachment}")
            yield replace(opened, problems=self._problems(part), settled=settled)

    def _problems(self, part: PartRecord) -> tuple[Problem, ...]:
        first = (*(self.told or ()), *self.asked) if part.number == 1 else ()
        planned = (one for one in self.planned if _says(part, one))
        return (*first, *planned, *_doubts(self.opened.name, part))


async def divide(
    run: RunContext, opened: OpenDocument, ask: Ask | None = None
) -> OpenDocument | Division:
    """The documents in a file; the file itself where it is one document.

    Args:
        ask: as `plan_packet`.

    Raises:
        ConfigError, SourceError: as `plan_packet`.
    """
    if run.split.mode == "off" or (len(opened.pages) < 2 and not has_attachments(opened.document)):
        return opened
    found = await plan_portfolio(run, opened, ask)
    plan, settled = found.plan, run.split.settles(opened.name, opened.document.sha256)
    if len(plan.parts) < 2 and not any(part.attachment for part in plan.parts):
        (part,) = plan.parts  # a plan may leave pages out
        pages = tuple(page for page in opened.pages if part.first <= page <= part.last)
        problems = found.replace_problems(opened.document)
        return replace(opened, pages=pages, problems=problems, settled=settled)
    apart = replace(with_nothing_read(run, opened), settled=settled)
    return Division(apart, plan.parts, found.told, planned=plan.problems)


def _says(part: PartRecord, problem: Problem) -> bool:
    """Whether it is this document that says a problem of planning the file's own pages."""
    return not part.attachment and part.first <= (problem.page or 0) <= part.last


def _said(part: PartRecord) -> str:
    one = part.first == part.last
    return f"page {part.first}" if one else f"pages {part.first} to {part.last}"


def _doubts(file: str, part: PartRecord) -> Iterator[Problem]:
    """What makes a part one to look at: it may begin before its first page or end after its last,
    and then its values are those of two documents, or of half a one."""
    from docglean.extractors.packets.plan import SURE

    if part.certainty >= SURE:
        return
    why = f" ({'; '.join(part.why)})" if part.why else ""
    yield Problem(
        code="unsure_boundary",
        message=f"That {file} has one document, and all of it, on {_said(part)} is "
        f"{part.certainty:.0%} sure{why}.",
        page=part.first,
        way_out=f"See `docglean split {file}`; a plan corrected by hand is read by --split PLAN.",
    )
