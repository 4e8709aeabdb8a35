"""Checks that a model declares about its own values; `sums` and `marks` have them.

A model says what must hold in a class variable, with patterns of JSON pointers in which ``*``
stands for every entry of a list:

    class Order(BaseModel):
        placed: date | None
        shipped: date | None
        total: Annotated[Decimal | None, Money()]
        lines: list[Line]

        __checks__: ClassVar[tuple[Rule, ...]] = (
            SumOf("/total", "/lines/*/price"),
            NotBefore("/shipped", "/placed"),
        )

Any model may, built-in or your own, and a model inside another too (its patterns then start at
itself). A broken check makes the Extraction one to review; its problem says both figures. No value
is ever altered, and nothing is said where a value that the check needs is absent.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from docglean.schemas.errors import Problem
from docglean.schemas.kinds import types_of
from docglean.schemas.trees import LISTS
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

NAMED_AT_MOST = 20
"""Problems of one rule on one document; a statement with every balance wrong needs no 3,000."""


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """Base of all checks: derive from it and override `broken` for one of your own."""

    def patterns(self) -> tuple[str, ...]:
        """The pointer patterns that the rule reads; each must be a value of the model."""
        return ()

    @abstractmethod
    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """JSON pointer and message of each place where the rule does not hold."""


def check(model: type[BaseModel], values: dict[str, Any]) -> list[Problem]:
    """The broken ones of the checks that `model` and the models inside it declare.

    Args:
        model: the Pydantic model; its checks are the class variable ``__checks__``.
        values: JSON data in the model's shape; it is only read.

    Returns:
        Problems with code ``check_failed``, in declared order.
    """
    return [
        Problem(code="check_failed", message=message, path=pointer)
        for pointer, message in _broken(model, values, "")
    ]


def _broken(model: type[BaseModel], values: Any, base: str) -> Iterator[tuple[str, str]]:
    if not isinstance(values, dict):
        return
    for rule in getattr(model, "__checks__", ()):
        for count, (pointer, message) in enumerate(rule.broken(values)):
            if count == NAMED_AT_MOST:
                break
            yield base + pointer, message
    for key, inner, many in inner_models(model):
        found = values.get(key)
        if many and isinstance(found, list):
            for index, entry in enumerate(found):
                yield from _broken(inner, entry, f"{base}/{key}/{index}")
        elif not many:
            yield from _broken(inner, found, f"{base}/{key}")


def json_fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Fields with the key under which JSON holds them."""
    for name, info in model.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            alias = next((choice for choice in alias.choices if isinstance(choice, str)), None)
        yield alias if isinstance(alias, str) else name, info


def inner_models(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """JSON key, model, and whether it is a list of them, for each field that holds a model."""
    for key, info in json_fields(model):
        for type_ in types_of(info.annotation):
            if inspect.isclass(type_) and issubclass(type_, BaseModel):
                yield key, type_, False
            elif get_origin(type_) in LISTS:
                for item in types_of(get_args(type_)[0]):
                    if inspect.isclass(item) and issubclass(item, BaseModel):
                        yield key, item, True
