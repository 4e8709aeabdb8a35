"""A citation is a proof: what stands there, to the sign and the point, and nothing like it."""

from __future__ import annotations

import pytest
from docglean.extractors.grounding.citations import cited
from word_pages import page

SHEET = page(
    "Northwind Ltd, “Bristol”",
    "Invoice INV-2041 (copy)",
    "Total -1,250.00 EUR",
    "Fee 12.50 12.50",
    hidden="Approved by nobody",
)


def same(text: str) -> list[bool]:
    return [one.same for one in cited([SHEET], text)]


@pytest.mark.parametrize(
    "text",
    [
        "Northwind Ltd", "northwind  LTD", 'Northwind Ltd, "Bristol"', "INV-2041",
        "INV\u20132041", "Invoice INV-2041 (copy).", "copy", "-1,250.00 EUR", "\u22121,250.00",
        "Total -1,250.00",
    ],
)  # fmt: skip
def test_the_very_text_stands_there(text: str) -> None:
    assert same(text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "1,250.00", "-1.250,00", "-1250.00", "(1,250.00)", "-1,250.0", "125.0", "INV-204",
        "INV2041", "NV-2041", "Northwind Limited", "Approved by nobody", "Paid",
        "1,250.00 EUR", "$12.50",
    ],
)  # fmt: skip
def test_what_is_only_like_it_does_not(text: str) -> None:
    assert True not in same(text)


def test_every_place_is_told_and_the_very_text_first() -> None:
    assert same("12.50") == [True, True]
    first, second = cited([SHEET], "12.50")
    assert first.evidence.page == second.evidence.page == 1
    assert first.evidence.box != second.evidence.box
    (alike,) = cited([SHEET], "Invoice INV 2041")
    assert (alike.same, alike.evidence.text) == (False, "Invoice INV-2041")
