"""Checks of amounts: entries that add up, totals that agree, quantities times prices, balances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docglean.schemas.checks import CheckOutcome, Comparison
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.pointers import at_same_entry, name_of, places, value_at

CENT = Decimal("0.01")
"""How far two amounts may be apart: rounding of the last figure."""


@dataclass(frozen=True, slots=True)
class SumOf(Comparison):
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

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        found = {path: as_decimal(value) for path, value in places(values, self.items)}
        amounts = [amount for amount in found.values() if amount is not None]
        totals = [
            (total, said)
            for total in _several(self.total)
            if (said := as_decimal(value_at(values, total))) is not None
        ]
        if not found or not totals or len(amounts) < len(found):
            return
        extra = [path for path in (*self.plus, *self.minus) if _there(values, path)]
        bare = sum(amounts, Decimal(0))
        whole = bare + _sum(values, self.plus, self.minus)
        for of, others in ((whole, extra), (bare, [])):
            agreeing = [total for total, said in totals if abs(said - of) <= self.tolerance]
            if agreeing:
                yield CheckOutcome((*agreeing, *found, *others), True)
                return
        paths = (*(total for total, _ in totals), *found, *extra)
        yield CheckOutcome(paths, False, message=self._told(values, *totals[0], len(found), whole))

    def _told(
        self, values: dict[str, Any], total: str, said: Decimal, count: int, found: Decimal
    ) -> str:
        extra = "".join(
            [f" plus {name_of(path)}" for path in self.plus if _there(values, path)]
            + [f" minus {name_of(path)}" for path in self.minus if _there(values, path)]
        )
        return (
            f"The {count} values of {name_of(self.items)}{extra} add up to {found}, but "
            f"{name_of(total)} says {said}."
        )


@dataclass(frozen=True, slots=True)
class Adds(Comparison):
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

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        for total, said in _amounts(values, self.total):
            parts = [at_same_entry(pattern, self.total, total) for pattern in self.parts]
            amounts = [as_decimal(value_at(values, part)) for part in parts]
            if any(amount is None for amount in amounts):
                continue
            plus = [at_same_entry(pattern, self.total, total) for pattern in self.plus]
            minus = [at_same_entry(pattern, self.total, total) for pattern in self.minus]
            found = sum(filter(None, amounts), Decimal(0)) + _sum(values, plus, minus)
            more = [path for path in plus if _there(values, path)]
            less = [path for path in minus if _there(values, path)]
            terms = " + ".join(map(name_of, (*parts, *more)))
            taken = "".join(f" - {name_of(path)}" for path in less)
            yield CheckOutcome(
                (total, *parts, *more, *less),
                abs(found - said) <= self.tolerance,
                message=f"{terms}{taken} is {found}, but {name_of(total)} says {said}.",
            )


@dataclass(frozen=True, slots=True)
class Product(Comparison):
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

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        for pointer, said in _amounts(values, self.product):
            paths = [
                at_same_entry(pattern, self.product, pointer) for pattern in (self.left, self.right)
            ]
            factors = [as_decimal(value_at(values, path)) for path in paths]
            if factors[0] is None or factors[1] is None:
                continue
            exceptions = [at_same_entry(each, self.product, pointer) for each in self.unless]
            if any(value_at(values, exception) is not None for exception in exceptions):
                continue
            left, right = factors[0], factors[1]
            found = left * right
            room = CENT + abs(left) * _half(right) + abs(right) * _half(left)
            yield CheckOutcome(
                (pointer, *paths),
                abs(found - said) <= room,
                message=f"{left} x {right} is {found}, but {name_of(pointer)} says {said}.",
            )


@dataclass(frozen=True, slots=True)
class Balance(Comparison):
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

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        rows: list[_Movement] = []
        for pointer, value in places(values, self.amounts):
            amount = as_decimal(value)
            if amount is None:
                return
            at = at_same_entry(self.balances, self.amounts, pointer)
            rows.append(_Movement(pointer, amount, at, as_decimal(value_at(values, at))))
        if not rows:
            return
        opening = as_decimal(value_at(values, self.opening))
        closing = as_decimal(value_at(values, self.closing))
        if opening is not None and closing is not None:
            moved = sum((row.amount for row in rows), Decimal(0))
            yield CheckOutcome(
                (self.closing, self.opening, *(row.path for row in rows)),
                abs(opening + moved - closing) <= self.tolerance,
                message=f"{name_of(self.opening)} {opening} and {len(rows)} amounts of {moved} "
                f"together make {opening + moved}, but {name_of(self.closing)} says {closing}.",
            )
        downwards = list(self._running(opening, rows))
        if all(outcome.holds for outcome in downwards):
            yield from downwards
            return
        upwards = list(self._running(opening, rows[::-1]))
        yield from min(downwards, upwards, key=lambda found: sum(not one.holds for one in found))

    def _running(
        self, balance: Decimal | None, rows: Sequence[_Movement]
    ) -> Iterator[CheckOutcome]:
        since = [] if balance is None else [self.opening]
        for row in rows:
            balance = None if balance is None else balance + row.amount
            since.append(row.path)
            if row.said is None:
                continue
            if balance is not None:
                yield CheckOutcome(
                    (row.at, *since),
                    abs(balance - row.said) <= self.tolerance,
                    message=f"The balance before it and {row.amount} make {balance}, but {row.at} "
                    f"says {row.said}.",
                )
            balance, since = row.said, [row.at]


@dataclass(frozen=True, slots=True)
class _Movement:
    """An amount, and the balance that is printed beside it, each with its pointer."""

    path: str
    amount: Decimal
    at: str
    said: Decimal | None


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
