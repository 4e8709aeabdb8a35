"""UBL 2.1 invoices and credit notes: XRechnung, Peppol BIS."""

from __future__ import annotations

from docglean.extractors.documents.embedded.terms import Party, Rows, Syntax, Term

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
ROOTS = {"Invoice": f"{_NAMESPACE}Invoice-", "CreditNote": f"{_NAMESPACE}CreditNote-"}

_SUMS = "LegalMonetaryTotal"
_ACCOUNT = "PaymentMeans/PayeeFinancialAccount"


def _party(name: str, element: str) -> tuple[Term, ...]:
    at = f"{element}/Party"
    return (
        Term(f"{name}_name", (f"{at}/PartyLegalEntity/RegistrationName", f"{at}/PartyName/Name")),
        Term(f"{name}_trade_name", (f"{at}/PartyName/Name",)),
        Term(f"{name}_vat_id", (f"{at}/PartyTaxScheme[TaxScheme='VAT']/CompanyID",)),
        Term(f"{name}_phone", (f"{at}/Contact/Telephone",)),
        Term(f"{name}_email", (f"{at}/Contact/ElectronicMail",)),
    )


def _address(name: str, element: str) -> Party:
    lines = ("StreetName", "AdditionalStreetName", "AddressLine/Line")
    path = f"{element}/Party/PostalAddress"
    return Party(name, path, lines, "PostalZone", "CityName", "Country/IdentificationCode")


def _syntax(line: str, quantity: str, type_code: str) -> Syntax:
    return Syntax(
        profile="CustomizationID",
        currency="DocumentCurrencyCode",
        terms=(
            Term("document_type", (type_code,), "type"),
            Term("invoice_number", ("ID",)),
            Term("issue_date", ("IssueDate",), "day"),
            Term("delivery_date", (
                "Delivery/ActualDeliveryDate", "InvoicePeriod/StartDate",
            ), "day"),
            Term("due_date", ("DueDate", "PaymentMeans/PaymentDueDate"), "day"),
            Term("order_number", ("OrderReference/ID",)),
            Term("customer_number", (
                "AccountingCustomerParty/Party/PartyIdentification/ID",
            ), own=True),
            *_party("seller", "AccountingSupplierParty"),
            *_party("buyer", "AccountingCustomerParty"),
            Term("currency", ("DocumentCurrencyCode",)),
            Term("discount_total", (f"{_SUMS}/AllowanceTotalAmount",), "amount", unless_zero=True),
            Term("net_total", (f"{_SUMS}/TaxExclusiveAmount",), "amount"),
            Term("tax_total", ("TaxTotal/TaxAmount",), "amount"),
            Term("grand_total", (f"{_SUMS}/TaxInclusiveAmount",), "amount"),
            Term("paid_amount", (f"{_SUMS}/PrepaidAmount",), "amount", unless_zero=True),
            Term("amount_due", (f"{_SUMS}/PayableAmount",), "amount"),
            Term("iban", (f"{_ACCOUNT}/ID",), "iban"),
            Term("bic", (f"{_ACCOUNT}/FinancialInstitutionBranch/ID",)),
            Term("payment_terms", ("PaymentTerms/Note",)),
        ),
        rows=(
            Rows("line_items", line, (
                Term("article_number", ("Item/SellersItemIdentification/ID",)),
                Term("quantity", (quantity,), "number"),
                Term("unit", (f"{quantity}/@unitCode",)),
                Term("tax_rate", ("Item/ClassifiedTaxCategory/Percent",), "number"),
                Term("line_total", ("LineExtensionAmount",), "amount"),
            )),
            Rows("taxes", "TaxTotal/TaxSubtotal", (
                Term("rate", ("TaxCategory/Percent",), "number"),
                Term("net", ("TaxableAmount",), "amount"),
                Term("tax", ("TaxAmount",), "amount"),
            )),
        ),
        parties=(
            _address("seller", "AccountingSupplierParty"),
            _address("buyer", "AccountingCustomerParty"),
        ),
        allowance="AllowanceCharge",
        discount="Amount",
        discount_percent="MultiplierFactorNumeric",
        is_charge="ChargeIndicator",
        price="Price/PriceAmount",
        basis="Price/BaseQuantity",
        texts=("Item/Name", "Item/Description"),
        freight=("AllowanceCharge[AllowanceChargeReasonCode='FC']/Amount",),
        accounts=(f"{_ACCOUNT}/ID",),
        payee="PayeeParty/PartyName/Name",
    )  # fmt: skip


INVOICE = _syntax("InvoiceLine", "InvoicedQuantity", "InvoiceTypeCode")
CREDIT_NOTE = _syntax("CreditNoteLine", "CreditedQuantity", "CreditNoteTypeCode")
