"""Pages of what is reviewed, as images and as words, from the worker pool; and what is in a box.

A page that was asked for is drawn before those that may be asked for next, and kept in memory as
long as there is room, so that it is there when a key is pressed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from docglean.extractors.concurrency import Turns
from docglean.extractors.documents import cache
from docglean.extractors.documents.box_reading import read_box
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.render import PageImage, warm_up
from docglean.extractors.documents.words import PageWords, Word, in_lines_of_their_own
from docglean.extractors.extraction import Box, SourceRecord
from docglean.extractors.fair_slots import DOCUMENT
from docglean.extractors.geometry import within
from docglean.extractors.render_policy import RenderPolicy
from docglean.flows.originals import pages_of
from docglean.review.faults import NotThere
from docglean.review.originals import Originals
from docglean.schemas.errors import DocgleanError, SourceError

SMALLEST_EDGE, EDGE, LARGEST_EDGE = 600, 1500, 3000
"""Pixels of a page's longer side that may be asked for, and that of who asks for none."""
FORMAT = "image/jpeg"
"""Of page images: made in a quarter of the time that WebP takes, with half as many bytes more."""
MOST_IMAGE_BYTES = 4_000_000
"""Of one page image; one of 1,500 pixels has some 200 KB."""
KEPT_BYTES = 96_000_000
"""Of page images held in memory."""
FIRST_PAGES = 2
"""Drawn of the document that comes next."""
MOST_AHEAD = 8
"""Pages that wait to be drawn ahead; of more, those that were named first are forgotten."""


@dataclass(frozen=True, slots=True)
class BoxText:
    """What stands in a box.

    Attributes:
        page: all words of the page, those that OCR of the box has read included.
        box: in points of the page.
        words: those in the box, in reading order.
        by: whose reading they are: that of the whole page, or OCR of the box.
    """

    page: PageWords
    box: Box
    words: tuple[Word, ...]
    by: Literal["words", "ocr"]

    @property
    def text(self) -> str:
        """What they say, a printed line a line."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(line) for line in lines.values())


_Key = tuple[str, str, int, int]


class Pages:
    """Images and words of pages; words are kept where `originals` keeps what it finds out."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._turns = Turns(originals.workers.limits.workers)
        self._images: OrderedDict[_Key, PageImage] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[_Key, asyncio.Task[PageImage]] = {}
        self._ahead: asyncio.Task[None] | None = None
        self._next: deque[tuple[SourceRecord, int]] = deque(maxlen=MOST_AHEAD)
        self._edge = EDGE

    async def warm_up(self) -> None:
        """Start the processes that draw, so that the first page need not wait for them."""
        workers = self._originals.workers
        with suppress(DocgleanError):  # told with the first page
            await asyncio.gather(
                *(workers.run(warm_up, source="") for _ in range(workers.limits.workers))
            )

    async def close(self) -> None:
        """End what is being drawn."""
        tasks = [task for task in (self._ahead, *self._drawing.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sizes(self, source: SourceRecord) -> list[PageInfo]:
        """What the pages of a document are that can be drawn; none of a recording.

        Raises:
            SourceError: its file can't be opened, or is another one now.
        """
        async with self._originals.open(source) as document:
            found = (document.page(number) for number in pages_of(source, document))
            return [page for page in found if page.fault is None]

    async def image(self, source: SourceRecord, number: int, edge: int = EDGE) -> PageImage:
        """A page with a longer side of `edge` pixels at the most.

        Raises:
            NotThere: the document has no such page.
            SourceError: it can't be drawn, or the file is another one now.
        """
        self._edge = edge
        image = await self._image(source, number, edge)
        self.look_ahead(source, [number + 1])
        return image

    async def _image(self, source: SourceRecord, number: int, edge: int) -> PageImage:
        key = (source.uri, source.sha256, number, edge)
        if key in self._images:
            self._images.move_to_end(key)
            return self._images[key]
        if key not in self._drawing:
            task = asyncio.create_task(self._drawn(source, number, edge))
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._keep(key, done))
        # Shielded: another request may wait for the same page.
        return await asyncio.shield(self._drawing[key])

    async def _drawn(self, source: SourceRecord, number: int, edge: int) -> PageImage:
        DOCUMENT.set(source.uri)
        policy = RenderPolicy(
            "review", edge, None, 0, formats=(FORMAT,), max_bytes=MOST_IMAGE_BYTES
        )
        with self._turns.drawing():
            async with self._originals.open(source) as document:
                _check(source, number, pages_of(source, document))
                return await document.image(number, policy)

    def _keep(self, key: _Key, done: asyncio.Task[PageImage]) -> None:
        self._drawing.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._images[key] = done.result()
        self._bytes += len(done.result().data)
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._images.popitem(last=False)[1].data)

    def look_ahead(self, source: SourceRecord, numbers: Sequence[int] = ()) -> None:
        """Draw pages that may be asked for next, before others that were named so earlier.

        Args:
            numbers: the first ones where none is named.
        """
        first = 1 if source.part is None else source.part.first
        wanted = numbers or range(first, first + FIRST_PAGES)
        self._next.extendleft((source, number) for number in reversed(wanted))
        if self._ahead is None or self._ahead.done():
            self._ahead = asyncio.create_task(self._draw_ahead())

    async def _draw_ahead(self) -> None:
        """One page at a time, so that one process at the most is kept from what is asked for."""
        while self._next:
            source, number = self._next.popleft()
            with suppress(DocgleanError):  # told when somebody asks for it
                await self._image(source, number, self._edge)

    async def words(self, source: SourceRecord, number: int) -> PageWords:
        """The words of a page; by OCR, once, where it has none of its own.

        Raises:
            NotThere: the document has no such page.
            SourceError: it can't be read, or the file is another one now.
        """
        DOCUMENT.set(source.uri)
        async with self._originals.open(source) as document:
            _check(source, number, pages_of(source, document))
            found = (await cache.words(document, [number], self._originals.store, self._turns))[
                number
            ]
            document.forget([number])
        if isinstance(found, SourceError):
            raise found
        return found

    async def text(
        self, source: SourceRecord, number: int, points: Callable[[float, float], Box]
    ) -> BoxText:
        """What stands in a box: words of the page, else what OCR of the box reads.

        Args:
            points: the box in points of a page of the width and height that it is given.

        Raises:
            NotThere: the document has no such page.
            SourceError: it can't be read, or the file is another one now.
        """
        page = await self.words(source, number)
        box = points(page.width, page.height)
        found = tuple(word for word in page.words if within(word.box, box))
        if found:
            return BoxText(page, box, found, "words")
        read = in_lines_of_their_own(await self._read(source, number, box), page.words)
        whole = replace(page, words=(*page.words, *read))
        return BoxText(whole, box, tuple(read), "ocr")

    async def _read(self, source: SourceRecord, number: int, box: Box) -> list[Word]:
        async with self._originals.open(source) as document:
            return await document.run(read_box, number, box)


def _check(source: SourceRecord, number: int, pages: Iterable[int]) -> None:
    if number not in pages:
        raise NotThere("no_such_page", f"{source.name} has no page {number}.")
