"""Pages that tests of `locate` type on, so that each box is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from docglean.extractors.documents.words import PageWords, Word, in_reading_order, turned
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.grounding.locate import locate
from docglean.schemas.kinds import Day, Money, Name, Number, Text
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

WIDTH, HEIGHT = 595.0, 842.0
UNIT = 5.0


class Paper:
    """A page that is typed on: each text goes to a place, and its box is known."""

    def __init__(self, number: int = 1, source: Literal["text", "ocr"] = "text") -> None:
        self.number = number
        self.source = source
        self.words: list[Word] = []
        self.line = 0

    def type(self, text: str, x: float, y: float) -> Box:
        """Type one line with its top at `y`; returns its box."""
        start = x
        for piece in text.split():
            box = (x, y, x + UNIT * len(piece), y + 10.0)
            self.words.append(Word(piece, box, source=self.source, line=self.line))
            x += UNIT * (len(piece) + 1)
        self.line += 1
        return start, y, x - UNIT, y + 10.0

    def page(self, turn: int = 0) -> PageWords:
        """The page in reading order; with `turn` as it lies on its side."""
        words = in_reading_order(self.words, WIDTH, HEIGHT)
        if not turn:
            return PageWords(self.number, WIDTH, HEIGHT, words)
        lying = (HEIGHT, WIDTH) if turn in (90, 270) else (WIDTH, HEIGHT)
        moved = tuple(
            Word(w.text, turned(w.box, WIDTH, HEIGHT, 360 - turn), w.confidence, w.source, w.line)
            for w in words
        )
        return PageWords(self.number, *lying, moved, turn)


def one(annotation: Any) -> type[BaseModel]:
    """A model with one field, ``value``."""
    return type("One", (BaseModel,), {"__annotations__": {"value": annotation}, "value": None})


def find(annotation: Any, value: Any, pages: Sequence[PageWords]) -> Evidence:
    """Where one value stands."""
    return locate(schema_of(one(annotation)), {"value": value}, pages)["/value"]


def assert_stands(evidence: Evidence, box: Box, page: int = 1) -> None:
    assert evidence.how != "not_found"
    assert evidence.page == page
    assert evidence.box == pytest.approx(box, abs=0.1), evidence.text


class Entry(BaseModel):
    day: Annotated[date | None, Day()] = None
    text: Annotated[str | None, Text()] = None
    quantity: Annotated[int | None, Number()] = None
    price: Annotated[Decimal | None, Money()] = None
    amount: Annotated[Decimal | None, Money()] = None


class Account(BaseModel):
    bank: Annotated[str | None, Name()] = None
    entries: list[Entry] = []


COLUMNS = (("day", 50), ("text", 130), ("quantity", 330), ("price", 400), ("amount", 480))


def printed_entry(entry: dict[str, Any]) -> dict[str, str]:
    shown = {"text": entry["text"], "quantity": str(entry["quantity"])}
    shown["day"] = date.fromisoformat(entry["day"]).strftime("%d.%m.%Y")
    for name in ("price", "amount"):
        shown[name] = f"{Decimal(entry[name]):,.2f}"
    return shown


def typed_account(
    entries: list[dict[str, Any]], rows_a_page: int
) -> tuple[list[PageWords], dict[str, tuple[int, Box]]]:
    pages: list[PageWords] = []
    truth: dict[str, tuple[int, Box]] = {}
    for start in range(0, max(len(entries), 1), rows_a_page):
        paper = Paper(len(pages) + 1)
        paper.type("Northern Bank", 50, 30)
        for name, x in COLUMNS:
            paper.type(name.title(), x, 60)
        for row, entry in enumerate(entries[start : start + rows_a_page]):
            shown = printed_entry(entry)
            for name, x in COLUMNS:
                box = paper.type(shown[name], x, 80 + 16 * row)
                truth[f"/entries/{start + row}/{name}"] = (paper.number, box)
        pages.append(paper.page())
    return pages, truth


def entry(day: str, text: str, amount: str) -> dict[str, Any]:
    return {"day": day, "text": text, "quantity": 1, "price": amount, "amount": amount}
