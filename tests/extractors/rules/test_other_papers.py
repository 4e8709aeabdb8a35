"""Papers that are no invoice and look like one: told by what they call themselves at the top."""

from __future__ import annotations

import pytest
from docglean.extractors.requests.document_kind import other_kind
from docglean.schemas.schema import load_schema

BODY = """
Northgate Tools Ltd                              {title}
12 Mill Lane, Leeds

Number: {number}             Date: 3 March 2026

Item                 Quantity     Price      Amount
Widget A                    2     50.00      100.00
Total                                        100.00
"""


@pytest.mark.parametrize(
    "title",
    [
        "QUOTATION", "Angebot", "Devis", "Delivery note", "Lieferschein", "Albarán",
        "PURCHASE ORDER", "Auftragsbestätigung", "Payslip", "Gehaltsabrechnung",
        "Remittance advice", "2nd Reminder", "Mahnung", "Lease Agreement", "Curriculum Vitae",
    ],
)  # fmt: skip
def test_a_paper_of_another_kind_is_said(title: str) -> None:
    (problem,) = other_kind(load_schema("invoice"), BODY.format(title=title, number="X-1"))
    assert (problem.code, problem.severity) == ("other_kind", "review")
    assert title in problem.message


@pytest.mark.parametrize("title", ["INVOICE", "Rechnung", "Facture", "Credit note", "", "North"])
def test_an_invoice_is_none(title: str) -> None:
    assert other_kind(load_schema("invoice"), BODY.format(title=title, number="X-1")) == []


@pytest.mark.parametrize(
    "line",
    [
        "Purchase order: PO-12", "Delivery note 4711", "Order confirmation no. 12", "Quote Q-1",
        "Contract: 2026/7",
    ],
)  # fmt: skip
def test_a_caption_on_an_invoice_is_no_title(line: str) -> None:
    for title in ("INVOICE", ""):
        text = BODY.format(title=title, number="X-1").replace("12 Mill Lane", line)
        assert other_kind(load_schema("invoice"), text) == []


def test_an_invoice_that_names_its_delivery_note_in_a_heading_is_an_invoice() -> None:
    text = BODY.format(title="Rechnung", number="X-1").replace("12 Mill Lane", "Lieferschein\n")
    assert other_kind(load_schema("invoice"), text) == []


def test_nothing_is_said_of_a_form() -> None:
    assert other_kind(load_schema("form"), BODY.format(title="Certificate", number="X-1")) == []
