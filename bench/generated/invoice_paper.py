"""An invoice's paper: what its parts share, and the small things that all of them draw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from bench.generated.invoice_facts import InvoiceFacts
from bench.generated.invoice_layout import InvoiceLayout
from bench.generated.lots import Lots
from bench.generated.paper import Paper
from bench.generated.party import Party
from bench.generated.sheet import Mark, Piece, Type


@dataclass
class InvoicePaper(Paper):
    """With what is said and how it looks.

    Attributes:
        lots: for what is too small for the layout: which words, which of two marks.
        blanks: pointers of what is certainly not printed where nothing prints it.
    """

    facts: InvoiceFacts = field(kw_only=True)
    layout: InvoiceLayout = field(kw_only=True)
    lots: Lots = field(kw_only=True)
    blanks: list[str] = field(default_factory=list)

    @property
    def type(self) -> Type:
        """Of ordinary text."""
        return Type(self.layout.face, self.layout.size)

    @property
    def middle(self) -> float:
        """Between two columns."""
        return (self.left + self.right) / 2

    @property
    def floor(self) -> float:
        """Where the foot begins."""
        return self.layout.height - (112 if self.layout.footer else 60)

    def column(self, side: str) -> tuple[float, float]:
        """Left edge and width of a column, or of both."""
        if side == "full":
            return self.left, self.right - self.left
        gap, half = 12.0, (self.right - self.left) / 2
        return (self.left if side == "left" else self.middle + gap), half - gap

    def step(self, type_: Type) -> float:
        """From a line to the next."""
        return type_.size * self.layout.leading

    def amount(
        self, value: Decimal, type_: Type, *marks: Mark, sums: bool = False, places: int = 2
    ) -> list[Piece]:
        """An amount in pieces, with the sign of its currency where this paper prints it."""
        writing = self.layout.writing
        if writing.place == "sums" and not sums:
            return [(writing.figure(value, places), type_, marks)]
        pieces: list[Piece] = []
        if writing.place == "sums":
            place = "before" if self.facts.language == "en" else "behind"
            writing = replace(writing, place=place)
        for text, sign in writing.money(value, places):
            if sign:
                self.values["/currency"] = self.facts.currency
            pieces.append((text, type_, (self.mark("/currency"),) if sign else marks))
        return pieces

    def contacts(self, party: Party, *names: str) -> list[str]:
        """Lines as on a letterhead: "Tel. 040 1234"."""
        values = {"phone": party.phone, "fax": party.fax, "email": party.email, "web": party.web,
                  "tax_number": party.tax_number}  # fmt: skip
        shown = []
        for name in names:
            caption = self.wording.other(name)
            bare = name in ("email", "web") and self.lots.random() < 0.5
            shown.append(values[name] if bare else f"{self.wording.closed(caption)} {values[name]}")
        return shown
