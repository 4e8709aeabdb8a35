"""A file that is read as several documents: which they are, and what is unsure of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from docglean.extractors.extraction import PartRecord
from docglean.extractors.open_document import OpenDocument, open_part, with_nothing_read
from docglean.extractors.packets.plan import SURE, plan_packet
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem


@dataclass(frozen=True, slots=True)
class Division:
    """An open file, and the documents in it.

    Attributes:
        opened: nothing of it is read yet: each document reads its own pages.
    """

    opened: OpenDocument
    parts: tuple[PartRecord, ...]

    def parts_by_uri(self) -> Iterator[tuple[PartRecord, str]]:
        """Each document with its uri, in the order of their pages."""
        return ((part, part.uri_in(self.opened.file.uri)) for part in self.parts)

    def whole(self) -> OpenDocument:
        """The file as one document all the same, which is a problem of it."""
        begins = ", ".join(f"page {part.first}" for part in self.parts)
        problem = Problem(
            code="several_documents",
            message=f"The file seems to hold {len(self.parts)} documents, which begin on {begins}; "
            "their values may be mixed.",
            page=self.parts[1].first,
            way_out="Have each read alone, by `extract_many` or the command line.",
        )
        return replace(self.opened, problems=(*self.opened.problems, problem))

    def open(self, run: RunContext, part: PartRecord) -> OpenDocument:
        """One of the documents."""
        return open_part(run, self.opened, part, tuple(_doubts(self.opened.name, part)))


async def divide(run: RunContext, opened: OpenDocument) -> OpenDocument | Division:
    """The documents in a file; the file itself where it is one document.

    Raises:
        ConfigError: as `plan_packet`.
    """
    if run.split.mode == "off" or len(opened.pages) < 2:
        return opened
    plan = await plan_packet(run, opened, run.schemas, run.split)
    if len(plan.parts) < 2:
        return replace(opened, problems=plan.problems)
    return Division(replace(with_nothing_read(run, opened), problems=plan.problems), plan.parts)


def _said(part: PartRecord) -> str:
    one = part.first == part.last
    return f"page {part.first}" if one else f"pages {part.first} to {part.last}"


def _doubts(file: str, part: PartRecord) -> Iterator[Problem]:
    """What makes a part one to look at: it may begin before its first page or end after its last,
    and then its values are those of two documents, or of half a one."""
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
