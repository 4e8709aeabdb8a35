"""UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 2, XRechnung; and ZUGFeRD 1, which names its
elements otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from docglean.extractors.documents.embedded.terms import Party, Rows, Syntax, Term

NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:"
OLD_NAMESPACE = "urn:ferd:CrossIndustryDocument:invoice:"
ROOTS = {"CrossIndustryInvoice": NAMESPACE, "CrossIndustryDocument": OLD_NAMESPACE}

_TRADE = "SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRADE}/ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRADE}/ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS = f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans"
_TERMS = f"{_SETTLEMENT}/SpecifiedTradePaymentTerms"
_LINE = "SpecifiedLineTradeSettlement"


def _party(name: str, element: str) -> tuple[Term, ...]:
    at = f"{_AGREEMENT}/{element}"
    contact = f"{at}/DefinedTradeContact"
    return (
        Term(f"{name}_name", (f"{at}/Name",)),
        Term(f"{name}_trade_name", (f"{at}/SpecifiedLegalOrganization/TradingBusinessName",)),
        Term(f"{name}_vat_id", (f"{at}/SpecifiedTaxRegistration/ID[@schemeID='VA']",)),
        Term(f"{name}_phone", (f"{contact}/TelephoneUniversalCommunication/CompleteNumber",)),
        Term(f"{name}_email", (f"{contact}/EmailURIUniversalCommunication/URIID",)),
    )


def _address(name: str, element: str) -> Party:
    lines = ("LineOne", "LineTwo", "LineThree")
    path = f"{_AGREEMENT}/{element}/PostalTradeAddress"
    return Party(name, path, lines, "PostcodeCode", "CityName", "CountryID")


CII = Syntax(
    profile="ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    currency=f"{_SETTLEMENT}/InvoiceCurrencyCode",
    terms=(
        Term("document_type", ("ExchangedDocument/TypeCode",), "type"),
        Term("invoice_number", ("ExchangedDocument/ID",)),
        Term("issue_date", ("ExchangedDocument/IssueDateTime/DateTimeString",), "day"),
        Term("delivery_date", (
            f"{_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString",
            f"{_SETTLEMENT}/BillingSpecifiedPeriod/StartDateTime/DateTimeString",
        ), "day"),
        Term("due_date", (f"{_TERMS}/DueDateDateTime/DateTimeString",), "day"),
        Term("order_number", (f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",)),
        Term("customer_number", (f"{_AGREEMENT}/BuyerTradeParty/ID",), own=True),
        *_party("seller", "SellerTradeParty"),
        *_party("buyer", "BuyerTradeParty"),
        Term("currency", (f"{_SETTLEMENT}/InvoiceCurrencyCode",)),
        Term("discount_total", (f"{_SUMS}/AllowanceTotalAmount",), "amount", unless_zero=True),
        Term("net_total", (f"{_SUMS}/TaxBasisTotalAmount",), "amount"),
        Term("tax_total", (f"{_SUMS}/TaxTotalAmount",), "amount"),
        Term("grand_total", (f"{_SUMS}/GrandTotalAmount",), "amount"),
        Term("paid_amount", (f"{_SUMS}/TotalPrepaidAmount",), "amount", unless_zero=True),
        Term("amount_due", (f"{_SUMS}/DuePayableAmount",), "amount"),
        Term("iban", (f"{_MEANS}/PayeePartyCreditorFinancialAccount/IBANID",), "iban"),
        Term("bic", (f"{_MEANS}/PayeeSpecifiedCreditorFinancialInstitution/BICID",)),
        Term("payment_terms", (f"{_TERMS}/Description",)),
    ),
    rows=(
        Rows("line_items", f"{_TRADE}/IncludedSupplyChainTradeLineItem", (
            Term("article_number", ("SpecifiedTradeProduct/SellerAssignedID",)),
            Term("quantity", ("SpecifiedLineTradeDelivery/BilledQuantity",), "number"),
            Term("unit", ("SpecifiedLineTradeDelivery/BilledQuantity/@unitCode",)),
            Term("tax_rate", (f"{_LINE}/ApplicableTradeTax/RateApplicablePercent",), "number"),
            Term("line_total", (
                f"{_LINE}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
            ), "amount"),
        )),
        Rows("taxes", f"{_SETTLEMENT}/ApplicableTradeTax", (
            Term("rate", ("RateApplicablePercent",), "number"),
            Term("net", ("BasisAmount",), "amount"),
            Term("tax", ("CalculatedAmount",), "amount"),
        )),
    ),
    parties=(_address("seller", "SellerTradeParty"), _address("buyer", "BuyerTradeParty")),
    allowance=f"{_LINE}/SpecifiedTradeAllowanceCharge",
    discount="ActualAmount",
    discount_percent="CalculationPercent",
    is_charge="ChargeIndicator/Indicator",
    price="SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount",
    basis="SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity",
    texts=("SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description"),
    freight=(
        f"{_SETTLEMENT}/SpecifiedLogisticsServiceCharge/AppliedAmount",
        f"{_SETTLEMENT}/SpecifiedTradeAllowanceCharge[ReasonCode='FC']/ActualAmount",
    ),
    accounts=tuple(
        f"{_MEANS}/PayeePartyCreditorFinancialAccount/{one}" for one in ("IBANID", "ProprietaryID")
    ),
    payee=f"{_SETTLEMENT}/PayeeTradeParty/Name",
)  # fmt: skip

_OLD_NAMES = {
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
}
_OLD_SUMS = "SpecifiedTradeSettlementMonetarySummation"


def renewed(root: Element) -> Element:
    """A tree of ZUGFeRD 1 under today's names; the tree is changed."""
    for node in root.iter():
        node.tag = _OLD_NAMES.get(node.tag, node.tag)
    _rename(root.iter("ApplicableHeaderTradeSettlement"), _OLD_SUMS, "Header")
    _rename(root.iter(_LINE), _OLD_SUMS, "Line")
    for order in root.iter("BuyerOrderReferencedDocument"):
        _rename((order,), "ID", "", "IssuerAssignedID")
    return root


def _rename(nodes: Iterable[Element], old: str, part: str, new: str = "") -> None:
    for node in nodes:
        for child in node.findall(old):
            child.tag = new or f"SpecifiedTradeSettlement{part}MonetarySummation"
