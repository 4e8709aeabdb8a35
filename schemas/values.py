"""From what was read or replied to the JSON that a field's type wants."""

from __future__ import annotations

import inspect
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_origin

from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style, infer_kind, types_of
from docglean.schemas.kinds.either import Either
from docglean.schemas.kinds.figures import as_decimal


def leaf_value(field: Field, raw: Any, style: Style = Style()) -> Any:
    """`raw`, a printed text or a reply, as the JSON leaf of `field`.

    The field's kind reads it, then it gets the JSON type of the annotation: a float is a
    number, a Decimal a string of digits, an int a whole number, a date ``YYYY-MM-DD``. None where
    there is no value.

    Raises:
        ValueError: there is something, but nothing that the field can hold.
    """
    kind = field.kind or infer_kind(field.annotation, field.name)
    leaf = kind.coerce(raw, style)
    types = types_of(field.annotation)
    # A choice of kinds has given it the type of the one that took it.
    if leaf is None or not types or isinstance(kind, Either):
        return leaf
    failure: ValueError | None = None
    for type_ in types:
        try:
            return _typed(leaf, type_)
        except ValueError as error:
            failure = failure or error
    raise failure or ValueError(f"{leaf!r} has no JSON form for {field.annotation!r}")


def _typed(leaf: Any, type_: Any) -> Any:
    """`leaf` in the JSON type of `type_`; as it is where that is no plain type."""
    if get_origin(type_) is Literal or not inspect.isclass(type_) or issubclass(type_, Enum):
        return leaf
    if issubclass(type_, bool):
        if isinstance(leaf, bool):
            return leaf
        raise ValueError(f"{leaf!r} is neither yes nor no")
    if issubclass(type_, int | float):
        return _number(leaf, type_)
    if issubclass(type_, Decimal):
        number = as_decimal(leaf)
        if number is None:
            raise ValueError(f"{leaf!r} is not a number")
        return format(number, "f")
    if issubclass(type_, str):
        return leaf if isinstance(leaf, str) else str(leaf)
    return leaf


def _number(leaf: Any, type_: type) -> int | float:
    number = as_decimal(leaf)
    if number is None:
        raise ValueError(f"{leaf!r} is not a number")
    if issubclass(type_, float):
        return float(number)
    if number != number.to_integral_value():
        raise ValueError(f"{leaf!r} is not a whole number")
    return int(number)
