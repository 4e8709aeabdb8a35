"""A schema of an order, for tests of schemas and of validation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Code, Money, Name
from pydantic import (
    BaseModel,
    Field,
)


class Colour(Enum):
    """Two values."""

    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    """One position."""

    name: Annotated[str | None, Name()] = None
    price: Annotated[Decimal, Money(), Printed("Price", "Preis"), Field(ge=0)]


class Firm(BaseModel):
    """Who sells."""

    name: str
    city: str | None = None


class Order(BaseModel):
    """An order
    with parts."""

    number: Annotated[str, Code(), Printed("No."), Take("last")] = Field(
        description="Number of the order", pattern=r"^A\d+$"
    )
    placed: date | None = None
    colour: Colour | None = None
    size: Literal["s", "m", None] = None
    rush: bool = False
    rank: int | str | None = None
    seller: Firm | None = Field(None, description="The firm that sells")
    buyer: Firm | None = None
    parts: list[Part] = Field(default=[], min_length=1, alias="Positionen")
    notes: tuple[Annotated[str, Field(description="one remark")], ...] = ()
