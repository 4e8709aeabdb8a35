"""The built-in schema ``receipt``."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds, Product, SumOf
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Clock, Code, Currency, Day, Money, Name, Number, Text
from pydantic import BaseModel, Field


class ReceiptLine(BaseModel):
    """One thing that was bought."""

    description: Annotated[
        str | None,
        Text(),
        Printed("Description", "Item", "Product", "Artikel", "Bezeichnung", "Désignation",
                "Article", "Descripción", "Artículo", "Descrizione", "Omschrijving", "Descrição",
                "Barang", "Keterangan"),
        Field(description="What was bought, without its number, quantity and price."),
    ] = None  # fmt: skip
    quantity: Annotated[
        Decimal | None,
        Number(),
        Printed("Qty", "Quantity", "Menge", "Anzahl", "Qté", "Quantité", "Cant.", "Cantidad",
                "Q.tà", "Quantità", "Aantal", "Qtd.", "Kuantiti", "Jml"),
        Field(description="How many, or the weight; null where the receipt prints none."),
    ] = None  # fmt: skip
    unit_price: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed("Unit price", "Price", "U/Price", "Einzelpreis", "Preis", "P.U.",
                "Prix unitaire", "Prix", "Precio", "Prezzo", "Prijs", "Preço", "Harga"),
        Field(description="Price of one, where it is printed."),
    ] = None  # fmt: skip
    line_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Printed("Amount", "Total", "Price", "Betrag", "Summe", "Montant", "Total TTC", "Importe",
                "Importo", "Totale", "Bedrag", "Totaal", "Valor", "Jumlah", "Amaun"),
        Field(description="What it came to; negative for a discount, deposit or return that is "
                          "given back."),
    ] = None  # fmt: skip


class Receipt(BaseModel):
    """A till receipt: a shop, restaurant or other business, when, what was bought, how much."""

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
        Printed("Tel", "Tel.", "Phone", "Telephone", "Telefon", "Téléphone", "Tél.", "Teléfono",
                "Telefono", "Telefoon", "Telefone", "Telp"),
        Field(description="Telephone number of the shop."),
    ] = None  # fmt: skip
    tax_id: Annotated[
        str | None,
        Code(),
        Printed("GST No.", "GST Reg No.", "GST ID", "SST No.", "VAT no.", "VAT Reg. No.", "ABN",
                "Tax ID", "USt-IdNr.", "USt-ID", "Steuernummer", "St.-Nr.", "N° TVA", "SIRET",
                "NIF", "CIF", "P. IVA", "Partita IVA", "BTW-nummer", "BTW nr.", "Contribuinte",
                "NPWP"),
        Field(description="The business's VAT, GST or other tax number."),
    ] = None  # fmt: skip
    receipt_number: Annotated[
        str | None,
        Code(),
        Printed("Receipt no.", "Receipt #", "Receipt", "Invoice no.", "Tax invoice no.", "Bill no.",
                "Bill #", "Doc no.", "Document no.", "Trans. no.", "Transaction", "Order no.",
                "Slip no.", "Check no.", "Bon-Nr.", "Belegnummer", "Beleg-Nr.", "Rechnungs-Nr.",
                "Ticket n°", "N° ticket", "Ticket", "Facture n°", "Nº ticket", "Factura",
                "Scontrino n.", "Documento n.", "Bonnr.", "Fatura simplificada", "Fatura",
                "No. Resit", "Resit", "No. Invois", "No. Nota"),
        Field(description="Number of the receipt, bill or simplified invoice."),
    ] = None  # fmt: skip
    date: Annotated[
        datetime.date | None,
        Day(),
        Printed("Date", "Invoice date", "Bill date", "Datum", "Fecha", "Data", "Tarikh",
                "Tanggal", "Tgl"),
        Field(description="Date of the purchase."),
    ] = None  # fmt: skip
    time: Annotated[
        datetime.time | None,
        Clock(),
        Printed("Time", "Uhrzeit", "Zeit", "Heure", "Hora", "Ora", "Tijd", "Masa", "Jam", "Waktu"),
        Field(description="Time of the purchase."),
    ] = None
    currency: Annotated[
        str | None,
        Currency(),
        Printed("Currency", "Währung", "Devise", "Moneda", "Valuta", "Moeda"),
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
        Printed("Subtotal", "Sub total", "Sub-total", "Total excl. GST", "Total (excluding GST)",
                "Zwischensumme", "Netto", "Sous-total", "Total HT", "Base imponible",
                "Subtotale", "Imponibile", "Subtotaal", "Jumlah kecil", "Subjumlah"),
        Field(description="Sum before taxes, rounding and discounts on the whole."),
    ] = None  # fmt: skip
    discount_total: Annotated[
        Decimal | None,
        Money(unsigned=True),
        Take("last"),
        Printed("Discount", "Total discount", "You saved", "Rabatt", "Remise", "Descuento",
                "Sconto", "Korting", "Desconto", "Diskaun", "Diskon"),
        Field(description="Discount on the whole receipt, as a positive amount."),
    ] = None  # fmt: skip
    tax_total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Tax", "Sales tax", "GST", "Total GST", "GST 6%", "GST amount", "SST",
                "Service tax", "VAT", "VAT amount", "Total tax", "MwSt.", "MwSt", "USt.",
                "Mehrwertsteuer", "TVA", "Montant TVA", "IVA", "Cuota IVA", "di cui IVA",
                "Totale IVA", "BTW", "Totaal BTW", "Total IVA", "Cukai", "PPN", "Pajak"),
        Field(description="All taxes together, also where they are within the prices."),
    ] = None  # fmt: skip
    service_charge: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Service charge", "Serv. charge", "Svc chg", "Bedienung", "Service", "Servicio",
                "Coperto", "Servizio", "Bediening", "Serviço", "Caj perkhidmatan"),
        Field(description="Charge for service or cover, without a tip that the guest adds."),
    ] = None  # fmt: skip
    tip: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Tip", "Gratuity", "Trinkgeld", "Pourboire", "Propina", "Mancia", "Fooi",
                "Gorjeta"),
        Field(description="Tip that the guest added."),
    ] = None  # fmt: skip
    rounding: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Rounding", "Rounding adj.", "Rounding adjustment", "Round adj", "Rundung",
                "Arrondi", "Redondeo", "Arrotondamento", "Afronding", "Arredondamento",
                "Pelarasan", "Penggenapan", "Pembundaran", "Pembulatan"),
        Field(description="What rounding added, negative where it took off."),
    ] = None  # fmt: skip
    total: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Total", "Grand total", "Total amount", "Total due", "Amount due", "Balance due",
                "Total payable", "Nett total", "Net total", "Total sales", "Total incl. GST",
                "Total (inclusive of GST)", "Total inclusive GST", "Total sales (incl GST)",
                "Total rounded", "Rounded total", "Total after rounding", "Total RM", "Bill total",
                "Summe", "Gesamtbetrag", "Gesamtsumme", "Gesamt", "Zu zahlen", "Total TTC",
                "Total à payer", "Net à payer", "Montant dû", "Total a pagar", "Importe total",
                "Totale", "Totale complessivo", "Totale euro", "Totaal", "Te betalen",
                "Jumlah", "Jumlah besar", "Jumlah keseluruhan", "Total bayar"),
        Field(description="What had to be paid in the end: with tax and after discounts and "
                          "rounding. Not the cash given, not the change."),
    ] = None  # fmt: skip
    payment_method: Annotated[
        str | None,
        Text(),
        Printed("Payment", "Payment mode", "Paid by", "Tender", "Zahlungsart", "Zahlart",
                "Mode de paiement", "Paiement", "Forma de pago", "Pagamento", "Betaalwijze",
                "Forma de pagamento", "Bayaran", "Pembayaran"),
        Field(description="How it was paid, as printed: CASH, VISA, EC-Karte."),
    ] = None  # fmt: skip
    paid: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Cash", "Paid", "Amount paid", "Tendered", "Cash tendered", "Cash received",
                "Payment", "Gegeben", "Bar", "Bargeld", "EC-Karte", "Espèces", "Reçu", "CB",
                "Efectivo", "Entregado", "Contanti", "Contante", "Pagato", "Contant", "Pin",
                "Betaald", "Dinheiro", "Entregue", "Tunai", "Bayaran", "Bayar"),
        Field(description="What the buyer handed over or was charged."),
    ] = None  # fmt: skip
    change: Annotated[
        Decimal | None,
        Money(credit="negative"),
        Take("last"),
        Printed("Change", "Change due", "Cash change", "Rückgeld", "Zurück", "Wechselgeld",
                "Rendu", "Monnaie rendue", "Cambio", "Resto", "Wisselgeld", "Terug", "Troco",
                "Baki", "Kembali", "Kembalian"),
        Field(description="What the buyer got back."),
    ] = None  # fmt: skip

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
