"""Numbers and dates are shown as Excel shows them."""

from __future__ import annotations

import pytest
from docglean.extractors.documents.drawing.number_formats import shown_number, shown_text


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("1234.5", "General", "1234.5"),
        ("0.1", "General", "0.1"),
        ("0.30000000000000004", "General", "0.3"),
        ("12345678901234", "General", "1.2345678901E+13"),
        ("1234.5", "0", "1235"),
        ("2.5", "0", "3"),
        ("1234.5", "#,##0.00", "1,234.50"),
        ("1234567", "#,##0", "1,234,567"),
        ("-3", "0.00", "-3.00"),
        ("-0.001", "0.00", "0.00"),
        ("0.5", "#.##", ".5"),
        ("7", "000", "007"),
        ("1234.5", '#,##0.00 "EUR"', "1,234.50 EUR"),
        ("1234.5", "#,##0.00\\ [$€-407]", "1.234,50 €"),
        ("1234.5", "[$$-409]#,##0.00", "$1,234.50"),
        ("-5", "0.00;(0.00)", "(5.00)"),
        ("-5", "0.00;[Red]-0.00", "-5.00"),
        ("0", '0;-0;"none"', "none"),
        ("5", ";;;", ""),
        ("0.125", "0.0%", "12.5%"),
        ("1234567", "0.0,,", "1.2"),
        ("12345", "0.00E+00", "1.23E+04"),
        ("45415", "dd.mm.yyyy", "03.05.2024"),
        ("45415", "d/m/yy", "3/5/24"),
        ("45415", "yyyy-mm-dd", "2024-05-03"),
        ("45415", "d. mmmm yyyy", "3. May 2024"),
        ("45415", "[$-407]d. mmmm yyyy", "3. Mai 2024"),
        ("45415", "dddd", "Friday"),
        ("45415.604166667", "hh:mm", "14:30"),
        ("45415.604166667", "h:mm AM/PM", "2:30 PM"),
        ("1.5", "[h]:mm", "36:00"),
        ("0.000011574", "mm:ss", "00:01"),
        ("-1", "dd.mm.yyyy", "-1"),
        ("1234", "0_-", "1234"),
        ("none", "0", "none"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value: str, code: str, shown: str) -> None:
    assert shown_number(value, code) == shown


def test_days_are_counted_from_1904_where_a_file_says_so() -> None:
    assert shown_number("43953", "yyyy-mm-dd", from_1904=True) == "2024-05-03"


def test_a_text_goes_by_the_fourth_section() -> None:
    assert shown_text("a", "0") == "a"
    assert shown_text("a", '0;0;0;"Mr "@') == "Mr a"
    assert shown_text("a", ";;;") == ""
