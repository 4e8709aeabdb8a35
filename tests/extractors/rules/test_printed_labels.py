"""Captions and labels: what names a field, and what only looks like it."""

from __future__ import annotations

import pytest
from docglean.extractors.rules.fields.field_names import FITS, Names, fit, labels_of, tokens
from docglean.schemas.schema import load_schema

LIKE = [
    ("Total", "TOTAL"),
    ("Total", "Total (RM)"),
    ("Total", "Totai"),  # OCR
    ("Total", "Total Incl. GST@6%"),
    ("Total sales", "Total Sales (Inclusive of GST)"),
    ("Invoice number", "Invoice No."),
    ("Invoice number", "Invoice #"),
    ("Invoice number", "Inv No:"),
    ("Tax invoice", "TAXINVOICE"),  # OCR loses blanks
    ("Rechnungsnummer", "Rechnungsnumrner"),
    ("VAT", "USt. Gesamt"),
    ("VAT", "incl. VAT 21%"),
    ("Date d'échéance", "DATE D'ECHEANCE"),
    ("Quantity", "Qty"),
]
UNLIKE = [
    ("Total", "Total Sales (Excluding GST)"),
    ("Total", "Total Qty"),
    ("Total", "Total GST"),
    ("Total", "Subtotal"),
    ("Total", "Gesamtbetrag der Abschläge"),
    ("Total sales (incl GST)", "Total Sales (Excluding GST)"),
    ("Total due", "Total TTC"),
    ("VAT", "Total incl. VAT"),
    ("Rechnung", "Abrechnung"),
    ("Invoice to", "Date"),
    ("Montant dû", "Montant"),
    ("Sold by", "Solde à payer"),
    ("Customer VAT number", "VAT No."),
]


@pytest.mark.parametrize(("label", "caption"), LIKE)
def test_a_caption_that_names_the_field(label: str, caption: str) -> None:
    assert fit(tokens(label), tokens(caption)) >= FITS


@pytest.mark.parametrize(("label", "caption"), UNLIKE)
def test_a_caption_that_names_something_else(label: str, caption: str) -> None:
    own = fit(tokens(caption), tokens(caption))
    assert own == 1.0
    # It is less than what another field's own label would reach, by far.
    assert fit(tokens(label), tokens(caption)) < 0.85


def test_the_better_label_wins_the_caption() -> None:
    receipt = load_schema("receipt").root
    names = Names({leaf.path: labels_of(leaf) for leaf in receipt.leaves()})
    assert set(names.fits(tokens("Total GST"))) == {"/tax_total"}
    assert set(names.fits(tokens("Total Sales (Excluding GST)"))) == {"/subtotal"}
    assert "/total" in names.fits(tokens("Total Sales (Inclusive of GST)"))
    assert names.fits(tokens("Thank you for your patronage")) == {}


def test_labels_come_from_the_name_too() -> None:
    leaf = next(leaf for leaf in load_schema("invoice").root.leaves() if leaf.name == "iban")
    assert ("iban",) in {label.tokens for label in labels_of(leaf)}
