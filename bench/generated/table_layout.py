"""Everything about a table's looks that is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

from bench.generated.lots import Lots, chance, weighted
from bench.generated.pdf import Stream
from bench.generated.sheet import Type


@dataclass(frozen=True)
class TableLayout:
    """Where and how cells stand; points, shares, and names of ways to draw.

    Attributes:
        picture: dots per inch of a picture of nothing but the table; 0 for a page of a report.
        rules: book (above, below and under the heading), rows, grid, head, zebra or none.
        widest: of a column, before its texts are broken.
        stretch: width of a printed column or page that the table is spread over, or 0.
        hang: how far the further lines of a label stand in.
        middle: whether cells stand in the middle of a row of several lines, not at its top.
        raised: whether marks behind figures are small and raised.
    """

    picture: int
    type: Type
    leading: float
    gap: float
    row_gap: float
    widest: float
    stretch: float
    hang: float
    middle: bool
    raised: bool
    rules: str
    span_rules: bool
    align: str
    head_bold: bool
    head_italic: bool
    head_fill: bool
    head_low: bool
    sections_bold: bool
    indent: float
    caption: str
    stream: Stream


def table_layout(lots: Lots) -> TableLayout:
    """Draw one."""
    face = weighted(lots, {"helv": 5, "tiro": 5, "cour": 0.3})
    return TableLayout(
        picture=lots.choice([72, 72, 80, 96, 110, 150]) if chance(lots, 0.7) else 0,
        type=Type(face, lots.choice([6.5, 7, 7.5, 8, 8.5, 9])),
        leading=lots.uniform(1.12, 1.35),
        gap=lots.choice([4.5, 6, 9, 12, 16, 24]),
        row_gap=lots.choice([0.5, 1.5, 3, 5]),
        widest=lots.choice([50, 70, 90, 130, 170]),
        stretch=lots.choice([0, 0, 245, 490, 490]),
        hang=lots.choice([0, 0, 0, 5]),
        middle=chance(lots, 0.2),
        raised=chance(lots, 0.4),
        rules=weighted(
            lots, {"book": 5, "rows": 2, "grid": 1.2, "head": 1, "zebra": 1, "none": 0.8}
        ),
        span_rules=chance(lots, 0.7),
        align=weighted(lots, {"center": 4, "left": 3, "right": 2}),
        head_bold=chance(lots, 0.6),
        head_italic=chance(lots, 0.08),
        head_fill=chance(lots, 0.15),
        head_low=chance(lots, 0.35),
        sections_bold=chance(lots, 0.6),
        indent=lots.choice([0, 0, 6, 10]),
        caption=weighted(lots, {"above": 6, "below": 2, "none": 1}),
        stream=Stream(
            weighted(lots, {"read": 7, "shuffled": 2, "backward": 1}),
            weighted(lots, {"runs": 7, "words": 3}),
        ),
    )
