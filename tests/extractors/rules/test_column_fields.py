"""Lists of objects from tables: heads matched to fields, rows that are items, evidence."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal
from typing import Annotated, Any

import pytest
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.rules.lists.column_fields import Row, rows_from_tables
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.tables.table import Table
from docglean.schemas.fields import Field as Node
from docglean.schemas.kinds import Money, Style
from docglean.schemas.schema import load_schema, schema_of
from drawn_tables import SIZE, table_of, words_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

GERMAN = Style(",", True, ("de",))
ENGLISH = Style(".", True, ("en",))


def list_of(schema: str | type[BaseModel], path: str) -> Node:
    root = (load_schema(schema) if isinstance(schema, str) else schema_of(schema)).root
    return next(field for field in root.walk() if field.path == path)


def read(schema: str | type[BaseModel], path: str, *tables: Table, style: Style) -> list[Row]:
    return rows_from_tables(list_of(schema, path), tables, Paper(words_of(*tables), style))


def told(rows: list[Row]) -> list[dict[str, Any]]:
    """Values that are there."""
    return [{key: value for key, value in row.items() if value is not None} for row, _ in rows]


LINES = [
    ["Pos", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"],
    ["1", "Dübel 8 mm", "200 Stk", "0,05", "10,00"],
    ["2", "Akkuschrauber", "1", "1.249,00", "1.249,00"],
    ["", "Übertrag", "", "", "1.259,00"],
    ["3", "Sägeblatt", "3", "12,50", "37,50"],
    ["", "Zwischensumme", "", "", "1.296,50"],
]


def test_lines_of_an_invoice_without_its_sums() -> None:
    rows = read("invoice", "/line_items", table_of(1, 300, LINES), style=GERMAN)
    assert told(rows) == [
        {"description": "Dübel 8 mm", "quantity": "200", "unit": "Stk", "unit_price": "0.05",
         "line_total": "10.00"},
        {"description": "Akkuschrauber", "quantity": "1", "unit_price": "1249.00",
         "line_total": "1249.00"},
        {"description": "Sägeblatt", "quantity": "3", "unit_price": "12.50",
         "line_total": "37.50"},
    ]  # fmt: skip
    values, _ = rows[0]
    assert set(values) == {child.name for child in list_of("invoice", "/line_items").item.children}


def test_each_value_has_the_place_of_its_words() -> None:
    ((_, evidence), *_) = read("invoice", "/line_items", table_of(2, 300, LINES), style=GERMAN)
    quantity = evidence["/quantity"]
    assert (quantity.page, quantity.text, quantity.how) == (2, "200", "exact")
    assert quantity.box == (250, 320, 293, 332)  # the first of the cell's two words
    total = evidence["/line_total"]
    assert (total.text, total.how) == ("10,00", "normalised")
    assert set(evidence) == {"/description", "/quantity", "/unit", "/unit_price", "/line_total"}


def test_further_lines_belong_to_the_item_above_them() -> None:
    rows = [
        ["Description", "Qty", "Amount"],
        ["Consulting, March", "3", "900.00"],
        ["on site in Leeds", "", ""],
        ["with two engineers", "", ""],
        ["Travel", "1", "120.00"],
    ]
    found = read("invoice", "/line_items", table_of(1, 200, rows, pitch=13), style=ENGLISH)
    assert [row["description"] for row, _ in found] == [
        "Consulting, March on site in Leeds with two engineers",
        "Travel",
    ]
    place = found[0][1]["/description"]
    assert len(place.boxes) == 3
    assert place.box is not None
    assert place.box[3] == 200 + 3 * 13 + 12


def test_headings_far_above_belong_to_no_item() -> None:
    rows = [["Description", "Amount"], ["Travel", "120.00"], ["Second week", ""], ["Food", "8.00"]]
    found = read("invoice", "/line_items", table_of(1, 200, rows, pitch=40), style=ENGLISH)
    assert [row["description"] for row, _ in found] == ["Travel", "Food"]


STATEMENT = [
    ["Date", "Details", "Money out", "Money in", "Balance"],
    ["", "Balance brought forward", "", "", "500.00"],
    ["02 Apr", "Card payment Book Store", "20.00", "", "480.00"],
    ["", "Standing order rent", "400.00", "", "80.00"],
    ["30 Apr", "Salary ACME", "0.00", "1,900.00", "1,980.00"],
    ["", "Closing balance", "", "", "1,980.00"],
]


def test_two_columns_give_one_signed_amount() -> None:
    table = table_of(1, 200, STATEMENT)
    page = words_of(table)[0]
    dated = PageWords(1, *SIZE, (*page.words, Word("30.04.2026", (400, 60, 460, 72))))
    rows = rows_from_tables(list_of("statement", "/transactions"), [table], Paper([dated], ENGLISH))
    assert [(row["date"], row["amount"], row["balance"]) for row, _ in rows] == [
        ("2026-04-02", "-20.00", "480.00"),
        ("2026-04-02", "-400.00", "80.00"),  # printed once for both
        ("2026-04-30", "1900.00", "1980.00"),
    ]
    assert rows[0][1]["/amount"].text == "20.00"


def test_a_date_without_its_year_in_a_document_without_any_is_none() -> None:
    rows = read("statement", "/transactions", table_of(1, 200, STATEMENT), style=ENGLISH)
    assert [row["date"] for row, _ in rows] == [None, None, None]
    assert [row["amount"] for row, _ in rows] == ["-20.00", "-400.00", "1900.00"]


def test_arithmetic_tells_quantity_from_amount() -> None:
    rows = [
        ["Amount", "Product", "VAT", "Price", "Total"],
        ["2.00", "Design (hours)", "7%", "160.00 €", "320.00 €"],
        ["400.00", "Balloons", "19%", "0.79 €", "316.00 €"],
    ]
    found = read("invoice", "/line_items", table_of(1, 200, rows), style=ENGLISH)
    assert [(row["quantity"], row["line_total"]) for row, _ in found] == [
        ("2.00", "320.00"),
        ("400.00", "316.00"),
    ]


def test_a_table_about_something_else_gives_no_items() -> None:
    rows = [["Region", "Stations", "Rainfall"], ["North", "12", "1,204.5"], ["South", "9", "845"]]
    assert read("invoice", "/line_items", table_of(1, 200, rows), style=ENGLISH) == []
    addressed = [["Ship to", "Harbour Joinery"], ["Attention", "Mr Sand"], ["Gate", "4"]]
    assert read("invoice", "/line_items", table_of(1, 200, addressed, 0), style=ENGLISH) == []


def test_the_tax_table_is_not_the_table_of_lines() -> None:
    taxes = [["Rate", "Taxable amount", "Tax"], ["19 %", "1,000.00", "190.00"]]
    lines = [["Description", "Quantity", "Price", "Amount"], ["Steel", "10", "100.00", "1,000.00"]]
    tables = table_of(1, 200, lines), table_of(1, 400, taxes)
    (line,) = told(read("invoice", "/line_items", *tables, style=ENGLISH))
    assert line["description"] == "Steel"
    (tax,) = told(read("invoice", "/taxes", *tables, style=ENGLISH))
    assert tax == {"rate": "19", "net": "1000.00", "tax": "190.00"}


def test_the_same_heads_on_the_next_page_go_on() -> None:
    first = table_of(1, 200, [LINES[0], LINES[1]])
    second = table_of(2, 80, [LINES[0], LINES[2]])
    rows = read("invoice", "/line_items", first, second, style=GERMAN)
    assert [row["quantity"] for row, _ in rows] == ["200", "1"]
    assert [evidence["/quantity"].page for _, evidence in rows] == [1, 2]


def test_rows_under_a_line_of_heads_where_no_table_was_seen() -> None:
    rows = [["Item", "Hours", "Rate", "Amount"], ["Repair", "2", "40.00", "80.00"]]
    rows += [["Paint", "1.5", "30.00", "45.00"], ["Total", "", "", "125.00"]]
    table = table_of(1, 200, rows)
    pages = words_of(table)
    found = rows_from_tables(list_of("invoice", "/line_items"), [], Paper(pages, ENGLISH))
    assert told(found) == [
        {"description": "Repair", "quantity": "2", "unit_price": "40.00", "line_total": "80.00"},
        {"description": "Paint", "quantity": "1.5", "unit_price": "30.00", "line_total": "45.00"},
    ]
    assert found[0][1]["/unit_price"].box == (250, 220, 338, 232)
    # Found as a table too, no row comes twice.
    both = rows_from_tables(list_of("invoice", "/line_items"), [table], Paper(pages, ENGLISH))
    assert told(both) == told(found)


class Reading(BaseModel):
    station: str | None = None
    measured_on: datetime.date | None = Field(None, description="Day of the reading")
    level_cm: float | None = None
    costs: Annotated[Decimal | None, Money()] = None


class Log(BaseModel):
    readings: list[Reading] = []


class Place(BaseModel):
    name: str | None = None
    town: str | None = None


class Fixture(BaseModel):
    kick_off: str | None = None
    ground: Place | None = None


class Season(BaseModel):
    fixtures: list[Fixture] = []


def test_a_users_own_schema_without_any_labels() -> None:
    rows = [
        ["No.", "Station", "Day of the reading", "Level cm", "Costs"],
        ["1", "Lower weir", "03/04/2026", "112.5", "12.00"],
        ["2", "Mill", "04/04/2026", "98", "7.50"],
    ]
    found = read(Log, "/readings", table_of(1, 200, rows), style=ENGLISH)
    assert [row for row, _ in found] == [
        {"station": "Lower weir", "measured_on": "2026-04-03", "level_cm": 112.5, "costs": "12.00"},
        {"station": "Mill", "measured_on": "2026-04-04", "level_cm": 98.0, "costs": "7.50"},
    ]


class Sold(BaseModel):
    article: str | None = None
    amount: Decimal | None = None


class Sales(BaseModel):
    entries: list[Sold] = []


def test_two_of_many_columns_may_be_all_that_is_wanted() -> None:
    heads = ["Pos", "Code", "Article", "Weight", "Store", "Rack", "Packed by", "Amount"]
    rows = [[str(n), f"K{n}", "Saw blade", "1 kg", "North", "B 4", "Ito", "12.50"]
            for n in (1, 2)]  # fmt: skip
    found = read(Sales, "/entries", table_of(1, 300, [heads, *rows]), style=ENGLISH)
    assert told(found) == [{"article": "Saw blade", "amount": "12.50"}] * 2


def test_values_of_nested_objects_go_where_they_belong() -> None:
    rows = [["Kick off", "Name", "Town"], ["15:00", "Field Mill", "Mansfield"]]
    ((row, evidence),) = read(Season, "/fixtures", table_of(1, 200, rows), style=ENGLISH)
    assert row == {"kick_off": "15:00", "ground": {"name": "Field Mill", "town": "Mansfield"}}
    assert set(evidence) == {"/kick_off", "/ground/name", "/ground/town"}


HEADS = {"Article": "description", "Qty": "quantity", "Unit price": "unit_price",
         "Amount": "line_total"}  # fmt: skip
amounts = st.decimals("0.01", "99999", places=2)
items = st.lists(
    st.tuples(st.sampled_from(["Bolt", "Nut M8", "Washer"]), st.integers(1, 999), amounts),
    min_size=1, max_size=6,
)  # fmt: skip


@given(items, st.permutations(list(HEADS)))
@settings(max_examples=40)
def test_columns_may_stand_in_any_order(
    lines: list[tuple[str, int, Decimal]], order: list[str]
) -> None:
    wanted = [
        {"description": name, "quantity": str(count), "unit_price": f"{price:.2f}",
         "line_total": f"{count * price:.2f}"}
        for name, count, price in lines
    ]  # fmt: skip
    rows = [[row[HEADS[head]] for head in order] for row in wanted]
    found = read("invoice", "/line_items", table_of(1, 100, [order, *rows]), style=ENGLISH)
    assert told(found) == wanted


@pytest.mark.slow
def test_thousands_of_rows_on_many_pages() -> None:
    draw = random.Random(1)
    tables = []
    for page in range(1, 121):
        rows = [["Date", "Details", "Money out", "Money in", "Balance"]]
        rows += [
            [f"{1 + n % 28:02}/03/2026", f"Payment {page}-{n}", f"{draw.random() * 90:.2f}", "",
             f"{draw.random() * 9000:.2f}"]
            for n in range(25)
        ]  # fmt: skip
        tables.append(table_of(page, 60, rows))
    rows = read("statement", "/transactions", *tables, style=ENGLISH)
    assert len(rows) == 3000
    assert rows[-1][0]["description"] == "Payment 120-24"


@pytest.mark.parametrize("sign", ["S", "-", "DR"])
def test_signs_printed_behind_amounts_count(sign: str) -> None:
    rows = [["Datum", "Text", "Betrag"], ["02.04.2026", "Miete", f"400,00 {sign}"]]
    ((row, _),) = read("statement", "/transactions", table_of(1, 200, rows), style=GERMAN)
    assert row["amount"] == "-400.00"


class Result(BaseModel):
    rank: int | None = None
    swimmer: str | None = None
    time: str | None = None


class Class(BaseModel):
    age_group: str | None = None
    results: list[Result] = []


class Meeting(BaseModel):
    classes: list[Class] = []


def test_each_table_is_an_entry_where_lists_hold_lists() -> None:
    heads = ["Rank", "Swimmer", "Time"]
    first = table_of(1, 200, [heads, ["1", "Ada Long", "33.74"], ["2", "Eve Short", "37.86"]])
    second = table_of(1, 400, [heads, ["1", "Zoe Lake", "44.01"]])
    titles = [
        Word(text, (50 + 60 * n, top, 100 + 60 * n, top + 12))
        for top, age in ((180, "85-89"), (380, "90-94"))
        for n, text in enumerate(("Age", "Group", f":{age}"))
    ]
    (page,) = words_of(first, second)
    pages = [PageWords(1, *SIZE, (*page.words, *titles))]
    rows = rows_from_tables(list_of(Meeting, "/classes"), [first, second], Paper(pages, ENGLISH))
    assert [values for values, _ in rows] == [
        {
            "age_group": "85-89",
            "results": [
                {"rank": 1, "swimmer": "Ada Long", "time": "33.74"},
                {"rank": 2, "swimmer": "Eve Short", "time": "37.86"},
            ],
        },
        {
            "age_group": "90-94",
            "results": [{"rank": 1, "swimmer": "Zoe Lake", "time": "44.01"}],
        },
    ]
    evidence = rows[0][1]
    assert evidence["/age_group"].text == "85-89"
    assert evidence["/results/1/time"].box == (250, 240, 340 - 2, 252)
