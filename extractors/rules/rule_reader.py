"""The embedded engine `local` as a reader: values by rules, without a model, free and the same
every time."""

from __future__ import annotations

import asyncio
import time

from docglean.extractors.reader import Answer, Reader, ReaderReport, Shown
from docglean.extractors.reader_kinds import LOCAL, ReaderKind
from docglean.extractors.run import RunContext
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import SourceError
from docglean.schemas.schema import Schema

MANY_PAGES = 200
"""From where the size of a document is said."""


class RuleReader(Reader):
    """Reads pages by their words and where they stand, recordings by what is said."""

    takes_data = True

    def __init__(self, run: RunContext, shown: Shown) -> None:
        super().__init__(run, shown)
        self._seconds: dict[str, float] = {}

    async def read(self, schema: Schema) -> Answer:
        """The values, and where they stand.

        Raises:
            SourceError: none of the pages can be read.
        """
        with span("read", {"docglean.schema": schema.name}):
            return await self._read(schema)

    def report(self) -> ReaderReport:
        """The seconds that it took."""
        return ReaderReport(seconds=self._seconds)

    async def _read(self, schema: Schema) -> Answer:
        from docglean.extractors.rules.document_values import read_document
        from docglean.extractors.rules.readers.recording import read_recording

        started = time.perf_counter()
        opened, numbers = self.shown.opened, self.shown.pages
        document, name = opened.document, opened.name
        if len(numbers) >= MANY_PAGES:
            self.run.tell(name, "planned", note=f"{name} has {len(numbers):,} pages.")
        await opened.words.read(numbers)
        words = opened.words.readable(numbers)
        if document.medium != "pages":
            found = await asyncio.to_thread(
                read_recording, schema, document.pages, words, opened.speech.transcript
            )
        elif not words:
            pages = (opened.words.pages.get(number) for number in numbers)
            raise next(page for page in pages if isinstance(page, SourceError))
        else:
            found = await read_document(document, schema, numbers, words, self.run.ledger)
        self._seconds["layout"] = time.perf_counter() - started
        self.run.tell(name, "read", pages=len(numbers))
        # What was said is looked up for its seconds, unless the rules told them.
        evidence = found.evidence if document.medium == "pages" else found.evidence or None
        problems = (*opened.words.unreadable(), *found.problems)
        return Answer(found.values, evidence, signals=found.signals, problems=problems)


KIND = ReaderKind(LOCAL, RuleReader, deterministic=True)
