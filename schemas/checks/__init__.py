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
itself). A broken check makes the Extraction one to review; its problem says both figures. One that
holds speaks for all values that take part (`outcomes`). No value is ever altered, and nothing is
said where a value that the check needs is absent.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, get_args, get_origin

from docglean.schemas.errors import Problem
from docglean.schemas.kinds import types_of
from docglean.schemas.pointers import places
from docglean.schemas.trees import LISTS
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

NAMED_AT_MOST = 20
"""Problems of one rule on one document; a statement with every balance wrong needs no 3,000."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One comparison that was made: a sum, the dates of one entry, one number's check digits.

    Attributes:
        paths: JSON pointers of all values that take part, first the one that a broken check is
            told of.
        holds: whether it holds.
        name: of the rule's class; `outcomes` puts it in.
        message: what does not hold, with the figures.
    """

    paths: tuple[str, ...]
    holds: bool
    name: str = ""
    message: str = ""


Outcomes = Sequence[tuple[CheckOutcome, ...]]
"""What came of the checks of a model, a tuple for each."""


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """Base of all checks: derive from it and override `broken` for one of your own."""

    def patterns(self) -> tuple[str, ...]:
        """The pointer patterns that the rule reads; each must be a value of the model."""
        return ()

    @abstractmethod
    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """JSON pointer and message of each place where the rule does not hold."""

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """Each place where the rule does not hold; or that it holds for all that it reads, where
        each of its patterns has a value."""
        holds = True
        for pointer, message in self.broken(values):
            holds = False
            yield CheckOutcome((pointer,), False, message=message)
        read = [_present(values, pattern) for pattern in self.patterns()]
        if holds and read and all(read):
            yield CheckOutcome(tuple(dict.fromkeys(path for paths in read for path in paths)), True)


class Comparison(Rule):
    """Base of checks that tell of each comparison that they make: override `outcomes`."""

    __slots__ = ()

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for outcome in self.outcomes(values):
            if not outcome.holds:
                yield outcome.paths[0], outcome.message

    @abstractmethod
    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """What was compared; nothing where a value that is needed is absent."""


def _present(values: dict[str, Any], pattern: str) -> list[str]:
    return [pointer for pointer, value in places(values, pattern) if value is not None]


def outcomes(model: type[BaseModel], values: dict[str, Any]) -> Outcomes:
    """What came of the checks that `model` and the models inside it declare, where the values that
    they need are there; a tuple for each check.

    Args:
        model: the Pydantic model; its checks are the class variable ``__checks__``.
        values: JSON data in the model's shape; it is only read.
    """
    return [tuple(rule) for rule in _by_rule(model, values, "")]


def check(model: type[BaseModel], values: dict[str, Any]) -> list[Problem]:
    """The broken ones of `outcomes`, no more of them looked for than are told."""
    return broken(_by_rule(model, values, ""))


def broken(rules: Iterable[Iterable[CheckOutcome]]) -> list[Problem]:
    """What `outcomes` has found broken.

    Returns:
        Problems with code ``check_failed``, in declared order, at most `NAMED_AT_MOST` a rule.
    """
    return [
        Problem(code="check_failed", message=outcome.message, path=outcome.paths[0])
        for rule in rules
        for outcome in islice((one for one in rule if not one.holds), NAMED_AT_MOST)
    ]


def _by_rule(model: type[BaseModel], values: Any, base: str) -> Iterator[Iterator[CheckOutcome]]:
    """Outcomes of each rule, with pointers from the whole document on."""
    if not isinstance(values, dict):
        return
    for rule in getattr(model, "__checks__", ()):
        yield (_placed(one, rule, base) for one in _made(rule, values))
    for key, inner, many in inner_models(model):
        found = values.get(key)
        if many and isinstance(found, list):
            for index, entry in enumerate(found):
                yield from _by_rule(inner, entry, f"{base}/{key}/{index}")
        elif not many:
            yield from _by_rule(inner, found, f"{base}/{key}")


def _made(rule: Rule, values: dict[str, Any]) -> Iterator[CheckOutcome]:
    """A rule's outcomes; of one derived from ours, that says itself what is broken, by that."""
    itself = isinstance(rule, Comparison) and type(rule).broken is not Comparison.broken
    return Rule.outcomes(rule, values) if itself else rule.outcomes(values)


def _placed(outcome: CheckOutcome, rule: Rule, base: str) -> CheckOutcome:
    paths = tuple(base + path for path in outcome.paths)
    message = "" if outcome.holds else outcome.message
    return replace(outcome, paths=paths, name=type(rule).__name__, message=message)


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
