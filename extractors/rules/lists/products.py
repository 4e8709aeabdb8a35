"""Columns told by arithmetic: quantity times price is the line's total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations, product

from docglean.extractors.rules.lists.items import Mapping, Target, reading
from docglean.schemas.kinds import Money, Number, Style

CENT = Decimal("0.011")
"""By how much a product may be off: totals are rounded to cents."""
ROWS = 40
"""Rows that are looked at."""
PROVEN = 0.5
"""What a column that arithmetic tells adds to its mapping's score."""
SHARE = 0.6
"""Share of the rows in which the product must be right."""


def by_products(mapping: Mapping, targets: Sequence[Target], style: Style) -> Mapping:
    """The mapping, and a column more where a product of two columns tells what it is.

    Of a number and two amounts, "quantity", "unit price" and "line total", two have columns and
    the third does not: a column without a field that makes number x amount = amount right in most
    rows is the third.
    """
    taken = {target.pointer for target in mapping.targets.values()}
    amounts = [target for target in targets if _is_amount(target)]
    numbers = [target for target in targets if _is_number(target)]
    free = [target for target in (*numbers, *amounts) if target.pointer not in taken]
    if not free or not numbers or len(amounts) < 2:
        return mapping
    figures = _figures(mapping, style)
    known = {t.pointer: column for column, t in mapping.targets.items()}
    open_columns = [
        column
        for column, values in figures.items()
        if column not in mapping.targets and any(value is not None for value in values)
    ]
    trios = [(number, *pair) for number, pair in product(numbers, permutations(amounts, 2))]
    for column, target in product(open_columns, free):
        if any(_completes(column, target, trio, known, figures) for trio in trios):
            targets_of_columns = {**mapping.targets, column: target}
            return replace(mapping, targets=targets_of_columns, score=mapping.score + PROVEN)
    return mapping


def _figures(mapping: Mapping, style: Style) -> dict[int, list[Decimal | None]]:
    """What stands in the first rows of each column, as numbers."""
    grid = mapping.table.grid()[mapping.first_row : mapping.first_row + ROWS]
    return {
        column: [_figure(row[column], style) for row in grid]
        for column in range(mapping.table.columns)
    }


def _completes(
    column: int, target: Target, trio: Sequence[Target], known: dict[str, int],
    figures: dict[int, list[Decimal | None]],
) -> bool:  # fmt: skip
    """Whether number x price = total where `column` is `target`, one of them, and the others have
    columns of their own."""
    if target not in trio:
        return False
    columns = [column if t is target else known.get(t.pointer) for t in trio]
    told = [figures[at] for at in columns if at is not None]
    return len(told) == len(set(columns)) == len(trio) and _multiplies(*told)


def _is_amount(target: Target) -> bool:
    return isinstance(target.leaf.kind, Money) and not target.negative


def _is_number(target: Target) -> bool:
    kind = target.leaf.kind
    return isinstance(kind, Number) and not isinstance(kind, Money)


def _figure(text: str, style: Style) -> Decimal | None:
    found = reading(Number(), text, style) or reading(Money(), text, style)
    return Decimal(found[0]) if found else None


def _multiplies(
    numbers: Sequence[Decimal | None], prices: Sequence[Decimal | None],
    totals: Sequence[Decimal | None],
) -> bool:  # fmt: skip
    rows = [row for row in zip(numbers, prices, totals, strict=True) if None not in row]
    right = sum(
        number is not None and price is not None and total is not None
        and abs(number * price - total) <= CENT and number not in (0, 1)
        for number, price, total in rows
    )  # fmt: skip
    trivial = sum(number == 1 and price == total for number, price, total in rows)
    return right >= 1 and right + trivial >= SHARE * len(rows)
