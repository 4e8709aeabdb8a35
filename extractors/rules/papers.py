"""Papers that no built-in schema is for, told by what they call themselves.

A quotation has a seller, a number and a total as an invoice has, and is none: what it calls itself
stands alone in a heading at its top.
"""

from __future__ import annotations

import re

from docglean.extractors.rules.classify import type_words

TITLES = (
    "quotation|quote|estimate|cost estimate|offer|angebot|kostenvoranschlag|devis|offerte|"
    "presupuesto|cotización|preventivo|orçamento|"
    "delivery note|packing list|packing slip|lieferschein|packliste|bon de livraison|"
    "nota de entrega|albarán|bolla di consegna|documento di trasporto|pakbon|leveringsbon|"
    "guia de remessa|"
    "purchase order|order confirmation|bestellung|auftragsbestätigung|bon de commande|"
    "confirmation de commande|orden de compra|pedido|ordine d acquisto|conferma d ordine|"
    "bestelbon|orderbevestiging|ordem de compra|"
    "payslip|pay slip|salary slip|lohnabrechnung|gehaltsabrechnung|bulletin de paie|"
    "nómina|busta paga|loonstrook|recibo de vencimento|"
    "remittance advice|payment advice|zahlungsavis|avis de paiement|aviso de pago|"
    "reminder|payment reminder|zahlungserinnerung|mahnung|rappel|relance|recordatorio de pago|"
    "sollecito di pagamento|betalingsherinnering|aanmaning|"
    "lease|lease agreement|rental agreement|tenancy agreement|contract|agreement|mietvertrag|"
    "vertrag|contrat|contrat de location|contrato|contrato de arrendamiento|contratto|"
    "contratto di locazione|huurovereenkomst|"
    "curriculum vitae|cv|resume|lebenslauf|curriculum|"
    "certificate|zertifikat|certificat|certificado|certificato|certificaat"
)
"""As alternatives of an expression, in the languages of `classify.TYPE_LANGUAGES`."""
TOP, HEAD = 6, 14
"""Lines from the top in which a paper calls itself, and in which an invoice would."""
AN_OTHER = re.compile(rf"(?:\d\w{{0,3}} )?(?:{TITLES})(?: \(?\d\w*\)?)?", re.IGNORECASE)
_CELLS = re.compile(r"\s{2,}")


def calls_itself(text: str, *kinds: str) -> str:
    """What a paper of another kind than `kinds` calls itself; empty where it may be one of them.

    Args:
        text: of the first page, laid out as `PageWords.text` does it.
        kinds: names of built-in schemas.
    """
    lines = [line for line in text.splitlines() if line.strip()][:HEAD]
    cells = [[_plain(cell) for cell in _CELLS.split(line.strip())] for line in lines]
    own = type_words(*kinds)
    if any(own.search(cell) for row in cells for cell in row):
        return ""
    heads = [row[place] for row in cells[:TOP] for place in range(len(row))]
    return next((cell for cell in heads if AN_OTHER.fullmatch(cell)), "")


def _plain(cell: str) -> str:
    return " ".join(re.sub(r"[^\w()\s]", " ", cell).split())
