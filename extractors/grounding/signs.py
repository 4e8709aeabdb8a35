"""Signs that a page gives an amount without printing them at it: by its column, row or title.

A number with another sign is another number. Yet a credit note prints what it gives back without
a minus, a column "Debit" too, and "Discount 10.00" takes ten off.
"""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.grounding.word_index import Span, WordIndex
from docglean.schemas.reading.texts import fold

_TAKES_OFF = frozenset(
    # en
    "discount discounts less deduction deductions rebate allowance credit credited refund refunded "
    "return returned debit debits withdrawal withdrawals paid payment payments out loss outflow "
    "overdrawn deposit prepaid retention correction reversal adjustment expenses costs "
    # de
    "rabatt nachlass abzug abzüglich abzgl skonto gutschrift erstattung soll belastung belastungen "
    "lastschrift ausgang ausgänge auszahlung anzahlung abschlag storno gezahlt retoure "
    # fr
    "remise rabais ristourne escompte avoir remboursement débit débits acompte réglé retenue "
    # es, pt
    "descuento reembolso devolución abono cargo cargos debe anticipo retención pagado desconto "
    "débito débitos devolução adiantamento retenção "
    # it, nl
    "sconto rimborso reso dare addebiti addebito uscite acconto ritenuta korting terugbetaling af "
    "afschrijving creditering aanbetaling "
    # sv, da, no, ms, id
    "rabat kredit återbetalning refusjon diskaun potongan keluar debet".split()
)
"""Words in the row or over the column of an amount that take it off or pay it out."""
_CREDIT_NOTES = (
    "credit note", "credit memo", "credit invoice", "refund", "gutschrift", "rechnungskorrektur",
    "stornorechnung", "storno", "avoir", "note de crédit", "facture d avoir", "nota de crédito",
    "factura rectificativa", "abono", "nota di credito", "creditnota", "creditfactuur",
    "kreditnota", "kreditfaktura",
)  # fmt: skip
"""What documents call themselves that give money back."""
SHORT = 6
"""Words of a row that may be a title."""


def gives_back(index: WordIndex) -> bool:
    """Whether the document is a credit note: its amounts may count as negative."""
    for row in index.rows:
        if len(row) <= SHORT:
            text = f" {fold(' '.join(index.words[word].text for word in row))} "
            if any(f" {name} " in text for name in _CREDIT_NOTES):
                return True
    return False


def taken_off(index: WordIndex, span: Span) -> bool:
    """Whether words in the row of an amount, or above it in its column, take it off."""
    first = span[0].word
    row = index.row_of[first]
    if _any(index, index.rows[row]):
        return True
    left, right = index.boxes[first][0], index.boxes[span[-1].word][2]
    above = (
        word
        for word in index.on(index.page_of[first])
        if index.row_of[word] < row
        and index.boxes[word][0] < right
        and index.boxes[word][2] > left
        and fold(index.words[word].text) in _TAKES_OFF
    )
    return any(True for _ in above)


def _any(index: WordIndex, words: Iterable[int]) -> bool:
    return any(
        part in _TAKES_OFF for word in words for part in fold(index.words[word].text).split()
    )
