"""What one document prints: captions with values beside them, and tables with heads."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from docglean.extractors.documents.words import PageWords
from docglean.extractors.drafts.value_kinds import kind_of_text
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union, within
from docglean.extractors.open_document import InputFile, open_document
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.page.captions import PrintedCaption, beside, captions_of
from docglean.extractors.rules.page.margins import page_number_words
from docglean.extractors.rules.page.sheet import (
    EMPTY,
    TICKED,
    Run,
    Sheet,
    Token,
    legible_page,
    sheet_of,
)
from docglean.extractors.rules.parties.letterheads import address_lines
from docglean.extractors.rules.parties.party import pieces_of
from docglean.extractors.rules.readers.form_pairs import pairs_of
from docglean.extractors.rules.readers.form_parts import is_key
from docglean.extractors.run import RunContext
from docglean.extractors.tables.document_tables import find_tables
from docglean.extractors.tables.table import Table
from docglean.schemas.reading.style import guess_style

MOST_PAGES = 4
"""Pages of a document that are looked at: fields stand on the first."""
CAPTION_WORDS, VALUE_WORDS = 5, 12
"""Words of a caption, and of a value, at most."""
EDGES = " :\uff1a.,#•*-"
"""What is no part of a caption at its ends."""
LEAST_ROWS, LEAST_COLUMNS = 1, 3
"""Rows below the head, and columns, of what is a list."""


@dataclass(frozen=True, slots=True)
class FoundPair:
    """A caption and what is printed beside it.

    Attributes:
        box: of the value, in page points.
        marked: a colon, a frame, a line or a column of captions marks it as one.
    """

    caption: str
    value: str
    page: int
    box: Box
    marked: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table's heads, and the texts of each column below them."""

    heads: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one document."""

    pairs: tuple[FoundPair, ...] = ()
    tables: tuple[FoundTable, ...] = ()


async def findings(run: RunContext, file: InputFile) -> Findings:
    """What the first pages of a file print; nothing of a recording.

    Raises:
        SourceError: it can't be opened.
    """
    opened = await open_document(run, file)
    if opened.document.medium != "pages":
        return Findings()
    numbers = opened.pages[:MOST_PAGES]
    await opened.words.read(numbers)
    words = opened.words.readable(numbers)
    tables = await find_tables(opened.document, [page.page for page in words], store=run.ledger)
    return await asyncio.to_thread(_found, words, tables)


def _found(words: Sequence[PageWords], tables: Sequence[Table]) -> Findings:
    lists = tuple(found for table in tables for found in _lists_in(table))
    heads = {tokens(head) for one in lists for head in one.heads}
    style = guess_style("\n".join(page.text() for page in words))
    sheets = [sheet_of(legible_page(page, style), None) for page in words]
    left_out = page_number_words(sheets)
    pairs = [pair for sheet in sheets for pair in _pairs_on(sheet, left_out)]
    inside = [box for table in tables if any(_lists_in(table)) for box in _boxes(table)]
    kept = (
        pair
        for pair in pairs
        if tokens(pair.caption) not in heads
        and not any(page == pair.page and within(pair.box, box) for page, box in inside)
    )
    return Findings(tuple(kept), lists)


def _boxes(table: Table) -> Iterator[tuple[int, Box]]:
    """Where a table stands, page by page."""
    for page in {cell.page or table.page for cell in table.cells}:
        yield page, union(cell.box for cell in table.cells if (cell.page or table.page) == page)


def _lists_in(table: Table) -> Iterator[FoundTable]:
    grid = table.grid()
    head, rows = grid[: table.header_rows], grid[table.header_rows :]
    if not head or len(rows) < LEAST_ROWS:
        return
    columns = [
        (" ".join(filter(None, names)), tuple(filter(None, texts)))
        for names, texts in zip(zip(*head, strict=True), zip(*rows, strict=True), strict=True)
    ]
    named = [(name, texts) for name, texts in columns if is_key(name) and texts]
    if len(named) >= LEAST_COLUMNS and not any(map(_is_value, (name for name, _ in columns))):
        yield FoundTable(tuple(name for name, _ in named), tuple(texts for _, texts in named))


def _is_value(text: str) -> bool:
    return kind_of_text(text) not in (None, "text", "currency", "percent")


def _pairs_on(sheet: Sheet, left_out: Collection[int]) -> Iterator[FoundPair]:
    """Captions that a colon, a frame, a line or a column of them marks; then words before or over
    a figure. What an address says is no caption: "Am Rheinufer 8" has none.

    Args:
        left_out: ids of words that are neither.
    """
    seen = set(left_out)
    addresses = {id(one.word) for one in pieces_of(address_lines(sheet))}
    for pair in pairs_of(sheet):
        words = (*pair.key, *pair.value)
        if not pair.value or len(pair.key) > CAPTION_WORDS or _any_of(pair.key, addresses):
            continue
        if not _any_of(words, seen):
            seen |= {id(piece.word) for piece in words}
            yield _pair(pair.key_text, Run(sheet.page, 0, 0, pair.value), marked=True)
    for caption in captions_of(sheet):
        words = caption.run.pieces[caption.start : caption.end]
        if _any_of(words, seen | addresses) or not _may_name(caption):
            continue
        for place in beside(sheet, caption)[:1]:
            value = place.runs[0]
            if _is_value(value.text) and not _any_of(value.pieces, seen):
                seen |= {id(piece.word) for piece in (*words, *value.pieces)}
                yield _pair(caption.text, value, marked=caption.colon)


def _any_of(words: Iterable[Token], seen: Collection[int]) -> bool:
    return any(id(piece.word) in seen or piece.text in (EMPTY, TICKED) for piece in words)


def _may_name(caption: PrintedCaption) -> bool:
    count = caption.end - caption.start
    return not caption.cut and count <= CAPTION_WORDS and is_key(caption.text)


def _pair(caption: str, value: Run, *, marked: bool) -> FoundPair:
    text = " ".join(value.text.split()[:VALUE_WORDS])
    box = union(piece.word.box for piece in value.pieces)
    return FoundPair(caption.strip(EDGES), text, value.page, box, marked)
