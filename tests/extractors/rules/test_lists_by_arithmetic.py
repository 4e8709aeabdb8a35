"""Lists whose columns no known head names: told by figures that fit together."""

from __future__ import annotations

from typing import Any

from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.lists.item_cells import RowRead
from docglean.extractors.rules.lists.item_lines import spans_of
from docglean.extractors.tables.table import Cell
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


def test_bare_figures_below_a_head_with_the_sign_for_per_cent_are_rates() -> None:
    rows = [["Xa", "Xb", "Xc", "DPH %", "Xd"], ["Repair", "2", "40.00", "21", "80.00"],
            ["Paint", "3", "14.50", "15", "43.50"], ["Tape", "5", "1.00", "21", "5.00"],
            ["Whole", "", "", "", "128.50"]]  # fmt: skip
    assert [row["tax_rate"] for row in items(rows)] == ["21", "15", "21"]


def test_of_two_readings_that_comes_to_a_printed_sum_is_taken() -> None:
    rows = [["Item", "Xa", "Amount", "Disc.", "Price"], ["Chair", "2", "41.08", "", "82.16"],
            ["Paint", "1", "1011.64", "-20 %", "809.31"], ["Tape", "1", "5.00", "", "5.00"],
            ["Net", "", "", "", "896.47"]]  # fmt: skip
    told = [(row["unit_price"], row["line_total"]) for row in items(rows)]
    assert told == [("41.08", "82.16"), ("1011.64", "809.31"), ("5.00", "5.00")]


def test_lines_of_codes_alone_do_not_go_on_with_an_item() -> None:
    rows = [["Description", "Quantity", "Unit price", "Amount"], ["Paint", "2", "40.00", "80.00"],
            ["10-pack", "", "", ""], ["K38-69", "", "", ""], ["Tape", "1", "43.50", "43.50"],
            ["Whole", "", "", "123.50"]]  # fmt: skip
    assert [row["description"] for row in items(rows)] == ["Paint 10-pack", "Tape"]


def test_a_table_of_taxes_is_no_list_of_items() -> None:
    rows = [["19 %", "1,000.00", "190.00"], ["7 %", "200.00", "14.00"]]
    assert items(rows) == []
    assert items(rows, list_="taxes") == [
        {"rate": "19", "net": "1000.00", "tax": "190.00"},
        {"rate": "7", "net": "200.00", "tax": "14.00"},
    ]


def test_a_rate_that_makes_no_amount_is_no_tax() -> None:
    assert items([["Discount 10 %", "33.00"], ["Total", "500.00"]], list_="taxes") == []


def row(top: float, *figures: str, left: int = 0) -> RowRead:
    cells = {left: Cell("x", (0, top, 50, top + 10), 0, left, page=1)}
    return RowRead(cells, figures=set(figures))


def test_lines_go_with_the_item_that_the_widest_gap_leaves_them() -> None:
    rows = [row(0, "total"), row(11), row(30), row(41, "total")]
    assert spans_of(rows, frozenset(), 10, headed=True) == [range(2), range(2, 4)]


def test_without_gaps_lines_go_with_the_item_above_or_all_with_the_one_below() -> None:
    above = [row(11 * n, *(["total"] if n in (0, 2) else [])) for n in range(4)]
    assert spans_of(above, frozenset(), 10, headed=True) == [range(2), range(2, 4)]
    below = [row(11 * n, *(["total"] if n in (1, 3) else [])) for n in range(4)]
    assert spans_of(below, frozenset(), 10, headed=True) == [range(2), range(2, 4)]
    assert spans_of(below, frozenset(), 10, headed=False) == [range(1, 3), range(3, 4)]


def test_figures_in_two_lines_are_one_item_where_arithmetic_ties_them() -> None:
    rows = [row(0, "count"), row(11), row(22, "price", "total", left=2), row(33, "count")]
    tied = frozenset({"count", "price", "total"})
    assert spans_of(rows, tied, 10, headed=True) == [range(3), range(3, 4)]
    assert spans_of(rows, frozenset(), 10, headed=True)[0] == range(2)


def test_tables_are_not_looked_for_where_items_come_to_a_printed_sum() -> None:
    rows = [["Description", "Quantity", "Unit price", "Amount"], ["Repair", "2", "40.00", "80.00"],
            ["Paint", "1", "43.50", "43.50"], ["Tape", "1", "1.00", "1.00"]]  # fmt: skip
    for total, proven in (("124.50", True), ("125.50", False)):
        words = words_of(table_of(1, 200, [*rows, ["Total", "", "", total]]))
        assert read_words(load_schema("invoice"), words).proven is proven
