"""Kinds of printed values."""

from __future__ import annotations

import pytest
from docglean.extractors.drafts.value_kinds import kind_of_text, kind_of_values


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2 April 2026", "date"),
        ("17.03.2026", "date"),
        ("1.234,50", "money"),
        ("RM 33.90", "money"),
        ("19 %", "percent"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("NF-2026-00417", "code"),
        ("0042", "code"),
        ("42", "int"),
        ("EUR", "currency"),
        ("a.b@example.org", "email"),
        ("www.example.org/x", "url"),
        ("Northwind Fasteners", "text"),
        ("☒", "yes/no"),
        ("...", None),
    ],
)
def test_a_text_has_the_kind_that_it_looks_like(text: str, kind: str | None) -> None:
    assert kind_of_text(text) == kind


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("Total", ["12", "40"], ("money", True)),
        ("Order No", ["1234", "77"], ("code", True)),
        ("Placed", ["1.2.2026", "3.2.2026"], ("date", True)),
        ("Bay", ["12", "40"], ("code", False)),
        ("Due date", ["soon", "later"], ("text", True)),
        ("Remark", ["on time", "12.50"], ("text", False)),
    ],
)
def test_names_and_values_tell_a_kind_and_whether_it_is_sure(
    name: str, values: list[str], told: tuple[str, bool]
) -> None:
    assert kind_of_values(name, values, within=False) == told
