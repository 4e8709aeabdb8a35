"""A receipt's paper: what its parts share, and the lines that all of them draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bench.generated.lots import Lots
from bench.generated.paper import Paper, fitted
from bench.generated.receipt_facts import ReceiptFacts
from bench.generated.receipt_layout import ReceiptLayout
from bench.generated.sheet import ASCENT, Mark, Piece, Type
from bench.generated.wording import Caption

MARKS = {"dashes": "-", "stars": "*", "equals": "="}


@dataclass
class ReceiptPaper(Paper):
    """With what is said, how it looks, and how far down it has got.

    Attributes:
        y: top of the next line, in points.
    """

    facts: ReceiptFacts = field(kw_only=True)
    layout: ReceiptLayout = field(kw_only=True)
    lots: Lots = field(kw_only=True)
    y: float = 10.0

    @property
    def type(self) -> Type:
        """Of ordinary text."""
        return Type(self.layout.face, self.layout.size)

    def caption(self, field: str) -> Caption:
        """Words beside a value."""
        return self.wording.caption(field, "receipt")

    def words(self, name: str) -> str:
        """Words that are no value's."""
        return self.wording.words(name, "receipt")

    def money(self, value: Decimal, type_: Type, *marks: Mark, sign: bool = True) -> list[Piece]:
        """An amount in pieces."""
        writing = self.layout.writing
        if not sign:
            return [(writing.figure(value), type_, marks)]
        pieces: list[Piece] = []
        for text, is_sign in writing.money(value):
            if is_sign:
                self.values["/currency"] = self.facts.currency
            pieces.append((text, type_, (self.mark("/currency"),) if is_sign else marks))
        return pieces

    def line(self, pieces: Sequence[Piece], align: str = "left") -> None:
        """A line of its own."""
        at = {"left": self.left, "right": self.right, "center": self.layout.width / 2}[align]
        room = self.right - self.left
        self.y = self.stack(at, self.y, [fitted(pieces, room)], room, align=align,
                            leading=self.layout.leading)  # fmt: skip

    def both(self, left: Sequence[Piece], right: Sequence[Piece]) -> None:
        """Pieces at the left and at the right of one line."""
        room = self.right - self.left - 4
        wide = sum(type_.width(text) for text, type_, _ in right)
        size = max(type_.size for _, type_, _ in [*left, *right])
        base = self.y + ASCENT * size
        self.sheet.line(self.right, base, fitted(right, room * 0.6), "right")
        self.sheet.line(self.left, base, fitted(left, room - min(wide, room * 0.6) - 4))
        self.y += size * self.layout.leading

    def divide(self) -> None:
        """A line between two parts, if this paper has any."""
        kind = self.layout.rules
        if kind == "lines":
            self.y += 2
            self.sheet.rule(self.left, self.y, self.right)
            self.y += 3
        elif kind in MARKS:
            count = int((self.right - self.left) / self.type.width(MARKS[kind]))
            self.line([(MARKS[kind] * count, self.type, ())])
        else:
            self.y += self.layout.size * 0.6
