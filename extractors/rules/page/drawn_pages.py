"""What is drawn on a document's pages, found once: the ledger keeps it for the next run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from docglean.extractors.documents.page_findings import PageFinding
from docglean.extractors.rules.page.drawn import Drawn, drawn_on_page
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document

_MODULES = ("rules.page.drawn", "rules.page.ruled_lines", "rules.page.tick_boxes")
_LIBRARIES = ("opencv-python-headless",)
WITHOUT_INK = PageFinding[Drawn]("drawn", Drawn, _MODULES, _LIBRARIES)
WITH_INK = PageFinding[Drawn]("ink", Drawn, _MODULES, _LIBRARIES)


async def drawn_on_pages(
    document: Document, pages: Sequence[int], store: CacheStore | None, *, ink: bool
) -> dict[int, Drawn]:
    """By number of the page. Of one that can't be drawn there is nothing: its words tell why.

    Args:
        store: where it is kept for the next run.
        ink: with where ink is, which tells who signed: of thousands of pages too much to hold.
    """

    async def find(number: int) -> Drawn:
        found = await document.run(drawn_on_page, number)
        return found if ink else replace(found, ink=None)

    found = await (WITH_INK if ink else WITHOUT_INK).on(document, pages, store, find)
    return {n: Drawn() if isinstance(one, SourceError) else one for n, one in found.items()}
