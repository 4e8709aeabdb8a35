"""An amount is found with its own sign: printed at it, or given by its row, column or title."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from docglean.extractors.extraction import Evidence
from docglean.schemas.kinds import Money, Number
from typed_paper import Paper, find


def stands(value: str, *lines: str, kind: object = None) -> Evidence:
    paper = Paper()
    for number, line in enumerate(lines):
        paper.type(line, 100, 100 + 20 * number)
    return find(Annotated[Decimal | None, kind or Money()], value, [paper.page()])


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("-150.60", "Total 150.60"),
        ("150.60", "Total -150.60"),
        ("150.60", "Total 150.60-"),
        ("150.60", "Total (150.60)"),
        ("150.60", "Total \u2212150.60"),
        ("-5", "Temperature 5"),
    ],
)
def test_the_other_sign_is_another_amount(value: str, line: str) -> None:
    kind = Number() if "Temperature" in line else Money()
    assert stands(value, line, kind=kind).how == "not_found"


@pytest.mark.parametrize(
    "line",
    ["Total -150.60", "Total - 150.60", "Total 150.60-", "Total (150.60)", "Total ( 150.60 )",
     "Total \u2212150.60", "Total $-150.60", "Total 150.60 CR", "Total 150.60 cr",
     "Total 150.60CR"],
)  # fmt: skip
def test_a_printed_sign_in_any_form(line: str) -> None:
    assert stands("-150.60", line, kind=Money(credit="negative")).how in ("exact", "normalised")


@pytest.mark.parametrize("line", ["Total 150.60 CR", "Total 150.60 cr", "Total 150.60 (CR)"])
def test_what_a_credit_is_depends_on_the_field(line: str) -> None:
    assert stands("150.60", line, kind=Money(credit="negative")).how == "not_found"
    assert stands("150.60", line, kind=Money(credit="positive")).how == "normalised"
    assert stands("-150.60", line, kind=Money(credit="positive")).how == "not_found"
    # A user's field that says nothing of it: either may be meant.
    assert stands("150.60", line).how == stands("-150.60", line).how == "normalised"


@pytest.mark.parametrize(
    "lines",
    [
        ("Discount 150.60",),
        ("abzgl. Rabatt 150.60",),
        ("Remise 150.60",),
        ("Credit note", "Total 150.60"),
        ("Gutschrift Nr. 7", "Gesamt 150.60"),
        ("Nota de crédito", "Total 150.60"),
    ],
)
def test_the_row_or_the_title_gives_the_sign(lines: tuple[str, ...]) -> None:
    found = stands("-150.60", *lines)
    assert found.how == "normalised"
    assert found.score < 1


def test_the_column_gives_the_sign() -> None:
    paper = Paper()
    paper.type("Debit", 300, 100)
    paper.type("Credit", 400, 100)
    paper.type("150.60", 300, 120)
    paper.type("99.00", 420, 120)
    page = paper.page()
    assert find(Annotated[Decimal | None, Money()], "-150.60", [page]).how == "normalised"
    kind = Money(negative=("Debit",))
    assert find(Annotated[Decimal | None, kind], "-150.60", [page]).how == "normalised"


def test_a_discount_is_asked_for_without_its_sign() -> None:
    assert stands("150.60", "Off -150.60", kind=Money(unsigned=True)).how == "normalised"


@pytest.mark.parametrize("line", ["Pages 10 - 20", "Total - 20", "Room B-20"])
def test_a_dash_between_words_is_no_sign(line: str) -> None:
    assert stands("20", line, kind=Number()).how != "not_found"
