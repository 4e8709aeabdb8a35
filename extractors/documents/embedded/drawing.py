"""Pages drawn from an e-invoice's XML: what a person reads of it, in the order of an invoice, and
below that everything else that stands in it. Runs in a child process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import islice
from xml.etree.ElementTree import Element

from docglean.extractors.documents.embedded.data import DataValue
from docglean.extractors.documents.embedded.invoice_xml import leaves

MOST_TOLD = 5_000
"""Elements that are drawn below the invoice."""
LONGEST = 2_000
"""Characters of one text: a file that the XML quotes as base64 is no text."""
_TITLES = {"invoice": "Invoice", "credit_note": "Credit note", "proforma": "Proforma invoice"}
_HEAD = {
    "invoice_number": "Invoice number", "issue_date": "Invoice date",
    "delivery_date": "Delivery date", "due_date": "Due date", "order_number": "Order number",
    "customer_number": "Customer number", "currency": "Currency",
}  # fmt: skip
_PARTY = {
    "name": "", "trade_name": "", "address": "", "country": "", "vat_id": "VAT ID",
    "phone": "Phone", "email": "E-mail",
}  # fmt: skip
_LINE = {
    "article_number": "Art. no.", "description": "Description", "quantity": "Quantity",
    "unit": "Unit", "unit_price": "Unit price", "discount": "Discount", "tax_rate": "VAT %",
    "line_total": "Amount",
}  # fmt: skip
_TAX = {"rate": "VAT rate", "net": "Taxable amount", "tax": "VAT amount"}
_SUMS = {
    "discount_total": "Total discount", "shipping_total": "Shipping", "net_total": "Net total",
    "tax_total": "Total VAT", "grand_total": "Grand total", "paid_amount": "Paid amount",
    "amount_due": "Amount due",
}  # fmt: skip
_PAY = {"iban": "IBAN", "bic": "BIC", "payment_terms": "Payment terms"}


def html_of(root: Element, values: Iterable[DataValue]) -> Iterator[str]:
    """The invoice as HTML, and what else stands in it.

    Args:
        root: of the XML.
        values: what was read of it.
    """
    told = {one.pointer: one.value for one in values}
    parts = [f"<h1>{_TITLES.get(told.get('/document_type', ''), 'Invoice')}</h1>"]
    parts += _pairs(told, _HEAD)
    for side, title in (("seller", "Seller"), ("buyer", "Buyer")):
        named = {f"{side}_{part}": caption for part, caption in _PARTY.items()}
        parts += [f"<h2>{title}</h2>", *_pairs(told, named)]
    parts += _table(told, "line_items", _LINE) + _table(told, "taxes", _TAX)
    parts += ["<h2>Totals</h2>", *_pairs(told, _SUMS), "<h2>Payment</h2>", *_pairs(told, _PAY)]
    yield "".join(parts)
    said = [one for one in islice(leaves(root), MOST_TOLD + 1) if len(one[1]) <= LONGEST]
    rest = [f"<p>{escape(_spoken(path))}: {escape(text)}</p>" for path, text in said[:MOST_TOLD]]
    rest += ["<p>...</p>"] if len(said) > MOST_TOLD else []
    yield f"<h2>All that the file says</h2>{''.join(rest)}"


def _pairs(told: Mapping[str, str], captions: Mapping[str, str]) -> list[str]:
    return [
        f"<p>{f'{caption}: ' if caption else ''}{escape(told[f'/{name}'])}</p>"
        for name, caption in captions.items()
        if f"/{name}" in told
    ]


def _table(told: Mapping[str, str], name: str, captions: Mapping[str, str]) -> list[str]:
    """A list as a table, with the columns of which there is anything."""
    rows: dict[int, dict[str, str]] = defaultdict(dict)
    for pointer, value in told.items():
        steps = pointer.split("/")
        if len(steps) == 4 and steps[1] == name:
            rows[int(steps[2])][steps[3]] = value
    if not rows:
        return []
    columns = [one for one in captions if any(one in row for row in rows.values())]
    head = "".join(f"<th>{captions[one]}</th>" for one in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(row.get(one, ''))}</td>" for one in columns) + "</tr>"
        for row in rows.values()
    )
    return [f"<h2></h2><table><tr>{head}</tr>{body}</table>"]


def _spoken(path: str) -> str:
    """The last steps of a path, in words."""
    words = [
        "".join(f" {one}" if one.isupper() else one for one in step).strip()
        for step in path.split("/")[-2:]
    ]
    return " > ".join(words)
