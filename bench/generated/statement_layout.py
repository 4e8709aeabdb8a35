"""Everything about a statement's looks that is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

from bench.generated.figures import Writing
from bench.generated.lots import Lots, chance, data, weighted
from bench.generated.pdf import Stream
from bench.generated.sheet import Type
from bench.generated.statement_facts import StatementFacts

LOCALES = {"en": "en_GB"}
TOLD = {"iban": 0.7, "account_number": 0.5, "bic": 0.4, "statement_number": 0.6,
        "statement_date": 0.6, "period": 0.65, "currency": 0.4, "account_holder": 0.3}  # fmt: skip
"""What a statement tells of itself, by how often."""


@dataclass(frozen=True)
class StatementLayout:
    """Where and how things stand; points, and names of ways to draw.

    Attributes:
        amounts: signed, trailing (the sign behind), letters (S and H, DR and CR), or two columns.
        opening: whether the balance before stands in the table, above it, or both.
        days: whole, short (without the year) or once (for several rows).
    """

    width: float
    height: float
    margin: float
    type: Type
    head: Type
    leading: float
    info: str
    told: tuple[str, ...]
    holder_right: bool
    columns: tuple[str, ...]
    amounts: str
    plus: bool
    opening: str
    totals: str
    carry: bool
    days: str
    rules: str
    head_fill: bool
    gap: float
    joined: bool
    writing: Writing
    stream: Stream


def statement_layout(lots: Lots, facts: StatementFacts) -> StatementLayout:
    """Draw one."""
    words = data("countries")[facts.bank.country]
    face = weighted(lots, {"helv": 7, "tiro": 1.5, "cour": 2})
    amounts = weighted(lots, {"signed": 3, "trailing": 1.5, "letters": 1.5, "two": 4})
    shares = {"value_date": 0.4, "reference": 0.2, "balance": 0.45}
    money = ["debit", "credit"] if amounts == "two" else ["amount"]
    if amounts == "two" and chance(lots, 0.2):
        money.reverse()
    kept = [name for name, share in shares.items() if chance(lots, share)]
    columns = ["date", *(["value_date"] if "value_date" in kept else []), "description",
               *(["reference"] if "reference" in kept else []), *money,
               *(["balance"] if "balance" in kept else [])]  # fmt: skip
    if "value_date" in columns and chance(lots, 0.25):
        columns.remove("value_date")
        columns.insert(columns.index("description") + 1, "value_date")
    number = lots.choice(words["numbers"])
    days = [one for one in words["dates"] if "MMMM" not in one and "EEEE" not in one]
    return StatementLayout(
        width=612.0 if facts.bank.country == "US" else 595.0,
        height=792.0 if facts.bank.country == "US" else 842.0,
        margin=lots.uniform(36, 64),
        type=Type(face, lots.choice([7.5, 8, 8.5, 9, 9.5]) - (face == "cour")),
        head=Type("helv" if face == "cour" else face, lots.choice([12, 15, 18, 22]), bold=True),
        leading=lots.uniform(1.2, 1.45),
        info=weighted(lots, {"beside": 5, "run": 3, "above": 2}),
        told=_told(lots),
        holder_right=chance(lots, 0.25),
        columns=tuple(columns),
        amounts=amounts,
        plus=chance(lots, 0.3),
        opening=weighted(lots, {"row": 5, "above": 3, "both": 1}),
        totals=weighted(lots, {"none": 4, "below": 3, "above": 2}),
        carry=chance(lots, 0.6),
        days=weighted(lots, {"whole": 5, "short": 2.5, "once": 1.5}),
        rules=weighted(lots, {"none": 3, "head": 4, "rows": 2, "zebra": 1}),
        head_fill=chance(lots, 0.3),
        gap=lots.choice([0, 1, 3, 5]),
        joined=chance(lots, 0.3),
        writing=Writing(number, lots.choice(days), LOCALES.get(facts.language, facts.language),
                        lots.choice(words["signs"]), "none", glued=False),
        stream=Stream(weighted(lots, {"read": 6, "shuffled": 2, "backward": 1}),
                      weighted(lots, {"runs": 7, "words": 3})),
    )  # fmt: skip


def _told(lots: Lots) -> tuple[str, ...]:
    told = [name for name, share in TOLD.items() if chance(lots, share)]
    lots.shuffle(told)
    return tuple(told)
