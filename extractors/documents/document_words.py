"""The words of one document: each page is read once, whichever step needs it first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from docglean.extractors.documents import cache, hidden_text, legibility
from docglean.extractors.documents.words import PageWords
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.concurrency import Turns
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document

WINDOW = 50
"""Pages whose words are held at once, where a file of more is looked through: then they are let go,
and read again from the ledger where a part is read."""


class DocumentWords:
    """Words of a document's pages, as far as they have been read.

    Args:
        turns: of all documents of the run, for OCR.
        with_hidden: words that nobody can see are read like all others.

    Attributes:
        problems: hidden text on the pages read so far.
    """

    def __init__(
        self, document: Document, store: CacheStore, turns: Turns, *, with_hidden: bool = False
    ) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._store = store
        self._turns = turns
        self.with_hidden = with_hidden
        self._pages: dict[int, PageWords | SourceError] = {}

    @property
    def pages(self) -> Mapping[int, PageWords | SourceError]:
        """By number: the words of the pages read so far, or why a page can't be read."""
        return self._pages

    async def read(self, numbers: Iterable[int]) -> None:
        """Read the words of these pages, unless they have been read."""
        document = self._document
        new = [number for number in numbers if number not in self._pages]
        if not document.pages or not new:
            return
        found = await cache.words(document, new, self._store, self._turns)
        for number, page in found.items():
            if isinstance(page, PageWords):
                kept = self.with_hidden
                self.problems += hidden_text.problems_of(document.name, page, kept=kept)
                self.problems += legibility.problems_of(document.name, page)
                found[number] = page.with_hidden() if kept else page
        self._pages |= found

    async def in_windows(self, numbers: Sequence[int]) -> AsyncIterator[Sequence[int]]:
        """Read these pages, `WINDOW` at a time: where they are more, each window is let go before
        the next."""
        for at in range(0, len(numbers), WINDOW):
            window = numbers[at : at + WINDOW]
            await self.read(window)
            yield window
            if len(numbers) > WINDOW:
                self.let_go(window)

    def readable(self, numbers: Iterable[int]) -> list[PageWords]:
        """The words of those of these pages that were read and could be."""
        pages = (self._pages.get(number) for number in numbers)
        return [page for page in pages if isinstance(page, PageWords)]

    def let_go(self, numbers: Iterable[int]) -> None:
        """Hold the words of these pages no longer; what reads them again has them from the ledger.

        Nothing else may be reading them.
        """
        gone = set(numbers)
        self._pages = {number: page for number, page in self._pages.items() if number not in gone}
        self.problems = [one for one in self.problems if one.page not in gone]
        self._document.forget(gone)

    def unreadable(self) -> list[Problem]:
        """The problems of pages whose words can't be read."""
        return [
            Problem.of(page, page=number)
            for number, page in self._pages.items()
            if isinstance(page, SourceError)
        ]
