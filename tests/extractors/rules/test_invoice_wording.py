"""Invoices in many wordings, languages and places: what they say is read, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from drawn_invoices import HEADS, ITEMS, RECIPIENT, TOTALS, paper, read
from papers import own_schema

BARE = RECIPIENT[1:]


def values(tmp_path: Path, **changes: object) -> dict[str, Any]:
    return read(paper(**changes).save(tmp_path / "invoice.pdf")).values


# --- the row of the tax -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("recipient", [RECIPIENT, BARE, ("Rechnungsempfänger:", *BARE)])
@pytest.mark.parametrize(
    "wording",
    ["VAT 20%", "VAT @ 20%", "plus VAT (20%)", "Value added tax 20%", "Tax", "zzgl. 20 % MwSt.",
     "20% USt.", "TVA 20 %", "I.V.A. (20%)", "BTW 20%", "VAT"],
)  # fmt: skip
def test_the_tax_is_read_whoever_is_billed_above_it(
    tmp_path: Path, wording: str, recipient: Sequence[str]
) -> None:
    totals = (TOTALS[0], (wording, "25.10"), TOTALS[2])
    found = values(tmp_path, totals=totals, recipient=recipient)
    assert (found["net_total"], found["tax_total"], found["grand_total"]) == (
        "125.50", "25.10", "150.60",
    )  # fmt: skip
    assert len(found["line_items"]) == 2
    assert found["buyer_vat_id"] is None


def test_a_tax_number_below_the_buyers_heading_is_the_buyers(tmp_path: Path) -> None:
    found = values(tmp_path, recipient=(*RECIPIENT, "VAT No: GB 980 7806 84"))
    assert found["buyer_vat_id"] == "GB 980 7806 84"
    assert found["tax_total"] == "25.10"


@pytest.mark.parametrize(
    ("net", "tax", "gross", "sign"),
    [
        ("Total exkl. MWST", "MWST 8.1%", "Total inkl. MWST", "CHF"),
        ("Total hors TVA", "TVA 8.1%", "Total TVA incluse", "CHF"),
        ("Totale IVA esclusa", "IVA 8.1%", "Totale IVA inclusa", "CHF"),
        ("Total excl. GST", "GST 8.1%", "Total incl. GST", "A$"),
    ],
)
def test_the_net_is_not_the_tax(tmp_path: Path, net: str, tax: str, gross: str, sign: str) -> None:
    items = (("Beratung", "10", "1'234.55", "12'345.50"),)
    totals = ((net, sign, "12'345.50"), (tax, sign, "999.99"), (gross, sign, "13'345.49"))
    found = values(
        tmp_path,
        title="RECHNUNG",
        heads=("Bezeichnung", "Menge", "Einzelpreis", "Betrag"),
        items=items,
        totals=totals,
    )
    assert found["tax_total"] == "999.99"
    assert found["grand_total"] == "13345.49"
    assert [item["line_total"] for item in found["line_items"]] == ["12345.50"]


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        ((("CGST 9%", "11.30"), ("SGST 9%", "11.30")), "22.60"),
        ((("GST 5%", "6.28"), ("PST 7%", "8.79")), "15.07"),
        ((("MwSt. 19%", "19.00"), ("MwSt. 7%", "1.79")), "20.79"),
    ],
)
def test_a_tax_in_several_rows_is_their_sum(
    tmp_path: Path, rows: Sequence[Sequence[str]], whole: str
) -> None:
    gross = f"{125.5 + float(whole):.2f}"
    path = paper(totals=(TOTALS[0], *rows, ("Total", gross))).save(tmp_path / "invoice.pdf")
    found = read(path)
    assert found.values["tax_total"] == whole
    assert found.evidence["/tax_total"].text == " ".join(amount for _, amount in rows)
    assert len(found.evidence["/tax_total"].boxes) == len(rows)


def test_rows_of_tax_that_make_no_total_are_not_added(tmp_path: Path) -> None:
    totals = (TOTALS[0], ("VAT 19%", "19.00"), ("VAT 7%", "1.79"), ("Total", "150.60"))
    assert values(tmp_path, totals=totals)["tax_total"] in (None, "19.00", "1.79")


# --- credits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount",
    ["$108.43 cr", "$108.43CR", "$108.43 (CR)", "($108.43)", "$108.43-", "-$108.43", "$-108.43",
     "$108.43 Credit"],
)  # fmt: skip
def test_a_credit_is_negative_on_a_bill(tmp_path: Path, amount: str) -> None:
    items = (
        ("Water 12 kL", "12", "1.50", "$18.00"),
        ("Overpaid before", "1", "-126.43", "-$126.43"),
    )
    found = values(tmp_path, items=items, totals=(("Total", amount),))
    assert found["grand_total"] == "-108.43"


def test_a_credit_is_negative_in_a_users_schema_of_a_bill(tmp_path: Path) -> None:
    path = paper(totals=(("Total", "$108.43 cr"),)).save(tmp_path / "invoice.pdf")
    amount = {"type": "number", "description": "Amount of money"}
    found = read(path, own_schema(grand_total=amount)).values
    assert found["grand_total"] == pytest.approx(-108.43)


def test_a_debit_is_what_is_owed(tmp_path: Path) -> None:
    items = (("Water 12 kL", "12", "1.50", "$18.00"),)
    assert values(tmp_path, items=items, totals=(("Total", "$18.00 DR"),))["grand_total"] == "18.00"


def test_what_was_paid_before_is_given_without_its_sign(tmp_path: Path) -> None:
    totals = (*TOTALS, ("Less payments", "-50.00"), ("Balance due", "100.60"))
    found = values(tmp_path, totals=totals)
    assert (found["paid_amount"], found["amount_due"]) == ("50.00", "100.60")


@pytest.mark.parametrize("mark", ["S", "R", "s"])
def test_a_letter_behind_an_amount_is_no_currency(tmp_path: Path, mark: str) -> None:
    items = [(*row[:3], f"{row[3]} {mark}") for row in ITEMS]
    assert values(tmp_path, items=items)["currency"] is None


# --- the margins of a page ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "footer",
    ["Page 1", "Page {page} of {pages}", "Página 1", "Pagina 1 di 2", "Seite 1 von 3", "Page: 1",
     "1", "- 1 -", "1/2", "Side 1 af 2"],
)  # fmt: skip
def test_a_page_number_is_nothing_that_was_paid(tmp_path: Path, footer: str) -> None:
    found = values(tmp_path, footer=footer)
    assert found["paid_amount"] is None
    assert found["amount_due"] is None
    assert found["invoice_number"] == "INV-1001"
    assert found["grand_total"] == "150.60"


@pytest.mark.parametrize("wording", ["Pago", "Paid", "Pagado", "Anzahlung"])
def test_what_was_paid_is_read_beside_its_own_caption(tmp_path: Path, wording: str) -> None:
    totals = (*TOTALS, (wording, "50.00"), ("Balance due", "100.60"))
    found = values(tmp_path, totals=totals, footer="Page 1")
    assert found["paid_amount"] == "50.00"
    assert found["amount_due"] == "100.60"


# --- what is no item ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "captions", [None, 50.0, 300.0], ids=["at the amounts", "at the margin", "in the middle"]
)
@pytest.mark.parametrize(
    "totals",
    [
        (("Taxable value", "125.50"), ("CGST 10%", "12.55"), ("SGST 10%", "12.55"),
         ("Grand Total", "₹ 150.60")),
        (("Zwischensumme", "125.50"), ("zzgl. MwSt. 20%", "25.10"), ("Gesamtbetrag", "150.60")),
        (("Total HT", "125.50"), ("TVA 20%", "25.10"), ("Total TTC", "150.60")),
        (("Base imponible", "125.50"), ("IVA 20%", "25.10"), ("Total factura", "150.60")),
    ],
)  # fmt: skip
def test_totals_are_no_items(
    tmp_path: Path, totals: Sequence[Sequence[str]], captions: float | None
) -> None:
    found = values(tmp_path, totals=totals, captions=captions)
    assert [item["line_total"] for item in found["line_items"]] == ["100.00", "25.50"]
    assert found["net_total"] == "125.50"
    assert found["grand_total"] == "150.60"


def test_captions_of_totals_in_the_column_of_prices_cost_no_price(tmp_path: Path) -> None:
    totals = [(f"VAT {rate}%", "1.00") for rate in range(5, 10)]
    (item,) = values(tmp_path, items=ITEMS[:1], totals=(*TOTALS, *totals))["line_items"]
    assert (item["quantity"], item["unit_price"], item["line_total"]) == ("2", "50.00", "100.00")


@pytest.mark.slow
@pytest.mark.parametrize(
    "carried",
    [
        ("Carried forward", "Brought forward"),
        ("c/f", "b/f"),
        ("Übertrag auf Seite 2", "Übertrag von Seite 1"),
        ("À reporter", "Report"),
        ("Suma y sigue", "Suma anterior"),
        ("A riportare", "Riporto"),
        ("A transportar", "Transporte"),
        ("Do przeniesienia", "Z przeniesienia"),
        ("Iets heel anders", "Jotain muuta"),  # told by the amount alone
    ],
)
@pytest.mark.parametrize("captions", [None, 50.0], ids=["at the amounts", "at the margin"])
def test_what_is_carried_over_is_no_item_and_costs_none(
    tmp_path: Path, carried: tuple[str, str], captions: float | None
) -> None:
    items = [(f"Item number {n}", "1", f"{1.5 * n:.2f}", f"{1.5 * n:.2f}") for n in range(1, 19)]
    sums = [f"{sum(1.5 * n for n in range(1, end + 1)):.2f}" for end in (7, 14)]
    totals = (("Subtotal", "256.50"), ("VAT", "51.30"), ("Total", "307.80"))
    found = values(
        tmp_path, items=items, carried=carried, sums=sums, split=7, totals=totals,
        captions=captions,
    )  # fmt: skip
    assert [item["line_total"] for item in found["line_items"]] == [row[3] for row in items]
    assert found["net_total"] == "256.50"
    assert found["grand_total"] == "307.80"


def test_an_item_may_be_called_a_total_or_a_report(tmp_path: Path) -> None:
    items = (("Report", "2", "50.00", "100.00"), ("Total clean", "1", "25.50", "25.50"))
    found = values(tmp_path, items=items)
    assert [item["description"] for item in found["line_items"]] == ["Report", "Total clean"]


# --- captions in a row --------------------------------------------------------------------------


@pytest.mark.parametrize("items", [ITEMS, ITEMS[:1]], ids=["two items", "one item"])
@pytest.mark.parametrize(
    "captions",
    [
        ("Invoice #", "Invoice date", "PO Number", "Due date"),
        ("Rechnungsnr.", "Rechnungsdatum", "Bestellnummer", "Fällig am"),
        ("N° de facture", "Date", "N° de commande", "Échéance"),
    ],
)
def test_values_stand_below_captions_in_a_row(
    tmp_path: Path, captions: Sequence[str], items: Sequence[Sequence[str]]
) -> None:
    found = values(
        tmp_path,
        issuer=("Northgate Tools Ltd",),
        numbers=(captions, ("2026-0042", "2 Mar 2026", "PO-778", "1 Apr 2026")),
        items=items,
        heads=HEADS,
    )
    assert found["invoice_number"] == "2026-0042"
    assert found["issue_date"] == "2026-03-02"
    assert found["order_number"] == "PO-778"
    assert found["due_date"] == "2026-04-01"
    assert found["seller_name"] == "Northgate Tools Ltd"
    assert len(found["line_items"]) == len(items)


def test_headings_side_by_side_are_nobodys_name(tmp_path: Path) -> None:
    path = tmp_path / "invoice.pdf"
    document = paper(recipient=("Bill to", "Harbour Cafe")).draw()
    document[0].insert_text((300, 160), "Ship to", fontsize=10)
    document[0].insert_text((300, 174), "Depot 9", fontsize=10)
    document.save(path)
    assert read(path).values["buyer_name"] == "Harbour Cafe"


# --- who bills whom -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Leeds LS1 4AB", "Leeds LS1 4AB"),
        ("Leeds LS14AB", "Leeds LS14AB"),
        ("04109 Leipzig", "04109 Leipzig"),
        ("04109Leipzig", "04109 Leipzig"),
    ],
)
def test_a_place_is_one_without_its_blank_too(tmp_path: Path, place: str, told: str) -> None:
    issuer = ("Northgate Tools Ltd", "12 Mill Lane", place)
    found = read(paper(issuer=issuer).save(tmp_path / "invoice.pdf"))
    assert found.values["seller_name"] == "Northgate Tools Ltd"
    assert found.values["seller_address"] == f"12 Mill Lane, {told}"
    assert found.evidence["/seller_address"].text == f"12 Mill Lane {place}"
    assert found.values["buyer_address"] == "5 Quay Street, Bristol BS1 6XN"


def test_a_bare_number_below_the_head_of_a_column_is_no_amount(tmp_path: Path) -> None:
    heads = ("Description", "Qty", "Discount", "Amount")
    items = (("Widget A", "2", "20", "100.00"),)
    assert values(tmp_path, heads=heads, items=items, totals=())["discount_total"] is None


@pytest.mark.parametrize("heading", ["Bill to:", "Customer", "Rechnungsempfänger:", "Ship to:"])
@pytest.mark.parametrize("issuer", [(), ("Northgate Tools Ltd",)])
def test_the_buyers_address_is_never_the_sellers(
    tmp_path: Path, heading: str, issuer: Sequence[str]
) -> None:
    found = values(tmp_path, issuer=issuer, recipient=(heading, *BARE))
    assert found["seller_name"] == (issuer[0] if issuer else None)
    assert found["seller_address"] is None
