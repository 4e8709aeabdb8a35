"""Checks that a model declares about its own values: sums, dates, checksums.

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
itself). A broken check is a warning on the Extraction that says both figures. No value is ever
altered, and nothing is said where a value that the check needs is absent.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args, get_origin

from docglean.schemas.errors import Problem
from docglean.schemas.kind_figures import as_decimal
from docglean.schemas.kinds import types_of
from docglean.schemas.texts import code_fold
from docglean.schemas.trees import LISTS
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

CENT = Decimal("0.01")
"""How far two amounts may be apart: rounding of the last figure."""

NAMED_AT_MOST = 20
"""Problems of one rule on one document; a statement with every balance wrong needs no 3,000."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Base of all checks: derive from it and override `broken` for one of your own."""

    def patterns(self) -> tuple[str, ...]:
        """The pointer patterns that the rule reads; each must be a value of the model."""
        return ()

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """JSON pointer and message of each place where the rule does not hold."""
        raise NotImplementedError


def check(model: type[BaseModel], values: dict[str, Any]) -> list[Problem]:
    """The broken ones of the checks that `model` and the models inside it declare.

    Args:
        model: the Pydantic model; its checks are the class variable ``__checks__``.
        values: JSON data in the model's shape; it is only read.

    Returns:
        Problems with code ``check_failed`` and severity ``warning``, in declared order.
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


# ── sums ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SumOf(Rule):
    """The entries of a list add up to a total.

    ``SumOf("/net_total", "/lines/*/total", plus=("/shipping",), minus=("/discount",))``

    Attributes:
        total: the total; of several, the one that agrees is enough (lines with or without tax).
        items: pattern of the entries; one that is absent leaves the check undone.
        plus, minus: single values that may have to be added or taken off; a total that agrees
            without them is right too (discounts are often within the lines already).
        tolerance: how far apart the two may be.
    """

    total: str | tuple[str, ...]
    items: str
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    tolerance: Decimal = CENT

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (*_several(self.total), self.items, *self.plus, *self.minus)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        amounts = [as_decimal(value) for _, value in places(values, self.items)]
        if not amounts or any(amount is None for amount in amounts):
            return
        bare = sum(filter(None, amounts), Decimal(0))
        found = bare + _sum(values, self.plus, self.minus)
        totals = [
            (total, said)
            for total in _several(self.total)
            if (said := as_decimal(value_at(values, total))) is not None
        ]
        if totals and all(
            abs(said - each) > self.tolerance for _, said in totals for each in (found, bare)
        ):
            total, said = totals[0]
            extra = "".join(
                [f" plus {_name(path)}" for path in self.plus if _there(values, path)]
                + [f" minus {_name(path)}" for path in self.minus if _there(values, path)]
            )
            yield (
                total,
                f"The {len(amounts)} values of {_name(self.items)}{extra} add up to {found}, but "
                f"{_name(total)} says {said}.",
            )


@dataclass(frozen=True, slots=True)
class Adds(Rule):
    """A total is the sum of its parts: ``Adds("/total", ("/net_total", "/tax_total"))``.

    Patterns may hold ``*``; the same entry is then meant in all of them.

    Attributes:
        total: the total.
        parts: what must be there for the check to be made.
        plus, minus: further values to add or take off; absent ones count as nothing.
        tolerance: how far apart the two may be.
    """

    total: str
    parts: tuple[str, ...]
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    tolerance: Decimal = CENT

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.total, *self.parts, *self.plus, *self.minus)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for total, said in _amounts(values, self.total):
            parts = [at_same_entry(pattern, self.total, total) for pattern in self.parts]
            amounts = [as_decimal(value_at(values, part)) for part in parts]
            if any(amount is None for amount in amounts):
                continue
            plus = [at_same_entry(pattern, self.total, total) for pattern in self.plus]
            minus = [at_same_entry(pattern, self.total, total) for pattern in self.minus]
            found = sum(filter(None, amounts), Decimal(0)) + _sum(values, plus, minus)
            if abs(found - said) > self.tolerance:
                terms = " + ".join(
                    _name(path)
                    for path in (*parts, *(path for path in plus if _there(values, path)))
                )
                less = "".join(f" - {_name(path)}" for path in minus if _there(values, path))
                yield total, f"{terms}{less} is {found}, but {_name(total)} says {said}."


@dataclass(frozen=True, slots=True)
class Product(Rule):
    """In each entry, a value is the product of two others, as far as rounding lets it be told.

    ``Product("/lines/*/total", "/lines/*/quantity", "/lines/*/unit_price")``. A factor is known
    to half of its last printed decimal, and so is the product.

    Attributes:
        unless: patterns of values that change the product (a discount); entries that have one
            are passed over.
    """

    product: str
    left: str
    right: str
    unless: tuple[str, ...] = ()

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.product, self.left, self.right, *self.unless)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for pointer, said in _amounts(values, self.product):
            factors = [
                as_decimal(value_at(values, at_same_entry(pattern, self.product, pointer)))
                for pattern in (self.left, self.right)
            ]
            if factors[0] is None or factors[1] is None:
                continue
            exceptions = [at_same_entry(each, self.product, pointer) for each in self.unless]
            if any(value_at(values, exception) is not None for exception in exceptions):
                continue
            left, right = factors[0], factors[1]
            found = left * right
            room = CENT + abs(left) * _half(right) + abs(right) * _half(left)
            if abs(found - said) > room:
                yield pointer, f"{left} x {right} is {found}, but {_name(pointer)} says {said}."


@dataclass(frozen=True, slots=True)
class Balance(Rule):
    """An account's balances follow from its movements, in the order of the page or from below.

    ``Balance("/opening", "/transactions/*/amount", "/closing", "/transactions/*/balance")``: the
    opening balance and all amounts make the closing balance, and each balance printed beside a
    movement is the last one printed plus the amounts since.
    """

    opening: str
    amounts: str
    closing: str
    balances: str
    tolerance: Decimal = CENT

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.opening, self.amounts, self.closing, self.balances)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        rows: list[tuple[str, Decimal, Decimal | None]] = []
        for pointer, value in places(values, self.amounts):
            amount = as_decimal(value)
            if amount is None:
                return
            at = at_same_entry(self.balances, self.amounts, pointer)
            rows.append((at, amount, as_decimal(value_at(values, at))))
        if not rows:
            return
        opening = as_decimal(value_at(values, self.opening))
        closing = as_decimal(value_at(values, self.closing))
        if opening is not None and closing is not None:
            moved = sum((amount for _, amount, _ in rows), Decimal(0))
            if abs(opening + moved - closing) > self.tolerance:
                yield (
                    self.closing,
                    f"{_name(self.opening)} {opening} and {len(rows)} amounts of {moved} together "
                    f"make {opening + moved}, but {_name(self.closing)} says {closing}.",
                )
        downwards = list(self._running(opening, rows))
        upwards = list(self._running(opening, rows[::-1])) if downwards else []
        yield from downwards if len(downwards) <= len(upwards) else upwards

    def _running(
        self, balance: Decimal | None, rows: Sequence[tuple[str, Decimal, Decimal | None]]
    ) -> Iterator[tuple[str, str]]:
        for pointer, amount, said in rows:
            balance = None if balance is None else balance + amount
            if said is None:
                continue
            if balance is not None and abs(balance - said) > self.tolerance:
                yield (
                    pointer,
                    f"The balance before it and {amount} make {balance}, but {pointer} says "
                    f"{said}.",
                )
            balance = said


# ── dates and checksums ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NotBefore(Rule):
    """A date does not lie before another one: ``NotBefore("/due_date", "/issue_date")``."""

    later: str
    earlier: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.later, self.earlier)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for pointer, value in places(values, self.later):
            later = _date(value)
            earlier = _date(value_at(values, at_same_entry(self.earlier, self.later, pointer)))
            if later and earlier and later < earlier:
                yield (
                    pointer,
                    f"{_name(pointer)} {later} is before {_name(self.earlier)} {earlier}.",
                )


@dataclass(frozen=True, slots=True)
class Iban(Rule):
    """An account number that looks like an IBAN has the check digits and length of one.

    A number that is partly hidden (``DE89 **** 3000``) is passed over.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        from stdnum import iban
        from stdnum.exceptions import ValidationError

        for pointer, value in places(values, self.path):
            if not isinstance(value, str) or any(mark in value for mark in "*•…"):
                continue
            number = code_fold(value)
            if number[:2].isalpha() and number[2:4].isdigit():
                try:
                    iban.validate(number)
                except ValidationError as error:
                    yield pointer, f"{value} is not a right IBAN: {_reason(error)}"


@dataclass(frozen=True, slots=True)
class VatId(Rule):
    """A VAT number with a country's letters in front has that country's form and check digits.

    Without the letters the country is not known, and nothing is said.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        from stdnum import get_cc_module
        from stdnum.exceptions import ValidationError

        for pointer, value in places(values, self.path):
            number = code_fold(value) if isinstance(value, str) else ""
            country = {"el": "gr", "xi": "gb"}.get(number[:2].lower(), number[:2].lower())
            module = get_cc_module(country, "vat") if country.isalpha() else None
            if module is None or not any(char.isdigit() for char in number):
                continue
            try:
                module.validate(number)
            except ValidationError as error:
                if not module.is_valid(number[2:]):
                    yield pointer, f"{value} is not a right VAT number: {_reason(error)}"


# ── pointers ──────────────────────────────────────────────────────────────────────────────


def places(values: Any, pattern: str) -> Iterator[tuple[str, Any]]:
    """JSON pointer and value of each place that `pattern` names and that is there, in order."""
    yield from _places(values, pattern.split("/")[1:], "")


def _places(value: Any, steps: list[str], pointer: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield pointer, value
    elif steps[0] == "*" and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _places(entry, steps[1:], f"{pointer}/{index}")
    elif isinstance(value, dict) and steps[0] in value:
        yield from _places(value[steps[0]], steps[1:], f"{pointer}/{steps[0]}")
    elif isinstance(value, list) and steps[0].isdigit() and int(steps[0]) < len(value):
        yield from _places(value[int(steps[0])], steps[1:], f"{pointer}/{steps[0]}")


def value_at(values: Any, pointer: str) -> Any:
    """The value at a JSON pointer without ``*``; None where there is none."""
    return next((value for _, value in places(values, pointer)), None)


def at_same_entry(pattern: str, other: str, pointer: str) -> str:
    """`pattern` with the indices that `other` has in `pointer`: the same entry of the same list."""
    indices = [
        step for step, star in zip(pointer.split("/"), other.split("/"), strict=True) if star == "*"
    ]
    filled = iter(indices)
    return "/".join(next(filled, "*") if step == "*" else step for step in pattern.split("/"))


def _amounts(values: Any, pattern: str) -> Iterator[tuple[str, Decimal]]:
    for pointer, value in places(values, pattern):
        amount = as_decimal(value)
        if amount is not None:
            yield pointer, amount


def _sum(values: Any, plus: Sequence[str], minus: Sequence[str]) -> Decimal:
    added = [amount for path in plus for _, amount in _amounts(values, path)]
    taken = [amount for path in minus for _, amount in _amounts(values, path)]
    return sum(added, Decimal(0)) - sum(taken, Decimal(0))


def _there(values: Any, path: str) -> bool:
    return any(True for _ in _amounts(values, path))


def _several(paths: str | tuple[str, ...]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else paths


def _half(factor: Decimal) -> Decimal:
    """Half of the last decimal of a factor that has decimals: what rounding may have taken."""
    exponent = factor.as_tuple().exponent
    return (
        Decimal(5).scaleb(exponent - 1)
        if isinstance(exponent, int) and exponent < 0
        else Decimal(0)
    )


def _name(pointer: str) -> str:
    return pointer.lstrip("/")


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if text.endswith(".") else text + "."
