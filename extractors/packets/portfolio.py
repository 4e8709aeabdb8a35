"""The documents in the files that are attached to a PDF: a portfolio is a packet, too.

An attachment is taken out twice, to be divided and to be read: between the two nothing of it lies
anywhere, however many there are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from docglean.extractors.documents.attached_files import (
    attached_files,
    cover_of,
    take_out,
)
from docglean.extractors.documents.attachments import ATTACHMENTS_NOT_READ, NAMED
from docglean.extractors.documents.document import Document
from docglean.extractors.extraction import PartRecord
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.retention import ATTACHED
from docglean.extractors.open_document import OpenDocument, open_document
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:  # most files are one document, and planned by nobody
    from docglean.extractors.packets.plan import Ask, PacketPlan

MOST_FILES = 500
"""Files attached to one PDF, and in all that it holds, of which more are no portfolio but a flood:
each is opened before the first is read."""
DEEPEST = 3
"""Attachments within attachments: a mail with a portfolio with a packed invoice."""


@dataclass(frozen=True, slots=True)
class PortfolioPlan:
    """The documents that a file holds, those that are attached to it included.

    Attributes:
        plan: its parts: those of its pages, then those of the attachments.
        told: what is to be said of attachments in place of that none was read; None where that
            is so.
    """

    plan: PacketPlan
    told: tuple[Problem, ...] | None = None

    def replace_problems(self, document: Document) -> tuple[Problem, ...]:
        """What is to be said of the whole file, in place of what it says of its attachments."""
        if self.told is not None:
            document.drop_problems(ATTACHMENTS_NOT_READ)
        return (*(self.told or ()), *self.plan.problems)


async def plan_portfolio(
    run: RunContext, opened: OpenDocument, ask: Ask | None = None
) -> PortfolioPlan:
    """Which documents a file holds, on its pages and in the files attached to it.

    Attachments are left where some pages were asked for, for these are the file's own.

    Args:
        ask: as `plan_packet`.

    Raises:
        ConfigError: as `plan_packet`.
    """
    from docglean.extractors.packets.plan import plan_packet

    own = await plan_packet(opened, run.schemas, run.split, ask)
    unread = _not_read(opened.document)
    if unread is None or run.options.pages is not None or run.split.mode == "off":
        return PortfolioPlan(own)
    found = _Attachments(run, opened, run.settings.limits.max_bytes, ask)
    try:
        await found.look_into(opened.document, "")
    except SourceError as error:
        said = unread.model_copy(update={"message": error.message, "way_out": error.way_out})
        return PortfolioPlan(own, (said,))
    told = (*found.problems(unread),)
    if not found.parts:
        return PortfolioPlan(own, told)
    parts = found.parts
    cover = await opened.document.run_whole(cover_of)
    if cover == "none":
        parts = [*own.parts, *parts]
    elif cover == "sheet":
        found.covers.insert(0, opened.name)
    if found.covers:
        told += (_covers_left_out(found.covers),)
    numbered = [
        part.model_copy(update={"number": number, "of": len(parts)})
        for number, part in enumerate(parts, 1)
    ]
    return PortfolioPlan(replace(own, parts=tuple(numbered)), told)


@asynccontextmanager
async def open_attachment(
    run: RunContext, opened: OpenDocument, part: PartRecord
) -> AsyncIterator[OpenDocument]:
    """A document that is attached to an open file, as long as the block runs.

    Raises:
        SourceError: it can't be taken out or opened.
    """
    limits, passwords = run.settings.limits, run.options.password
    async with taken_out(opened.document, part.attachment, limits.max_bytes, passwords) as path:
        inner = await open_document(run, opened.file.within(part, path))
        inner.document.drop_problems(ATTACHMENTS_NOT_READ)
        pages = tuple(number for number in inner.pages if part.first <= number <= part.last)
        yield replace(inner, part=part, pages=inner.pages if part.whole else pages)


@asynccontextmanager
async def taken_out(
    document: Document, attachment: str, most: int, passwords: Sequence[str] = ()
) -> AsyncIterator[Path]:
    """A file that is attached to a document, or to one attached to it; gone afterwards.

    Args:
        attachment: as `PartRecord.attachment` tells it.
        most: bytes that it may have.
        passwords: to try on those between.

    Raises:
        SourceError: ``too_large``, ``no_such_attachment`` and others.
    """
    with TemporaryDirectory(prefix="docglean-") as folder:
        path = Path(folder) / "0"
        for number, name in enumerate(attachment.split("/")):
            if number:
                document = await document.open_other(path, passwords)
                path = Path(folder) / str(number)
            await document.run_whole(take_out, name, str(path), most, MOST_FILES)
        yield path


@dataclass
class _Attachments:
    """Looks into all that is attached to a file.

    Attributes:
        left: bytes that further attachments may have.
        ask: as `plan_packet`.
        parts: documents found so far, not numbered yet.
        unread: what can't be read, with the reason.
        covers: attachments whose only page is a cover sheet of what is attached to them.
        gaps: in the plans of attachments.
        files: how many there were.
    """

    run: RunContext
    opened: OpenDocument
    left: int
    ask: Ask | None = None
    parts: list[PartRecord] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)
    gaps: list[Problem] = field(default_factory=list)
    files: int = 0

    async def look_into(self, document: Document, within: str) -> None:
        """Find the documents attached to one.

        Args:
            within: the attachment that it is itself; empty for the file.

        Raises:
            SourceError: they are too many, or can't be told.
        """
        found = await document.run_whole(attached_files, MOST_FILES - self.files)
        self.files += len(found)
        for one in found:
            if one.name in document.opened.data_files:
                continue
            attachment = f"{within}/{one.name}" if within else one.name
            if one.unread:
                self.unread.append(f"{attachment} ({one.unread})")
            else:
                await self._add(attachment)

    async def _add(self, attachment: str) -> None:
        """The documents in one attachment; one that can't be opened says so where it is read."""
        whole = PartRecord(number=1, of=1, first=1, last=1, attachment=attachment, whole=True)
        passwords = self.run.options.password
        try:
            async with taken_out(self.opened.document, attachment, self.left, passwords) as path:
                self.left -= path.stat().st_size
                inner = await open_document(self.run, self.opened.file.within(whole, path))
                await note_attached(self.run.ledger, self.opened.document, inner.document)
                await self._divide(inner, attachment)
        except SourceError as error:
            if error.code == "too_large":
                self.unread.append(f"{attachment} (too large)")
            else:
                why = f"it cannot be opened: {error.message}"
                self.parts.append(whole.model_copy(update={"certainty": 0.0, "why": (why,)}))

    async def _divide(self, inner: OpenDocument, attachment: str) -> None:
        """Add what an attachment holds: its own documents, and those attached to it."""
        at = len(self.parts)
        if has_attachments(inner.document):
            await self._look_deeper(inner.document, attachment)
            cover = await inner.document.run_whole(cover_of)
            if len(self.parts) > at and cover != "none":
                self.covers += [inner.name] * (cover == "sheet")
                return
        from docglean.extractors.packets.plan import plan_packet

        split = self.run.split.of_attachments()
        own = await plan_packet(inner, self.run.schemas, split, self.ask)
        if split.settles(inner.name):
            self.gaps += [one.model_copy(update={"page": None}) for one in own.problems]
        told = {"attachment": attachment, "whole": len(own.parts) == 1}
        self.parts[at:at] = [part.model_copy(update=told) for part in own.parts]

    async def _look_deeper(self, document: Document, attachment: str) -> None:
        """Look into what is attached to an attachment."""
        why = "too deep"
        if attachment.count("/") + 1 < DEEPEST:
            try:
                await self.look_into(document, attachment)
            except SourceError as error:
                why = error.message
            else:
                return
        self.unread.append(f"what is attached to {attachment} ({why})")

    def problems(self, unread: Problem) -> Iterable[Problem]:
        """What is to be said of those that were not read, in place of that none was."""
        yield from self.gaps
        if not self.unread:
            return
        message = f"{self.opened.name}: files are attached to it, which were not read: "
        message += f"{_listed(self.unread)}."
        yield unread.model_copy(update={"message": message})


async def note_attached(ledger: Ledger, outer: Document, inner: Document) -> None:
    """Write down that one file travels inside another, so that both are forgotten together."""
    key = f"{outer.sha256} {inner.sha256}"
    await ledger.keep(ATTACHED, key, inner.sha256, document=outer.sha256, lasting=False)


def has_attachments(document: Document) -> bool:
    """Whether files are attached to it, as far as opening it told."""
    return _not_read(document) is not None


def _not_read(document: Document) -> Problem | None:
    """The problem that what is attached to a document was not read; None where nothing is."""
    return next((one for one in document.problems if one.code == ATTACHMENTS_NOT_READ), None)


def _covers_left_out(names: Sequence[str]) -> Problem:
    """That pages were taken for cover sheets: so that nobody misses one that was more."""
    return Problem(
        code="cover_left_out",
        message="A page that has few words, no number and no date was taken for a cover sheet of "
        f"what is attached, and not read: the only one of {_listed(names)}.",
        severity="warning",
        way_out="Have it read alone, if it is more: --split off.",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
