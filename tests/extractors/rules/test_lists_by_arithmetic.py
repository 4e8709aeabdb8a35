"""Lists whose columns no known head names: told by figures that fit together."""

from __future__ import annotations

from typing import Any

from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.lists.item_lines import Line, owners_of
from docglean.schemas.schema import load_schema
from drawn_tables import table_of, words_of


def items(rows: list[list[str]], *, list_: str = "line_items") -> list[dict[str, Any]]:
    """What is read of a page of these rows, and values that are there."""
    reading = read_words(load_schema("invoice"), words_of(table_of(1, 200, rows)))
    return [{key: value for key, value in row.items() if value} for row in reading.values[list_]]


def test_a_product_tells_columns_without_heads_in_any_order() -> None:
    rows = [["40.00", "Repair", "2", "80.00"], ["29.00", "Paint", "1.5", "43.50"],
            ["1.00", "Tape", "1", "1.00"]]  # fmt: skip
    wanted = [
        {"description": text, "quantity": count, "unit_price": price, "line_total": total}
        for price, text, count, total in rows
    ]
    assert items([*rows, ["Whole", "", "", "124.50"]]) == wanted
    unknown = ["Xa", "Xb", "Xc", "Xd"]
    assert items([unknown, *rows, ["Whole", "", "", "124.50"]]) == wanted


def test_a_table_of_taxes_is_no_list_of_items() -> None:
    rows = [["19 %", "1,000.00", "190.00"], ["7 %", "200.00", "14.00"]]
    assert items(rows) == []
    assert items(rows, list_="taxes") == [
        {"rate": "19", "net": "1000.00", "tax": "190.00"},
        {"rate": "7", "net": "200.00", "tax": "14.00"},
    ]


def test_a_rate_that_makes_no_amount_is_no_tax() -> None:
    assert items([["Discount 10 %", "33.00"], ["Total", "500.00"]], list_="taxes") == []


def line(top: float, *, full: bool) -> Line:
    return Line(1, top, top + 10, full)


def test_lines_go_with_the_item_that_the_widest_gap_leaves_them() -> None:
    lines = [line(0, full=True), line(11, full=False), line(30, full=False), line(41, full=True)]
    assert owners_of(lines, 10, headed=True) == {1: 0, 2: 3}


def test_without_gaps_lines_go_with_the_item_above_or_all_with_the_one_below() -> None:
    above = [line(11 * n, full=n in (0, 2)) for n in range(4)]
    assert owners_of(above, 10, headed=True) == {1: 0, 3: 2}
    below = [line(11 * n, full=n in (1, 3)) for n in range(4)]
    assert owners_of(below, 10, headed=True) == {0: 1, 2: 3}


def test_tables_are_not_looked_for_where_items_come_to_a_printed_sum() -> None:
    rows = [["Description", "Quantity", "Unit price", "Amount"], ["Repair", "2", "40.00", "80.00"],
            ["Paint", "1", "43.50", "43.50"], ["Tape", "1", "1.00", "1.00"]]  # fmt: skip
    for total, proven in (("124.50", True), ("125.50", False)):
        words = words_of(table_of(1, 200, [*rows, ["Total", "", "", total]]))
        assert read_words(load_schema("invoice"), words).proven is proven
