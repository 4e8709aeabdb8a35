"""Everything about an invoice's looks that is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

from bench.generated.figures import Writing
from bench.generated.invoice_facts import InvoiceFacts
from bench.generated.lots import Lots, chance, data, sample, weighted
from bench.generated.pdf import Stream

SIZES = {"A4": (595.0, 842.0), "Letter": (612.0, 792.0)}
EXTRAS = ("phone", "fax", "email", "tax_number", "delivery_note", "our_ref", "contact", "printed",
          "order_date", "project")  # fmt: skip
ORDERS = (
    "position article_number description quantity unit unit_price discount tax_rate line_total",
    "position quantity unit article_number description unit_price discount tax_rate line_total",
    "article_number quantity unit description tax_rate unit_price discount line_total",
    "description unit_price quantity unit discount tax_rate line_total",
    "quantity unit description article_number unit_price tax_rate line_total",
    "position description article_number tax_rate quantity unit unit_price line_total",
    "description quantity unit tax_rate unit_price discount line_total position",
)
KEPT = {"position": 0.45, "article_number": 0.4, "description": 1.0, "quantity": 0.95, "unit": 0.5,
        "unit_price": 0.93, "discount": 1.0, "tax_rate": 0.45, "line_total": 1.0}  # fmt: skip
TINTS = ((0.9, 0.9, 0.9), (0.8, 0.9, 1.0), (0.95, 0.93, 0.85), (0.85, 0.95, 0.87))
INKS = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.1, 0.15, 0.4), (0.25, 0.25, 0.25), (0.5, 0.1, 0.1))


@dataclass(frozen=True)
class InvoiceLayout:
    """Where and how things stand; shares, points and names of ways to draw."""

    width: float
    height: float
    margin: float
    face: str
    head_face: str
    size: float
    leading: float
    ink: tuple[float, float, float]
    tint: tuple[float, float, float]
    letterhead: str
    name_size: float
    name_upper: bool
    head_details: bool
    logo: bool
    top: float
    sender_line: bool
    addressee: str
    addressee_heading: bool
    parties_boxed: bool
    ship_to: bool
    buyer_vat: bool
    title: str
    title_size: float
    info: str
    info_side: str
    fields: tuple[str, ...]
    extras: tuple[str, ...]
    greeting: bool
    columns: tuple[str, ...]
    unit_with_quantity: bool
    rules: str
    headed: bool
    head_fill: bool
    head_upper: bool
    head_align: bool
    row_gap: float
    amounts_last: bool
    carry: bool
    price_places: int
    percent: str
    quantity_places: bool
    discount_minus: bool
    tens: bool
    small_more: bool
    joined: bool
    head_bold: bool
    sums: str
    sums_align: str
    rate_lines: bool
    rate_base: bool
    tax_table: str
    net_shown: bool
    due_shown: bool
    previous_shown: bool
    terms: str
    bank: str
    footer: int
    page_number: str
    writing: Writing
    stream: Stream


def invoice_layout(lots: Lots, facts: InvoiceFacts) -> InvoiceLayout:
    """Draw one that suits what has to be said."""
    country = facts.seller.country
    german, english = country in ("DE", "AT", "CH"), facts.language == "en"
    width, height = SIZES["Letter" if country == "US" else "A4"]
    face = weighted(lots, {"helv": 0.72, "tiro": 0.18, "cour": 0.1})
    right = chance(lots, 0.55 if country in ("FR", "IT", "ES", "PT") else 0.12)
    taxed = len(facts.taxes) > 1
    return InvoiceLayout(
        width=width,
        height=height,
        margin=lots.uniform(36, 70),
        face=face,
        head_face=face if chance(lots, 0.7) else lots.choice(["helv", "tiro"]),
        size=lots.choice([7.5, 8, 8.5, 9, 9, 9.5, 10, 10, 11]) - (face == "cour"),
        leading=lots.uniform(1.2, 1.5),
        ink=lots.choice(INKS),
        tint=lots.choice(TINTS),
        letterhead=weighted(
            lots, {"left": 3, "right": 3, "center": 1.5, "band": 1, "split": 1.5, "none": 1}
        ),
        name_size=lots.choice([10, 11, 12, 14, 16, 18, 20, 24, 28]),
        name_upper=chance(lots, 0.15),
        head_details=chance(lots, 0.6),
        logo=chance(lots, 0.35),
        top=lots.uniform(30, 60),
        sender_line=chance(lots, 0.65 if german else 0.08),
        addressee="right" if right else "left",
        addressee_heading=chance(lots, 0.8 if english else 0.15 if german else 0.45),
        parties_boxed=chance(lots, 0.12),
        ship_to=chance(lots, 0.16),
        buyer_vat=chance(lots, 0.3),
        title=weighted(lots, {"before": 4, "top": 2.5, "numbered": 2, "none": 0.6}),
        title_size=lots.choice([10, 12, 14, 16, 18, 22]),
        info=weighted(
            lots,
            {
                "beside": 4,
                "above": 1.5,
                "table": 1.5,
                "inline": 1,
                "dotted": 0.6,
                "run": 2,
                "sentence": 0.7,
            },
        ),
        info_side=weighted(lots, {"right": 5, "left": 2.5, "full": 1}),
        fields=_fields(lots),
        extras=tuple(sample(lots, EXTRAS, lots.choice([0, 0, 1, 1, 2, 3, 4]))),
        greeting=chance(lots, 0.4),
        columns=_columns(lots, facts),
        unit_with_quantity=chance(lots, 0.45),
        rules=weighted(
            lots, {"none": 2, "head": 3, "rows": 2, "grid": 2, "zebra": 1.3, "sides": 0.8}
        ),
        headed=chance(lots, 0.96),
        head_fill=chance(lots, 0.35),
        head_upper=chance(lots, 0.15),
        head_align=chance(lots, 0.8),
        row_gap=lots.choice([0, 1, 2, 4, 7]),
        amounts_last=chance(lots, 0.12),
        carry=chance(lots, 0.6),
        price_places=3 if chance(lots, 0.04) else 2,
        percent=lots.choice(["%", " %", ""]),
        quantity_places=chance(lots, 0.12),
        discount_minus=chance(lots, 0.3),
        tens=chance(lots, 0.1),
        small_more=chance(lots, 0.35),
        joined=chance(lots, 0.3),
        head_bold=chance(lots, 0.65),
        sums=weighted(lots, {"right": 4, "columns": 3, "boxed": 1.5, "across": 1, "left": 0.7}),
        sums_align=lots.choice(["left", "right"]),
        rate_lines=taxed and chance(lots, 0.5),
        rate_base=chance(lots, 0.35),
        tax_table=weighted(lots, {"none": 4 if not taxed else 1.5, "after": 1.2, "before": 0.5}),
        net_shown=chance(lots, 0.88),
        due_shown=chance(lots, 0.15),
        previous_shown=chance(lots, 0.05),
        terms=weighted(lots, {"within": 2, "by day": 2, "caption": 1, "none": 2}),
        bank=weighted(lots, {"footer": 3, "below": 4, "head": 0.5, "none": 0.8}),
        footer=weighted(lots, {0: 2, 1: 1.5, 2: 1, 3: 2, 4: 1.5}),
        page_number=weighted(lots, {"foot": 4, "head": 1, "info": 0.5, "none": 3}),
        writing=_writing(lots, facts),
        stream=Stream(
            order=weighted(lots, {"read": 6, "shuffled": 2, "backward": 1}),
            cut=weighted(lots, {"runs": 7, "words": 3}),
        ),
    )


def _fields(lots: Lots) -> tuple[str, ...]:
    """Of the info block: number and date mostly first, others by lot and in any order."""
    first = ["invoice_number", "issue_date"]
    others = {"customer_number": 0.5, "order_number": 0.3, "delivery_date": 0.35, "due_date": 0.35,
              "seller_vat_id": 0.1, "currency": 0.08}  # fmt: skip
    drawn = [name for name, share in others.items() if chance(lots, share)]
    if chance(lots, 0.6):
        lots.shuffle(drawn)
        if chance(lots, 0.3):
            first.reverse()
        return (*first, *drawn)
    mixed = [*first, *drawn]
    lots.shuffle(mixed)
    return tuple(mixed)


def _columns(lots: Lots, facts: InvoiceFacts) -> tuple[str, ...]:
    kept = [name for name in lots.choice(ORDERS).split() if chance(lots, KEPT[name])]
    if not any(one.off for one in facts.items):
        kept = [name for name in kept if name != "discount"]
    if "discount" not in kept and any(one.off for one in facts.items):
        at = kept.index("line_total")
        kept.insert(at, "discount")
    if chance(lots, 0.1) and "tax_rate" in kept:
        kept[kept.index("tax_rate")] = "tax_code"
    return tuple(kept)


def _writing(lots: Lots, facts: InvoiceFacts) -> Writing:
    words = data("countries")[facts.seller.country]
    english = facts.language == "en"
    return Writing(
        number=lots.choice(words["numbers"]),
        day=lots.choice(words["dates"]),
        language={"en": "en_GB"}.get(facts.language, facts.language),
        sign=lots.choice(words["signs"]),
        place=weighted(
            lots,
            {
                "before": 5 if english else 1,
                "behind": 0.3 if english else 3,
                "head": 2,
                "sums": 1.5,
                "none": 0.5,
            },
        ),
        glued=chance(lots, 0.6 if english else 0.15),
    )
