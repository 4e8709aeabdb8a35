"""The built-in schema ``statement``."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import Iban, NotBefore
from docglean.schemas.checks.sums import Balance
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Code, Currency, Day, Money, Name, Text
from pydantic import BaseModel, Field


class Transaction(BaseModel):
    """One movement on the account."""

    date: Annotated[
        datetime.date | None,
        Day(),
        Printed("Date", "Booking date", "Posting date", "Trans. date", "Transaction date",
                "Datum", "Buchungstag", "Buchungsdatum", "Buchung", "Date opération",
                "Date de l'opération", "Fecha", "Fecha operación", "F. operación", "Data",
                "Data operazione", "Data contabile", "Boekdatum", "Transactiedatum",
                "Data do movimento", "Data mov.", "Tarikh", "Tanggal"),
        Field(description="Date of the booking. A date printed without its year, or printed once "
                          "for several rows, is completed from the statement."),
    ] = None  # fmt: skip
    value_date: Annotated[
        datetime.date | None,
        Day(),
        Printed("Value date", "Value", "Valuta", "Wert", "Wertstellung", "Date de valeur",
                "Valeur", "Fecha valor", "F. valor", "Data valuta", "Valutadatum", "Rentedatum",
                "Data valor"),
        Field(description="Date from which interest counts, where it is printed."),
    ] = None  # fmt: skip
    description: Annotated[
        str | None,
        Text(),
        Printed("Description", "Details", "Transaction", "Particulars", "Narrative", "Text",
                "Beschreibung", "Buchungstext", "Verwendungszweck", "Vorgang", "Libellé",
                "Nature de l'opération", "Opération", "Concepto", "Descripción", "Movimiento",
                "Descrizione", "Causale", "Omschrijving", "Descrição", "Movimento", "Butiran",
                "Keterangan", "Huraian"),
        Field(description="Text of the booking with the other party, all its lines joined."),
    ] = None  # fmt: skip
    reference: Annotated[
        str | None,
        Code(),
        Printed("Reference", "Ref.", "Ref. no.", "Cheque no.", "Check no.", "Referenz",
                "Référence", "Réf.", "Referencia", "Riferimento", "Kenmerk", "Referência",
                "Rujukan"),
        Field(description="Number of the booking or cheque in a column of its own."),
    ] = None  # fmt: skip
    amount: Annotated[
        Decimal | None,
        Money(
            negative=(
                "Debit", "Debits", "Money out", "Paid out", "Withdrawal", "Withdrawals", "Out",
                "Payments", "Soll", "Belastung", "Lastschrift", "Ausgang", "Débit", "Débits",
                "Cargo", "Cargos", "Debe", "Dare", "Addebiti", "Uscite", "Af", "Afschrijving",
                "Débito", "Débitos", "Debet", "Keluar",
            ),
            credit="positive",
        ),
        Printed("Amount", "Credit", "Credits", "Money in", "Paid in", "Deposit", "Deposits",
                "In", "Debit", "Debits", "Money out", "Paid out", "Withdrawal", "Withdrawals",
                "Out", "Betrag", "Umsatz", "Haben", "Gutschrift", "Eingang", "Soll", "Belastung",
                "Lastschrift", "Ausgang", "Montant", "Crédit", "Débit", "Importe", "Abono",
                "Haber", "Cargo", "Debe", "Importo", "Avere", "Accrediti", "Entrate", "Dare",
                "Addebiti", "Uscite", "Bedrag", "Bij", "Af", "Montante", "Valor", "Crédito",
                "Débito", "Kredit", "Debet", "Jumlah"),
        Field(description="Amount with its sign: positive for money coming in (credit), negative "
                          "for money going out (debit), whichever way the page shows it."),
    ] = None  # fmt: skip
    balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Printed("Balance", "Running balance", "Saldo", "Kontostand", "Solde", "Saldo contable",
                "Baki", "Saldo akhir"),
        Field(description="Balance printed beside the booking; negative where overdrawn."),
    ] = None  # fmt: skip


class Statement(BaseModel):
    """A bank or card account's statement: whose account, which period, every transaction."""

    bank_name: Annotated[
        str | None, Name(), Field(description="Bank or card company, as in its letterhead.")
    ] = None
    account_holder: Annotated[
        str | None,
        Name(),
        Printed("Account holder", "Account name", "Name", "Customer", "Kontoinhaber", "Inhaber",
                "Titulaire", "Titulaire du compte", "Titular", "Titular de la cuenta",
                "Intestatario", "Intestato a", "Rekeninghouder", "Ten name van", "Nama",
                "Titular da conta"),
        Field(description="Owner of the account, without the address."),
    ] = None  # fmt: skip
    iban: Annotated[
        str | None,
        Code(),
        Printed("IBAN", "IBAN No."),
        Field(description="IBAN of this account."),
    ] = None
    account_number: Annotated[
        str | None,
        Code(),
        Printed("Account number", "Account no.", "Account", "Card number", "Kontonummer",
                "Konto-Nr.", "Konto", "Numéro de compte", "N° de compte", "Compte n°",
                "Número de cuenta", "Nº de cuenta", "Cuenta", "Numero conto", "Conto n.",
                "Rekeningnummer", "Número da conta", "Conta n.º", "No. Akaun", "No. Rekening"),
        Field(description="National account or card number; null where there is only an IBAN."),
    ] = None  # fmt: skip
    bic: Annotated[
        str | None,
        Code(),
        Printed("BIC", "SWIFT", "BIC/SWIFT", "SWIFT code"),
        Field(description="BIC (SWIFT code) of the bank."),
    ] = None
    statement_number: Annotated[
        str | None,
        Code(),
        Printed("Statement number", "Statement no.", "Sheet number", "Auszug Nr.",
                "Auszugsnummer", "Kontoauszug Nr.", "Relevé n°", "N° de relevé", "Extracto nº",
                "Estratto conto n.", "Afschriftnummer", "Extrato n.º"),
        Field(description="Number of the statement."),
    ] = None  # fmt: skip
    statement_date: Annotated[
        datetime.date | None,
        Day(),
        Printed("Statement date", "Date of statement", "Date issued", "Auszugsdatum",
                "Erstellt am", "Date du relevé", "Arrêté au", "Fecha del extracto",
                "Data estratto", "Datum afschrift", "Data do extrato", "Tarikh penyata"),
        Field(description="Date on which the statement was made."),
    ] = None  # fmt: skip
    period_start: Annotated[
        datetime.date | None,
        Day(),
        Printed("From", "Period from", "Statement period", "Period", "Von", "Zeitraum", "Du",
                "Période du", "Desde", "Periodo", "Del", "Dal", "Van", "Periode", "De", "Período"),
        Field(description="First day of the period."),
    ] = None  # fmt: skip
    period_end: Annotated[
        datetime.date | None,
        Day(),
        Printed("To", "Period to", "Until", "Bis", "Au", "Hasta", "Al", "Tot", "Tot en met", "Até",
                "A"),
        Field(description="Last day of the period."),
    ] = None  # fmt: skip
    currency: Annotated[
        str | None,
        Currency(),
        Printed("Currency", "Währung", "Devise", "Moneda", "Divisa", "Valuta", "Moeda",
                "Mata uang"),
        Field(description="Currency of the account as its three-letter ISO 4217 code."),
    ] = None  # fmt: skip
    opening_balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Printed("Opening balance", "Balance brought forward", "Brought forward", "Start balance",
                "Previous balance", "Beginning balance", "Alter Saldo", "Anfangssaldo",
                "Alter Kontostand", "Saldovortrag", "Ancien solde", "Solde initial",
                "Solde précédent", "Saldo inicial", "Saldo anterior", "Saldo iniziale",
                "Saldo precedente", "Beginsaldo", "Vorig saldo", "Baki awal", "Saldo awal"),
        Field(description="Balance at the start of the period; negative where overdrawn."),
    ] = None  # fmt: skip
    total_in: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Printed("Total credits", "Total deposits", "Total money in", "Total paid in",
                "Summe Gutschriften", "Summe Haben", "Total des crédits", "Total crédits",
                "Total abonos", "Totale accrediti", "Totale entrate", "Totaal bij",
                "Total créditos"),
        Field(description="Sum of all that came in, as printed."),
    ] = None  # fmt: skip
    total_out: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Printed("Total debits", "Total withdrawals", "Total money out", "Total paid out",
                "Summe Belastungen", "Summe Soll", "Total des débits", "Total débits",
                "Total cargos", "Totale addebiti", "Totale uscite", "Totaal af",
                "Total débitos"),
        Field(description="Sum of all that went out, as a positive amount, as printed."),
    ] = None  # fmt: skip
    closing_balance: Annotated[
        Decimal | None,
        Money(credit="positive"),
        Take("last"),
        Printed("Closing balance", "Balance carried forward", "End balance", "Ending balance",
                "New balance", "Current balance", "Neuer Saldo", "Endsaldo", "Neuer Kontostand",
                "Kontostand", "Schlusssaldo", "Nouveau solde", "Solde final", "Solde créditeur",
                "Solde débiteur", "Saldo final", "Saldo actual", "Saldo finale", "Eindsaldo",
                "Nieuw saldo", "Baki akhir", "Saldo akhir"),
        Field(description="Balance at the end of the period; negative where overdrawn."),
    ] = None  # fmt: skip
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
