"""Invoices drawn for tests, in any wording, place and number of pages, and read in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import drawn_tables
import pymupdf
from docglean.extractors.rules.document_values import RuleReading, read_words
from docglean.extractors.tables.page_breaks import join_tables
from docglean.schemas.schema import Schema, load_schema

Row = Sequence[str]
"""Cells; "" for an empty one."""

ISSUER = ("Northgate Tools Ltd", "12 Mill Lane", "Leeds LS1 4AB")
RECIPIENT = ("Bill to:", "Harbour Cafe", "5 Quay Street", "Bristol BS1 6XN")
HEADS = ("Description", "Qty", "Unit price", "Amount")
ITEMS = (("Widget A", "2", "50.00", "100.00"), ("Widget B", "1", "25.50", "25.50"))
TOTALS = (("Subtotal", "125.50"), ("VAT 20%", "25.10"), ("Total", "150.60"))


@dataclass(frozen=True)
class Paper:
    """What an invoice prints and where.

    Attributes:
        numbers: rows of captions with their values, below the title.
        columns: right edges of the columns after the first, which begins at the left margin.
        captions: where the captions of the totals begin; None: they end at the third column.
        carried: captions of the amounts carried over, at the end and the beginning of a page.
        footer: of each page; ``{page}`` and ``{pages}`` are numbers.
        split: items of each page but the last.
    """

    title: str = "INVOICE"
    issuer: Sequence[str] = ISSUER
    numbers: Sequence[Row] = (("Invoice No: INV-1001",), ("Invoice date: 3 March 2026",))
    recipient: Sequence[str] = RECIPIENT
    heads: Row = HEADS
    items: Sequence[Row] = ITEMS
    totals: Sequence[Row] = TOTALS
    columns: Sequence[float] = (330, 430, 545)
    captions: float | None = None
    carried: tuple[str, str] | None = None
    sums: Sequence[str] = ()
    footer: str = ""
    split: int = 30
    ruled: bool = False
    font: str = "helv"

    def draw(self, document: pymupdf.Document | None = None) -> pymupdf.Document:
        """The pages, added to those of `document`."""
        document = pymupdf.open() if document is None else document
        pages = [self.items[at : at + self.split] for at in range(0, len(self.items), self.split)]
        for number, items in enumerate(pages or [()]):
            page = document.new_page(width=595, height=842)
            y = self._head(page) if number == 0 else 60.0
            y = self._line(page, y, self.heads)
            if number and self.carried:
                y = self._sum(page, y, (self.carried[1], self.sums[number - 1]))
            for item in items:
                y = self._line(page, y, item)
            if number < len(pages) - 1 and self.carried:
                self._sum(page, y, (self.carried[0], self.sums[number]))
            elif number >= len(pages) - 1:
                y += 12
                for row in self.totals:
                    y = self._sum(page, y, row)
            text = self.footer.format(page=number + 1, pages=max(1, len(pages)))
            self._put(page, 50, 815, text)
        return document

    def save(self, path: Path) -> Path:
        """Write it as a PDF."""
        document = self.draw()
        document.save(path)
        return path

    def _head(self, page: pymupdf.Page) -> float:
        page.insert_text((50, 60), self.title, fontsize=18, fontname=self.font)
        for number, line in enumerate(self.issuer):
            self._put(page, 360, 60 + 14 * number, line)
        y = 60 + 14 * max(3, len(self.issuer)) + 14
        for row in self.numbers:
            for column, text in enumerate(row):
                self._put(page, 50 + 125 * column, y, text)
            y += 15
        y += 14
        for line in self.recipient:
            self._put(page, 50, y, line)
            y += 14
        return y + 24

    def _line(self, page: pymupdf.Page, y: float, cells: Row) -> float:
        for column, text in enumerate(cells):
            if column == 0:
                self._put(page, 50, y, text)
            elif text:
                self._right(page, self.columns[column - 1], y, text)
        if self.ruled:
            page.draw_line((48, y + 4), (self.columns[-1] + 3, y + 4), width=0.6)
        return y + 16

    def _sum(self, page: pymupdf.Page, y: float, row: Row) -> float:
        caption, *amounts = row
        if self.captions is None:
            self._right(page, self.columns[-2], y, caption)
        else:
            self._put(page, self.captions, y, caption)
        self._right(page, self.columns[-1], y, " ".join(amounts))
        return y + 16

    def _put(self, page: pymupdf.Page, x: float, y: float, text: str) -> None:
        if text:
            page.insert_text((x, y), text, fontsize=10, fontname=self.font)

    def _right(self, page: pymupdf.Page, x: float, y: float, text: str) -> None:
        wide = pymupdf.get_text_length(text, fontsize=10, fontname=self.font)
        self._put(page, x - wide, y, text)


def read(path: Path, schema: Schema | str = "invoice") -> RuleReading:
    """The invoice as the engine `local` reads it, in this process."""
    tables, words = drawn_tables.read(path)
    schema = load_schema(schema) if isinstance(schema, str) else schema
    return read_words(schema, words, join_tables(tables, words))


def paper(**changes: object) -> Paper:
    """The usual invoice, but for these changes."""
    return replace(Paper(), **changes)  # type: ignore[arg-type]
