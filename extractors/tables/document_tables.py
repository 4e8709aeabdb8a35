"""The tables of a document: those of single pages, found in child processes, made one list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from docglean.extractors.documents.page_findings import PageFinding
from docglean.extractors.documents.words import PageWords
from docglean.extractors.tables.find import tables_on_page
from docglean.extractors.tables.headers import CAPTION
from docglean.extractors.tables.page_breaks import join_tables
from docglean.extractors.tables.table import Table
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document

AT_ONCE = 16
"""Pages whose words wait for a child at the same time."""
TABLES = PageFinding[tuple[Table, ...]](
    "tables",
    tuple[Table, ...],
    tuple(f"tables.{name}" for name in (
        "find", "regions", "grid", "columns", "cells", "headers", "rulings", "layout_model", "table"
    )),
    ("pymupdf-layout", "pdfplumber", "opencv-python-headless"),
    CAPTION.pattern,
)  # fmt: skip
"""Those that each page has by itself."""


async def find_tables(
    document: Document,
    pages: Sequence[int],
    problems: list[Problem] | None = None,
    store: CacheStore | None = None,
) -> list[Table]:
    """Tables on these pages (numbers from 1), in reading order.

    A page whose words can't be read has none: they tell what is wrong with it. What else keeps
    a page's tables from being found is added to `problems`.

    Args:
        store: where they are kept for the next run.
    """
    words = await document.words_many(pages)
    read = {one.page: one for one in words if isinstance(one, PageWords)}
    at_once = asyncio.Semaphore(AT_ONCE)

    async def on_page(number: int) -> tuple[Table, ...]:
        async with at_once:
            return tuple(await document.run(tables_on_page, number, read[number]))

    printed = [number for number, page in read.items() if page.words]
    found = await TABLES.on(document, printed, store, on_page)
    tables: list[Table] = []
    for number, on_it in found.items():
        if not isinstance(on_it, SourceError):
            tables += on_it
        elif problems is not None:
            problems.append(Problem.of(on_it, page=number))
    return join_tables(tables, list(read.values()))
