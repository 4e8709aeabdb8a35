"""The built-in schema ``invoice``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import Iban, NotBefore, VatId
from docglean.schemas.checks.sums import Adds, Product, SumOf
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Choice, Code, Currency, Day, Money, Name, Number, Text
from pydantic import BaseModel, Field


class LineItem(BaseModel):
    """One line of the invoice's table: goods or services with their price."""

    article_number: Annotated[
        str | None,
        Code(),
        Printed(
            "Item no.", "Item code", "Article no.", "SKU", "Part no.", "Product code",
            "Artikelnummer", "Artikel-Nr.", "Art.-Nr.", "Référence", "Réf.", "Code article",
            "Referencia", "Código", "Codice", "Cod. articolo", "Artikelnr.", "Referência",
        ),
        Field(description="The seller's number or code for the article, not the line's position."),
    ] = None  # fmt: skip
    description: Annotated[
        str | None,
        Text(),
        Printed(
            "Description", "Item", "Product", "Service", "Details", "Particulars", "Article",
            "Beschreibung", "Bezeichnung", "Artikel", "Leistung", "Artikelbezeichnung",
            "Désignation", "Libellé", "Descripción", "Concepto", "Descrizione", "Omschrijving",
            "Descrição",
        ),
        Field(description="What was delivered or done, all lines of its text joined."),
    ] = None  # fmt: skip
    quantity: Annotated[
        Decimal | None,
        Number(),
        Printed(
            "Quantity", "Qty", "Units", "Hours", "Menge", "Anzahl", "Stück", "Stk.", "Quantité",
            "Qté", "Cantidad", "Cant.", "Uds.", "Quantità", "Q.tà", "Qtà", "Aantal",
            "Quantidade", "Qtd.",
        ),
        Field(description="How many, without the unit."),
    ] = None  # fmt: skip
    unit: Annotated[
        str | None,
        Text(),
        Printed(
            "Unit", "UoM", "Einheit", "ME", "Unité", "Unidad", "U.M.", "Unità", "Eenheid",
            "Unidade",
        ),
        Field(description="Unit of the quantity as printed: pcs, Std., kg."),
    ] = None  # fmt: skip
    unit_price: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed(
            "Unit price", "Price", "Rate", "Price per unit", "Unit cost", "Einzelpreis",
            "E-Preis", "Stückpreis", "Preis", "Prix unitaire", "P.U.", "PU HT",
            "Prix unitaire HT", "Precio unitario", "Precio", "Prezzo unitario", "Prezzo",
            "Prijs", "Stukprijs", "Eenheidsprijs", "Preço unitário", "Preço",
        ),
        Field(description="Price of one unit, before tax where the invoice gives both."),
    ] = None  # fmt: skip
    discount: Annotated[
        str | None,
        Text(),
        Printed("Discount", "Disc.", "Rabatt", "Remise", "Descuento", "Dto.", "Sconto", "Korting",
                "Desconto"),
        Field(description="Discount on this line as printed, an amount or a percentage."),
    ] = None  # fmt: skip
    tax_rate: Annotated[
        Decimal | None,
        Number(),
        Printed(
            "VAT %", "VAT rate", "VAT", "Tax rate", "Tax %", "Tax", "GST %", "MwSt.", "MwSt. %",
            "USt.", "USt. %", "TVA", "TVA %", "IVA", "IVA %", "Aliquota", "BTW", "BTW %",
            "Taxa IVA",
        ),
        Field(description="Tax rate of this line in per cent: 19 for 19 %."),
    ] = None  # fmt: skip
    line_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed(
            "Amount", "Total", "Line total", "Net amount", "Total price", "Extended price",
            "Betrag", "Gesamt", "Gesamtpreis", "Gesamtbetrag", "Summe", "Nettobetrag", "Montant",
            "Montant HT", "Total HT", "Prix total", "Importe", "Total línea", "Importo",
            "Totale", "Bedrag", "Totaal", "Valor", "Valor total",
        ),
        Field(description="What this line comes to, before tax where the invoice gives both."),
    ] = None  # fmt: skip


class TaxLine(BaseModel):
    """One line of the tax summary: one rate with what it was charged on."""

    rate: Annotated[
        Decimal | None,
        Number(),
        Printed("Rate", "VAT rate", "VAT %", "Tax rate", "Steuersatz", "MwSt. %", "Taux",
                "Taux TVA", "Tipo", "% IVA", "Aliquota", "Tarief", "BTW %", "Taxa"),
        Field(description="Tax rate in per cent: 19 for 19 %."),
    ] = None  # fmt: skip
    net: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed("Net", "Taxable amount", "Basis", "Netto", "Bemessungsgrundlage", "Base HT",
                "Base imponible", "Imponibile", "Grondslag", "Base tributável", "Incidência"),
        Field(description="Amount that this rate is charged on."),
    ] = None  # fmt: skip
    tax: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed("Tax", "VAT", "VAT amount", "Tax amount", "Steuer", "Steuerbetrag", "MwSt.",
                "Montant TVA", "TVA", "Cuota", "Cuota IVA", "Imposta", "BTW", "BTW-bedrag",
                "Valor IVA"),
        Field(description="Tax at this rate."),
    ] = None  # fmt: skip


class Invoice(BaseModel):
    """An invoice or credit note: who bills whom, for what, how much, and where to pay."""

    document_type: Annotated[
        Literal["invoice", "credit_note", "proforma", "reminder"] | None,
        Choice(
            ("invoice", "credit_note", "proforma", "reminder"),
            words={
                "invoice": ("Tax invoice", "Rechnung", "Facture", "Factura", "Fattura",
                            "Factuur", "Fatura"),
                "credit_note": ("Credit note", "Credit memo", "Gutschrift", "Rechnungskorrektur",
                                "Avoir", "Factura rectificativa", "Nota di credito",
                                "Creditnota", "Nota de crédito"),
                "proforma": ("Pro forma invoice", "Proforma-Rechnung", "Facture proforma",
                             "Factura proforma", "Fattura proforma"),
                "reminder": ("Payment reminder", "Mahnung", "Zahlungserinnerung", "Rappel",
                             "Recordatorio de pago", "Sollecito di pagamento", "Herinnering"),
            },
        ),
        Field(description="What the document calls itself; a partial or final invoice is an "
                          "invoice."),
    ] = None  # fmt: skip
    invoice_number: Annotated[
        str | None,
        Code(),
        Printed(
            "Invoice number", "Invoice no.", "Invoice #", "Invoice", "Inv. no.", "Bill number",
            "Credit note no.", "Document no.", "Rechnungsnummer", "Rechnungs-Nr.",
            "Rechnung Nr.", "Rechnung", "Belegnummer", "Gutschrift Nr.", "Numéro de facture",
            "Facture n°", "N° de facture", "Facture", "Avoir n°", "Número de factura",
            "Factura nº", "Nº factura", "Factura", "Numero fattura", "Fattura n.", "Fattura",
            "Factuurnummer", "Factuurnr.", "Número da fatura", "Fatura n.º", "Fatura",
        ),
        Field(description="Number of this document, as printed."),
    ] = None  # fmt: skip
    issue_date: Annotated[
        date | None,
        Day(),
        Printed(
            "Invoice date", "Date of issue", "Date issued", "Issue date", "Bill date", "Date",
            "Rechnungsdatum", "Ausstellungsdatum", "Belegdatum", "Datum", "Date de facture",
            "Date de facturation", "Date d'émission", "Fecha de factura", "Fecha de emisión",
            "Fecha", "Data fattura", "Data di emissione", "Data", "Factuurdatum",
            "Data da fatura", "Data de emissão",
        ),
        Field(description="Date of the invoice."),
    ] = None  # fmt: skip
    delivery_date: Annotated[
        date | None,
        Day(),
        Printed(
            "Delivery date", "Date of supply", "Service date", "Tax point", "Lieferdatum",
            "Leistungsdatum", "Liefertermin", "Date de livraison", "Fecha de entrega",
            "Data di consegna", "Leverdatum", "Data de entrega",
        ),
        Field(description="Day on which goods or services were supplied; the first of a period."),
    ] = None  # fmt: skip
    due_date: Annotated[
        date | None,
        Day(),
        Printed(
            "Due date", "Payment due", "Pay by", "Due", "Fälligkeitsdatum", "Fällig am",
            "Zahlbar bis", "Fällig", "Date d'échéance", "Échéance", "Fecha de vencimiento",
            "Vencimiento", "Data di scadenza", "Scadenza", "Vervaldatum", "Data de vencimento",
            "Vencimento",
        ),
        Field(description="Last day for payment, where a date is printed; null for a number of "
                          "days only."),
    ] = None  # fmt: skip
    order_number: Annotated[
        str | None,
        Code(),
        Printed(
            "Order number", "Order no.", "Order ID", "Purchase order", "PO number", "P.O. no.",
            "Your order", "Bestellnummer", "Bestell-Nr.", "Auftragsnummer", "Auftrags-Nr.",
            "Numéro de commande", "N° de commande", "Commande", "Número de pedido", "Pedido",
            "Numero ordine", "Ordine n.", "Ordernummer", "Bestelnummer", "Encomenda n.º",
        ),
        Field(description="The buyer's order that this invoice answers."),
    ] = None  # fmt: skip
    customer_number: Annotated[
        str | None,
        Code(),
        Printed(
            "Customer number", "Customer no.", "Customer ID", "Account no.", "Client no.",
            "Kundennummer", "Kunden-Nr.", "Kd.-Nr.", "Numéro client", "N° client", "Code client",
            "Número de cliente", "Nº cliente", "Codice cliente", "Klantnummer", "Cliente n.º",
        ),
        Field(description="Number under which the seller keeps the buyer."),
    ] = None  # fmt: skip
    seller_name: Annotated[
        str | None,
        Name(),
        Printed(
            "Seller", "From", "Supplier", "Vendor", "Sold by", "Issued by", "Verkäufer",
            "Lieferant", "Rechnungssteller", "Vendeur", "Fournisseur", "Émetteur", "Vendedor",
            "Proveedor", "Emisor", "Venditore", "Fornitore", "Cedente", "Verkoper",
            "Leverancier", "Fornecedor",
        ),
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
        Printed(
            "VAT number", "VAT no.", "VAT ID", "VAT Reg. No.", "VAT registration number",
            "GSTIN", "GST no.", "GST Reg. No.", "ABN", "USt-IdNr.", "USt-ID", "USt.-IdNr.",
            "UID", "Umsatzsteuer-Identifikationsnummer", "N° TVA", "N° TVA intracommunautaire",
            "TVA intracom.", "NIF", "CIF", "NIF/CIF", "P. IVA", "Partita IVA", "P.IVA",
            "BTW-nummer", "BTW nr.", "NIPC", "Contribuinte n.º",
        ),
        Field(description="The seller's VAT or sales tax number with its country letters, as "
                          "printed."),
    ] = None  # fmt: skip
    buyer_name: Annotated[
        str | None,
        Name(),
        Printed(
            "Bill to", "Billed to", "Invoice to", "Sold to", "Buyer", "Customer", "Client", "To",
            "Rechnungsempfänger", "Rechnung an", "Rechnungsadresse", "Kunde", "Käufer",
            "Facturé à", "Adresse de facturation", "Acheteur", "Facturar a", "Cliente",
            "Comprador", "Spettabile", "Spett.le", "Destinatario", "Factuur aan", "Klant",
            "Faturar a", "Exmo. Sr.",
        ),
        Field(description="Firm or person that is billed, without the address."),
    ] = None  # fmt: skip
    buyer_address: Annotated[
        str | None,
        Text(),
        Field(description="The billed party's postal address on one line, without the name."),
    ] = None
    buyer_vat_id: Annotated[
        str | None,
        Code(),
        Printed(
            "Customer VAT number", "Your VAT number", "Buyer's VAT ID", "Ihre USt-IdNr.",
            "USt-IdNr. des Kunden", "N° TVA client", "Votre n° TVA", "NIF cliente",
            "P. IVA cliente", "Uw BTW-nummer", "NIF do cliente",
        ),
        Field(description="The buyer's VAT or sales tax number."),
    ] = None  # fmt: skip
    currency: Annotated[
        str | None,
        Currency(),
        Printed("Currency", "Währung", "Devise", "Monnaie", "Moneda", "Divisa", "Valuta", "Moeda"),
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
        Printed("Discount", "Total discount", "Rabatt", "Nachlass", "Remise", "Escompte",
                "Descuento", "Sconto", "Korting", "Desconto"),
        Field(description="Discount on the whole invoice, as a positive amount."),
    ] = None  # fmt: skip
    shipping_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed("Shipping", "Shipping & handling", "Delivery", "Freight", "Postage", "Versand",
                "Versandkosten", "Porto", "Fracht", "Frais de port", "Livraison",
                "Gastos de envío", "Portes", "Spese di spedizione", "Trasporto",
                "Verzendkosten"),
        Field(description="Charge for delivery that stands beside the lines."),
    ] = None  # fmt: skip
    net_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed(
            "Subtotal", "Sub-total", "Net", "Net total", "Total net", "Net amount",
            "Total excl. VAT", "Total before tax", "Taxable amount", "Taxable value",
            "Nettobetrag",
            "Summe netto", "Netto",
            "Gesamt netto", "Zwischensumme", "Nettosumme", "Rechnungssumme ohne USt.",
            "Gesamtbetrag ohne USt.", "Summe ohne MwSt.", "Total HT", "Montant HT", "Sous-total",
            "Total hors taxe", "Base imponible", "Imponibile", "Totale imponibile",
            "Totale netto", "Totaal excl. BTW", "Subtotaal", "Total sem IVA", "Total ilíquido",
        ),
        Field(description="Sum before tax, after discounts."),
    ] = None  # fmt: skip
    taxes: Annotated[
        list[TaxLine],
        Field(description="The tax summary, one entry for each rate."),
    ] = []
    tax_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed(
            "VAT", "Total VAT", "Tax", "Sales tax", "Total tax", "GST", "VAT amount",
            "Value added tax", "Goods and services tax", "MwSt.",
            "Mehrwertsteuer", "USt.", "Umsatzsteuer", "Steuerbetrag", "zzgl. MwSt.", "TVA",
            "Total TVA", "Montant TVA", "Taxe sur la valeur ajoutée", "IVA", "Total IVA",
            "Cuota IVA", "Totale IVA", "Imposta", "BTW", "Totaal BTW", "BTW-bedrag", "Valor do IVA",
        ),
        Field(description="All taxes together; 0 where the invoice says that there is none."),
    ] = None  # fmt: skip
    grand_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed(
            "Total", "Grand total", "Invoice total", "Total amount", "Total incl. VAT",
            "Total due", "Gesamtbetrag", "Rechnungsbetrag", "Gesamtsumme", "Endbetrag",
            "Bruttobetrag", "Bruttosumme", "Rechnungssumme", "Summe brutto", "Gesamt brutto",
            "Gesamt", "Total TTC", "Montant TTC", "Montant total", "Total factura",
            "Importe total", "Totale fattura", "Totale documento", "Totale", "Totaal",
            "Totaal incl. BTW", "Factuurbedrag", "Total da fatura", "Total com IVA",
        ),
        Field(description="Sum of the invoice with tax."),
    ] = None  # fmt: skip
    paid_amount: Annotated[
        Decimal | None,
        Money(unsigned=True),
        Take("last"),
        Printed(
            "Paid", "Amount paid", "Prepaid", "Deposit", "Less payments", "Bereits gezahlt",
            "Erhaltene Anzahlungen", "Anzahlung", "Vorauszahlung", "Abschlag", "Acompte",
            "Déjà réglé", "Acompte versé", "Pagado", "Anticipo", "Acconto", "Reeds betaald",
            "Aanbetaling", "Pago", "Adiantamento",
        ),
        Field(description="What has been paid already, as a positive amount."),
    ] = None  # fmt: skip
    amount_due: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed(
            "Amount due", "Balance due", "Total due", "Amount payable", "Please pay",
            "Zahlbetrag", "Zu zahlen", "Zahlungsbetrag", "Offener Betrag", "Restbetrag",
            "Fälliger Betrag", "Noch zu zahlen", "Net à payer", "Reste à payer", "Solde à payer",
            "Montant dû", "Total a pagar", "Importe a pagar", "Netto a pagare",
            "Totale da pagare", "Te betalen", "Openstaand bedrag", "Valor a pagar",
        ),
        Field(description="What is still to be paid; the total less what was paid before."),
    ] = None  # fmt: skip
    iban: Annotated[
        str | None,
        Code(),
        Printed("IBAN", "IBAN No.", "Bank account", "Account no.", "Bankverbindung",
                "Coordonnées bancaires", "Cuenta bancaria", "Coordinate bancarie", "Rekening"),
        Field(description="Account to pay to, the first if there are several."),
    ] = None  # fmt: skip
    bic: Annotated[
        str | None,
        Code(),
        Printed("BIC", "SWIFT", "BIC/SWIFT", "SWIFT/BIC", "SWIFT code"),
        Field(description="BIC (SWIFT code) of that account's bank."),
    ] = None
    payment_terms: Annotated[
        str | None,
        Text(),
        Printed("Payment terms", "Terms", "Zahlungsbedingungen", "Zahlungsziel",
                "Conditions de paiement", "Condiciones de pago", "Forma de pago",
                "Condizioni di pagamento", "Pagamento", "Betalingstermijn",
                "Betalingsvoorwaarden", "Condições de pagamento"),
        Field(description="How and until when to pay, as printed."),
    ] = None  # fmt: skip

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
