"""Dates and times: read in any printed form, and from each of their shapes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from docglean.schemas.kinds import (
    Clock,
    Day,
    Moment,
    Style,
)
from docglean.schemas.reading.date_shapes import day_of_year_shapes, day_shapes
from hypothesis import given
from hypothesis import strategies as st
from kind_values import days


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
