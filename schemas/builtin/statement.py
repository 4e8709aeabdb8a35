"""The built-in schema ``statement``."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import Iban, NotBefore
from docglean.schemas.checks.sums import Balance
from docglean.schemas.fields import Take
from docglean.schemas.kinds import Code, Currency, Day, Money, Name, Text
from docglean.schemas.labels import words_of
from pydantic import BaseModel, Field


class Transaction(BaseModel):
    """One movement on the account."""

    __captions__: ClassVar[str] = "statement.transactions"

    date: Annotated[
        datetime.date | None,
        Day(),
        Field(description="Date of the booking. A date printed without its year, or printed once "
                          "for several rows, is completed from the statement."),
    ] = None  # fmt: skip
    value_date: Annotated[
        datetime.date | None,
        Day(),
        Field(description="Date from which interest counts, where it is printed."),
    ] = None
    description: Annotated[
        str | None,
        Text(),
        Field(description="Text of the booking with the other party, all its lines joined."),
    ] = None
    reference: Annotated[
        str | None,
        Code(),
        Field(description="Number of the booking or cheque in a column of its own."),
    ] = None
    amount: Annotated[
        Decimal | None,
        Money(negative=words_of("amounts.debit_columns"), credit="positive"),
        Field(description="Amount with its sign: positive for money coming in (credit), negative "
                          "for money going out (debit), whichever way the page shows it."),
    ] = None  # fmt: skip
    balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Field(description="Balance printed beside the booking; negative where overdrawn."),
    ] = None


class Statement(BaseModel):
    """A bank or card account's statement: whose account, which period, every transaction."""

    __captions__: ClassVar[str] = "statement"

    bank_name: Annotated[
        str | None, Name(), Field(description="Bank or card company, as in its letterhead.")
    ] = None
    account_holder: Annotated[
        str | None,
        Name(),
        Field(description="Owner of the account, without the address."),
    ] = None
    iban: Annotated[
        str | None,
        Code(),
        Field(description="IBAN of this account."),
    ] = None
    account_number: Annotated[
        str | None,
        Code(),
        Field(description="National account or card number; null where there is only an IBAN."),
    ] = None
    bic: Annotated[
        str | None,
        Code(),
        Field(description="BIC (SWIFT code) of the bank."),
    ] = None
    statement_number: Annotated[
        str | None,
        Code(),
        Field(description="Number of the statement."),
    ] = None
    statement_date: Annotated[
        datetime.date | None,
        Day(),
        Field(description="Date on which the statement was made."),
    ] = None
    period_start: Annotated[
        datetime.date | None,
        Day(),
        Field(description="First day of the period."),
    ] = None
    period_end: Annotated[
        datetime.date | None,
        Day(),
        Field(description="Last day of the period."),
    ] = None
    currency: Annotated[
        str | None,
        Currency(),
        Field(description="Currency of the account as its three-letter ISO 4217 code."),
    ] = None
    opening_balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Field(description="Balance at the start of the period; negative where overdrawn."),
    ] = None
    total_in: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Field(description="Sum of all that came in, as printed."),
    ] = None
    total_out: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Field(description="Sum of all that went out, as a positive amount, as printed."),
    ] = None
    closing_balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Field(description="Balance at the end of the period; negative where overdrawn."),
    ] = None
    transactions: Annotated[
        list[Transaction],
        Field(description="Every booking, in the order of the document, equal ones too. No "
                          "opening, closing or carried-forward balances, no sums."),
    ] = []  # fmt: skip

    __checks__: ClassVar[tuple[Rule, ...]] = (
        Balance(
            "/opening_balance", "/transactions/*/amount", "/closing_balance",
            "/transactions/*/balance",
        ),
        NotBefore("/period_end", "/period_start"),
        Iban("/iban"),
    )  # fmt: skip
