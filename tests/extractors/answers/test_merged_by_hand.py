"""Readings of windows made by hand are put together: rows, pages, conflicts and cells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import pytest
from docglean.extractors.answers.conflicts import dissenting
from docglean.extractors.answers.cuts import one_text
from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, placed, unite
from docglean.extractors.answers.validate import completed
from docglean.schemas.builtin.tables import Tables
from docglean.schemas.fields import Take
from docglean.schemas.kinds import Code, Money
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import Row, plain
from pydantic import BaseModel


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
