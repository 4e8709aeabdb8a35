"""Where the values of a label stand: a label seldom says it, so it is looked for on the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.grounding.locate import locate
from docglean.extractors.reviews import fingerprint
from docglean.review.docket import DocketEntry
from docglean.review.pages import Pages
from docglean.schemas.errors import SourceError

PATIENCE = 6.0
"""Seconds that a document waits for its places; scans that were never read take longer."""
LOOKED_FOR = "Where its values stand is still looked for: open it again in a moment."


class LabelPlaces:
    """Looks the values of labels up on their pages, each label once."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._found: dict[tuple[str, str], asyncio.Task[Mapping[str, Evidence]]] = {}

    async def placed(self, entry: DocketEntry) -> tuple[DocketEntry, str]:
        """The document with the places of its values, and what a reviewer should know of them.

        What is not found in time is there when the document is opened again.
        """
        key = entry.id, fingerprint(entry.result)
        if key not in self._found:
            self._found[key] = asyncio.create_task(self._located(entry))
        task = self._found[key]
        done, _ = await asyncio.wait([task], timeout=PATIENCE)
        if not done:
            return entry, LOOKED_FOR
        if not task.result():  # its file may be there another time
            self._found.pop(key, None)
        found = entry.result.model_copy(update={"evidence": dict(task.result())})
        return replace(entry, result=found), ""

    async def close(self) -> None:
        """End what is still looked for."""
        tasks = list(self._found.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _located(self, entry: DocketEntry) -> Mapping[str, Evidence]:
        """By pointer; none where the file can't be read: that is told where it is to be shown."""
        source, schema, values = entry.result.document, entry.known.schema, entry.result.values
        if schema is None or not values:
            return {}
        try:
            numbers = [page.number for page in await self._pages.sizes(source)]
        except SourceError:
            return {}
        read: list[PageWords] = []
        for number in numbers:
            try:
                read.append(await self._pages.words(source, number))
            except SourceError:
                continue
        return await asyncio.to_thread(locate, schema, values, read) if read else {}
