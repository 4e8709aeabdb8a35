"""What to extract: built-in models, the kinds of field, and what declares a schema of your own.

class Ticket(BaseModel):
    number: Annotated[str | None, Code(), Printed("Ticket no.")] = None
    price: Annotated[Decimal | None, Money()] = Field(None, description="Fare with all taxes")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from docglean.schemas.builtin import CLASSES

if TYPE_CHECKING:
    from docglean.schemas.builtin.chart import Chart as Chart
    from docglean.schemas.builtin.form import Form as Form
    from docglean.schemas.builtin.invoice import Invoice as Invoice
    from docglean.schemas.builtin.note import Note as Note
    from docglean.schemas.builtin.receipt import Receipt as Receipt
    from docglean.schemas.builtin.recording import Recording as Recording
    from docglean.schemas.builtin.screenshot import Screenshot as Screenshot
    from docglean.schemas.builtin.statement import Statement as Statement
    from docglean.schemas.builtin.tables import Tables as Tables
    from docglean.schemas.checks import Rule as Rule
    from docglean.schemas.checks.marks import Iban as Iban
    from docglean.schemas.checks.marks import NotBefore as NotBefore
    from docglean.schemas.checks.marks import VatId as VatId
    from docglean.schemas.checks.sums import Adds as Adds
    from docglean.schemas.checks.sums import Balance as Balance
    from docglean.schemas.checks.sums import Product as Product
    from docglean.schemas.checks.sums import SumOf as SumOf
    from docglean.schemas.errors import Problem as Problem
    from docglean.schemas.errors import SchemaError as SchemaError
    from docglean.schemas.fields import Caption as Caption
    from docglean.schemas.fields import Printed as Printed
    from docglean.schemas.fields import Take as Take
    from docglean.schemas.kinds import Check as Check
    from docglean.schemas.kinds import Choice as Choice
    from docglean.schemas.kinds import Clock as Clock
    from docglean.schemas.kinds import Code as Code
    from docglean.schemas.kinds import Country as Country
    from docglean.schemas.kinds import Currency as Currency
    from docglean.schemas.kinds import Day as Day
    from docglean.schemas.kinds import Kind as Kind
    from docglean.schemas.kinds import Moment as Moment
    from docglean.schemas.kinds import Money as Money
    from docglean.schemas.kinds import Name as Name
    from docglean.schemas.kinds import Number as Number
    from docglean.schemas.kinds import Offset as Offset
    from docglean.schemas.kinds import Style as Style
    from docglean.schemas.kinds import Text as Text
    from docglean.schemas.schema import Schema as Schema
    from docglean.schemas.schema import load_schema as load_schema
    from docglean.schemas.schema import schema_of as schema_of

_HOMES = {
    "checks.marks": ("Iban", "NotBefore", "VatId"),
    "checks.sums": ("Adds", "Balance", "Product", "SumOf"),
    "checks": ("Rule",),
    "errors": ("Problem", "SchemaError"),
    "fields": ("Caption", "Printed", "Take"),
    "kinds": (
        "Check", "Choice", "Clock", "Code", "Country", "Currency", "Day", "Kind", "Moment", "Money",
        "Name", "Number", "Offset", "Style", "Text",
    ),
    "schema": ("Schema", "load_schema", "schema_of"),
}  # fmt: skip

_HOMES |= {f"builtin.{name}": (model,) for name, model in CLASSES.items()}

__all__ = sorted(name for names in _HOMES.values() for name in names)  # pyright: ignore


def __getattr__(name: str) -> Any:
    # Lazy, as every import of the package passes here, and pydantic alone takes 0.1 s.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"docglean.schemas.{home}"), name)
    raise AttributeError(f"module 'docglean.schemas' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
