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
from docglean.extractors.answers.cuts import one_text, uncut
from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, placed, unite
from docglean.extractors.answers.validate import completed
from docglean.extractors.model_input import Unit
from docglean.extractors.requests.plan import Request, Room, plan
from docglean.schemas.builtin.tables import Tables
from docglean.schemas.fields import Take
from docglean.schemas.kinds import Code, Money, Name
from docglean.schemas.schema import Schema, schema_of
from docglean.schemas.wire.dialects import DIALECTS, Dialect, Row, groups, plain
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


class Line(BaseModel):
    text: str | None = None
    amount: Annotated[Decimal | None, Money()] = None


class Lines(BaseModel):
    title: str | None = None
    total: Annotated[Decimal | None, Money(), Take("last")] = None
    lines: list[Line] = []


LINES = schema_of(Lines)


def reading(pages: tuple[int, ...], *lines: tuple[Any, ...], **single: Any) -> Reading:
    """A reading; a line is (page, text, amount) or with True for the rest of an earlier one."""
    rows = [Row({"text": text, "amount": amount}, page, bool(continued))
            for page, text, amount, *continued in lines]  # fmt: skip
    return Reading(pages, {"title": None, "total": None, **single, "lines": rows})


def lines_of(*readings: Reading) -> list[tuple[Any, Any]]:
    joined, _ = join(LINES.root, [placed(reading) for reading in readings])
    return [(row["text"], row["amount"]) for row in plain(joined.data)[0]["lines"]]


def test_equal_rows_that_are_there_twice_stay_where_windows_overlap() -> None:
    rows = [(2, "fee", "1.00"), (2, "fee", "1.00")]
    first = reading((1, 2), (1, "rent", "5.00"), *rows)
    second = reading((2, 3), *rows, (3, "end", "2.00"))
    assert [text for text, _ in lines_of(first, second)] == ["rent", "fee", "fee", "end"]


def test_a_row_that_one_window_missed_is_kept_in_its_place() -> None:
    some = reading((1, 2), (2, "a", "1.00"), (2, "c", "3.00"), (2, "d", "4.00"))
    others = reading((2, 3), (2, "a", "1.00"), (2, "b", "2.00"), (2, "c", "3.00"), (2, "d", None))
    assert [text for text, _ in lines_of(some, others)] == ["a", "b", "c", "d"]
    assert lines_of(some, others)[-1] == ("d", "4.00")


def test_rows_that_differ_in_their_amount_are_two_rows() -> None:
    first = reading((1, 2), (2, "a", "1.00"), (2, "Payment to Ann", "3.00"))
    second = reading((2, 3), (2, "a", "1.00"), (2, "Payment to Ann", "4.00"))
    assert len(lines_of(first, second)) == 3


def test_pages_counted_from_the_first_one_shown_are_understood() -> None:
    first = reading((7, 8, 9), (1, "a", "1.00"), (3, "b", "2.00"))
    second = reading((9, 10, 11), (1, "b", "2.00"), (2, "c", "3.00"))
    assert [text for text, _ in lines_of(first, second)] == ["a", "b", "c"]


def test_rows_of_a_page_that_was_not_shown_are_there_once() -> None:
    first = reading((1, 2), (1, "a", "1.00"), (2, "b", "2.00"), (3, "c", "3.00"))
    second = reading((3, 4), (2, "b", "2.00"), (3, "c", "3.00"), (4, "c", "3.00"), (5, "e", "5.00"))
    third = reading((5, 6), (5, "e", "5.00"), (6, "f", "6.00"))
    assert [text for text, _ in lines_of(first, second, third)] == list("abccef")


def test_rows_without_pages_are_joined_by_what_they_say() -> None:
    first = reading((1, 2), (None, "a", "1.00"), (None, "b", "2.00"), (None, "c x", None))
    second = reading((2, 3), (None, "b", "2.00"), (None, "c x", "3.00"), (None, "d", "4.00"))
    assert lines_of(first, second) == [
        ("a", "1.00"),
        ("b", "2.00"),
        ("c x", "3.00"),
        ("d", "4.00"),
    ]


def test_a_row_said_to_go_on_that_stands_on_the_shared_page_is_no_part_of_another() -> None:
    first = reading((1, 2), (1, "a", "1.00"), (2, "b", "2.00"))
    second = reading((2, 3), (None, "b", "2.00", True), (3, "c", "3.00"))
    assert [text for text, _ in lines_of(first, second)] == ["a", "b", "c"]


def test_the_rest_of_a_row_with_another_amount_is_a_row_of_its_own() -> None:
    first = reading((1,), (1, "a", "1.00"))
    second = reading((2,), (None, "b", "2.00", True))
    assert lines_of(first, second) == [("a", "1.00"), ("b", "2.00")]


def test_the_rest_of_a_row_without_a_beginning_is_kept() -> None:
    # Page 2 was not read: what goes on from there is not part of what page 1 ends with.
    first = reading((1,), (1, "a", "1.00"))
    third = reading((3,), (None, "of b", None, True))
    assert lines_of(first, third) == [("a", "1.00"), ("of b", None)]


def test_a_lost_window_costs_its_own_rows_only() -> None:
    first = reading((1, 2), (1, "a", "1.00"))
    third = reading((3, 4), (3, "c", "3.00"))
    assert lines_of(first, Reading((2, 3), None), third) == [("a", "1.00"), ("c", "3.00")]
    joined, _ = join(LINES.root, [Reading((1,), None), Reading((2,), None)])
    assert joined.data is None


def test_conflicts_are_told_and_the_field_says_which_value_wins() -> None:
    readings = [
        reading((1,), title="A", total="1.00"),
        reading((2,), title="B", total="2.00"),
        reading((3,), title="B", total="2.0"),
    ]
    joined, problems = join(LINES.root, readings)
    assert (joined.data["title"], joined.data["total"]) == ("A", "2.0")
    assert [(p.code, p.path, p.page, p.severity) for p in problems] == [
        ("conflict", "/title", 2, "review"),
        ("conflict", "/total", 1, "review"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("one two three four", "two three four five", "one two three four five"),
        ("one two three", "one two three four", "one two three four"),
        ("one two three four", "three four", None),
        ("the quick brown fox", "qu1ck brown fox", "the quick brown fox"),
        ("one two", "three four five", None),
    ],
)
def test_parts_of_a_text_are_put_together_where_they_share_enough(
    first: str, second: str, whole: str | None
) -> None:
    assert one_text(first, second) == whole


def test_groups_that_count_rows_differently_are_paired_by_page_and_key() -> None:
    class Wide(BaseModel):
        code: Annotated[str | None, Code()] = None
        text: str | None = None
        amount: Annotated[Decimal | None, Money()] = None

    class Table(BaseModel):
        rows: list[Wide] = []

    root = schema_of(Table).root
    left = [Row({"code": code, "text": code.lower()}, 1) for code in ("A1", "B2", "B2", "C3")]
    right = [Row({"code": code, "amount": str(n)}, 1) for n, code in enumerate(("A1", "B2", "C3"))]
    united, problems = unite(root, [Reading((1,), {"rows": left}), Reading((1,), {"rows": right})])
    rows = completed(root, plain(united.data)[0])["rows"]
    assert [(row["code"], row["amount"]) for row in rows if row["amount"]] == [
        ("A1", "0"),
        ("B2", "1"),
        ("C3", "2"),
    ]
    assert len(rows) == 4
    assert [(p.code, p.path, p.severity) for p in problems] == [
        ("rows_misaligned", "/rows", "error")
    ]


def test_what_readings_of_a_row_say_differently_is_told_in_its_place() -> None:
    first = reading((1, 2), (1, "a", "1.00"), (2, "Payment to Ann Other", "3.00"), (2, "c", "5.00"))
    second = reading((2, 3), (2, "Payment to Ann Otter", "3.00"), (2, "c", "5.00"), (3, "d", "2"))
    joined, conflicts = join(LINES.root, [first, second])
    assert conflicts == []
    told = dissenting(LINES.root, joined.data)
    assert [(p.code, p.path, p.page, p.severity) for p in told] == [
        ("conflict", "/lines/1/text", 2, "review")
    ]
    assert "Ann Otter" in told[0].message
    assert "Ann Other" in told[0].message
    # Its place is told once all is put together: a page before moves it.
    cover = reading((0, 1), (0, "cover", "9.00"), (1, "a", "1.00"))
    joined, _ = join(LINES.root, [cover, joined])
    assert [p.path for p in dissenting(LINES.root, joined.data)] == ["/lines/2/text"]


def test_a_text_that_one_window_saw_a_part_of_is_no_conflict() -> None:
    first = reading((1, 2), (2, "Payment to", "3.00"))
    second = reading((2, 3), (2, "Payment to Ann Other", "3.00"))
    joined, _ = join(LINES.root, [first, second])
    assert lines_of(first, second) == [("Payment to Ann Other", "3.00")]
    assert dissenting(LINES.root, joined.data) == []


def grid(pages: tuple[int, ...], *rows: tuple[int | None, list[str]]) -> Reading:
    cells = [Row([Row(cell) for cell in row], page, page is None) for page, row in rows]
    table = {"caption": None, "page": None, "header_rows": None, "rows": cells, "spans": []}
    return Reading(pages, {"tables": [Row(table, pages[0])]})


def test_a_row_of_cells_that_one_window_missed_or_misread() -> None:
    root = schema_of(Tables).root
    first = grid((1, 2), (1, ["a", "1", "x"]), (2, ["b", "2", "x"]), (2, ["c", "3", "long word"]))
    second = grid((2, 3), (2, ["b", "7", "x"]), (2, ["b", "2", "x"]), (2, ["c", "3", "lang word"]))
    second = replace(second, data={"tables": [replace(second.data["tables"][0], page=None,
                                                      continued=True)]})  # fmt: skip
    joined, _ = join(root, [first, second])
    rows = plain(joined.data)[0]["tables"][0]["rows"]
    assert rows == [["a", "1", "x"], ["b", "7", "x"], ["b", "2", "x"], ["c", "3", "lang word"]]
    assert [p.path for p in dissenting(root, joined.data)] == ["/tables/0/rows/3/2"]


def test_spans_count_the_rows_of_the_whole_table() -> None:
    """Each window counts from its own first row; the span on the shared page is there once."""

    def part(reading: Reading, *spans: tuple[int, list[int]]) -> Reading:
        (table,) = reading.data["tables"]
        told = [Row([Row(number) for number in span], page) for page, span in spans]
        value = {**table.value, "spans": told}
        begins = table.page if 1 in reading.pages else None
        whole = replace(table, value=value, page=begins, continued=begins is None)
        return replace(reading, data={"tables": [whole]})

    root = schema_of(Tables).root
    first = grid((1, 2), (1, ["a", "1"]), (1, ["b", "2"]), (2, ["c", ""]))
    second = grid((2, 3), (2, ["c", ""]), (3, ["d", ""]), (3, ["e", "5"]))
    joined, _ = join(root, [part(first, (1, [0, 0, 1, 0]), (2, [2, 0, 2, 1])),
                            part(second, (2, [0, 0, 0, 1]), (3, [1, 0, 1, 1]))])  # fmt: skip
    table = plain(joined.data)[0]["tables"][0]
    assert [row[0] for row in table["rows"]] == ["a", "b", "c", "d", "e"]
    assert table["spans"] == [[0, 0, 1, 0], [2, 0, 2, 1], [3, 0, 3, 1]]


def test_groups_that_read_a_shared_field_differently_tell_it() -> None:
    class Wide(BaseModel):
        code: Annotated[str | None, Code()] = None
        amount: Annotated[Decimal | None, Money()] = None
        text: str | None = None

    class Table(BaseModel):
        rows: list[Wide] = []

    root = schema_of(Table).root
    left = [Row({"code": "A1", "amount": "1"}, 1), Row({"code": "B2", "amount": "2"}, 1)]
    right = [Row({"code": "A1", "text": "a"}, 1), Row({"code": "B8", "text": "b"}, 1)]
    united, _ = unite(root, [Reading((1,), {"rows": left[:1]}), Reading((1,), {"rows": right[:1]})])
    assert dissenting(root, united.data) == []
    left[1].value["text"] = "b"
    united, _ = unite(root, [Reading((1,), {"rows": left}), Reading((1,), {"rows": right})])
    assert [p.path for p in dissenting(root, united.data)] == ["/rows/1/code"]


def test_six_thousand_rows_of_a_hundred_windows_are_joined() -> None:
    readings = [
        reading(
            (page, page + 1),
            *((n // 25 + page, f"Payment {n} to Some One", f"{n}.00") for n in range(50)),
        )
        for page in range(1, 121)
    ]
    # Each page twice, with other rows each time: 25 a page are aligned one by one.
    assert len(lines_of(*readings)) == 121 * 25 + 119 * 25
