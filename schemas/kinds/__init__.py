"""Kinds of field: how a value is parsed, compared and found again on a page.

A kind is declared once on a field, ``total: Annotated[Decimal | None, Money()]``, and used by
every room: the rules parse what a page prints, answers of models are brought into one form, merge
and evaluation compare, grounding looks for the shapes a value may be printed in.
A field without one has the kind of its type (`infer_kind`).

Values are JSON leaves: numbers and amounts are strings of decimal digits (``"1234.50"``), dates
``"YYYY-MM-DD"``, times ISO 8601, choices their value, checkboxes true or false.
"""

from __future__ import annotations

import inspect
import re
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from docglean.schemas.kinds.base import Kind
from docglean.schemas.kinds.choices import Check, Choice, Currency
from docglean.schemas.kinds.figures import Clock, Day, Moment, Money, Number
from docglean.schemas.kinds.offsets import Offset
from docglean.schemas.kinds.places import Country
from docglean.schemas.kinds.typed import types_of
from docglean.schemas.kinds.words import Cell, Code, Name, Text
from docglean.schemas.reading.style import Style, guess_style

__all__ = [
    "Cell",
    "Check",
    "Choice",
    "Clock",
    "Code",
    "Country",
    "Currency",
    "Day",
    "Kind",
    "Moment",
    "Money",
    "Name",
    "Number",
    "Offset",
    "Style",
    "Text",
    "guess_style",
    "infer_kind",
    "types_of",
]

_MONEY_NAME = re.compile(
    r"(?:^|_)(?:amount|total|subtotal|price|cost|fee|tax|vat|net|gross|balance|discount|"
    r"paid|due|salary|payment|deposit|charge)s?(?:_|$)"
)
_RATE_NAME = re.compile(r"(?:^|_)(?:rate|percent|percentage|share|ratio)(?:_|$)")
_CODE_NAME = re.compile(
    r"(?:^|_)(?:iban|bic|swift|sku|ean|gtin|isbn|vat_id|tax_id|id|code|zip|postcode|"
    r"postal_code|(?:invoice|order|account|customer|policy|contract|serial|reference|receipt|"
    r"document|case|passport|article|part)_(?:number|no))(?:_|$)"
)


def infer_kind(annotation: Any, name: str) -> Kind:
    """The kind of a field that declares none, from its type and, where open, its name.

    Decimal, float and int are numbers (Decimal and float are money in fields called ``total``,
    ``unit_price``, ``tax_amount`` ...), date, datetime and time what they say, bool a checkbox,
    Enum and Literal a choice, text is free text (a code in fields called ``iban``,
    ``invoice_number``, ``customer_id`` ...). Optional types are what they hold; a Kind in
    Annotated wins.
    """
    types = types_of(annotation)
    for extra in _metadata(annotation):
        if isinstance(extra, Kind):
            return extra
    values = _values(types)
    if values is not None:
        return Check() if set(map(type, values)) == {bool} else Choice(values)
    first = types[0] if len(types) == 1 else None
    if not inspect.isclass(first):
        return Number() if types and set(types) <= {int, float, Decimal} else Text()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()
    if issubclass(first, bool):
        return Check()
    if issubclass(first, int):
        return Number()
    if issubclass(first, float | Decimal):
        is_money = _MONEY_NAME.search(words) and not _RATE_NAME.search(words)
        return Money() if is_money else Number()
    for type_, kind in ((datetime, Moment), (date, Day), (time, Clock)):
        if issubclass(first, type_):
            return kind()
    return Code() if issubclass(first, str) and _CODE_NAME.search(words) else Text()


def _metadata(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return tuple(annotation.__metadata__) + _metadata(get_args(annotation)[0])
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return tuple(extra for option in get_args(annotation) for extra in _metadata(option))
    return ()


def _values(types: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The values of Enums and Literals; None where another type is allowed too."""
    values: list[Any] = []
    for allowed in types:
        if get_origin(allowed) is Literal:
            values += [getattr(value, "value", value) for value in get_args(allowed)]
        elif inspect.isclass(allowed) and issubclass(allowed, Enum):
            values += [member.value for member in allowed]
        else:
            return None
    return tuple(value for value in values if value is not None) or None
