"""The pages of documents drawn, with boxes where their values stand.

Results may have been sent by a stranger: a document is drawn only where it is the one that they
were read from, see `flows.originals`.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from docglean.commands.exhibits import Exhibit, Sheet
from docglean.extractors.concurrency import in_turn
from docglean.extractors.extraction import Extraction
from docglean.schemas.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers

MOST_PAGES_IN_ALL = 2000
"""Pages drawn of all documents: some 500 MB, and a minute or two."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """How large the images of pages may be.

    Attributes:
        edge: pixels of the longer side of a document's page.
        bytes: of the image of one, before base64.
        pages: of one document.
        form: media type of an image.
    """

    edge: int
    bytes: int
    pages: int
    form: str


FULL = PageSize(1500, 300_000, 60, "image/jpeg")
"""Sharp on a screen; a page has some 200 KB. JPEG is made in a fifth of the time of WebP."""
SMALL = PageSize(1000, 150_000, 1, "image/webp")
"""For a notebook, which keeps it."""


class PagesLeft:
    """How many pages may still be drawn of all documents."""

    def __init__(self) -> None:
        self._left = MOST_PAGES_IN_ALL

    def share(self, shown: Exhibit, most: int) -> int:
        """How many of one, which are taken from what is left."""
        share = min(self._left, most)
        self._left -= min(share, shown.extraction.document.pages or share)
        return share


async def draw(
    exhibits: Sequence[Exhibit],
    workers: Workers,
    size: PageSize,
    *,
    fetch: bool = False,
    drawn: Callable[[Exhibit], Awaitable[None]] | None = None,
    left: PagesLeft | None = None,
) -> None:
    """Add their pages to documents, those that come first before others.

    Args:
        fetch: documents that are not on this machine are fetched from where the results say.
        drawn: called with each document that is done. Its pages are forgotten after.
        left: what may be drawn of these and of others.
    """
    left = left or PagesLeft()

    async def one(shown: Exhibit, pages: int) -> None:
        if shown.extraction.document.pages or not shown.lines:
            await _add_sheets(shown, workers, replace(size, pages=pages), fetch)
        if drawn is not None:
            await drawn(shown)
            shown.sheets = ()

    work = (partial(one, shown, left.share(shown, size.pages)) for shown in exhibits)
    async for _ in in_turn(work, workers.limits.workers + 1):
        pass


@asynccontextmanager
async def drawing(extraction: Extraction[Any] | None) -> AsyncIterator[Workers]:
    """The child processes that have read it, where they still wait for work; else others, which
    start while one has something else to do."""
    from docglean.extractors.documents.workers import Workers

    origin = None if extraction is None else extraction.origin
    lent = None if origin is None else origin.workers
    if lent is not None and not lent.closed:
        yield lent
        return
    async with Workers() as own:
        own.start()
        yield own


async def _add_sheets(shown: Exhibit, workers: Workers, size: PageSize, fetch: bool) -> None:
    """Draw the pages that have values, and the others as far as there is room."""
    from docglean.extractors.documents.document import open_document
    from docglean.flows.originals import original, pages_of

    async def opening(path: Path, name: str) -> Document:
        return await open_document(path, workers, workers.limits, name=name, proving=False)

    told, origin = shown.extraction.document, shown.extraction.origin
    copy = None if origin is None or origin.file is None else origin.file.path
    try:
        opened = original(told, workers, fetch=fetch, file=copy, opening=opening)
        async with opened as document:
            numbers, note = _chosen(shown, pages_of(told, document), size.pages)
            drawn = (_sheet(shown, document, number, size) for number in numbers)
            shown.sheets = tuple(await asyncio.gather(*drawn))
            shown.note = f"{shown.note} {note}".strip()
    except (SourceError, ConfigError) as error:
        changed = error.code == "changed"
        shown.note = str(error) if changed else f"The document cannot be shown: {error}"


def _chosen(shown: Exhibit, pages: range, most: int) -> tuple[list[int], str]:
    """Pages to draw, those with most values first where there is no room for all, and what is to
    be said of the others."""
    counts = Counter(leaf.evidence.page for leaf in shown.leaves if leaf.evidence is not None)
    used = {*counts, *(problem.page for problem in shown.extraction.problems)}
    wanted = sorted((number for number in pages if number in used), key=lambda n: -counts[n])
    others = [number for number in pages if number not in used]
    chosen = sorted([*wanted, *others][:most])
    left_out = len(pages) - len(chosen)
    if not left_out:
        return chosen, ""
    pages_said = f"{left_out} page{'s' * (left_out > 1)}"
    empty = " without values" * (len(wanted) <= most)
    return chosen, f"{pages_said}{empty} {'are' if left_out > 1 else 'is'} left out."


async def _sheet(shown: Exhibit, document: Document, number: int, size: PageSize) -> Sheet:
    from docglean.extractors.render_policy import RenderPolicy

    info = document.page(number)
    policy = RenderPolicy("show", size.edge, None, 0, formats=(size.form,), max_bytes=size.bytes)
    try:
        image = await document.image(number, policy)
    except SourceError as error:
        return Sheet(number, None, 0, 0, note=error.message, shown=info.shown)
    uri = f"data:{image.media_type};base64,{base64.b64encode(image.data).decode('ascii')}"
    places = shown.places_on(number, info.width, info.height)
    return Sheet(number, uri, image.width, image.height, places, shown=info.shown)
