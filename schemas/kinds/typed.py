"""Leaves in the JSON type that a field's annotation wants."""

from __future__ import annotations

import inspect
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from docglean.schemas.kinds.figures import as_decimal


def typed(leaf: Any, annotation: Any) -> Any:
    """`leaf`, as a kind gives it, in the first type of `annotation` that it fits.

    Raises:
        ValueError: it fits none.
    """
    types = types_of(annotation)
    if leaf is None or not types:
        return leaf
    failure: ValueError | None = None
    for type_ in types:
        try:
            return _typed(leaf, type_)
        except ValueError as error:
            failure = failure or error
    raise failure or ValueError(f"{leaf!r} has no JSON form for {annotation!r}")


def types_of(annotation: Any) -> tuple[Any, ...]:
    """The plain types that `annotation` allows, without Annotated and None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return types_of(get_args(annotation)[0])
    if origin is Union or type(annotation).__name__ == "UnionType":
        return tuple(
            dict.fromkeys(inner for option in get_args(annotation) for inner in types_of(option))
        )
    return () if annotation in (None, type(None)) else (annotation,)


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
