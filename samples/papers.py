"""The paper samples: invoices, a form and a bank statement, drawn with their own labels.

What is printed and what is expected come from the same numbers, so that the labels are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pymupdf

A4 = (595.0, 842.0)
LEFT, RIGHT, BOTTOM = 50.0, 545.0, 790.0
INK, PALE = (0.1, 0.1, 0.15), (0.55, 0.55, 0.6)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table: heading, x of its left (or right, when numeric) edge."""

    head: str
    x: float
    numeric: bool = False


class Sheet:
    """A document being drawn, with a pen that moves down the page."""

    def __init__(self) -> None:
        self.document: Any = pymupdf.open()
        self.y = 0.0
        self.new_page()

    def new_page(self) -> None:
        """Begin a page."""
        self.page: Any = self.document.new_page(width=A4[0], height=A4[1])
        self.y = 60.0

    def text(
        self,
        text: str,
        x: float = LEFT,
        *,
        size: float = 10,
        bold: bool = False,
        right: bool = False,
        pale: bool = False,
        y: float | None = None,
    ) -> None:
        """Print one line at the pen, or at `y`; `right` makes x its right edge."""
        font = "hebo" if bold else "helv"
        if right:
            x -= pymupdf.get_text_length(text, fontname=font, fontsize=size)
        self.page.insert_text(
            (x, self.y if y is None else y),
            text,
            fontname=font,
            fontsize=size,
            color=PALE if pale else INK,
        )

    def line(self, text: str, x: float = LEFT, *, down: float = 14, **how: Any) -> None:
        """Print one line and move down."""
        self.text(text, x, **how)
        self.y += down

    def rule(self, *, width: float = 0.7) -> None:
        """A line across the page."""
        self.page.draw_line((LEFT, self.y), (RIGHT, self.y), color=INK, width=width)

    def heads(self, columns: Sequence[Column]) -> None:
        """The heading of a table."""
        for column in columns:
            self.text(column.head, column.x, size=9, bold=True, right=column.numeric)
        self.y += 5
        self.rule()
        self.y += 14

    def cells(self, columns: Sequence[Column], values: Sequence[str], *, down: float = 16) -> None:
        """A row of a table."""
        for column, value in zip(columns, values, strict=True):
            self.text(value, column.x, size=9, right=column.numeric)
        self.y += down

    def pdf(self) -> bytes:
        """The finished file; always the same bytes for the same drawing."""
        self.document.set_metadata({"producer": "docglean samples"})
        data: bytes = self.document.tobytes(deflate=True, garbage=3, no_new_id=True)
        return data


def long_invoice() -> tuple[bytes, dict[str, Any]]:
    """A native English invoice of three pages; its table of items breaks twice."""
    random = Random(7)
    goods = ("Hex bolt M8 x 40", "Washer M8, zinc", "Lock nut M8", "Threaded rod 1 m",
             "Angle bracket 90", "Wood screw 5 x 60", "Anchor bolt M10", "Cable tie 200 mm",
             "Spring clamp", "Drill bit 8 mm")  # fmt: skip
    grades = ("A2 steel", "A4 steel", "brass", "galvanised", "black oxide")
    items = []
    for number in range(1, 77):
        quantity = random.randint(1, 120)
        price = Decimal(random.randint(15, 4999)) / 100
        items.append(
            {
                "description": f"{random.choice(goods)}, {random.choice(grades)}",
                "quantity": str(quantity),
                "unit_price": f"{price:.2f}",
                "line_total": f"{quantity * price:.2f}",
                "number": number,
            }
        )
    net = sum((Decimal(str(item["line_total"])) for item in items), Decimal())
    tax = (net * Decimal("0.20")).quantize(CENT)
    columns = (
        Column("Pos", LEFT),
        Column("Description", 85),
        Column("Qty", 375, numeric=True),
        Column("Unit price", 455, numeric=True),
        Column("Amount", RIGHT, numeric=True),
    )
    sheet = Sheet()
    sheet.line("Northwind Fasteners Ltd", size=18, bold=True, down=16)
    sheet.line("14 Quay Street, Bristol BS1 4DJ, United Kingdom", size=9, pale=True)
    sheet.line("VAT No. GB 980 7806 84", size=9, pale=True, down=34)
    top = sheet.y
    for text in ("Bill to", "Harbour Joinery & Sons", "3 Dock Road", "Cardiff CF10 5AL"):
        sheet.line(text, bold=text == "Bill to")
    for offset, (label, value) in enumerate(
        (("Invoice No.", "NF-2026-00417"), ("Invoice date", "3 March 2026"),
         ("Due date", "2 April 2026"), ("Currency", "GBP"))
    ):  # fmt: skip
        sheet.text(label, 360, y=top + 14 * offset, bold=True)
        sheet.text(value, RIGHT, y=top + 14 * offset, right=True)
    sheet.y = top + 90
    sheet.line("INVOICE", size=14, bold=True, down=24)
    sheet.heads(columns)
    for item in items:
        if sheet.y > BOTTOM - 30:
            number = sheet.document.page_count
            sheet.text(f"Page {number}", RIGHT, size=8, right=True, pale=True, y=BOTTOM + 20)
            sheet.new_page()
            sheet.line("Invoice NF-2026-00417, continued", size=9, pale=True, down=24)
            sheet.heads(columns)
        sheet.cells(
            columns,
            [
                str(item["number"]),
                str(item["description"]),
                str(item["quantity"]),
                _english(str(item["unit_price"])),
                _english(str(item["line_total"])),
            ],
        )
    if sheet.y > BOTTOM - 140:
        sheet.new_page()
    sheet.rule()
    sheet.y += 18
    for label, value in (
        ("Net total", net),
        ("VAT 20%", tax),
        ("Total due", net + tax),
    ):
        sheet.text(label, 400, bold=label == "Total due")
        sheet.line(_english(f"{value:.2f}"), RIGHT, right=True, bold=label == "Total due", down=16)
    sheet.y += 20
    sheet.line("Payment within 30 days to IBAN GB29 NWBK 6016 1331 9268 19", size=9)
    expected = {
        "invoice_number": "NF-2026-00417",
        "issue_date": "2026-03-03",
        "due_date": "2026-04-02",
        "seller_name": "Northwind Fasteners Ltd",
        "seller_vat_id": "GB 980 7806 84",
        "buyer_name": "Harbour Joinery & Sons",
        "currency": "GBP",
        "net_total": f"{net:.2f}",
        "tax_total": f"{tax:.2f}",
        "grand_total": f"{net + tax:.2f}",
        "iban": "GB29NWBK60161331926819",
        "line_items": [
            {key: value for key, value in item.items() if key != "number"} for item in items
        ],
    }
    return sheet.pdf(), expected


def german_invoice() -> tuple[bytes, dict[str, Any]]:
    """A German invoice of one page, to be scanned."""
    rows = (
        ("Wartung Heizungsanlage, pauschal", 1, "289.00"),
        ("Ersatzteil Umwälzpumpe UPS 25-60", 2, "174.50"),
        ("Arbeitszeit Monteur (Stunden)", 5, "68.00"),
        ("Anfahrt", 1, "35.90"),
    )
    items = [
        {
            "description": text,
            "quantity": str(count),
            "unit_price": price,
            "line_total": f"{count * Decimal(price):.2f}",
        }
        for text, count, price in rows
    ]
    net = sum((Decimal(str(item["line_total"])) for item in items), Decimal())
    tax = (net * Decimal("0.19")).quantize(CENT)
    columns = (
        Column("Bezeichnung", LEFT),
        Column("Menge", 360, numeric=True),
        Column("Einzelpreis", 450, numeric=True),
        Column("Gesamt", RIGHT, numeric=True),
    )
    sheet = Sheet()
    sheet.line("Haustechnik Brandt GmbH", size=18, bold=True, down=16)
    sheet.line("Lindenstraße 27, 50674 Köln · USt-IdNr. DE136695976", size=9, down=40)
    top = sheet.y
    for text in ("Frau Dr. Elke Sommer", "Am Rheinufer 8", "50999 Köln"):
        sheet.line(text)
    for offset, (label, value) in enumerate(
        (("Rechnungsnummer:", "2026-1183"), ("Rechnungsdatum:", "17.02.2026"),
         ("Fällig am:", "03.03.2026"))
    ):  # fmt: skip
        sheet.text(label, 350, y=top + 14 * offset)
        sheet.text(value, RIGHT, y=top + 14 * offset, right=True)
    sheet.y = top + 90
    sheet.line("Rechnung", size=16, bold=True, down=28)
    sheet.heads(columns)
    for item in items:
        sheet.cells(
            columns,
            [
                item["description"],
                item["quantity"],
                _german(item["unit_price"]),
                _german(item["line_total"]),
            ],
            down=20,
        )
    sheet.rule()
    sheet.y += 18
    for label, value in (
        ("Nettobetrag", net),
        ("MwSt. 19 %", tax),
        ("Gesamtbetrag EUR", net + tax),
    ):
        sheet.text(label, 380, bold=label.startswith("Gesamt"))
        sheet.line(_german(f"{value:.2f}"), RIGHT, right=True, down=18)
    sheet.y += 30
    sheet.line("Bitte überweisen Sie auf das Konto IBAN DE89 3704 0044 0532 0130 00.", size=9)
    expected = {
        "invoice_number": "2026-1183",
        "issue_date": "2026-02-17",
        "due_date": "2026-03-03",
        "seller_name": "Haustechnik Brandt GmbH",
        "seller_vat_id": "DE136695976",
        "buyer_name": "Frau Dr. Elke Sommer",
        "currency": "EUR",
        "net_total": f"{net:.2f}",
        "tax_total": f"{tax:.2f}",
        "grand_total": f"{net + tax:.2f}",
        "iban": "DE89370400440532013000",
        "line_items": items,
    }
    return sheet.pdf(), expected


def form() -> tuple[bytes, dict[str, Any]]:
    """A filled PDF form with text fields and checkboxes."""
    sheet = Sheet()
    sheet.line("City Library", size=9, pale=True, down=20)
    sheet.line("Application for a reader's card", size=18, bold=True, down=40)
    fields = (
        ("Personal details", (("Full name", "Amina Okafor"), ("Date of birth", "09/07/1991"),
                              ("Street", "22 Elm Grove"), ("Town", "Leeds"))),
        ("Contact", (("Email", "amina.okafor@example.org"), ("Telephone", ""))),
    )  # fmt: skip
    boxes = (
        ("Adult", True),
        ("Student", False),
        ("Senior", False),
        ("Send me the newsletter", True),
    )
    expected: list[dict[str, Any]] = []
    for section, entries in fields:
        sheet.line(section, size=12, bold=True, down=26)
        for key, value in entries:
            sheet.text(f"{key}:")
            area = pymupdf.Rect(170, sheet.y - 13, 430, sheet.y + 5)
            sheet.page.draw_rect(area, color=PALE, width=0.6)
            widget = pymupdf.Widget()
            widget.rect, widget.field_name = area, key
            widget.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT
            widget.field_value, widget.text_fontsize = value, 10
            sheet.page.add_widget(widget)
            expected.append({"key": key, "value": value or None, "section": section})
            sheet.y += 26
        sheet.y += 10
    sheet.line("Kind of card", size=12, bold=True, down=26)
    for label, checked in boxes:
        widget = pymupdf.Widget()
        widget.rect = pymupdf.Rect(LEFT, sheet.y - 11, LEFT + 13, sheet.y + 2)
        widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, label
        widget.field_value, widget.border_width = checked, 1
        widget.border_color = INK
        sheet.page.add_widget(widget)
        sheet.line(label, LEFT + 22, down=22)
    return sheet.pdf(), {
        "fields": expected,
        "checkboxes": [{"label": label, "checked": checked} for label, checked in boxes],
    }


def statement() -> tuple[bytes, dict[str, Any]]:
    """A bank statement of two pages with a running balance."""
    random = Random(11)
    texts = ("Card payment Grocer & Co", "Direct debit City Power", "Transfer from J. Miller",
             "Standing order rent", "Cash withdrawal", "Salary Orchard Labs",
             "Card payment Rail Tickets", "Refund Book Store")  # fmt: skip
    incoming = ("Transfer", "Salary", "Refund")
    balance = opening = Decimal("1842.37")
    day = date(2026, 4, 1)
    rows: list[dict[str, Any]] = []
    for _ in range(46):
        day += timedelta(days=random.choice((0, 0, 1, 1)))
        text = random.choice(texts)
        amount = Decimal(random.randint(350, 98000)) / 100
        if not text.startswith(incoming):
            amount = -amount
        balance += amount
        rows.append(
            {
                "date": day.isoformat(),
                "description": text,
                "amount": f"{amount:.2f}",
                "balance": f"{balance:.2f}",
            }
        )
    columns = (
        Column("Date", LEFT),
        Column("Description", 125),
        Column("Amount", 440, numeric=True),
        Column("Balance", RIGHT, numeric=True),
    )
    sheet = Sheet()
    sheet.line("Meridian Bank", size=18, bold=True, down=30)
    for label, value in (
        ("Account holder:", "Tomasz Nowak"),
        ("IBAN:", "GB82 WEST 1234 5698 7654 32"),
        ("Statement period:", "01/04/2026 - 30/04/2026"),
        ("Currency:", "GBP"),
        ("Opening balance:", _english(f"{opening:.2f}")),
    ):
        sheet.text(label, bold=True)
        sheet.line(value, 170, down=16)
    sheet.y += 16
    sheet.heads(columns)
    for row in rows:
        if sheet.y > BOTTOM - 10:
            sheet.new_page()
            sheet.heads(columns)
        printed = date.fromisoformat(row["date"]).strftime("%d/%m/%Y")
        sheet.cells(
            columns,
            [printed, row["description"], _english(row["amount"]), _english(row["balance"])],
        )
    sheet.rule()
    sheet.y += 18
    sheet.text("Closing balance:", bold=True)
    sheet.text(_english(f"{balance:.2f}"), RIGHT, right=True, bold=True)
    expected = {
        "bank_name": "Meridian Bank",
        "account_holder": "Tomasz Nowak",
        "iban": "GB82WEST12345698765432",
        "period_start": "2026-04-01",
        "period_end": "2026-04-30",
        "currency": "GBP",
        "opening_balance": f"{opening:.2f}",
        "closing_balance": f"{balance:.2f}",
        "transactions": rows,
    }
    return sheet.pdf(), expected


def _english(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"


def _german(amount: str) -> str:
    return f"{Decimal(amount):,.2f}".translate(str.maketrans(",.", ".,"))
