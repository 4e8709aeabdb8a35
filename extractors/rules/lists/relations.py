"""Columns told by arithmetic: a count times a price is a line's total, a rate of an amount is the
tax on it, a balance is the one before it and what was moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, permutations, product

from docglean.extractors.rules.fields.amounts import CENT
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.lists.targets import Target

PROVEN, TRIVIAL = 1.5, 0.4
"""Worth of what arithmetic tells where it holds in all rows, and where it does but for factors
of 1."""
SHARE = 0.6
"""Share of the rows in which it must hold."""

PRICES = frozenset({"price", "unit", "each"})
"""Words in the names of fields for what one thing costs."""

Figures = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Relation:
    """Columns that arithmetic ties together, as which fields.

    Attributes:
        rows: in which it holds, and says something.
        worth: how much it is worth that it holds in these rows.
    """

    columns: Mapping[int, Target]
    rows: frozenset[int]
    worth: float


def relations(
    figures: Mapping[int, Figures],
    targets: Sequence[Target],
    shares: frozenset[int],
    printed: Collection[Decimal] = (),
) -> Iterator[Relation]:
    """What arithmetic says of a table's columns.

    Args:
        figures: of each column that has some, by row.
        shares: columns that are printed in per cent.
        printed: amounts anywhere in the document, that columns may add up to.
    """
    by_role: dict[str, list[Target]] = {}
    for target in targets:
        if not target.negative:
            by_role.setdefault(target.role, []).append(target)
    amounts, counts = by_role.get("amount", []), by_role.get("count", [])
    each = [target for target in amounts if PRICES & set(tokens(target.leaf.name))]
    pairs = [pair for pair in permutations(amounts, 2) if pair[0] in each and pair[1] not in each]
    pairs = pairs or list(permutations(amounts, 2))
    found = False
    for trio in permutations(figures, 3) if pairs else ():
        others: list[int | None] = [None]
        if counts and not shares & set(trio):
            firsts, of = counts, Decimal(1)
            others += (column for column in figures if column not in trio)
        elif not counts and not shares & set(trio[1:]):
            firsts, of = by_role.get("rate", []), Decimal(100)
        else:
            continue
        told = [figures[column] for column in trio]
        held = {off: _holds(told, of, None if off is None else figures[off]) for off in others}
        off, (rows, worth) = max(held.items(), key=lambda one: one[1][1])
        less = {} if off is None else dict(zip([off], by_role.get("discount", []), strict=False))
        for first, pair in product(firsts, pairs) if worth else ():
            found |= bool(counts)
            yield Relation({**dict(zip(trio, (first, *pair), strict=True)), **less}, rows, worth)
    yield from _balances(figures, targets)
    if amounts and not found:
        signed = {target.pointer for target in targets if target.negative}
        whole = next((one for one in amounts if one.pointer in signed), amounts[-1])
        yield from _sums(figures, whole, printed)


def _sums(
    figures: Mapping[int, Figures], total: Target, printed: Collection[Decimal]
) -> Iterator[Relation]:
    """Columns of which two rows or more, one below the other, add up to an amount."""
    for column, values in figures.items():
        told = [(row, value) for row, value in enumerate(values) if value]
        for start in range(len(told)):
            running = told[start][1]
            for end in range(start + 1, len(told)):
                running += told[end][1]
                rest = [value for _, value in told[: end + 1]]
                if running in printed and running not in rest:
                    rows = frozenset(row for row, _ in told[start : end + 1])
                    yield Relation({column: total}, rows, TRIVIAL)
                    break


def _holds(
    told: Sequence[Figures], of: Decimal, discounts: Figures | None
) -> tuple[frozenset[int], float]:
    """In which rows the first figure times the second, divided by `of`, is the third, and what it
    is worth; nothing where it doesn't hold in most."""
    held: set[int] = set()
    trivial: set[int] = set()
    whole = 0
    for row, (a, b, c) in enumerate(zip(*told, strict=True)):
        if a is None or b is None or c is None:
            continue
        whole += 1
        off = discounts[row] if discounts else None
        if _near(a * b / of, c, off):
            (trivial if of == 1 and (1 in (abs(a), abs(b)) or not c) else held).add(row)
    rows = frozenset(held | trivial)
    if not rows or len(rows) < SHARE * whole:
        return frozenset(), 0.0
    return rows, (PROVEN if held else TRIVIAL) * len(rows) / whole


def _near(found: Decimal, said: Decimal, discount: Decimal | None) -> bool:
    if discount is None or not 0 < abs(discount) < 100:
        return abs(found - said) <= CENT
    off = abs(discount)
    return abs(found * (100 - off) / 100 - said) <= CENT or abs(found - off - said) <= CENT


def _balances(figures: Mapping[int, Figures], targets: Sequence[Target]) -> Iterator[Relation]:
    """Balances beside movements, in one column or in one for each sign."""
    signed = [target for target in targets if target.role == "amount"]
    less = [target for target in signed if target.negative]
    for balance, moved in permutations([t for t in signed if not t.negative], 2):
        minus = next((target for target in less if target.pointer == moved.pointer), None)
        if minus is None and less:
            continue  # the balance is the one without a sign of its own
        for last in figures:
            found = {c: _moves(figures[c], figures[last]) for c in figures if c != last}
            gains = {c: moved for c, (_, sign) in found.items() if sign > 0}
            losses = {c: minus for c, (_, sign) in found.items() if sign < 0 and minus}
            if len(gains) <= 1 and len(losses) <= 1 and (gains or losses):
                columns = {**gains, **losses}
                rows = frozenset().union(*(found[c][0] for c in columns))
                yield Relation({**columns, last: balance}, rows, PROVEN * len(columns))


def _moves(moved: Figures, balances: Figures) -> tuple[frozenset[int], int]:
    """The rows in which an amount leads from one balance to the next, down the page or up: with
    1, or with -1 where it is taken off; 0 where neither is so."""
    rows = [
        (row, m, b) for row, (m, b) in enumerate(zip(moved, balances, strict=True)) if b is not None
    ]
    down = [(row, m, now - last) for (_, _, last), (row, m, now) in pairwise(rows) if m]
    up = [(row, m, now - last) for (row, m, now), (_, _, last) in pairwise(rows) if m]
    for steps, sign in product((down, up), (1, -1)):
        right = [row for row, m, step in steps if m and abs(m * sign - step) <= CENT]
        if right and len(right) >= SHARE * len(steps):
            return frozenset(right), sign
    return frozenset(), 0
