"""The pipeline loses nothing by itself: windows, halves and groups are put together again.

Random documents are read by a perfect reader through random windows and groups of fields.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from docglean.extractors.answers.conflicts import dissenting
from docglean.extractors.answers.cuts import uncut
from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, placed, unite
from docglean.extractors.answers.validate import completed
from docglean.extractors.model_input import Unit
from docglean.extractors.requests.plan import Request, Room, plan
from docglean.schemas.builtin.tables import Tables
from docglean.schemas.kinds import Code, Money, Name
from docglean.schemas.schema import Schema, schema_of
from docglean.schemas.wire.dialects import DIALECTS, Dialect, groups, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from perfect_reader import At, PerfectReader, pages_of, whole
from pydantic import BaseModel


class Entry(BaseModel):
    day: date | None = None
    text: str | None = None
    code: Annotated[str | None, Code()] = None
    amount: Annotated[Decimal | None, Money()] = None
    tags: list[str] = []


class Account(BaseModel):
    holder: Annotated[str | None, Name()] = None
    number: Annotated[str | None, Code()] = None
    entries: list[Entry] = []


class Statement(BaseModel):
    """A statement of several accounts, with nested lists."""

    bank: Annotated[str | None, Name()] = None
    printed: date | None = None
    terms: str | None = None
    accounts: list[Account] = []
    notes: list[str] = []


SCHEMA = schema_of(Statement)


def request(schema: Schema, dialect: Dialect) -> Request:
    return Request(
        document="0" * 64,
        pages=(),
        total=99,
        medium="pages",
        schema=schema,
        dialect=dialect,
        reads="",
        model="",
    )


def answer(reader: PerfectReader, asked: Request) -> Reading:
    raw = reader.read(asked.wire.json_schema, reader.truth, list(asked.pages), paged=asked.paged)
    decoded = asked.wire.decode(raw)
    assert decoded.problems == ()
    return placed(Reading(asked.pages, decoded.data))


def halved(reader: PerfectReader, asked: Request, cuts: list[bool]) -> Reading:
    """As `DocumentSession.ask` does where answers are cut off; `cuts` says which are."""
    if cuts and cuts.pop():
        halves = asked.page_halves()
        if halves:
            reading, problems = join(asked.schema.root, [halved(reader, h, cuts) for h in halves])
            assert problems == []
            return reading
        halves = asked.field_halves()
        if halves:
            reading, problems = unite(asked.schema.root, [halved(reader, h, cuts) for h in halves])
            assert problems == []
            return reading
    return answer(reader, asked)


def merged(
    truth: dict[str, Any],
    pages: int,
    *,
    window: int,
    schema: Schema = SCHEMA,
    dialect: Dialect = DIALECTS["openai"],
    overlap: int = 1,
    cuts: list[bool] | None = None,
) -> Any:
    units = [Unit(number, 1) for number in range(1, pages + 1)]
    planned = plan(request(schema, dialect), units, Room(window, 99, 99, 99), overlap=overlap)
    reader = PerfectReader(truth)
    cuts = cuts or []
    parts = []
    for windows in planned:
        reading, problems = join(schema.root, [halved(reader, asked, cuts) for asked in windows])
        assert problems == []
        parts.append(reading)
    reading, problems = unite(schema.root, parts)
    assert problems == []
    assert dissenting(schema.root, reading.data) == []
    return completed(schema.root, uncut(schema.root, plain(reading.data)[0]))


WORDS = st.sampled_from(["fee", "rent", "ACME", "for", "May", "no 7", "and", "Ann"])
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


class Printer:
    """Lays values out on pages, from top to bottom, and remembers where each stands."""

    def __init__(self, draw: Any, pages: int) -> None:
        self.draw = draw
        self.pages = pages
        self.page = 1

    def turn(self) -> None:
        """Now and then a page is full."""
        if self.page < self.pages and self.draw(st.integers(0, 3)) == 0:
            self.page += 1

    def value(self, values: st.SearchStrategy[Any]) -> At | None:
        value = self.draw(st.none() | values)
        return None if value is None else At.page(self.page, value)

    def text(self) -> At | None:
        """A text, perhaps broken by the end of the page."""
        first = self.draw(st.none() | TEXTS)
        if first is None:
            return None
        parts = [(self.page, first)]
        while self.page < self.pages and self.draw(st.integers(0, 5)) == 0:
            self.page += 1
            # Words that tell the parts apart, as prose and bank texts have.
            parts.append((self.page, f"p{self.page} {self.draw(TEXTS)}"))
        return At(tuple(parts))

    def tags(self) -> list[At]:
        """A list of words within an entry, perhaps over the end of the page, some words twice."""
        found = []
        for _ in range(self.draw(st.integers(0, 3))):
            self.turn()
            found.append(At.page(self.page, self.draw(WORDS)))
        return found

    def cells(self, columns: int) -> list[At]:
        """A row of a table, a cell of it perhaps broken by the end of the page."""
        first = self.page
        cells = [At.page(first, self.draw(CELLS)) for _ in range(columns)]
        if cells[0].whole and self.page < self.pages and self.draw(st.integers(0, 4)) == 0:
            self.page += 1
            parts = (*cells[0].parts, (self.page, f"p{self.page} {self.draw(WORDS)}"))
            cells[0] = At(parts)
        return cells


CELLS = st.sampled_from(["", "fee", "rent", "12.50", "13.50", "A1", "2024-01-02"])
DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 9)).map(str)
AMOUNTS = st.integers(-999, 999).map(lambda cents: str(Decimal(cents) / 100))
CODES = st.sampled_from(["A1", "B2", "C3"])


@st.composite
def statements(draw: Any) -> tuple[dict[str, Any], int]:
    pages = draw(st.integers(1, 9))
    printer = Printer(draw, pages)
    truth: dict[str, Any] = {
        "bank": printer.value(st.just("Bank")),
        "printed": printer.value(DAYS),
        "accounts": [],
    }
    for number in range(draw(st.integers(0, 3))):
        account: dict[str, Any] = {
            "holder": At.page(printer.page, f"Holder {number}"),
            "number": At.page(printer.page, f"ACC{number}"),
            "entries": [],
        }
        for _ in range(draw(st.integers(0, 6))):
            printer.turn()
            # At least one value on the page where the entry begins.
            day = At.page(printer.page, draw(DAYS))
            code, amount = printer.value(CODES), printer.value(AMOUNTS)
            entry = {"day": day, "code": code, "amount": amount, "text": printer.text()}
            entry["tags"] = printer.tags()
            account["entries"].append(entry)
            if draw(st.booleans()):
                account["entries"].append(dict(entry) if _on_one_page(entry) else entry_of(printer))
        truth["accounts"].append(account)
        printer.turn()
    truth["terms"] = printer.text()
    truth["notes"] = []
    for _ in range(draw(st.integers(0, 3))):
        printer.turn()
        truth["notes"].append(At.page(printer.page, draw(TEXTS)))
    return truth, pages


def entry_of(printer: Printer) -> dict[str, Any]:
    return {
        "day": At.page(printer.page, printer.draw(DAYS)),
        "code": None,
        "amount": printer.value(AMOUNTS),
        "text": None,
    }


def _on_one_page(entry: dict[str, Any]) -> bool:
    return len(set(pages_of(entry))) == 1


def expected(truth: dict[str, Any], schema: Schema = SCHEMA) -> Any:
    return completed(schema.root, whole(truth))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    statements(),
    st.integers(1, 4),
    st.lists(st.booleans(), max_size=12),
    st.sampled_from([DIALECTS["openai"], DIALECTS["anthropic"]]),
)
def test_what_a_perfect_reader_reads_is_put_together_perfectly(
    document: tuple[dict[str, Any], int], window: int, cuts: list[bool], dialect: Dialect
) -> None:
    truth, pages = document
    assert merged(truth, pages, window=window, cuts=cuts, dialect=dialect) == expected(truth)


@settings(max_examples=100, deadline=None)
@given(statements(), st.integers(1, 4), st.integers(6, 8), st.lists(st.booleans(), max_size=6))
def test_groups_of_fields_are_put_together_row_by_row(
    document: tuple[dict[str, Any], int], window: int, leaves: int, cuts: list[bool]
) -> None:
    truth, pages = document
    small = replace(DIALECTS["openai"], leaves=leaves)
    parts = groups(SCHEMA, small, paged=True)
    assert len(parts) > 1
    found = merged(truth, pages, window=window, dialect=small, cuts=cuts)
    assert found == expected(truth)


@st.composite
def grids(draw: Any) -> tuple[dict[str, Any], int]:
    """Tables as the built-in schema has them: rows of cells, equal ones too, over page breaks."""
    pages = draw(st.integers(1, 9))
    printer = Printer(draw, pages)
    tables = []
    for number in range(draw(st.integers(0, 3))):
        columns = draw(st.integers(1, 4))
        table: dict[str, Any] = {
            "caption": At.page(printer.page, f"Table {number}"),
            "page": At.page(printer.page, printer.page),
            "header_rows": None,
            "rows": [],
            "spans": [],
        }
        for _ in range(draw(st.integers(0, 8))):
            row = printer.cells(columns)
            table["rows"].append(row)
            if draw(st.integers(0, 3)) == 0 and len(set(pages_of(row))) == 1:
                table["rows"].append(list(row))
            printer.turn()
        tables.append(table)
        printer.turn()
    return {"tables": tables}, pages


@settings(max_examples=200, deadline=None)
@given(grids(), st.integers(1, 4), st.lists(st.booleans(), max_size=12))
def test_rows_of_cells_are_put_together_perfectly(
    document: tuple[dict[str, Any], int], window: int, cuts: list[bool]
) -> None:
    truth, pages = document
    schema = schema_of(Tables)
    found = merged(truth, pages, window=window, cuts=cuts, schema=schema)
    assert found == expected(truth, schema)


# --- readers that are not perfect --------------------------------------------------------------
