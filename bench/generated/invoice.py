"""Invoices: facts and a layout drawn from a seed, set on pages."""

from __future__ import annotations

from bench.generated.invoice_facts import invoice_facts
from bench.generated.invoice_foot import draw_foot
from bench.generated.invoice_head import draw_head
from bench.generated.invoice_items import draw_items
from bench.generated.invoice_layout import invoice_layout
from bench.generated.invoice_paper import InvoicePaper
from bench.generated.invoice_sums import draw_sums
from bench.generated.kinds import Drawn
from bench.generated.lots import Lots
from bench.generated.sheet import Sheet
from bench.generated.wording import wording

BLANK = ("invoice_number", "issue_date", "delivery_date", "due_date", "order_number",
         "customer_number", "seller_name", "seller_vat_id", "buyer_name", "buyer_vat_id",
         "discount_total", "shipping_total", "net_total", "tax_total", "grand_total",
         "paid_amount", "iban", "bic")  # fmt: skip
"""Fields that are labelled empty where no value of theirs is printed."""


def draw_invoice(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: this layout has no room for these facts.
    """
    items = lots.choices([lots.randint(1, 3), lots.randint(3, 8), lots.randint(9, 20),
                          lots.randint(21, 45)], [40, 42, 12, 6])[0]  # fmt: skip
    facts = invoice_facts(lots, items)
    layout = invoice_layout(lots, facts)
    sheet = Sheet(layout.width, layout.height)
    paper = InvoicePaper(
        sheet, wording(lots, facts.language), facts=facts, layout=layout, lots=lots
    )
    table = draw_items(paper, draw_head(paper))
    draw_sums(paper, table)
    draw_foot(paper)
    blanks = [f"/{name}" for name in BLANK] + paper.blanks
    if len(facts.taxes) > 1:
        blanks.remove("/tax_total")  # its parts may be printed, and added up
    kind = "credit_note" if facts.credit else "invoice"
    told = {"/document_type": kind} if layout.title != "none" else {}
    accept = {}
    if facts.seller.vat.endswith(" MWST"):
        accept["/seller_vat_id"] = [facts.seller.vat.removesuffix(" MWST")]
    return Drawn("invoice", facts.language, sheet, layout.stream, paper.values, tuple(blanks), told,
                 accept)  # fmt: skip
