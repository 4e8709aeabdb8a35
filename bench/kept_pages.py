"""What was found on the pages of a labelled document, kept in build/ between runs of the bench.

Rules are tried on the same pages again and again: words, tables and what is drawn are found once
for each version of the code that finds them. ``DOCGLEAN_BENCH_PAGES`` names another folder, and
with ``DOCGLEAN_BENCH_STALE=1`` what an older version found is taken too (never for a figure that
is published).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docglean.extractors import tables
from docglean.extractors.documents.cache import reading_version
from docglean.extractors.documents.document import Document
from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.document_values import (
    RuleReading,
    is_own,
    read_words,
    wants_drawn,
    wants_tables,
)
from docglean.extractors.rules.page.drawn import Drawn, drawn_on_page
from docglean.extractors.tables.document_tables import find_tables
from docglean.extractors.tables.table import Table
from docglean.schemas.errors import SourceError
from docglean.schemas.schema import Schema

FOLDER = Path(os.environ.get("DOCGLEAN_BENCH_PAGES") or Path("build") / "bench-pages")
STALE = os.environ.get("DOCGLEAN_BENCH_STALE") == "1"


@dataclass(frozen=True)
class KeptPages:
    """Words, tables and drawn things of a document's pages, whatever a schema asks for."""

    words: list[PageWords]
    tables: list[Table]
    drawn: Mapping[int, Drawn]

    def read(self, schema: Schema) -> RuleReading:
        """What the rules make of them, as `document_values.read_document` would."""
        drawn = self._drawn(schema)
        if not is_own(schema):
            reading = read_words(schema, self.words, (), drawn)
            if reading.proven or not wants_tables(schema):
                return reading
        return read_words(schema, self.words, self.tables, drawn)

    def _drawn(self, schema: Schema) -> Mapping[int, Drawn]:
        return self.drawn if is_own(schema) or wants_drawn(schema) else {}


async def kept_pages(document: Document, *, fresh: bool = False) -> KeptPages:
    """What is on all pages, from an earlier run if there was one."""
    file = FOLDER / f"{document.sha256}-{_version()}.pickle"
    older = sorted(FOLDER.glob(f"{document.sha256}-*.pickle"), key=lambda one: one.stat().st_mtime)
    if not file.exists() and STALE and older:
        file = older[-1]
    if file.exists() and not fresh:
        found: KeptPages = pickle.loads(file.read_bytes())
        return found
    words = [page for page in await document.words_many() if isinstance(page, PageWords)]
    numbers = [page.page for page in words]
    drawn = dict(zip(numbers, await asyncio.gather(*(_drawn(document, n) for n in numbers)),
                     strict=True))  # fmt: skip
    found = KeptPages(words, await find_tables(document, numbers), drawn)
    FOLDER.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(pickle.dumps(found))
    part.rename(file)
    return found


async def _drawn(document: Document, number: int) -> Drawn:
    try:
        return await document.run(drawn_on_page, number)
    except SourceError:
        return Drawn()


def _version() -> str:
    """A name for the code that finds words and tables."""
    digest = hashlib.sha256(reading_version().encode())
    for file in sorted(Path(next(iter(tables.__path__))).glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
