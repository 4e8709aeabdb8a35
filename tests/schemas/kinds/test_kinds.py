"""Kinds: printed values are read, compared and found again in every shape."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from docglean.schemas.kinds import (
    Cell,
    Check,
    Choice,
    Clock,
    Code,
    Currency,
    Day,
    Kind,
    Moment,
    Money,
    Name,
    Number,
    Style,
    Text,
    guess_style,
    infer_kind,
)
from docglean.schemas.reading.date_shapes import day_of_year_shapes, day_shapes
from docglean.schemas.reading.style import Style as StyleAgain
from hypothesis import given
from hypothesis import strategies as st

POINT, COMMA, OPEN = Style("."), Style(","), Style()
GERMAN = Style(",", True, ("de",))
MONTH_FIRST = Style(".", False, ("en",))


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


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=None).map(
    lambda number: Decimal(f"{number:.6f}").normalize()
)
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("03/02/2018", "2018-02-03"),
        ("23-03-18", "2018-03-23"),
        ("26/02/18", "2018-02-26"),
        ("7.5.2018", "2018-05-07"),
        ("7. 5. 2018", "2018-05-07"),
        ("2018-01-12", "2018-01-12"),
        ("2018/1/5", "2018-01-05"),
        ("20180112", "2018-01-12"),
        ("12012018", "2018-01-12"),
        ("12/31/2018", "2018-12-31"),
        ("22 MAR 2018", "2018-03-22"),
        ("12JAN2018", "2018-01-12"),
        ("12-Jan-18", "2018-01-12"),
        ("March 12, 2018", "2018-03-12"),
        ("Mar. 12th, '18", "2018-03-12"),
        ("Monday the 3rd of March 2014", "2014-03-03"),
        ("Sept 1, 1992", "1992-09-01"),
        ("12. März 2018", "2018-03-12"),
        ("Montag, den 12. März 2018", "2018-03-12"),
        ("1. Jänner 2020", "2020-01-01"),
        ("1er janvier 2018", "2018-01-01"),
        ("le 5 août 2020", "2020-08-05"),
        ("12 de enero de 2018", "2018-01-12"),
        ("lunes, 3 de febrero del 2020", "2020-02-03"),
        ("5 settembre 2019", "2019-09-05"),
        ("1º de março de 2021", "2021-03-01"),
        ("3 mrt 2020", "2020-03-03"),
        ("17 Ogos 2019", "2019-08-17"),
        ("2018年1月12日", "2018-01-12"),
        ("12/01/2018 14:33", "2018-01-12"),
        ("14:33:05 12/01/2018", "2018-01-12"),
        ("12/01/2018 2:33 PM", "2018-01-12"),
        ("2018-01-12T14:33:05Z", "2018-01-12"),
        ("01/01/49", "2049-01-01"),
        ("01/01/50", "1950-01-01"),
    ],
)
def test_a_date_is_read_in_any_printed_form(text: str, value: str) -> None:
    assert Day().parse(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "2018", "March 2018", "12 March", "12.01", "30.02.2018", "31/31/2018", "1 2 18",
     "12/01-2018", "May", "1.234,56", "14:33", "12 Foo 2018", "12 Jan 2018 Feb", "0/1/2018"],
)  # fmt: skip
def test_nothing_is_added_to_make_a_date(text: str) -> None:
    assert Day().parse(text) is None


def test_day_and_month_follow_the_style() -> None:
    assert Day().parse("03/04/2018", Style(day_first=True)) == "2018-04-03"
    assert Day().parse("03/04/2018", Style(day_first=False)) == "2018-03-04"
    assert Day().parse("13/04/2018", Style(day_first=False)) == "2018-04-13"


def test_month_names_of_a_language_that_the_style_names() -> None:
    assert Day().parse("12 listopada 2018") is None
    assert Day().parse("12 listopada 2018", Style(languages=("pl",))) == "2018-11-12"
    assert Day().parse("12 listopada 2018", Style(languages=("hr", "no-such"))) == "2018-10-12"


days = st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31))
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "id", "ms", "sv", "da", "nb", "pl", "cs"]


@given(days, st.booleans(), st.sampled_from(LANGUAGES))
def test_a_date_is_read_from_each_of_its_shapes(day: date, day_first: bool, language: str) -> None:
    style = Style(day_first=day_first, languages=(language,))
    shapes = Day().shapes(day.isoformat(), style)
    whole = [shape for shape in shapes if shape not in day_of_year_shapes(day, style)]
    assert len(whole) > 15
    assert [shape for shape in whole if Day().parse(shape, style) != day.isoformat()] == []


@given(days, st.booleans(), st.sampled_from(LANGUAGES), st.integers(-170, 170))
def test_a_date_without_its_year_is_completed_but_not_parsed(
    day: date, day_first: bool, language: str, distance: int
) -> None:
    style = Style(day_first=day_first, languages=(language,))
    near = (day + timedelta(days=distance)).isoformat()
    for shape in day_of_year_shapes(day, style):
        assert Day().parse(shape, style) is None
        assert Day().complete(shape, near, style) == day.isoformat()
        assert Day().shown(day.isoformat(), shape, style) == ("fuzzy", 0.75)


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)))
def test_an_old_date_has_no_shape_that_would_be_read_as_a_newer_one(day: date) -> None:
    style = Style(day_first=True)
    for shape in day_shapes(day, style):
        assert Day().parse(shape, style) == day.isoformat()


@given(st.times().map(lambda clock: clock.replace(microsecond=0)))
def test_a_time_is_read_from_each_of_its_shapes(clock: time) -> None:
    for shape in Clock().shapes(clock.isoformat()):
        assert Clock().parse(shape) == clock.isoformat()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14:33", "14:33:00"),
        ("2:33 PM", "14:33:00"),
        ("2.33 p.m.", "14:33:00"),
        ("12:00 am", "00:00:00"),
        ("14h33", "14:33:00"),
        ("14.33 Uhr", "14:33:00"),
        ("9 Uhr", "09:00:00"),
        ("25:00", None),
        ("14:77", None),
        ("13:00 pm", None),
        ("14", None),
    ],
)
def test_a_time_of_day(text: str, value: str | None) -> None:
    assert Clock().parse(text) == value


@given(
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31)).map(
        lambda moment: moment.replace(microsecond=0)
    )
)
def test_a_moment_is_read_from_its_shapes(moment: datetime) -> None:
    style = Style(day_first=True, languages=("en",))
    shapes = Moment().shapes(moment.isoformat(), style)
    for shape in shapes[::7]:
        assert Moment().parse(shape, style) == moment.isoformat(), shape


def test_a_moment_in_two_time_zones_is_the_same() -> None:
    assert Moment().same("2018-01-12T14:00:00+02:00", "2018-01-12T12:00:00+00:00")
    assert not Moment().same("2018-01-12T14:00:00", "2018-01-12T12:00:00")


def test_codes_are_equal_without_blanks_case_and_dashes() -> None:
    assert Code().same("DE88 2008 0000 0970 3757 00", "de88200800000970375700")
    assert Code().same("RE-2017/09", "RE 201709")
    assert not Code().same("RE-201709", "RE-201708")
    assert Code().similarity("RE-201709", "RE-201708") < 1.0
    assert Code().coerce(4711) == "4711"
    assert Code().parse("#:") is None


def test_text_is_equal_without_case_and_punctuation() -> None:
    assert Text().same("MR. D.I.Y. (M) SDN BHD", "mr d.i.y (M) Sdn. Bhd.")
    assert Text().same("Straße", "STRASSE")
    assert not Text().same("C++", "C")
    assert not Text().same("-", "*")
    assert Text().similarity("Smith, John", "John Smith") < Name().similarity(
        "Smith, John", "John Smith"
    )


def test_a_form_may_say_none_where_a_number_cannot() -> None:
    assert Text().coerce("None") == "None"
    assert Text().coerce("N/A") == "N/A"
    assert Text().coerce(" ") is None
    assert Text().coerce(None) is None
    for kind in (Money(), Day(), Code(), Name(), Check(), Clock()):
        assert kind.coerce("N/A") is None
        assert kind.coerce("") is None
    assert Choice(("none", "some")).coerce("none") == "none"
    assert Choice(("all", "some")).coerce("none") is None


@pytest.mark.parametrize(
    ("kind", "value", "leaf"),
    [
        (Money(), 12.5, "12.5"),
        (Money(), "12.50", "12.50"),
        (Money(), "1.234", "1.234"),
        (Money(), "1.234,50", "1234.50"),
        (Money(), "12.50 EUR incl. tax", "12.50"),
        (Money(), Decimal("7.10"), "7.10"),
        (Money(), "1e3", "1000"),
        (Money(), float("nan"), None),
        (Number(), "about 40 pieces", "40"),
        (Day(), "2018-01-12T00:00:00", "2018-01-12"),
        (Day(), date(2018, 1, 12), "2018-01-12"),
        (Day(), datetime(2018, 1, 12, 3), "2018-01-12"),
        (Moment(), datetime(2018, 1, 12, 3), "2018-01-12T03:00:00"),
        (Clock(), time(3), "03:00:00"),
        (Check(), "Yes", True),
        (Check(), 0, False),
        (Currency(), "€", "EUR"),
        (Currency(), "DEM", "DEM"),
        (Choice((1, 2)), "2", 2),
        (Choice(("credit_note",)), "Credit note", "credit_note"),
        (Text(), 5, "5"),
        (Cell(), "", ""),
        (Cell(), None, ""),
    ],
)
def test_a_reply_is_brought_into_form(kind: Kind, value: Any, leaf: Any) -> None:
    assert kind.coerce(value) == leaf


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Money(), "twelve"),
        (Money(), "12.00 and 13.00"),
        (Money(), True),
        (Money(), float("inf")),
        (Money(), {"amount": 1}),
        (Day(), "March 2018"),
        (Day(), 2018),
        (Check(), "perhaps"),
        (Check(), 2),
        (Choice(("a", "b")), "c"),
        (Currency(), "gold"),
        (Text(), ["a"]),
        (Text(), True),
        (Code(), True),
    ],
)
def test_a_reply_that_cannot_be_of_the_kind_is_an_error(kind: Kind, value: Any) -> None:
    with pytest.raises(ValueError, match="is not"):
        kind.coerce(value)


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


@pytest.mark.parametrize("mark", ["☒", "☑", "✓", "x", "X", "yes", "Ja", "oui", "Sí", "[x]", "(X)"])
def test_marks_that_say_yes(mark: str) -> None:
    assert Check().parse(mark) is True


@pytest.mark.parametrize("mark", ["☐", "□", "no", "Nein", "non", "[ ]", "( )", "false"])
def test_marks_that_say_no(mark: str) -> None:
    assert Check().parse(mark) is False


def test_a_choice_is_read_by_its_words() -> None:
    kind = Choice(("paid", "open"), words={"paid": ("bezahlt", "payé")})
    assert kind.parse("Bezahlt.") == kind.parse("PAID") == "paid"
    assert kind.parse("maybe") is None
    assert kind.shapes("paid") == ("paid", "bezahlt", "payé")
    assert Choice(words={"a": ("Alpha",)}).values == ("a",)
    assert hash(kind) == hash(Choice(("paid", "open"), words={"paid": ("bezahlt", "payé")}))
    assert kind.among(("paid",)).values == ("paid",)


@pytest.mark.parametrize(
    ("kind", "value", "text", "how"),
    [
        (Money(), "1234.50", "1234.50", "exact"),
        (Money(), "1234.50", "1.234,50 €", "normalised"),
        (Money(), "1234.50", "RM1,234.50", "normalised"),
        (Money(negative=("Debit",)), "-12.00", "12.00", "normalised"),
        (Money(unsigned=True), "12.00", "(12.00)", "normalised"),
        (Money(credit="negative"), "-12.00", "$12.00 cr", "normalised"),
        (Money(credit="positive"), "12.00", "12.00 CR", "normalised"),
        (Money(), "12.00", "I2.OO", "fuzzy"),
        (Money(), "135.00", "135 00", "fuzzy"),
        (Number(), "0.19", "19 %", "normalised"),
        (Day(), "2018-01-12", "12 JAN 2018", "normalised"),
        (Day(), "2018-01-12", "2018-01-12", "exact"),
        (Day(), "2018-01-10", "1O/O1/2018", "fuzzy"),
        (Code(), "DE88200800000970375700", "DE88 2008 0000 0970 3757 00", "normalised"),
        (Code(), "INV-1001", "1NV-l0O1", "fuzzy"),
        (Text(), "Main Street 5", "MAIN STREET, 5", "normalised"),
        (Text(), "Main Street 5", "Maim Street 5", "fuzzy"),
        (Text(), "Main Street 5", "MainStreet 5", "fuzzy"),
        (Check(), True, "☒", "normalised"),
        (Currency(), "EUR", "€", "normalised"),
        (Choice(("paid",), words={"paid": ("bezahlt",)}), "paid", "Bezahlt", "normalised"),
    ],
)
def test_a_text_shows_a_value(kind: Kind, value: Any, text: str, how: str) -> None:
    shown = kind.shown(value, text)
    assert shown is not None
    assert shown[0] == how
    assert 0.8 <= shown[1] <= 1.0


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Money(), "12.50", "1250"),
        (Money(), "12.50", "12.51"),
        (Money(), "50", "SO"),
        (Money(), "1234", "1.2.34"),
        (Money(), "-12.00", "12.00"),
        (Money(), "12.00", "(12.00)"),
        (Money(), "12.00", "-12.00"),
        (Money(credit="negative"), "12.00", "$12.00 CR"),
        (Money(credit="positive"), "-12.00", "12.00 CR"),
        (Number(), "-5", "5"),
        (Day(), "2018-01-01", "1118"),
        (Day(), "2018-01-12", "13.01.2018"),
        (Day(), "2018-01-12", "January 2018"),
        (Day(), "2018-01-12", "12.01"),
        (Day(), "2018-01-12", "1/12"),
        (Day(), "2018-01-12", "13 Jan"),
        (Code(), "INV-1001", "INV-1002"),
        (Code(), "I", "1"),
        (Text(), "Main Street 5", "High Road 12"),
        (Text(), "Smith", "Smyth"),
        (Check(), True, "☐"),
        (Cell(), "", ""),
        (Money(), None, "12.00"),
        (Text(), None, ""),
    ],
)
def test_a_text_does_not_show_another_value(kind: Kind, value: Any, text: str) -> None:
    assert kind.shown(value, text) is None


KINDS: list[tuple[Kind, st.SearchStrategy[Any]]] = [
    (Money(), amounts.map(str)),
    (Number(), numbers.map(lambda number: format(number, "f"))),
    (Day(), days.map(date.isoformat)),
    (Clock(), st.times().map(lambda clock: clock.replace(microsecond=0).isoformat())),
    (Code(), st.text(min_size=1, max_size=20).map(lambda text: f"A{text}")),
    (Text(), st.text(min_size=1, max_size=40)),
    (Name(), st.text(min_size=1, max_size=40)),
    (Cell(), st.text(max_size=20)),
    (Check(), st.booleans()),
    (Choice(("a", "b", "c")), st.sampled_from(["a", "b", "c"])),
    (Currency(), st.sampled_from(["EUR", "USD", "MYR"])),
]


@given(st.sampled_from(KINDS).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1], pair[1])))
def test_sameness_is_reflexive_and_symmetric(case: tuple[Kind, Any, Any]) -> None:
    kind, left, right = case
    assert kind.same(left, left)
    assert kind.same(left, right) == kind.same(right, left)
    assert kind.same(None, None)
    assert not kind.same(left, None)
    alike = kind.similarity(left, right)
    assert alike == kind.similarity(right, left)
    assert 0.0 <= alike <= 1.0
    assert (alike == 1.0) == kind.same(left, right)
    assert kind.similarity(left, left) == 1.0


@given(st.sampled_from(KINDS).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))
def test_a_value_shows_itself_and_is_its_own_leaf(case: tuple[Kind, Any]) -> None:
    kind, value = case
    leaf = kind.coerce(value)
    if leaf is None or leaf == "":
        return
    assert kind.same(kind.coerce(leaf), leaf)
    assert kind.shown(leaf, str(leaf)) is not None


@given(st.text(max_size=40), st.sampled_from([POINT, COMMA, OPEN, GERMAN, MONTH_FIRST]))
def test_no_text_breaks_a_reader(text: str, style: Style) -> None:
    for kind in (Money(), Number(), Day(), Moment(), Clock(), Check(), Currency(), Code(), Text()):
        kind.parse(text, style)
        kind.shown("1", text, style)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Rechnung vom 12.03.2018 für die Lieferung, Betrag 1.234,56 und der Rest 12,00",
         Style(",", True, ("de",))),
        ("Invoice of the goods for you, total 1,234.56 and 99.00, dated 31/12/2018",
         Style(".", True, ("en",))),
        ("Ship to Austin, TX 78701 and the bill to Reno, NV 89501, USA for this: $12.00",
         Style(".", False, ("en",))),
        ("Date 12/31/2018 Total 12.00", Style(".", False, ())),
        ("12.00 13,00", Style(None, None, ())),
        ("", Style()),
    ],
)  # fmt: skip
def test_the_style_shows_in_the_text(text: str, style: Style) -> None:
    assert guess_style(text) == style


def test_dates_and_times_are_not_taken_for_amounts() -> None:
    assert guess_style("12.03.18 14.33 Uhr 12,50").decimal == ","


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("annotation", "name", "kind"),
    [
        (Decimal, "total", Money()),
        (Decimal | None, "unitPrice", Money()),
        (float, "tax_rate", Number()),
        (float, "weight", Number()),
        (int, "total_pages", Number()),
        (int | float, "x", Number()),
        (date | None, "d", Day()),
        (datetime, "d", Moment()),
        (time, "t", Clock()),
        (bool | None, "b", Check()),
        (str, "comment", Text()),
        (str | None, "iban", Code()),
        (str, "invoice_number", Code()),
        (str, "customerId", Code()),
        (Colour, "c", Choice(("red", "blue"))),
        (Literal["a", "b"] | None, "c", Choice(("a", "b"))),
        (Literal[True, False], "c", Check()),
        (Annotated[str | None, Day()], "c", Day()),
        (Annotated[str, Day()] | None, "c", Day()),
        (Any, "c", Text()),
    ],
)
def test_a_plain_type_has_a_kind(annotation: Any, name: str, kind: Kind) -> None:
    assert infer_kind(annotation, name) == kind


def test_the_style_is_one_type() -> None:
    assert Style is StyleAgain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14:33Z", "14:33:00+00:00"),
        ("14:33 UTC", "14:33:00+00:00"),
        ("14:33+02:00", "14:33:00+02:00"),
        ("14:33-0530", "14:33:00-05:30"),
    ],
)
def test_a_time_zone_is_kept(text: str, value: str) -> None:
    assert Clock().parse(text) == value
    assert Moment().parse(f"12/01/2018 {text}") == f"2018-01-12T{value}"


def test_evidence_of_both_marks_leaves_the_style_open() -> None:
    assert guess_style("10,00 11,00 12.00").decimal is None
    assert guess_style("10,00 11,00 13,00 12.00").decimal == ","
    assert guess_style("1.234.567").decimal == ","
    assert guess_style("1,234,567").decimal == "."
    assert guess_style("Der Betrag ist für die Rechnung und das Datum").decimal == ","
    assert guess_style("The total of the invoice is due from you for this").decimal == "."
    assert guess_style("la factura es para su empresa y por los datos").decimal is None


def test_contrary_dates_leave_the_order_open() -> None:
    assert guess_style("31/12/2018 12/31/2018").day_first is None
    assert guess_style("31/12/2018 30/12/2018 12/31/2018").day_first is True


def test_codes_of_one_digit_more_are_less_alike_than_the_same() -> None:
    assert 0.5 < Code().similarity("RE-201709", "RE 2017099") < 1.0
    assert Code().similarity("A1", None) == 0.0
    assert Code().similarity("RE-2017/09", "re201709") == 1.0


def test_a_kind_of_ones_own_needs_to_parse_only() -> None:
    class Even(Kind):
        """A made-up kind, as a user would write one."""

        def parse(self, text: str, style: Style = OPEN) -> Any:
            return int(text) if text.isdecimal() and int(text) % 2 == 0 else None

    kind = Even()
    assert kind.coerce("4") == 4
    assert kind.coerce("") is None
    assert kind.same("04", "4")
    assert kind.similarity("4", None) == 0.0
    assert 0.0 <= kind.similarity("14", "16") < 1.0
    assert kind.shown(4, "04") == ("normalised", 1.0)
    with pytest.raises(ValueError, match="is not an even"):
        kind.coerce("3")


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
