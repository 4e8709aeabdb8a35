"""A statement's paper: what its parts share, and how amounts are written on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bench.generated.lots import Lots
from bench.generated.paper import Paper
from bench.generated.sheet import ASCENT
from bench.generated.statement_facts import StatementFacts
from bench.generated.statement_layout import StatementLayout
from bench.generated.wording import Caption


@dataclass
class StatementPaper(Paper):
    """With what is said, how it looks, and how far down it has got.

    Attributes:
        y: top of the next line, in points.
    """

    facts: StatementFacts = field(kw_only=True)
    layout: StatementLayout = field(kw_only=True)
    lots: Lots = field(kw_only=True)
    y: float = field(kw_only=True)

    def caption(self, name: str) -> Caption:
        """Words beside a value, with the days that some of them name."""
        day, facts = self.layout.writing.date, self.facts
        return self.wording.caption(name, "statement", start=day(facts.start), end=day(facts.end))

    def signed(self, value: Decimal) -> str:
        """An amount or balance with its sign, as this bank writes it."""
        way, figure = self.layout.amounts, self.layout.writing.figure
        if way == "trailing":
            plus = "+" if self.layout.plus else ""
            return figure(abs(value)) + ("-" if value < 0 else plus)
        if way == "letters":
            out, into = {"de": ("S", "H"), "en": ("DR", "CR")}.get(self.facts.language, ("D", "C"))
            return f"{figure(abs(value))} {out if value < 0 else into}"
        plus = "+" if self.layout.plus and value > 0 and way == "signed" else ""
        return plus + figure(value)

    def pair(self, name: str, value: Decimal, *, plain: bool = False) -> None:
        """A caption with its amount on a line of its own."""
        type_ = self.layout.type.with_(bold=name == "closing_balance")
        caption = self.caption(name)
        mark = self.value(f"/{name}", value, caption)
        base = self.y + ASCENT * type_.size
        self.sheet.text(self.left, base, self.wording.closed(caption.text), type_)
        text = self.layout.writing.figure(value) if plain else self.signed(value)
        at = self.right - 3 if self.layout.carry else self.left + 0.62 * (self.right - self.left)
        self.sheet.text(at, base, text, type_, mark, align="right")
        self.y += type_.size * self.layout.leading + 2
