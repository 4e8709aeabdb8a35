"""PDF pages with tables, drawn for tests: ruled or not, with spans, over pages; as scans."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy
import pymupdf
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.formats import survey
from docglean.extractors.documents.page_info import PDF, PageInfo, SourceFile
from docglean.extractors.documents.text_layer import read_words
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box
from docglean.extractors.tables.find import tables_on_page
from docglean.extractors.tables.table import Cell, Table
from PIL import Image

SIZE = 595, 842
GRID = [
    ["Region", "Stations", "Rainfall mm", "Change"],
    ["North coast", "12", "1,204.5", "3.1 %"],
    ["Upper valley", "7", "988.0", "-0.4 %"],
    ["Eastern plain", "31", "612.3", "1.9 %"],
    ["Lake district", "18", "1,530.8", "0.7 %"],
    ["Southern hills", "9", "845.1", "-2.2 %"],
]
PROSE = (
    "The station network was extended in the spring, and since then the readings of all five "
    "regions have been sent to the office every night. Nothing in this paragraph is set in "
    "columns; it runs on from one line to the next as any report does, names a number such as "
    "1,204.5 here and another one there, and comes to its end without any table at all. "
)


def put_table(
    page: pymupdf.Page,
    rows: Sequence[Sequence[str]],
    xs: Sequence[float] = (70, 230, 320, 430, 525),
    top: float = 160,
    pitch: float = 18,
    *,
    ruled: bool = False,
) -> float:
    """Draw a table, the first column to the left and the others to the right. Returns its end."""
    for number, row in enumerate(rows):
        base = top + pitch * (number + 1) - 5
        for column, text in enumerate(row):
            left, right = xs[column], xs[column + 1]
            x = left + 3 if column == 0 else right - 3 - pymupdf.get_text_length(text, fontsize=10)
            page.insert_text((x, base), text, fontsize=10)
    bottom = top + pitch * len(rows)
    if ruled:
        for number in range(len(rows) + 1):
            y = top + pitch * number
            page.draw_line((xs[0], y), (xs[-1], y), width=0.7)
        for x in xs:
            page.draw_line((x, top), (x, bottom), width=0.7)
    return bottom


def put_prose(page: pymupdf.Page, top: float, times: int = 2) -> None:
    """A paragraph over the page's width."""
    page.insert_textbox((70, top, 525, top + 110 * times), PROSE * times, fontsize=10)


def new_page(document: pymupdf.Document) -> pymupdf.Page:
    """One more page of A4."""
    return document.new_page(width=SIZE[0], height=SIZE[1])


def save(document: pymupdf.Document, path: Path) -> Path:
    """Write the document."""
    document.save(path)
    return path


def scanned(path: Path, *, degrees: float = 0.0, dpi: int = 150) -> Path:
    """The same document as a scan: gray, noisy, turned a little, without any text."""
    noise = numpy.random.default_rng(7)
    copy = pymupdf.open()
    with pymupdf.open(path) as document:
        for page in document:
            drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            pixels = numpy.frombuffer(drawn.samples, numpy.uint8).reshape(drawn.h, drawn.w)
            grain = pixels * 0.93 + 6 + noise.normal(0, 7, pixels.shape)
            image = Image.fromarray(numpy.clip(grain, 0, 255).astype(numpy.uint8))
            image = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=240)
            file = io.BytesIO()
            image.save(file, "JPEG", quality=75)
            sheet = copy.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, stream=file.getvalue())
    made = path.with_name(path.stem + "-scan.pdf")
    copy.save(made)
    return made


def pages_of(path: Path) -> list[PageWords]:
    """Words of each page, read in this process."""
    return [words for _, _, words in _surveyed(path)]


def read(path: Path) -> tuple[list[Table], list[PageWords]]:
    """Tables and words of each page, found in this process and not joined."""
    pages = _surveyed(path)
    return [table for page in pages for table in tables_on_page(*page)], [w for _, _, w in pages]


def _surveyed(path: Path) -> list[tuple[SourceFile, PageInfo, PageWords]]:
    source = SourceFile(path.name, str(path), PDF)
    with pymupdf.open(path) as document:
        infos = survey(source, 0, len(document))
    return [(source, info, read_words(source, info)) for info in infos]


def table_of(
    page: int, top: float, rows: Sequence[Sequence[str]], heads: int = 1, pitch: float = 20
) -> Table:
    """A table as if it had been found: columns 100 points apart, lines 12 points high."""
    cells = tuple(
        Cell(text, _place(r, c, top, pitch), r, c, page=page)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    )
    box = (50, top, 50 + 100 * len(rows[0]), top + pitch * len(rows))
    return Table(page, box, len(rows), len(rows[0]), cells, heads)


def _place(row: int, column: int, top: float, pitch: float) -> Box:
    left, high = 50 + 100 * column, top + pitch * row
    return left, high, left + 90, high + 12


def words_of(*tables: Table) -> list[PageWords]:
    """Pages with the words of these tables, each word's box a share of its cell's."""
    pages: dict[int, list[Word]] = {}
    for table in tables:
        for cell in table.cells:
            parts = cell.text.split()
            for number, part in enumerate(parts):
                wide = (cell.box[2] - cell.box[0]) / len(parts)
                left = cell.box[0] + number * wide
                box = (left, cell.box[1], left + wide - 2, cell.box[3])
                pages.setdefault(cell.page, []).append(Word(part, box))
    return [PageWords(page, *SIZE, tuple(words)) for page, words in sorted(pages.items())]


async def found(path: Path, workers: Workers) -> list[Table]:
    """Tables of the document, as the product finds them."""
    from docglean.extractors.tables.document_tables import find_tables

    document = await open_document(path, workers, workers.limits)
    return await find_tables(document, [page.number for page in document.pages])
