"""The built-in schema ``receipt``."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds, Product, SumOf
from docglean.schemas.fields import Take
from docglean.schemas.kinds import Clock, Code, Currency, Day, Money, Name, Number, Text
from pydantic import BaseModel, Field


class ReceiptLine(BaseModel):
    """One thing that was bought."""

    __captions__: ClassVar[str] = "receipt.line_items"

    description: Annotated[
        str | None,
        Text(),
        Field(description="What was bought, without its number, quantity and price."),
    ] = None
    quantity: Annotated[
        Decimal | None,
        Number(),
        Field(description="How many, or the weight; null where the receipt prints none."),
    ] = None
    unit_price: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="Price of one, where it is printed."),
    ] = None
    line_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Field(description="What it came to; negative for a discount, deposit or return that is "
                          "given back."),
    ] = None  # fmt: skip


class Receipt(BaseModel):
    """A till receipt: a shop, restaurant or other business, when, what was bought, how much."""

    __captions__: ClassVar[str] = "receipt"

    company: Annotated[
        str | None,
        Name(),
        Field(description="Business that issued the receipt: the name at its top, with the legal "
                          "form where it is printed there."),
    ] = None  # fmt: skip
    address: Annotated[
        str | None,
        Text(),
        Field(description="Postal address of the shop on one line, with postcode and town; no "
                          "name, telephone or tax number."),
    ] = None  # fmt: skip
    phone: Annotated[
        str | None,
        Code(),
        Field(description="Telephone number of the shop."),
    ] = None
    tax_id: Annotated[
        str | None,
        Code(),
        Field(description="The business's VAT, GST or other tax number."),
    ] = None
    receipt_number: Annotated[
        str | None,
        Code(),
        Field(description="Number of the receipt, bill or simplified invoice."),
    ] = None
    date: Annotated[
        datetime.date | None,
        Day(),
        Field(description="Date of the purchase."),
    ] = None
    time: Annotated[
        datetime.time | None,
        Clock(),
        Field(description="Time of the purchase."),
    ] = None
    currency: Annotated[
        str | None,
        Currency(),
        Field(description="Currency of the amounts as its three-letter ISO 4217 code."),
    ] = None
    line_items: Annotated[
        list[ReceiptLine],
        Field(description="Everything bought, in the order of the receipt. No subtotals, taxes, "
                          "payments or totals."),
    ] = []  # fmt: skip
    subtotal: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="Sum before taxes, rounding and discounts on the whole."),
    ] = None
    discount_total: Annotated[
        Decimal | None,
        Money(unsigned=True),
        Take("last"),
        Field(description="Discount on the whole receipt, as a positive amount."),
    ] = None
    tax_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="All taxes together, also where they are within the prices."),
    ] = None
    service_charge: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="Charge for service or cover, without a tip that the guest adds."),
    ] = None
    tip: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="Tip that the guest added."),
    ] = None
    rounding: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="What rounding added, negative where it took off."),
    ] = None
    total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="What had to be paid in the end: with tax and after discounts and "
                          "rounding. Not the cash given, not the change."),
    ] = None  # fmt: skip
    payment_method: Annotated[
        str | None,
        Text(),
        Field(description="How it was paid, as printed: CASH, VISA, EC-Karte."),
    ] = None
    paid: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="What the buyer handed over or was charged."),
    ] = None
    change: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Field(description="What the buyer got back."),
    ] = None

    __checks__: ClassVar[tuple[Rule, ...]] = (
        Product("/line_items/*/line_total", "/line_items/*/quantity", "/line_items/*/unit_price"),
        SumOf(
            ("/total", "/subtotal"),
            "/line_items/*/line_total",
            plus=("/tax_total", "/service_charge", "/tip", "/rounding"),
            minus=("/discount_total",),
        ),
        Adds("/paid", ("/total", "/change")),
    )
