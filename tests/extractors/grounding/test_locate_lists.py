"""Entries of lists, cells and marks are found in their own rows and beside their own labels."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from docglean.extractors.grounding.locate import locate
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Check, Choice, Name, Text
from docglean.schemas.schema import schema_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typed_paper import (
    COLUMNS,
    Account,
    Paper,
    assert_stands,
    entry,
    typed_account,
)

ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.dates(date(2026, 1, 1), date(2026, 1, 9)).map(date.isoformat),
            "text": st.sampled_from(["Rent", "Card payment", "Salary ACME Ltd", "Fee"]),
            "quantity": st.integers(1, 3),
            "price": st.sampled_from(["1.00", "2.00", "12.50"]),
            "amount": st.sampled_from(["1.00", "2.00", "3.00", "1200.00"]),
        }
    ),
    max_size=30,
)


@given(entries=ENTRIES, rows=st.integers(4, 12), hinted=st.booleans())
@settings(deadline=None, max_examples=40)
def test_each_entry_stands_in_its_own_row(
    entries: list[dict[str, Any]], rows: int, hinted: bool
) -> None:
    """Also where rows are equal, and where one row has the same amount twice."""
    pages, truth = typed_account(entries, rows)
    hints = {f"/entries/{n}": n // rows + 1 for n in range(len(entries))} if hinted else {}
    values = {"bank": "Northern Bank", "entries": entries}
    found = locate(schema_of(Account), values, pages, hints=hints)
    for number in range(len(entries)):
        for name, _ in COLUMNS:
            page, box = truth[f"/entries/{number}/{name}"]
            assert_stands(found[f"/entries/{number}/{name}"], box, page)


def test_amount_of_another_row_is_not_this_rows() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, _ = typed_account(entries, 10)
    claimed = [entries[0] | {"amount": "77.00"}, entries[1]]
    found = locate(schema_of(Account), {"entries": claimed}, pages)
    assert found["/entries/0/amount"].how == "not_found"
    assert found["/entries/1/amount"].how != "not_found"


def test_entry_that_was_invented_is_not_found() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, _ = typed_account(entries, 10)
    invented = entry("2027-05-05", "Party hats", "31.00")
    found = locate(schema_of(Account), {"entries": [entries[0], invented, entries[1]]}, pages)
    for name in ("day", "text", "price", "amount"):
        assert found[f"/entries/1/{name}"].how == "not_found", name
        assert found[f"/entries/2/{name}"].how != "not_found"


def test_row_said_twice_and_printed_once_is_found_once() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, truth = typed_account(entries, 10)
    found = locate(schema_of(Account), {"entries": [entries[0], entries[0], entries[1]]}, pages)
    assert_stands(found["/entries/0/amount"], truth["/entries/0/amount"][1])
    assert found["/entries/1/amount"].how == "not_found"
    assert_stands(found["/entries/2/amount"], truth["/entries/1/amount"][1])


def test_date_that_is_printed_once_for_several_rows() -> None:
    paper = Paper()
    day = paper.type("02.01.2026", 50, 80)
    boxes = []
    for row, text in enumerate(["Rent", "Coffee", "Books"]):
        paper.type(text, 130, 80 + 16 * row)
        boxes.append(paper.type(f"{row + 4}.50", 480, 80 + 16 * row))
    entries = [
        {"day": "2026-01-02", "text": text, "amount": f"{row + 4}.50"}
        for row, text in enumerate(["Rent", "Coffee", "Books"])
    ]
    found = locate(schema_of(Account), {"entries": entries}, [paper.page()])
    for row in range(3):
        assert_stands(found[f"/entries/{row}/day"], day)
        assert_stands(found[f"/entries/{row}/amount"], boxes[row])


def test_hint_that_is_wrong_misleads_nobody() -> None:
    entries = [entry(f"2026-01-0{n + 1}", f"Item number {n}", f"{n}1.00") for n in range(8)]
    pages, truth = typed_account(entries, 4)
    found = locate(
        schema_of(Account), {"entries": entries}, pages, hints={"/entries/5": 1, "/entries/9": 7}
    )
    assert_stands(found["/entries/5/text"], truth["/entries/5/text"][1], 2)


class Grid(BaseModel):
    caption: Annotated[str | None, Text()] = None
    rows: list[list[str]] = []


class Grids(BaseModel):
    tables: list[Grid] = []


def test_cells_of_tables_stand_in_order() -> None:
    paper = Paper()
    tables, truth = [], {}
    for number, top in enumerate((80, 300)):
        caption = f"Table {number + 1} of results"
        truth[f"/tables/{number}/caption"] = paper.type(caption, 50, top)
        rows = [["Group", "0", "0", "1"], ["0", "1", "0", "0"], ["1", "1", "1", "1"]]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                box = paper.type(cell, 50 + 90 * c, top + 20 + 16 * r)
                truth[f"/tables/{number}/rows/{r}/{c}"] = box
        tables.append({"caption": caption, "rows": rows})
    found = locate(schema_of(Grids), {"tables": tables}, [paper.page()])
    for pointer, box in truth.items():
        assert_stands(found[pointer], box)


class Names(BaseModel):
    people: list[Annotated[str, Name()]] = []


def test_list_of_plain_values() -> None:
    paper = Paper()
    boxes = [paper.type(name, 50, 80 + 20 * n) for n, name in enumerate(["Ann", "Bob", "Ann"])]
    found = locate(schema_of(Names), {"people": ["Ann", "Bob", "Ann", "Zoe"]}, [paper.page()])
    for number, box in enumerate(boxes):
        assert_stands(found[f"/people/{number}"], box)
    assert found["/people/3"].how == "not_found"


# ── yes, no, choices ──────────────────────────────────────────────────────────────────────


class Boxes(BaseModel):
    smoker: Annotated[bool | None, Check(), Printed("Smoker", "Raucher")] = None
    employed: Annotated[bool | None, Check()] = None
    state: Annotated[
        Literal["married", "single"] | None, Choice(words={"married": ("verheiratet",)})
    ] = None


def test_marks_beside_their_labels() -> None:
    paper = Paper()
    yes = paper.type("\u2612", 50, 80)
    paper.type("Smoker", 60, 80)
    no = paper.type("\u2610", 50, 100)
    paper.type("Employed", 60, 100)
    married = paper.type("verheiratet", 60, 120)
    values = {"smoker": True, "employed": False, "state": "married"}
    found = locate(schema_of(Boxes), values, [paper.page()])
    assert_stands(found["/smoker"], yes)
    assert_stands(found["/employed"], no)
    assert_stands(found["/state"], married)


def test_yes_and_no_with_a_mark_between() -> None:
    paper = Paper()
    paper.type("Smoker", 50, 80)
    paper.type("Yes \u2610", 150, 80)
    box = paper.type("No \u2612", 250, 80)
    page = paper.page()
    assert_stands(locate(schema_of(Boxes), {"smoker": False}, [page])["/smoker"], box)
    assert locate(schema_of(Boxes), {"smoker": True}, [page])["/smoker"].how == "not_found"


def test_mark_that_says_the_contrary_shows_nothing() -> None:
    paper = Paper()
    paper.type("\u2610 Smoker", 50, 80)
    assert locate(schema_of(Boxes), {"smoker": True}, [paper.page()])["/smoker"].how == "not_found"
