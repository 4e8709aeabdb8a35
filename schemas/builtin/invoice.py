"""The built-in schema ``invoice``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import Iban, NotBefore, VatId
from docglean.schemas.checks.sums import Adds, Product, SumOf
from docglean.schemas.fields import Take
from docglean.schemas.kinds import Choice, Code, Currency, Day, Money, Name, Number, Text
from docglean.schemas.labels import words_below
from pydantic import BaseModel, Field


class LineItem(BaseModel):
    """One line of the invoice's table: goods or services with their price."""

    __captions__: ClassVar[str] = "invoice.line_items"

    article_number: Annotated[
        str | None,
        Code(),
        Field(description="The seller's number or code for the article, not the line's position."),
    ] = None
    description: Annotated[
        str | None,
        Text(),
        Field(description="What was delivered or done, all lines of its text joined."),
    ] = None
    quantity: Annotated[
        Decimal | None,
        Number(),
        Field(description="How many, without the unit."),
    ] = None
    unit: Annotated[
        str | None,
        Text(),
        Field(description="Unit of the quantity as printed: pcs, Std., kg."),
    ] = None
    unit_price: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="Price of one unit, before tax where the invoice gives both."),
    ] = None
    discount: Annotated[
        str | None,
        Text(),
        Field(description="Discount on this line as printed, an amount or a percentage."),
    ] = None
    tax_rate: Annotated[
        Decimal | None,
        Number(),
        Field(description="Tax rate of this line in per cent: 19 for 19 %."),
    ] = None
    line_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="What this line comes to, before tax where the invoice gives both."),
    ] = None


class TaxLine(BaseModel):
    """One line of the tax summary: one rate with what it was charged on."""

    __captions__: ClassVar[str] = "invoice.taxes"

    rate: Annotated[
        Decimal | None,
        Number(),
        Field(description="Tax rate in per cent: 19 for 19 %."),
    ] = None
    net: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="Amount that this rate is charged on."),
    ] = None
    tax: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="Tax at this rate."),
    ] = None


class Invoice(BaseModel):
    """An invoice or credit note: who bills whom, for what, how much, and where to pay."""

    __captions__: ClassVar[str] = "invoice"

    document_type: Annotated[
        Literal["invoice", "credit_note", "proforma", "reminder"] | None,
        Choice(
            ("invoice", "credit_note", "proforma", "reminder"),
            words=words_below("choices.invoice.document_type"),
        ),
        Field(description="What the document calls itself; a partial or final invoice is an "
                          "invoice."),
    ] = None  # fmt: skip
    invoice_number: Annotated[
        str | None,
        Code(),
        Field(description="Number of this document, as printed."),
    ] = None
    issue_date: Annotated[
        date | None,
        Day(),
        Field(description="Date of the invoice."),
    ] = None
    delivery_date: Annotated[
        date | None,
        Day(),
        Field(description="Day on which goods or services were supplied; the first of a period."),
    ] = None
    due_date: Annotated[
        date | None,
        Day(),
        Field(description="Last day for payment, where a date is printed; null for a number of "
                          "days only."),
    ] = None  # fmt: skip
    order_number: Annotated[
        str | None,
        Code(),
        Field(description="The buyer's order that this invoice answers."),
    ] = None
    customer_number: Annotated[
        str | None,
        Code(),
        Field(description="Number under which the seller keeps the buyer."),
    ] = None
    seller_name: Annotated[
        str | None,
        Name(),
        Field(description="Firm or person that sends the invoice, as in its letterhead, without "
                          "the address."),
    ] = None  # fmt: skip
    seller_address: Annotated[
        str | None,
        Text(),
        Field(description="The seller's postal address on one line, without the name."),
    ] = None
    seller_vat_id: Annotated[
        str | None,
        Code(),
        Field(description="The seller's VAT or sales tax number with its country letters, as "
                          "printed."),
    ] = None  # fmt: skip
    buyer_name: Annotated[
        str | None,
        Name(),
        Field(description="Firm or person that is billed, without the address."),
    ] = None
    buyer_address: Annotated[
        str | None,
        Text(),
        Field(description="The billed party's postal address on one line, without the name."),
    ] = None
    buyer_vat_id: Annotated[
        str | None,
        Code(),
        Field(description="The buyer's VAT or sales tax number."),
    ] = None
    currency: Annotated[
        str | None,
        Currency(),
        Field(description="Currency of the amounts as its three-letter ISO 4217 code."),
    ] = None
    line_items: Annotated[
        list[LineItem],
        Field(description="All lines of goods and services, in the order of the document. No "
                          "subtotals, carried-forward lines, taxes or totals."),
    ] = []  # fmt: skip
    discount_total: Annotated[
        Decimal | None,
        Money(unsigned=True),
        Field(description="Discount on the whole invoice, as a positive amount."),
    ] = None
    shipping_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="Charge for delivery that stands beside the lines."),
    ] = None
    net_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="Sum before tax, after discounts."),
    ] = None
    taxes: Annotated[
        list[TaxLine],
        Field(description="The tax summary, one entry for each rate."),
    ] = []
    tax_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="All taxes together; 0 where the invoice says that there is none."),
    ] = None
    grand_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="Sum of the invoice with tax."),
    ] = None
    paid_amount: Annotated[
        Decimal | None,
        Money(unsigned=True),
        Take("last"),
        Field(description="What has been paid already, as a positive amount."),
    ] = None
    amount_due: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="What is still to be paid; the total less what was paid before."),
    ] = None
    iban: Annotated[
        str | None,
        Code(),
        Field(description="Account to pay to, the first if there are several."),
    ] = None
    bic: Annotated[
        str | None,
        Code(),
        Field(description="BIC (SWIFT code) of that account's bank."),
    ] = None
    payment_terms: Annotated[
        str | None,
        Text(),
        Field(description="How and until when to pay, as printed."),
    ] = None

    __checks__: ClassVar[tuple[Rule, ...]] = (
        Product(
            "/line_items/*/line_total",
            "/line_items/*/quantity",
            "/line_items/*/unit_price",
            unless=("/line_items/*/discount",),
        ),
        SumOf(
            ("/net_total", "/grand_total"),
            "/line_items/*/line_total",
            plus=("/shipping_total",),
            minus=("/discount_total",),
        ),
        SumOf("/tax_total", "/taxes/*/tax"),
        Adds("/grand_total", ("/net_total", "/tax_total")),
        Adds("/grand_total", ("/amount_due", "/paid_amount")),
        NotBefore("/due_date", "/issue_date"),
        Iban("/iban"),
        VatId("/seller_vat_id"),
        VatId("/buyer_vat_id"),
    )
