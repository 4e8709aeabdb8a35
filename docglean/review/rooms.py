"""The rooms behind the routes, put together: docket, queue and desk, and what the page is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docglean.extractors.answers.validate import completed
from docglean.extractors.condition import Condition
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box, Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, fingerprint
from docglean.flows.links import id_of
from docglean.review.check_report import CheckLine, check_report
from docglean.review.desk import Desk
from docglean.review.docket import Docket, DocketEntry
from docglean.review.label_places import LabelPlaces
from docglean.review.media import Kind, Recordings
from docglean.review.pages import Pages
from docglean.review.payload import Subject, document_payload
from docglean.review.personal_queues import PersonalQueues
from docglean.review.ports import Json
from docglean.review.queue import is_calibrated
from docglean.review.queue_answers import stretch
from docglean.review.queued import to_look_at
from docglean.review.typed_answers import drawn_row, pasted, typed
from docglean.schemas.errors import SourceError


class Rooms:
    """`ReviewRooms` of a docket.

    Args:
        condition: what is to be looked at, where somebody told.
    """

    def __init__(
        self,
        docket: Docket,
        queues: PersonalQueues,
        desk: Desk,
        pages: Pages,
        recordings: Recordings,
        condition: Condition | None = None,
    ) -> None:
        self._docket = docket
        self._queues = queues
        self._desk = desk
        self._pages = pages
        self._recordings = recordings
        self._condition = condition
        self._places = LabelPlaces(pages)
        self._sources: dict[str, SourceRecord] = {}

    async def close(self) -> None:
        """End what is still looked for."""
        await self._places.close()

    async def session(self, by: str) -> Json:
        """As in `ReviewRooms`."""
        rows = (await asyncio.to_thread(self._queues.of, by)).rows()
        return {
            "kind": self._docket.kind,
            "name": self._docket.name,
            "key": id_of(str(self._docket.folder.resolve())),
            "blind": self._desk.blind,
            "calibrated": is_calibrated(rows),
        }

    async def queue(self, by: str, wanted: Mapping[str, str]) -> Json:
        """As in `ReviewRooms`."""
        queue = await asyncio.to_thread(self._queues.of, by)
        return await asyncio.to_thread(stretch, queue, by, wanted)

    async def document(self, by: str, id: str) -> Json:
        """As in `ReviewRooms`."""
        entry, note = await self._opened(id)
        found = await asyncio.to_thread(self._desk.reviewed, entry, by)
        return await self._told(by, entry, found.extraction, note)

    async def revision(self, by: str, id: str) -> int:
        """As in `ReviewRooms`."""
        entry = await self._read(id)
        seen = await asyncio.to_thread(self._seen, by, entry)
        return max((event.revision for event in seen), default=0)

    async def source(self, id: str) -> SourceRecord:
        """As in `ReviewRooms`; it is asked for each page, and read for each document."""
        if id not in self._sources:
            await self._read(id)
        return self._sources[id]

    async def take(self, by: str, id: str, revision: int, events: Sequence[Json]) -> Json:
        """As in `ReviewRooms`."""
        entry, note = await self._opened(id)
        found = (await asyncio.to_thread(self._desk.take, entry, by, revision, events)).extraction
        if self._docket.kind == "labels":
            await self._sign(entry)
        await asyncio.to_thread(self._queues.update, id)
        return await self._told(by, entry, found, note)

    async def _sign(self, entry: DocketEntry) -> None:
        """Have a label written that is signed off, also where something of it is changed since."""
        found = await asyncio.to_thread(self._desk.standing, entry)
        if found.status != "reviewed":
            return
        pages, _, _ = await self._file(entry.result.document)
        sizes = {page.number: (page.width, page.height) for page in pages}
        await asyncio.to_thread(self._docket.sign, entry.id, found, sizes)

    async def parse(self, by: str, id: str, pointer: str, text: str) -> Json:
        """As in `ReviewRooms`."""
        return await self._with(by, id, typed, pointer, text)

    async def row(self, by: str, id: str, pointer: str, page: PageWords, box: Box) -> Json:
        """As in `ReviewRooms`."""
        return await self._with(by, id, drawn_row, pointer, page, box)

    async def paste(self, by: str, id: str, pointer: str, text: str) -> Json:
        """As in `ReviewRooms`."""
        return await self._with(by, id, pasted, pointer, text)

    async def _with(self, by: str, id: str, answer: Callable[..., Json], *told: Any) -> Json:
        """What a document, as it stands for a person, answers."""
        entry, _ = await self._opened(id)

        def answered() -> Json:
            found = self._desk.reviewed(entry, by).extraction
            return answer(entry.known.root, found, *told)

        return await asyncio.to_thread(answered)

    async def _read(self, id: str) -> DocketEntry:
        entry = await asyncio.to_thread(self._docket.read, id)
        self._sources[id] = entry.result.document
        return entry

    async def _opened(self, id: str) -> tuple[DocketEntry, str]:
        """A document with the places of its values, and what is to be said of these."""
        entry = await self._read(id)
        return await self._places.placed(entry) if self._docket.kind == "labels" else (entry, "")

    async def _file(self, source: SourceRecord) -> tuple[Sequence[PageInfo], Kind, str]:
        """Pages and sound of a document's file, or why there are none."""
        try:
            return await self._pages.sizes(source), await self._recordings.kind(source), ""
        except SourceError as error:
            return (), "", f"The document cannot be shown: {error}"

    async def _told(self, by: str, entry: DocketEntry, found: Extraction[Any], note: str) -> Json:
        """All that the page is told of a document."""
        pages, kind, fault = await self._file(entry.result.document)
        subject = Subject(
            id=entry.id,
            extraction=found,
            fingerprint=fingerprint(entry.result),
            root=entry.known.root,
            pages=pages,
            media=kind,
            note=" ".join(part for part in (entry.known.note, fault, note) if part),
        )
        return await asyncio.to_thread(self._payload, by, entry, subject)

    def _payload(self, by: str, entry: DocketEntry, subject: Subject) -> Json:
        found = subject.extraction
        before, after = self._queues.of(by).neighbours(entry.id)
        queued = to_look_at(found, entry.known.root, self._condition, entry.below)
        last = {event.by: event.at.isoformat() for event in self._seen(by, entry)}
        people = [{"by": person, "at": at} for person, at in last.items() if person != by]
        return document_payload(
            replace(
                subject,
                queued=frozenset(queued),
                checks=_checks(entry, found),
                next=after,
                previous=before,
                people=people,
            )
        )

    def _seen(self, by: str, entry: DocketEntry) -> Sequence[ReviewEvent]:
        """Events of a document that a person sees."""
        return self._desk.seen_by(by, entry.log.events(entry.result.document.uri))


def _checks(entry: DocketEntry, found: Extraction[Any]) -> list[CheckLine] | None:
    """What the schema's checks say; None where only its fields are known."""
    schema = entry.known.schema
    if schema is None:
        return None
    return check_report(schema, completed(schema.root, found.values))
