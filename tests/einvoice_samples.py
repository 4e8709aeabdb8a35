"""One invoice in each syntax of EN 16931, written by hand from the public structure, and PDFs that
carry it: a page that prints it, and its XML as ZUGFeRD and Factur-X attach it."""

from __future__ import annotations

from pathlib import Path

import pymupdf

ZUGFERD = "factur-x.xml"
PRINTED = {
    "number": "R-2026/0815", "day": "01.03.2026", "due": "31.03.2026", "delivered": "27.02.2026",
    "net": "1.150,00", "tax": "218,50", "gross": "1.368,50", "iban": "DE02 1203 0000 0000 2020 51",
    "seller": "Nordlicht Messtechnik GmbH", "buyer": "Hafenkontor Kiel AG",
}  # fmt: skip
"""What the page prints."""


def cii(
    *, number: str = "R-2026/0815", gross: str = "1368.50", lines: bool = True,
    iban: str = "DE02120300000000202051", seller: str = "Nordlicht Messtechnik GmbH",
    kind: str = "380",
) -> bytes:  # fmt: skip
    """The invoice in UN/CEFACT CII; MINIMUM has no `lines`."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
    xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
    xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
    xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>urn:cen.eu:en16931:2017</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>{number}</ram:ID><ram:TypeCode>{kind}</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">20260301</udt:DateTimeString>
    </ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
    {_CII_LINES if lines else ""}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty><ram:Name>{seller}</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>24103</ram:PostcodeCode>
          <ram:LineOne>Walkerdamm 17</ram:LineOne><ram:CityName>Kiel</ram:CityName>
          <ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">19/293/12345</ram:ID>
        </ram:SpecifiedTaxRegistration>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID>
        </ram:SpecifiedTaxRegistration>
      </ram:SellerTradeParty>
      <ram:BuyerTradeParty><ram:ID>K-4711</ram:ID><ram:Name>Hafenkontor Kiel AG</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>24159</ram:PostcodeCode>
          <ram:LineOne>Seestr. 3</ram:LineOne><ram:CityName>Kiel</ram:CityName>
          <ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
      </ram:BuyerTradeParty>
      <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>B-99812</ram:IssuerAssignedID>
      </ram:BuyerOrderReferencedDocument>
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent>
      <ram:OccurrenceDateTime><udt:DateTimeString format="102">20260227</udt:DateTimeString>
      </ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>
    </ram:ApplicableHeaderTradeDelivery>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
        <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{iban}</ram:IBANID>
        </ram:PayeePartyCreditorFinancialAccount>
      </ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>218.50</ram:CalculatedAmount>
        <ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>1150.00</ram:BasisAmount>
        <ram:CategoryCode>S</ram:CategoryCode>
        <ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
      <ram:SpecifiedTradePaymentTerms>
        <ram:DueDateDateTime><udt:DateTimeString format="102">20260331</udt:DateTimeString>
        </ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>1150.00</ram:LineTotalAmount>
        <ram:AllowanceTotalAmount>0.00</ram:AllowanceTotalAmount>
        <ram:TaxBasisTotalAmount>1150.00</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="CHF">230.00</ram:TaxTotalAmount>
        <ram:TaxTotalAmount currencyID="EUR">218.50</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>{gross}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>{gross}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def _cii_line(article: str, name: str, price: str, quantity: str, unit: str, total: str) -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>{article}</ram:LineID>
      </ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:SellerAssignedID>{article}</ram:SellerAssignedID>
        <ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
        <ram:ChargeAmount>{price}</ram:ChargeAmount>
      </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery>
        <ram:BilledQuantity unitCode="{unit}">{quantity}</ram:BilledQuantity>
      </ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
          <ram:CategoryCode>S</ram:CategoryCode>
          <ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation>
          <ram:LineTotalAmount>{total}</ram:LineTotalAmount>
        </ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>"""


_CII_LINES = _cii_line("SO-12", "Pegelsonde", "250.0000", "4.0000", "C62", "1000.00") + _cii_line(
    "KA-7", "Kabel geschirmt", "1.5000", "100.0000", "MTR", "150.00"
)


def ubl(*, number: str = "R-2026/0815") -> bytes:
    """The same invoice in UBL."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ubl:Invoice xmlns:ubl="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
  <cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>
  <cbc:DueDate>2026-03-31</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>B-99812</cbc:ID></cac:OrderReference>
  {_ubl_party("Supplier", "Nordlicht Messtechnik GmbH", "Walkerdamm 17", "24103", "DE136695976")}
  {_ubl_party("Customer", "Hafenkontor Kiel AG", "Seestr. 3", "24159")}
  <cac:Delivery><cbc:ActualDeliveryDate>2026-02-27</cbc:ActualDeliveryDate></cac:Delivery>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
    <cac:PayeeFinancialAccount><cbc:ID>DE02120300000000202051</cbc:ID></cac:PayeeFinancialAccount>
  </cac:PaymentMeans>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">218.50</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">1150.00</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="EUR">218.50</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19.00</cbc:Percent></cac:TaxCategory>
    </cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">1150.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">1150.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">1368.50</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">1368.50</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  {_ubl_line("SO-12", "Pegelsonde", "250.0000", "4.0000", "C62", "1000.00")}
  {_ubl_line("KA-7", "Kabel geschirmt", "1.5000", "100.0000", "MTR", "150.00")}
</ubl:Invoice>""".encode()


def _ubl_party(which: str, name: str, street: str, code: str, vat: str = "") -> str:
    tax = f"""<cac:PartyTaxScheme><cbc:CompanyID>{vat}</cbc:CompanyID>
      <cac:TaxScheme>
        <cbc:ID>VAT</cbc:ID>
      </cac:TaxScheme></cac:PartyTaxScheme>"""
    number = '<cac:PartyIdentification><cbc:ID schemeID="0088">4000001123452</cbc:ID>'
    number += "</cac:PartyIdentification>"
    if which == "Customer":
        number += "<cac:PartyIdentification><cbc:ID>K-4711</cbc:ID></cac:PartyIdentification>"
    return f"""<cac:Accounting{which}Party><cac:Party>{number}
    <cac:PostalAddress><cbc:StreetName>{street}</cbc:StreetName>
      <cbc:CityName>Kiel</cbc:CityName><cbc:PostalZone>{code}</cbc:PostalZone>
      <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
    </cac:PostalAddress>{tax if vat else ""}
    <cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:Accounting{which}Party>"""


def _ubl_line(article: str, name: str, price: str, quantity: str, unit: str, total: str) -> str:
    return f"""<cac:InvoiceLine>
    <cbc:InvoicedQuantity unitCode="{unit}">{quantity}</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">{total}</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>{name}</cbc:Name>
      <cac:SellersItemIdentification><cbc:ID>{article}</cbc:ID></cac:SellersItemIdentification>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
      </cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>"""


def invoice_pdf(path: Path, *attached: tuple[str, bytes], **changed: str) -> Path:
    """A PDF that prints the invoice and carries these files.

    Args:
        changed: what the page prints otherwise, by the names in `PRINTED`.
    """
    said = PRINTED | changed
    document = pymupdf.open()
    page = document.new_page()
    rows = [
        (60, 60, said["seller"]), (60, 74, "Walkerdamm 17, 24103 Kiel"),
        (60, 120, said["buyer"]), (60, 134, "Seestr. 3"), (60, 148, "24159 Kiel"),
        (60, 190, "Rechnung"), (330, 190, f"Rechnungsnummer: {said['number']}"),
        (330, 204, f"Rechnungsdatum: {said['day']}"),
        (330, 218, f"Lieferdatum: {said['delivered']}"),
        (330, 232, "Kundennummer: K-4711"), (330, 246, "Bestellnummer: B-99812"),
        *_row(280, "Art.-Nr.", "Bezeichnung", "Menge", "Einheit", "Einzelpreis", "Gesamt"),
        *_row(296, "SO-12", "Pegelsonde", "4", "Stk", "250,00", "1.000,00"),
        *_row(310, "KA-7", "Kabel geschirmt", "100", "m", "1,50", "150,00"),
        (360, 350, "Nettobetrag"), (480, 350, f"{said['net']} EUR"),
        (360, 364, "MwSt. 19 %"), (480, 364, f"{said['tax']} EUR"),
        (360, 378, "Gesamtbetrag"), (480, 378, f"{said['gross']} EUR"),
        (60, 420, f"Zahlbar bis: {said['due']}"),
        (60, 780, f"IBAN: {said['iban']}"), (300, 780, "USt-IdNr.: DE136695976"),
    ]  # fmt: skip
    for x, y, text in rows:
        page.insert_text((x, y), text, fontsize=10)
    for name, data in attached:
        document.embfile_add(name, data)
    document.save(path)
    return path


def _row(y: int, *cells: str) -> list[tuple[int, int, str]]:
    return [(x, y, cell) for x, cell in zip((60, 120, 260, 310, 370, 480), cells, strict=True)]


XFA_DATA = """<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>
  <LastName>Grünwald</LastName><Claim><Amount>120.50</Amount></Claim>
  <Claim><Amount>7.00</Amount></Claim><Empty/>
</form1></xfa:data></xfa:datasets>""".encode()


def xfa_pdf(path: Path, *, parts: bool = True, data: bytes = XFA_DATA) -> Path:
    """A dynamic form: a page that asks to wait, and what is filled in.

    Args:
        parts: its packets are streams of their own.
    """
    document = pymupdf.open()
    document.new_page().insert_text((50, 80), "Please wait... If this message is not eventually")
    stream = document.get_new_xref()
    document.update_object(stream, "<<>>")
    whole = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'>" + data + b"</xdp:xdp>"
    document.update_stream(stream, data if parts else whole)
    form = f"[(template) {stream} 0 R (datasets) {stream} 0 R]" if parts else f"{stream} 0 R"
    document.xref_set_key(document.pdf_catalog(), "AcroForm", f"<</Fields[]/XFA {form}>>")
    document.save(path)
    return path
