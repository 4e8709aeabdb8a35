"""What an agent may ask: read a document, look a value up, verify a citation, see a piece of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Any

from docglean.client.given import Given
from docglean.client.open_client import OpenClient, own_options
from docglean.extractors.extraction import Box, Extraction
from docglean.extractors.geometry import share
from docglean.extractors.grounding.citations import Citation, cited
from docglean.extractors.printable import name_of
from docglean.flows.sources import Source
from docglean.mcp_server import pages
from docglean.mcp_server.answers import (
    CitationAnswer,
    CitedPlace,
    DocumentsAnswer,
    ExtractAnswer,
)
from docglean.mcp_server.folders import Folders
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema
from docglean.value_answers import ValueAnswer, value_answer, value_answers

MOST_DOCUMENTS = 500
"""Names that are told."""
MOST_VALUES = 200
"""Values that are told at once."""
MOST_TEXT = 2000
"""Characters of a citation."""
MOST_SEARCHED = 100
"""Pages beside the one that was named in which a citation is looked for."""
MOST_PLACES = 20
"""Of a citation that are told."""
SLACK = 2.0
"""Points by which a box may be drawn too small."""
MOSTLY = 0.8
"""Share of a text that has to lie in a box."""
HELD = 32
"""Results in memory: values of a document are asked for one after the other."""


class Tools:
    """The tools over a kept client.

    Args:
        schemas: what may be asked for; without a word a document is sorted to one of them.
    """

    def __init__(self, client: OpenClient, folders: Folders, schemas: tuple[Schema, ...]) -> None:
        self._client = client
        self._folders = folders
        self._schemas = {schema.name: schema for schema in schemas}
        self._held: OrderedDict[tuple[Any, ...], Extraction[Any]] = OrderedDict()

    async def documents(self) -> DocumentsAnswer:
        """Which documents there are."""
        found = await asyncio.to_thread(self._folders.documents)
        return DocumentsAnswer(
            documents=found[:MOST_DOCUMENTS], more=max(0, len(found) - MOST_DOCUMENTS)
        )

    async def extract(
        self, path: str, schema: str | None, pages: str | None, first: int
    ) -> ExtractAnswer:
        """Read a document, and tell a stretch of its values.

        Raises:
            SourceError, ConfigError, SchemaError, BudgetExceeded: it cannot be read so.
        """
        file = self._folders.file(path)
        read = await self._read(file, schema, pages)
        answers = value_answers(read)
        return ExtractAnswer.of(self._folders.name(file), read, answers, first, MOST_VALUES)

    async def value(
        self, path: str, pointer: str, schema: str | None, pages: str | None
    ) -> ValueAnswer:
        """One value with all that is known of it, or that it is not found.

        Raises:
            DocgleanError: ``no_value``, ``not_one_value``; and as `extract`.
        """
        read = await self._read(self._folders.file(path), schema, pages)
        return value_answer(read, pointer)

    async def verify(
        self, path: str, text: str, page: int | None, box: Box | None
    ) -> CitationAnswer:
        """Whether a text stands in a document, where it is said to.

        Raises:
            ConfigError: ``bad_citation``. SourceError: ``no_such_page``; it cannot be opened.
        """
        if not 0 < len(text.strip()) <= MOST_TEXT or (box is not None and page is None):
            raise ConfigError(
                "bad_citation",
                "There is no text to look for, too much of it, or a box without its page.",
                f"Give up to {MOST_TEXT:,} characters; with a box, its page.",
            )
        file = self._folders.file(path)
        run = await self._client.context()
        document = await pages.opened(run, file, name_of(file))
        document.page(page or 1)
        numbers = _searched(page, len(document.pages))
        read, unread = await pages.words(run, document, numbers)
        found = await asyncio.to_thread(cited, read, text)
        verdict, why, shown = _verdict(found, page, box)
        return CitationAnswer(
            verdict=verdict,
            why=why,
            places=shown,
            document=self._folders.name(file),
            sha256=document.sha256,
            pages=len(document.pages),
            searched=f"{numbers[0]}-{numbers[-1]}",
            unread=unread,
        )

    async def crop(self, path: str, page: int, box: Box | None, edge: int) -> pages.Crop:
        """A piece of a page as a picture.

        Raises:
            ConfigError, SourceError: as `pages.crop`.
        """
        file = self._folders.file(path)
        document = await pages.opened(await self._client.context(), file, name_of(file))
        edge = min(max(edge, pages.SMALLEST_EDGE), pages.LARGEST_EDGE)
        return await pages.crop(document, page, box, edge)

    async def _read(self, file: Path, schema: str | None, pages: str | None) -> Extraction[Any]:
        """A document as it was read, once for each state of its file."""
        chosen = self._chosen(schema)
        found = file.stat()
        key = file, found.st_mtime_ns, found.st_size, schema, pages
        if key not in self._held:
            given = Given(Source(name_of(file), file.as_uri(), file))
            self._held[key] = await self._client.extract(
                given, [one.model for one in chosen], own_options(pages, None)
            )
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]

    def _chosen(self, name: str | None) -> tuple[Schema, ...]:
        """The schemas to read by.

        Raises:
            ConfigError: ``no_such_schema``.
        """
        if name is None:
            return tuple(self._schemas.values())
        if name not in self._schemas:
            raise ConfigError(
                "no_such_schema",
                f"There is no schema {name!r} here.",
                f"There are: {', '.join(self._schemas)}.",
            )
        return (self._schemas[name],)


def _searched(page: int | None, count: int) -> list[int]:
    """Pages in which a citation is looked for: around the one that is named."""
    middle = page or 1
    first = max(1, min(middle - MOST_SEARCHED // 2, count - MOST_SEARCHED))
    return list(range(first, min(count, first + MOST_SEARCHED) + 1))


def _verdict(
    found: list[Citation], page: int | None, box: Box | None
) -> tuple[Any, str, list[CitedPlace]]:
    """What comes of the places that were found: verdict, why, and which of them are told."""
    same = [one for one in found if one.same]
    there = [one for one in same if _is_there(one, page, box)]
    if there:
        return "yes", "The text stands there.", _places(there)
    if same:
        where = "in that box" if box else f"on page {page}"
        return "elsewhere", f"The text stands in the document, but not {where}.", _places(same)
    if found:
        return (
            "no",
            "The text stands nowhere on these pages; something like it does.",
            _places(found),
        )
    return "no", "Neither the text nor anything like it stands on these pages.", []


def _is_there(citation: Citation, page: int | None, box: Box | None) -> bool:
    places = citation.evidence.places
    if page is None:
        return True
    return any(
        one.page == page and (box is None or share(one.box, _larger(box)) >= MOSTLY)
        for one in places
    )


def _larger(box: Box) -> Box:
    return box[0] - SLACK, box[1] - SLACK, box[2] + SLACK, box[3] + SLACK


def _places(found: list[Citation]) -> list[CitedPlace]:
    told = [
        CitedPlace(
            same=one.same, page=one.evidence.page, box=one.evidence.box, text=one.evidence.text
        )
        for one in found
        if one.evidence.page is not None and one.evidence.box is not None
    ]
    return told[:MOST_PLACES]
