"""A form's paper: what its parts share while it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.generated.form_facts import FormFacts
from bench.generated.form_layout import FormLayout
from bench.generated.lots import Lots
from bench.generated.paper import Margins
from bench.generated.sheet import Sheet

FOOT = 50.0


@dataclass
class FormPaper(Margins):
    """A sheet with what the form asks and how it looks.

    Attributes:
        y: top of the next row, in points.
        style: of the section that is drawn.
        asked: questions so far, and boxes to tick so far.
    """

    sheet: Sheet
    facts: FormFacts
    layout: FormLayout
    lots: Lots
    y: float
    style: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    accept: dict[str, list[Any]] = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    asked: int = 0
    boxes: int = 0

    def room(self, height: float) -> None:
        """Go on to a new page if there is less left than that."""
        if self.y + height > self.layout.height - FOOT:
            self.sheet.page += 1
            self.y = FOOT
