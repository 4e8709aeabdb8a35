"""Sorting by words: built-in schemas and the user's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docglean.extractors.rules.classify import sort_by_words
from docglean.schemas.schema import load_schemas, schema_of
from pydantic import BaseModel

TEXTS = {
    "invoice": """
Bäckerei Krume GmbH                                               Rechnung

Rechnungsnummer:              RE-2024/117
Rechnungsdatum:               03.04.2024

Beschreibung                              Menge       Einzelpreis       Gesamtpreis
Brot                                          2              4,00              8,00
                                                      Nettobetrag              8,00
                                                      Gesamtbetrag             8,56
""",
    "receipt": """
    SYARIKAT MAJU JAYA SDN BHD
          TAX INVOICE
Doc No. 12659     Date: 04/03/2018
Total Sales               50.00
CASH                      60.00
Change                    10.00
       Thank you
""",
    "form": """
                    APPLICATION FORM
Full name: ____________________     Date of birth: ______________
Address: ______________________________________________________________________
☐ Adult    ☒ Student    ☐ Senior
Signature of applicant ____________________
""",
    "statement": """
Meridian Bank                                                     Account statement
Account holder:            Tomasz Nowak
Opening balance:           1,842.37
Date             Description                        Amount                 Balance
02/04/2026       Refund Book Store                  595.72                2,438.09
Closing balance:                                                         -2,149.38
""",
    "screenshot": """
$ python import_orders.py orders.csv
Traceback (most recent call last):
  File "import_orders.py", line 42, in <module>
KeyError: 'amount'
""",
    "tables": "Table 3: Exports by year\n"
    + "\n".join(
        f"Country {n}        {n * 7}.1      {n * 3}.4      {n * 9}.2" for n in range(1, 15)
    ),
    "chart": """
              Orders per quarter
  80
  60
  40
  20
   0
        Q1      Q2      Q3      Q4
       42 55 61 48
""",
    "note": "Note for the project team. Maria will send the signed contract to the supplier. "
    "We decided to order forty new chairs.",
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_built_in_schemas(name: str) -> None:
    ranked = sort_by_words(load_schemas(["auto"]), TEXTS[name])
    assert ranked[0][0].name == name
    assert ranked[0][1] >= 0.5
    assert sum(certainty for _, certainty in ranked) <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It was the best of times, it was the worst of times, it was the age of wisdom,\n"
        "it was the age of foolishness, it was the epoch of belief, it was the epoch of\n"
        "incredulity, it was the season of Light, it was the season of Darkness, it was\n"
        "the spring of hope, it was the winter of despair, we had everything before us,\n"
        "we had nothing before us, we were all going direct to Heaven, we were all going\n"
        "direct the other way, in short, the period was so far like the present period.",
    ],
)
def test_a_document_that_fits_none(text: str) -> None:
    assert all(certainty < 0.5 for _, certainty in sort_by_words(load_schemas(["auto"]), text))


class DeliveryNote(BaseModel):
    """A delivery note: what was delivered, and who took it."""

    delivery_number: str | None = None
    carrier: str | None = None
    received_by: str | None = None


class Payslip(BaseModel):
    """A payslip."""

    employee: str | None = None
    gross_pay: float | None = None
    net_pay: float | None = None


OWN = [schema_of(DeliveryNote), schema_of(Payslip)]


def test_the_users_own_by_name() -> None:
    ranked = sort_by_words(OWN, "DELIVERY NOTE\nDelivery number: 77\nGoods as ordered")
    assert ranked[0][0].name == "delivery_note"
    assert ranked[0][1] > 0.6
    assert ranked[1][1] < 0.1


def test_the_users_own_by_labels() -> None:
    text = "ACME Ltd, March 2026\nEmployee:  Ada\nGross pay:  3,000.00\nNet pay:  2,100.00"
    ranked = sort_by_words(OWN, text)
    assert ranked[0][0].name == "payslip"
    assert ranked[0][1] > 0.5


def test_the_users_own_among_the_built_in() -> None:
    schemas = [*load_schemas(["auto"]), *OWN]
    text = "DELIVERY NOTE\nDelivery number: 77   Carrier: Fast Freight\nReceived by: B. Stone"
    assert sort_by_words(schemas, text)[0][0].name == "delivery_note"


def test_labelled_sets(evaldata: Path) -> None:
    """Text-layer documents of one kind are sorted to it; a floor that says nothing is broken."""
    import pymupdf
    from papers import words_of

    right = total = 0
    for line in (evaldata / "invoices_zugferd" / "labels.jsonl").read_text().splitlines():
        document = pymupdf.open(evaldata / "invoices_zugferd" / json.loads(line)["file"])
        text = "\n".join(words_of(page).text() for page in list(document)[:2])
        total += 1
        right += sort_by_words(load_schemas(["auto"]), text)[0][0].name == "invoice"
    assert right >= 0.6 * total
