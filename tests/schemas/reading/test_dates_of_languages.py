"""Dates as babel prints them in a hundred locales, read back."""

from __future__ import annotations

import json
from datetime import date

import babel
import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton
from docglean.schemas.kinds import Day, guess_style
from docglean.schemas.reading.date_shapes import day_shapes
from docglean.schemas.reading.date_words import cldr
from docglean.schemas.reading.dates import read_day
from docglean.schemas.reading.style import Style

LOCALES = """
    af am ar ar_EG as ast az be bg bn bn_BD br bs ca cs cy da de de_AT de_CH dsb el en en_AU en_CA
    en_GB en_IN en_US en_ZA es es_AR es_CO es_MX et eu fa fi fil fo fr fr_CA fr_CH fy ga gd gl gu
    ha he hi hr hsb hu hy id ig is it it_CH ja ka kk km kn ko ky lb lo lt lv mk ml mn mr ms mt my
    nb ne nl nl_BE nn or pa pl ps pt pt_PT rm ro ru rw sd si sk sl so sq sr sr_Latn sv sw ta te tg
    th ti tk tr tt uk ur uz vi xh yo zh zh_Hant zh_HK zu ckb
""".split()
DAYS = [date(2018, month, day) for month in range(1, 13) for day in (1, 9, 23)]
NAMED = ("full", "long", "medium")


def printed(locale: str, day: date) -> list[str]:
    """The day with a whole year, in all patterns of a locale that have one and go by its order."""
    texts = [format_date(day, pattern, locale=locale) for pattern in NAMED]
    return [*texts, format_skeleton("yMMMd", day, locale=locale)]


@pytest.mark.parametrize("locale", LOCALES)
def test_each_date_is_read_where_the_language_is_known(locale: str) -> None:
    style = Style(day_first=locale != "en_US", languages=(Locale.parse(locale).language,))
    wrong = [
        (text, found)
        for day in DAYS
        for text in printed(locale, day)
        if (found := read_day(text, style)) != day
    ]
    assert wrong == []


@pytest.mark.slow
def test_without_a_language_nearly_all_are_read_and_none_wrongly() -> None:
    pairs = [(text, day) for locale in LOCALES for day in DAYS for text in printed(locale, day)]
    found = [(text, day, read_day(text)) for text, day in pairs]
    assert [one for one in found if one[2] not in (None, one[1])] == []
    assert sum(one[2] is not None for one in found) > 0.95 * len(found)


@pytest.mark.parametrize("language", ["ar", "el", "he", "hi", "ja", "ko", "ru", "th", "zh"])
def test_a_date_is_found_by_its_shapes_in_its_language(language: str) -> None:
    shapes = day_shapes(date(2018, 3, 23), Style(languages=(language,)))
    for text in (format_date(date(2018, 3, 23), how, locale=language) for how in NAMED):
        assert any(Day().parse(shape) == "2018-03-23" for shape in shapes)
        assert "".join(text.split()) in ["".join(shape.split()) for shape in shapes] or (
            Day().parse(text) == "2018-03-23"
        )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成30年3月12日(月)", date(2018, 3, 12)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("民國107年3月12日", date(2018, 3, 12)),
        ("2018年3月12日星期一", date(2018, 3, 12)),
        ("วันจันทร์ที่ 12 มีนาคม พ.ศ. 2561", date(2018, 3, 12)),
        ("12 มี.ค. 61", date(2018, 3, 12)),
        ("๑๒ มีนาคม ๒๕๖๑", date(2018, 3, 12)),
        ("ngày 12 tháng 3 năm 2018", date(2018, 3, 12)),
        ("«12» марта 2018 г.", date(2018, 3, 12)),
        ("12 березня 2018 р.", date(2018, 3, 12)),
        ("١٢/٠٣/٢٠١٨", date(2018, 3, 12)),
        ("۱۲ مارس ۲۰۱۸", date(2018, 3, 12)),
        ("१२ मार्च २०१८", date(2018, 3, 12)),
        ("2018 m. kovo 23 d.", date(2018, 3, 23)),
    ],
)
def test_eras_digits_and_words_of_other_scripts(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("12 listopada 2018", ()),  # November in Polish, October in Croatian
        ("12 oca 18", ()),  # a short word and a short year
        ("18. 3. 12.", ("ko",)),  # the year first there, as a rule
        ("12/03/61", ("th",)),  # 2561 or 1961
        ("1397/01/23", ("fa",)),  # another calendar
        ("1439/06/24", ("ar",)),
        ("12 m 3 2018", ()),
        ("9/17/81 S. T.", ()),
        ("N.A. On October 26, 2006", ()),
        ("June 2011 26", ()),
    ],
)
def test_what_may_be_several_dates_or_none_is_none(text: str, languages: tuple[str, ...]) -> None:
    assert read_day(text, Style(languages=languages)) is None


def test_years_of_the_thai_calendar_are_told_by_the_language() -> None:
    assert read_day("13/03/2561", Style(languages=("th",))) == date(2018, 3, 13)
    assert read_day("13/03/2018", Style(languages=("th",))) == date(2018, 3, 13)


def test_a_language_without_known_words_is_told_by_its_script() -> None:
    assert guess_style("Τιμολόγιο προς τον πελάτη μας").languages == ("el",)
    assert guess_style("請求書 ありがとうございます 株式会社東京都").languages == ("ja",)
    assert guess_style("ใบกำกับภาษีเต็มรูปแบบ ราคารวม").languages == ("th",)
    assert guess_style("Hello Привет").languages == ()


@pytest.mark.slow
def test_the_file_is_what_babel_knows() -> None:
    if cldr()["babel"] != babel.__version__:
        pytest.skip("made of another version of babel: `python -m bench.cldr` makes it anew")
    from bench.cldr import FILE, collect

    assert json.loads(FILE.read_text(encoding="utf-8")) == collect()
