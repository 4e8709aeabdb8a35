"""Kinds: printed values are read, compared and found again in every shape."""

from __future__ import annotations

from datetime import date, datetime, time
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
from docglean.schemas.reading.style import Style as StyleAgain
from hypothesis import given
from hypothesis import strategies as st
from kind_values import COMMA, GERMAN, MONTH_FIRST, OPEN, POINT, amounts, days, numbers


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
