"""Amounts and numbers: read in any printed form, and from each of their shapes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from docglean.schemas.kinds import (
    Currency,
    Day,
    Money,
    Number,
    Style,
)
from hypothesis import given
from hypothesis import strategies as st
from kind_values import COMMA, GERMAN, MONTH_FIRST, OPEN, POINT, amounts, numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56 €", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1’234.–", "1234"),
        ("CHF 1’234.50", "1234.50"),
        ("12,34,567.00", "1234567.00"),
        ("1.234.567", "1234567"),
        ("(12.00)", "-12.00"),
        ("($12.00)", "-12.00"),
        ("$(12.00)", "-12.00"),
        ("12.00-", "-12.00"),
        ("−12,00 €", "-12.00"),
        ("-$12.00", "-12.00"),
        ("$-12.00", "-12.00"),
        ("+ 12.00", "12.00"),
        ("RM22.65", "22.65"),
        ("RM 1,234.50", "1234.50"),
        ("$8.60", "8.60"),
        ("€ 5,-", "5"),
        ("5,-- EUR", "5"),
        ("Rs. 500/-", "500"),
        ("12€50", "12.50"),
        ("12.00 CR", "12.00"),
        ("12.00DR", "-12.00"),
        ("12.00 debit", "-12.00"),
        ("12.00 (CR)", "12.00"),
        ("4,99 A", "4.99"),
        ("19.40 SR", "19.40"),
        ("12,50 €/Std.", "12.50"),
        ("USD 10,000.00", "10000.00"),
        ("10.000,00 EUR", "10000.00"),
        ("1,2 Mio. €", "1200000"),
        ("$ 3.5 million", "3500000"),
        ("*12.00", "12.00"),
        ("12. 50", "12.50"),
        (".50", "0.50"),
        ("１２.５０", "12.50"),
        ("٣٫", None),
        ("0,00", "0.00"),
        ("-0.00", "0.00"),
    ],
)
def test_an_amount_is_read_in_any_printed_form(text: str, value: str | None) -> None:
    assert Money().parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "€", "Total", "Total 12.00", "12.01.2018", "12/01/2018", "2018-01-12", "14:33",
        "19 %", "1.2.3", "1,23,4.5", "12.34.567", "1 2 3", "0123 456", "4006381333931123",
        "(12.00", "- 5.00-", "12.00 S", "A12", "030/1234", "1.234,5.6", "12 kg",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_not_read_as_one(text: str) -> None:
    assert Money().parse(text) is None


def test_debit_and_credit_in_german() -> None:
    assert Money().parse("12,00 S", GERMAN) == "-12.00"
    assert Money().parse("12,00 H", GERMAN) == "12.00"


@pytest.mark.parametrize(
    ("text", "style", "amount", "number"),
    [
        ("1.234", POINT, "1.234", "1.234"),
        ("1.234", COMMA, "1234", "1234"),
        ("1.234", OPEN, "1234", "1.234"),
        ("1,234", POINT, "1234", "1234"),
        ("1,234", COMMA, "1.234", "1.234"),
        ("1,234", OPEN, "1234", "1234"),
        ("0,125", OPEN, "0.125", "0.125"),
        ("1234,567", OPEN, "1234.567", "1234.567"),
        ("1.234,00", POINT, "1234.00", "1234.00"),
    ],
)
def test_a_mark_before_three_digits_is_read_by_the_style(
    text: str, style: Style, amount: str, number: str
) -> None:
    assert Money().parse(text, style) == amount
    assert Number().parse(text, style) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", "3"),
        ("01", "01"),
        ("2 x", "2"),
        ("x3", "3"),
        ("12 kg", "12"),
        ("12,5 m²", "12.5"),
        ("19 %", "19"),
        ("7.7%", "7.7"),
        ("3 Stk.", "3"),
        ("- 0.1024", "-0.1024"),
        ("2018-01", None),
        ("three", None),
        ("3 of 4", None),
    ],
)
def test_a_number_may_have_a_unit(text: str, value: str | None) -> None:
    assert Number().parse(text) == (None if value is None else str(Decimal(value)))


styles = st.sampled_from([POINT, COMMA])


@given(amounts, styles)
def test_an_amount_is_read_from_each_of_its_shapes(amount: Decimal, style: Style) -> None:
    kind = Money()
    for shape in kind.shapes(str(amount), style):
        read = Decimal(str(kind.parse(shape, style)))
        assert abs(read) == abs(amount)
        assert read == amount or not any(mark in shape for mark in "-()")


@given(amounts, styles, st.sampled_from(["{} €", "€{}", "EUR {}", "RM{}", "$ {}", "{} CHF", "{}*"]))
def test_an_amount_is_read_with_its_currency(amount: Decimal, style: Style, frame: str) -> None:
    shape = Money().shapes(str(abs(amount)), style)[0]
    assert Decimal(str(Money().parse(frame.format(shape), style))) == abs(amount)


@given(numbers, styles)
def test_a_number_is_read_from_each_of_its_shapes(number: Decimal, style: Style) -> None:
    kind = Number()
    leaf = format(number, "f")
    shapes = kind.shapes(leaf, style)
    assert shapes
    for shape in shapes:
        read = Decimal(str(kind.parse(shape, style)))
        assert read == number or (read == -number and not any(mark in shape for mark in "-()"))


@pytest.mark.parametrize("style", [Style(), COMMA])
def test_shapes_do_not_depend_on_what_was_asked_before(style: Style) -> None:
    first, *others = (Money().shapes(digits, style) for digits in ("731", "731.0", "731.00"))
    assert first != others[0]
    assert others == [Money().shapes(digits, style) for digits in ("731.0", "731.00")]
    assert first == Money().shapes("731", style)
    assert "731,0" in others[0]


@given(amounts)
def test_shapes_of_an_unknown_style_hold_those_of_both(amount: Decimal) -> None:
    shapes = set(Money().shapes(str(amount)))
    assert shapes >= {*Money().shapes(str(amount), POINT), *Money().shapes(str(amount), COMMA)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$108.43 cr", "-108.43"),
        ("108.43 CR", "-108.43"),
        ("108.43 (CR)", "-108.43"),
        ("108.43 Credit", "-108.43"),
        ("£108.43 DR", "108.43"),
        ("(108.43)", "-108.43"),
        ("108.43-", "-108.43"),
        ("-108.43 CR", "-108.43"),
        ("$-108.43", "-108.43"),
        ("108.43", "108.43"),
    ],
)
def test_what_is_to_a_customers_credit_is_negative_on_a_bill(text: str, value: str) -> None:
    assert Money(credit="negative").parse(text, POINT) == value


@pytest.mark.parametrize("text", ["S", "s", "r", "ft", "tl", "Fr", "lfd"])
def test_few_letters_are_no_currency_unless_they_are_its_sign(text: str) -> None:
    assert Currency().parse(text) is None


@pytest.mark.parametrize(
    ("text", "code"), [("S/", "PEN"), ("S/.", "PEN"), ("R", "ZAR"), ("kr", "SEK"), ("Rs.", "INR"),
                       ("RM", "MYR"), ("Fr.", "CHF"), ("TL", "TRY")],
)  # fmt: skip
def test_short_signs_of_currencies(text: str, code: str) -> None:
    assert Currency().parse(text) == code


def test_shapes_come_likeliest_first() -> None:
    assert Money().shapes("1234.5", POINT)[0] == "1,234.50"
    assert Money().shapes("1234.50", COMMA)[0] == "1.234,50"
    assert Number().shapes("12", OPEN)[0] == "12"
    assert {"1,450", "1,4500"} <= set(Money().shapes("1.45", COMMA))
    assert "5.0000" in Number().shapes("5", POINT)
    assert Money().shapes("-12", POINT)[:3] == ("-12.00", "12.00-", "(12.00)")
    assert Day().shapes("2018-03-12", GERMAN)[0] == "12.03.2018"
    assert Day().shapes("2018-03-12", MONTH_FIRST)[0] == "03/12/2018"


def test_currencies_by_code_sign_and_name() -> None:
    kind = Currency()
    assert {text: kind.parse(text) for text in ("RM", "US$", "euro", "£", "chf", "zł")} == {
        "RM": "MYR", "US$": "USD", "euro": "EUR", "£": "GBP", "chf": "CHF", "zł": "PLN",
    }  # fmt: skip
    assert kind.parse("Schweizer Franken") == kind.parse("Swiss Franc") == "CHF"
    assert kind.parse("apples") is None
    assert "€" in kind.shapes("EUR")
    assert repr(kind) == "Currency()"
    assert kind == Currency()


def test_the_currencies_are_those_in_use() -> None:
    from babel.core import get_global
    from babel.numbers import get_territory_currencies
    from docglean.schemas.reading.currencies import ISO_CODES

    day = date(2025, 6, 1)
    used = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, day, day)
    }
    assert used <= ISO_CODES


@pytest.mark.parametrize("told", ["1e999", "12e999", "1x9", "1X-9", "9" * 5_000, "1" * 301])
def test_what_begins_like_a_number_is_not_taken_for_its_beginning(told: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        Number().coerce(told)


@pytest.mark.parametrize(
    ("told", "number"),
    [("1e2", "100"), ("3 x", "3"), ("12m2", "12"), ("5EUR", "5"), ("7 e-mails", "7")],
)
def test_units_behind_a_number_are_left_out(told: str, number: str) -> None:
    assert Number().coerce(told) == number
