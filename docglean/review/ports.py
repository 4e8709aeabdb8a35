"""What the routes of the review page ask of the rooms behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box, SourceRecord

Json = dict[str, Any]
"""An object of an answer, as it goes to the page."""


class ReviewRooms(Protocol):
    """Queue, documents and events of what is reviewed; documents go by the ids that it gives.

    `by` is who asks, as the server knows it: what a page says of that is not believed. All
    raise `faults.NotThere` for an id that is not theirs, and `faults.ReviewFault` for what can't
    be done as it was asked.
    """

    async def session(self, by: str) -> Json:
        """What is reviewed: ``kind``, ``name``, ``key`` (of this folder and no other), ``blind``,
        ``calibrated``."""

    async def queue(self, by: str, wanted: Mapping[str, str]) -> Json:
        """A stretch of the queue, by the query of ``/api/queue``."""

    async def document(self, by: str, id: str) -> Json:
        """All that the page is told of one document, as it stands now."""

    async def revision(self, by: str, id: str) -> int:
        """How many events a document has."""

    async def source(self, id: str) -> SourceRecord:
        """The file that a document was read from, as the results tell it."""

    async def parse(self, by: str, id: str, pointer: str, text: str) -> Json:
        """Text as typed -> ``value``, ``shown``, ``error``."""

    async def row(self, by: str, id: str, pointer: str, page: PageWords, box: Box) -> Json:
        """The words in a box (in points of the page whose words are told) as a row of a list."""

    async def paste(self, by: str, id: str, pointer: str, text: str) -> Json:
        """Cells of a spreadsheet as rows of a list."""

    async def take(self, by: str, id: str, revision: int, events: Sequence[Json]) -> Json:
        """Write events down, and tell the document as it stands then.

        Raises:
            Changed: they touch what somebody else has changed since `revision`.
            DiskFull: they can't be written; none was taken.
            ReviewFault: one of them can't be; none was taken.
        """
