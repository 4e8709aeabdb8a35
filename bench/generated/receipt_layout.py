"""Everything about a receipt's looks that is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

from bench.generated.figures import Writing
from bench.generated.lots import Lots, chance, data, weighted
from bench.generated.pdf import Stream
from bench.generated.receipt_facts import ReceiptFacts


@dataclass(frozen=True)
class ReceiptLayout:
    """Where and how things stand; points, and names of ways to draw.

    Attributes:
        order: blocks below the head, from top to bottom.
        split: the total without its tax, the tax and the total with it stand below each other.
        count_beside: the number of things bought stands beside the total.
        balance: an amount that is none of the sums stands at the end.
    """

    width: float
    margin: float
    face: str
    size: float
    leading: float
    head_align: str
    head_size: float
    head_bold: bool
    scribble: bool
    registration: str
    branch: bool
    title: str
    phone: str
    tax_id: str
    order: tuple[str, ...]
    info: str
    date_with_time: bool
    date_caption: bool
    clock: str
    other_day: bool
    items: str
    item_heads: bool
    codes: bool
    tax_marks: bool
    sign_items: bool
    numbers_total: bool
    subtotal: bool
    tax_line: bool
    zeros: bool
    rounding: bool
    total_twice: bool
    total_big: bool
    caption_align: str
    colon_column: bool
    summary: bool
    split: bool
    count_beside: bool
    balance: bool
    paid: bool
    method: bool
    change: bool
    rules: str
    thanks: int
    writing: Writing
    stream: Stream


def receipt_layout(lots: Lots, facts: ReceiptFacts) -> ReceiptLayout:
    """Draw one that suits what has to be said."""
    words = data("countries")[facts.shop.country]
    head = chance(lots, 0.75)
    size = lots.choice([7, 7.5, 8, 8, 8.5, 9])
    return ReceiptLayout(
        width=lots.choice([170.0, 204.0, 226.0, 226.0, 240.0, 300.0, 380.0]),
        margin=lots.uniform(6, 18),
        face=weighted(lots, {"cour": 5, "helv": 4, "tiro": 1}),
        size=size,
        leading=lots.uniform(1.15, 1.5),
        head_align=weighted(lots, {"center": 8, "left": 2}),
        head_size=size + lots.choice([0, 0, 1, 2, 4, 6]),
        head_bold=chance(lots, 0.5),
        scribble=chance(lots, 0.1),
        registration=weighted(lots, {"below": 3, "beside": 2, "after address": 1, "none": 4}),
        branch=chance(lots, 0.2),
        title=weighted(lots, {"none": 3, "before": 0.5, "after head": 4, "after info": 1.5}),
        phone=weighted(lots, {"after address": 6, "in address": 1, "end": 0.6, "none": 2}),
        tax_id=weighted(lots, {"after phone": 5, "before address": 1, "end": 1, "none": 3}),
        order=("info", "items", "sums") if head else ("items", "sums", "info"),
        info=weighted(lots, {"lines": 4, "pairs": 3, "inline": 3}),
        date_with_time=chance(lots, 0.5),
        date_caption=chance(lots, 0.7),
        clock=lots.choice(["%H:%M", "%H:%M:%S", "%I:%M:%S %p", "%I:%M%p", "%H:%M"]),
        other_day=chance(lots, 0.08),
        items=weighted(lots, {"row": 4, "two": 4, "count first": 1.5, "total only": 1.5}),
        item_heads=chance(lots, 0.5),
        codes=chance(lots, 0.4),
        tax_marks=chance(lots, 0.3),
        sign_items=chance(lots, 0.1),
        numbers_total=chance(lots, 0.4),
        subtotal=chance(lots, 0.5) or facts.added,
        tax_line=facts.added or chance(lots, 0.5),
        zeros=chance(lots, 0.2),
        rounding=bool(facts.rounding) or chance(lots, 0.12),
        total_twice=chance(lots, 0.35),
        total_big=chance(lots, 0.35),
        caption_align=weighted(lots, {"left": 7, "right": 2}),
        colon_column=chance(lots, 0.2),
        summary=chance(lots, 0.35),
        split=not facts.added and chance(lots, 0.25),
        count_beside=chance(lots, 0.08),
        balance=chance(lots, 0.12),
        paid=chance(lots, 0.75),
        method=chance(lots, 0.1),
        change=chance(lots, 0.9),
        rules=weighted(lots, {"dashes": 4, "lines": 2, "stars": 0.5, "equals": 1, "none": 2}),
        thanks=lots.choice([0, 1, 1, 2, 3]),
        writing=Writing(
            number=lots.choice(words["numbers"]),
            day=lots.choice(words["dates"]),
            language={"en": "en_GB"}.get(facts.language, facts.language),
            sign=lots.choice(words["signs"]),
            place=weighted(lots, {"before": 3, "behind": 1, "none": 5}),
            glued=chance(lots, 0.5),
        ),
        stream=Stream("read", weighted(lots, {"runs": 7, "words": 3})),
    )
