"""The labelled documents of a run, of which the nearest to each document are shown beside it.

All that are labelled by a schema are opened once, when the first document of that schema comes;
words of their first pages come from the ledger where they were read before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from docglean.extractors.concurrency import Turns, in_turn
from docglean.extractors.documents import cache
from docglean.extractors.documents.document_words import DocumentWords
from docglean.extractors.documents.words import PageWords
from docglean.extractors.examples.labelled import Labelled, LabelledDocument
from docglean.extractors.examples.likeness import Features, Likenesses, features
from docglean.extractors.models.base import Part
from docglean.extractors.options import RunOptions
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers

logger = logging.getLogger("docglean")

COUNT = 2
"""Examples beside a document where nobody says how many."""
FIRST = 1
"""The page that is compared and shown."""
OPENED_AT_ONCE = 8
MANY = 20
"""Labelled documents from which it is said that they are read: scans take seconds each."""
DRAWN = 32
"""Examples of which what is sent is held, those that were wanted last: some 100 kB each."""


@dataclass(frozen=True, slots=True)
class OpenExample:
    """A labelled document whose first page can be shown.

    Attributes:
        words: of that page, without those that nobody can see.
    """

    labelled: LabelledDocument
    document: Document
    words: DocumentWords

    @property
    def page(self) -> PageWords | None:
        """The words of its first page; None where they can't be read."""
        found = self.words.pages.get(FIRST)
        return found if isinstance(found, PageWords) else None


@dataclass(frozen=True, slots=True)
class Hung:
    """The labelled documents of one schema that can be compared."""

    documents: tuple[LabelledDocument, ...]
    likenesses: Likenesses


class Gallery:
    """Labelled documents, and which of them are nearest to another.

    Args:
        options: of the run: how many, and passwords to try.

    Attributes:
        count: examples that a document gets at the most.
    """

    def __init__(
        self, labelled: Labelled, options: RunOptions, workers: Workers, store: CacheStore
    ) -> None:
        self.labelled = labelled
        self.count = options.example_count or COUNT
        self._workers = workers
        self._store = store
        self._passwords = options.password
        self._said: frozenset[str] = frozenset()
        self._hung: dict[str, Hung] = {}
        self._hanging = asyncio.Lock()
        self._drawn: OrderedDict[tuple[str, str], tuple[Part, ...]] = OrderedDict()

    @property
    def notice(self) -> str:
        """Where their pages go, for the sentence that says it of documents."""
        return (
            f"Up to {self.count} examples go before each document, to where it goes to a model: "
            f"the nearest of {self.labelled.told()}."
        )

    @property
    def mark(self) -> str:
        """Changes with what may be shown."""
        return f"{self.count} {self.labelled.mark}"

    def said_first(self, schema_hash: str) -> str:
        """What is to be said before the first document of a schema, which waits until all that are
        labelled by it have been looked at; empty for those after it, and where there are few."""
        wanted = self._labelled_by(schema_hash)
        known, self._said = schema_hash in self._said, self._said | {schema_hash}
        if known or len(wanted) < MANY:
            return ""
        return (
            f"The first pages of {len(wanted):,} labelled documents are read, to find the nearest "
            "ones; a later run has their words from the ledger."
        )

    async def nearest(
        self, document: Document, page: PageWords, schema_hash: str, turns: Turns
    ) -> list[LabelledDocument]:
        """All that are labelled by a schema, the nearest to a page first.

        Left out are those of the document's own content, and copies: first pages of the same
        words. Two that are equally near are in the order of their content.

        Args:
            document: of which the page is the first one read.
            turns: of all documents at the workers.
        """
        hung = await self._of(schema_hash, turns)
        return await asyncio.to_thread(ranked, hung, page, {document.sha256})

    async def open(self, labelled: LabelledDocument, turns: Turns) -> OpenExample:
        """One of them, with the words of its first page.

        Raises:
            SourceError: it can't be opened.
        """
        document = await cache.opened(
            labelled.path,
            self._workers,
            self._workers.limits,
            self._store,
            name=labelled.name,
            passwords=self._passwords,
        )
        words = DocumentWords(document, self._store, turns)
        if document.medium == "pages":
            await words.read([FIRST])
        return OpenExample(labelled, document, words)

    async def drawn(
        self, key: tuple[str, str], draw: Callable[[], Awaitable[tuple[Part, ...]]]
    ) -> tuple[Part, ...]:
        """What is sent of an example's page: many documents have the same nearest one.

        Args:
            key: its content, and what the page becomes.
            draw: makes it.

        Raises:
            SourceError: the page can't be shown.
        """
        found = self._drawn.pop(key, None) or await draw()
        self._drawn[key] = found
        while len(self._drawn) > DRAWN:
            self._drawn.popitem(last=False)
        return found

    async def _of(self, schema_hash: str, turns: Turns) -> Hung:
        async with self._hanging:
            if schema_hash not in self._hung:
                wanted = self._labelled_by(schema_hash)
                works = [partial(self._looked_at, one, turns) for one in wanted]
                async with aclosing(in_turn(works, OPENED_AT_ONCE)) as seen:
                    told = {one.mark: found async for one, found in seen if found is not None}
                documents = tuple(one for one in wanted if one.mark in told)
                likenesses = await asyncio.to_thread(
                    Likenesses, [told[one.mark] for one in documents]
                )
                self._hung[schema_hash] = Hung(documents, likenesses)
            return self._hung[schema_hash]

    def _labelled_by(self, schema_hash: str) -> list[LabelledDocument]:
        return [one for one in self.labelled.documents if one.schema_hash == schema_hash]

    async def _looked_at(
        self, labelled: LabelledDocument, turns: Turns
    ) -> tuple[LabelledDocument, Features | None]:
        """What it is compared by; None for recordings, and for what can't be read."""
        try:
            page = (await self.open(labelled, turns)).page
        except SourceError as error:
            logger.warning("It is no example: %s", error)
            return labelled, None
        return labelled, None if page is None else await asyncio.to_thread(features, page)


def ranked(hung: Hung, page: PageWords, own: Collection[str]) -> list[LabelledDocument]:
    """Those that may be shown beside a page, the nearest first; see `Gallery.nearest`.

    Args:
        own: contents that may not.
    """
    seen = features(page)
    likenesses = zip(hung.documents, hung.likenesses.pages, hung.likenesses.to(seen), strict=True)
    nearness = [
        (-round(likeness, 9), one.sha256, place)
        for place, (one, theirs, likeness) in enumerate(likenesses)
        if one.sha256 not in own and not (seen.said and seen.said == theirs.said)
    ]
    found: dict[str, LabelledDocument] = {}
    for _, content, place in sorted(nearness):  # the same content twice is one example
        found.setdefault(content, hung.documents[place])
    return list(found.values())
