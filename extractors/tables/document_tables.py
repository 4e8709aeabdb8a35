"""The tables of a document: those of single pages, found in child processes, made one list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from docglean.extractors.documents.words import PageWords
from docglean.extractors.tables.find import tables_on_page
from docglean.extractors.tables.page_breaks import join_tables
from docglean.extractors.tables.table import Table
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document

AT_ONCE = 16
"""Pages whose words wait for a child at the same time."""


async def find_tables(
    document: Document, pages: Sequence[int], problems: list[Problem] | None = None
) -> list[Table]:
    """Tables on these pages (numbers from 1), in reading order.

    A page whose words can't be read has none: they tell what is wrong with it. What else keeps
    a page's tables from being found is added to `problems`.
    """
    words = await document.words_many(pages)
    at_once = asyncio.Semaphore(AT_ONCE)

    async def of_page(found: PageWords | SourceError) -> list[Table]:
        if isinstance(found, SourceError) or not found.words:
            return []
        async with at_once:
            try:
                return await document.run(tables_on_page, found.page, found)
            except SourceError as error:
                if problems is not None:
                    problems.append(Problem.of(error, page=found.page))
                return []

    found = await asyncio.gather(*(of_page(one) for one in words))
    read = [one for one in words if not isinstance(one, SourceError)]
    return join_tables([table for tables in found for table in tables], read)
