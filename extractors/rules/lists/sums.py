"""Rows of tables that are no items: what adds up others, or is carried over from page to page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any, TypeVar

from docglean.extractors.rules.fields.field_names import fit, tokens
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money, Number
from docglean.schemas.kinds.figures import as_decimal

FITS = 0.85
MOST_WORDS = 6
"""Words of a row that is named as a sum; more describe something."""

_CARRIED = (
    # en
    "carried forward|brought forward|balance carried forward|balance brought forward|carried over|"
    "amount carried forward|amount brought forward|total carried forward|total brought forward|"
    "subtotal carried forward|subtotal brought forward|brought over|c/f|b/f|c/fwd|b/fwd|c/d|b/d|"
    "balance c/f|balance b/f|balance c/fwd|balance b/fwd|balance c/d|balance b/d|"
    "carry over|carry forward|carryover|"
    # de
    "übertrag|vortrag|saldovortrag|übertrag von|übertrag auf|zwischensumme übertrag|übertrag vor|"
    "übertrag zwischensumme|summe übertrag|"
    # fr
    "report|à reporter|report précédent|sous total à reporter|total à reporter|montant reporté|"
    "report de la|report à nouveau|total reporté|"
    # es, pt
    "suma y sigue|suma anterior|suma y siguen|a reportar|reporte|reporte anterior|suma reportada|"
    "viene de|total anterior|a transportar|transporte|transportado|saldo transportado|"
    # it, nl
    "riporto|a riportare|da riportare|totale a riportare|riporto a nuovo|transport|"
    "te transporteren|transporteren|overdracht|overgebracht|over te brengen|transport van|"
    # sv, da, no, fi, pl, cs, ms
    "överfört|att överföra|overført|at overføre|siirto|do przeniesienia|z przeniesienia|převod|"
    "převedeno|bawa ke hadapan|dibawa ke hadapan|dipindahkan"
)
_BALANCES = (
    "opening balance|closing balance|starting balance|ending balance|previous balance|new balance|"
    "start balance|end balance|alter saldo|neuer saldo|anfangssaldo|endsaldo|schlusssaldo|"
    "alter kontostand|neuer kontostand|solde initial|solde final|ancien solde|nouveau solde|"
    "solde précédent|saldo inicial|saldo final|saldo anterior|saldo iniziale|saldo finale|"
    "beginsaldo|eindsaldo|vorig saldo|nieuw saldo|saldo awal|saldo akhir|baki awal|baki akhir"
)
_TOTALS = (
    "total|subtotal|sub total|grand total|net total|gross total|total net|total amount|total due|"
    "amount due|balance due|summe|zwischensumme|gesamtsumme|gesamtbetrag|gesamt|nettobetrag|"
    "bruttobetrag|nettosumme|bruttosumme|rechnungssumme|endsumme|rechnungsbetrag|endbetrag|"
    "sous total|total ht|total ttc|montant total|net à payer|importe total|totale|subtotale|"
    "totale complessivo|totaal|subtotaal|eindtotaal|total geral|jumlah|jumlah besar|vat|sales tax|"
    "umsatzsteuer|mehrwertsteuer|zzgl umsatzsteuer|suma|razem|celkem|summa|i alt|yhteensä"
)
_PAGES = frozenset("page seite blatt pagina pag sida side strona strana halaman number".split())
_NAMES = [tokens(text) for text in "|".join((_CARRIED, _BALANCES, _TOTALS)).split("|")]


def names_a_sum(words: tuple[str, ...]) -> bool:
    """Whether words of a row, made comparable (`field_names.tokens`), name a total of rows above
    it, or what is carried over: "Subtotal", "Übertrag von Seite 1"."""
    bare = tuple(word for word in words if word not in _PAGES) or words
    return len(bare) <= MOST_WORDS and any(fit(name, bare) >= FITS for name in _NAMES)


SeenT = TypeVar("SeenT")


def without_carried(
    rows: Sequence[tuple[dict[str, Any], SeenT]], item: Field
) -> list[tuple[dict[str, Any], SeenT]]:
    """Items without those that repeat the sum of all before them and say nothing else.

    What is carried over is told by its amount in any language: among items with a quantity or a
    price it has but an amount, that of two items or more before it.
    """
    figures = [leaf.name for leaf in item.children if isinstance(leaf.kind, Number)]
    amounts = [leaf.name for leaf in item.children if isinstance(leaf.kind, Money)]
    counts = [sum(values.get(name) is not None for name in figures) for values, _ in rows]
    if not amounts or not counts or median(counts) < 2:
        return list(rows)
    kept: list[tuple[dict[str, Any], SeenT]] = []
    running, added = Decimal(0), 0
    for (values, seen), count in zip(rows, counts, strict=True):
        amount = _amount(values, amounts)
        if amount is not None and count == 1 and added >= 2 and amount == running:
            continue
        kept.append((values, seen))
        if amount is not None:
            running, added = running + amount, added + 1
    return kept


def _amount(values: Mapping[str, Any], amounts: Sequence[str]) -> Decimal | None:
    """What an item comes to: its last amount."""
    given = [as_decimal(values.get(name)) for name in amounts]
    return next((one for one in reversed(given) if one is not None), None)
