"""Rows of a list out of a spreadsheet, a CSV file, or a box drawn over a row of the page."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.extraction import Evidence
from docglean.schemas.errors import ConfigError
from docglean.schemas.kinds import Money, Style
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

from docglean.review.boxed_rows import ranges_of, row_in
from docglean.review.list_rows import columns_of, entry_of
from docglean.review.pasted_rows import pasted_rows


class Tax(BaseModel):
    rate: Decimal | None = None


class Line(BaseModel):
    description: str | None = None
    quantity: int | None = None
    total: Annotated[Decimal | None, Money()] = None
    tax: Tax | None = None
    notes: list[str] = []


class Order(BaseModel):
    lines: list[Line] = []
    names: list[str] = []
    grid: list[list[str]] = []


FIELDS = {field.path: field for field in schema_of(Order).root.walk()}
LINES = columns_of(FIELDS["/lines"])
COMMA = Style(decimal=",")


def _values(pasted):
    return [{name: cell.value for name, cell in row.items()} for row in pasted.rows]


def test_columns_are_the_values_of_an_entry_and_of_objects_in_it() -> None:
    assert [column.name for column in LINES] == ["description", "quantity", "total", "tax/rate"]
    assert [column.name for column in columns_of(FIELDS["/names"])] == [""]
    cells = columns_of(FIELDS["/grid"], [["a"], ["b", "c"]])
    assert [column.name for column in cells] == ["0", "1"]


def test_cells_of_a_spreadsheet_with_quotes_and_line_breaks() -> None:
    text = 'Description\tQuantity\tTotal\n"Bolt ""M5""\nsteel"\t2\t3,00\nNut\t1\t1.000,00\n'
    pasted = pasted_rows(LINES, text)
    assert pasted.has_header
    assert pasted.columns == ("description", "quantity", "total")
    assert _values(pasted) == [
        {"description": 'Bolt "M5"\nsteel', "quantity": 2, "total": "3.00"},
        {"description": "Nut", "quantity": 1, "total": "1000.00"},
    ]


def test_a_quote_that_is_never_closed_is_a_sign_like_others() -> None:
    pasted = pasted_rows(LINES, 'Pipe 5"\t2\t3.00\nNut\t1\t1.00')
    assert [row["description"] for row in _values(pasted)] == ['Pipe 5"', "Nut"]


def test_a_cell_of_any_length_is_a_cell() -> None:
    pasted = pasted_rows(LINES, "a" * 200_000)
    assert [len(row["description"]) for row in _values(pasted)] == [200_000]


def test_a_header_says_the_order_and_what_belongs_to_no_column_is_counted() -> None:
    pasted = pasted_rows(LINES, "Total\tRemark\tQuantity\n1.00\tfine\t2\n2.00\t\t3")
    assert pasted.columns == ("total", "", "quantity")
    assert _values(pasted) == [
        {"total": "1.00", "quantity": 2}, {"total": "2.00", "quantity": 3}
    ]  # fmt: skip
    assert pasted.left_out == 1


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Bolt;2;1,50\nNut;1;0,70", Style()),
        ("Bolt,2,1.50\nNut,1,0.70", Style(decimal=".")),
        ('Bolt,2,"1,50"\nNut,1,"0,70"', Style()),
        ("description,quantity,total\nBolt,2,1.50\nNut,1,0.70", COMMA),
    ],
)
def test_rows_of_a_csv_file(text, style) -> None:
    rows = _values(pasted_rows(LINES, text, style))
    assert [(row["quantity"], row["total"]) for row in rows] == [(2, "1.50"), (1, "0.70")]


def test_commas_of_a_text_are_not_columns() -> None:
    pasted = pasted_rows(LINES, "Bolt, big, blue\nNut", COMMA)
    assert [row["description"] for row in _values(pasted)] == ["Bolt, big, blue", "Nut"]


def test_marks_are_those_of_the_pasted_cells_before_those_of_the_document() -> None:
    assert _values(pasted_rows(LINES, "a\t1\t1,234.50\nb\t2\t2.345", COMMA))[1]["total"] == "2.345"
    assert _values(pasted_rows(LINES, "b\t2\t2.345", COMMA))[0]["total"] == "2345"


def test_a_cell_that_its_column_cannot_hold_says_so_and_the_others_stand() -> None:
    row = pasted_rows(LINES, "Bolt\tmany\t1.00").rows[0]
    assert row["quantity"].error == "'many' is not a number."
    assert row["total"].value == "1.00"


def test_nothing_pasted_is_no_row_and_too_much_is_refused() -> None:
    assert pasted_rows(LINES, " \n\t\n").rows == ()
    with pytest.raises(ConfigError, match="in parts") as refused:
        pasted_rows(LINES, "a\n" * 5_001)
    assert refused.value.code == "too_many_rows"


def test_entries_have_every_field() -> None:
    cells = pasted_rows(LINES, "Bolt\t2\t1.00\t19").rows[0]
    assert entry_of(FIELDS["/lines"], cells) == {
        "description": "Bolt", "quantity": 2, "total": "1.00", "tax": {"rate": "19"}, "notes": []
    }  # fmt: skip
    names = columns_of(FIELDS["/names"])
    assert entry_of(FIELDS["/names"], pasted_rows(names, "Ann").rows[0]) == "Ann"
    grid = columns_of(FIELDS["/grid"], [["a", "b"]])
    assert entry_of(FIELDS["/grid"], pasted_rows(grid, "x\ty").rows[0]) == ["x", "y"]


def _page(*rows: tuple[float, list[tuple[float, str]]], turn: int = 0) -> PageWords:
    """Words by their row's top and their left, eight points wide a letter."""
    words = tuple(
        Word(text, (left, top, left + 6.0 * len(text), top + 10.0), line=number)
        for number, (top, printed) in enumerate(rows)
        for left, text in printed
    )
    return PageWords(1, 600.0, 800.0, words, turn)


PAGE = _page(
    (100, [(50, "Description"), (300, "Qty"), (400, "Total")]),
    (120, [(50, "Bolt"), (300, "2"), (400, "3.00")]),
    (140, [(50, "Washer"), (90, "of"), (106, "brass,"), (146, "very"), (174, "long"), (300, "12"),
           (400, "1.20")]),
)  # fmt: skip
DRAWN = (40.0, 135.0, 500.0, 155.0)


def _where(page: int = 1) -> dict[str, Evidence]:
    boxes = {"description": (50, 120, 74, 130), "quantity": (300, 120, 306, 130),
             "total": (400, 120, 424, 130)}  # fmt: skip
    return {
        f"/lines/0/{name}": Evidence(how="exact", page=page, box=box, text="x")
        for name, box in boxes.items()
    }


@pytest.mark.parametrize("known", [True, False])
def test_a_row_drawn_over_is_divided_by_the_other_rows_or_by_the_heads(known) -> None:
    ranges = ranges_of(PAGE, "/lines", LINES, _where() if known else {})
    assert bool(ranges) == known
    row = row_in(PAGE, DRAWN, LINES, ranges)
    assert {name: cell.value for name, cell in row.items()} == {
        "description": "Washer of brass, very long", "quantity": 12, "total": "1.20"
    }  # fmt: skip


def test_rows_on_another_page_say_nothing_of_this_one() -> None:
    assert ranges_of(PAGE, "/lines", LINES, _where(page=2)) == {}


def test_where_nothing_tells_the_columns_their_order_does() -> None:
    bare = _page((140, [(50, "Bolt"), (300, "2"), (400, "1.20"), (500, "19")]))
    row = row_in(bare, (*DRAWN[:2], 600.0, 155.0), LINES, {})
    assert [cell.value for cell in row.values()] == ["Bolt", 2, "1.20", "19"]


def test_a_page_on_its_side_is_read_upright() -> None:
    upright = PAGE.words
    # Turned by 270 degrees the page's text would stand upright.
    on_side = tuple(
        Word(w.text, (600 - w.box[3], w.box[0], 600 - w.box[1], w.box[2]), line=w.line)
        for w in upright
    )
    page = PageWords(1, 600.0, 800.0, on_side, 270)
    x0, y0, x1, y1 = DRAWN
    row = row_in(page, (600 - y1, x0, 600 - y0, x1), LINES, {})
    assert [cell.value for cell in row.values()] == ["Washer of brass, very long", 12, "1.20"]


def test_words_of_columns_that_the_list_does_not_have_spoil_no_cell() -> None:
    page = _page(
        (100, [(50, "Description"), (300, "Qty"), (340, "Rate"), (400, "Total")]),
        (140, [(50, "Bolt"), (300, "2"), (310, "box(es)"), (362, "19%"), (400, "3.00")]),
    )
    for ranges in ({}, {"description": (50, 74), "quantity": (300, 306), "total": (400, 424)}):
        row = row_in(page, DRAWN, LINES[:3], ranges)
        assert [cell.value for cell in row.values()] == ["Bolt", 2, "3.00"]


def test_a_row_that_sinks_on_a_photo_is_read_from_left_to_right() -> None:
    sinking = tuple(
        Word(w.text, (w.box[0], w.box[1] + w.box[0] / 90, w.box[2], w.box[3] + w.box[0] / 90),
             line=w.line)
        for w in PAGE.words
    )  # fmt: skip
    page = PageWords(1, 600.0, 800.0, sinking)
    row = row_in(page, (40.0, 136.0, 500.0, 158.0), LINES, {})
    assert [cell.value for cell in row.values()] == ["Washer of brass, very long", 12, "1.20"]
