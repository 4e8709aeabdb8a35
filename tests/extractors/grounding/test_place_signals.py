"""What looking a value up tells of how sure it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from docglean.extractors.grounding.locate import located
from docglean.schemas.kinds import Money
from docglean.schemas.schema import schema_of
from pydantic import BaseModel
from typed_paper import Paper


class Sums(BaseModel):
    total: Annotated[Decimal | None, Money()] = None
    tip: Annotated[Decimal | None, Money()] = None


def test_rivals_are_counted_and_a_caption_is_seen() -> None:
    paper = Paper()
    for row, text in enumerate(["Pears 5.50", "Total 5.50", "7.00"]):
        paper.type(text, 50, 100 + 20 * row)
    found = located(schema_of(Sums), {"total": "5.50", "tip": "7.00"}, [paper.page()])
    assert found.signals["/total"]["rivals"] == 0.5
    assert found.signals["/total"]["captioned"] > 0.9
    assert found.signals["/tip"] == {"captioned": 0.0}


def test_nothing_is_told_of_what_is_nowhere() -> None:
    found = located(schema_of(Sums), {"total": "9.99"}, [Paper().page()])
    assert found.evidence["/total"].how == "not_found"
    assert found.signals == {}
