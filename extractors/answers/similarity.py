"""How far two readings of the same entry agree, and which entries of two lists are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docglean.schemas.fields import Field
from docglean.schemas.kinds import Name, Text
from docglean.schemas.wire.dialects import Row

SAME_ENTRY = 0.5
"""Two readings of an entry are one entry from this likeness on (share of fields that agree)."""
NO_EVIDENCE = 0.5
"""Likeness of two readings that have no field in common."""
PART = 0.8
"""Likeness of a text and a piece of it: an entry cut by a page break."""
SILENCE = 0.1
"""Weight of a field that only one of two readings has."""
BAND = 60
"""How far long lists may be out of step; short ones are compared entry by entry."""
SHORT = 40_000
"""Pairs of entries that are all compared."""


def same_value(field: Field, left: Any, right: Any) -> bool:
    """Whether two readings of a field say the same, by the field's kind."""
    left, right = bare(left), bare(right)
    if left is None or right is None:
        return left is None and right is None
    if field.shape == "object":
        return all(
            same_value(child, left.get(child.name), right.get(child.name))
            for child in field.children
        )
    if field.shape == "list":
        return len(left) == len(right) and all(
            same_value(field.item, a, b) for a, b in zip(left, right, strict=True)
        )
    return bool(left == right) or (field.kind is not None and field.kind.same(left, right))


def likeness(field: Field, left: Any, right: Any) -> float | None:
    """Share of fields that two readings of an entry agree on, 0 to 1; None without evidence.

    What only one of them has counts little: it may be on a page that the other did not see.
    """
    agree, both, one = _agreement(field, bare(left), bare(right))
    return agree / (both + SILENCE * one) if both else None


def _agreement(field: Field, left: Any, right: Any) -> tuple[float, float, float]:
    """Sum of likeness, fields that both have, fields that one has."""
    if left is None or right is None:
        return 0.0, 0.0, float(left is not right)
    if field.shape == "object":
        children = [child for child in field.children if child.shape != "list"]
        parts = [_agreement(child, left.get(child.name), right.get(child.name))
                 for child in children]  # fmt: skip
        return sum(p[0] for p in parts), sum(p[1] for p in parts), sum(p[2] for p in parts)
    if field.shape == "list":
        return _cells_agreement(field, left, right) if field.is_row_of_cells else (0.0, 0.0, 0.0)
    if same_value(field, left, right):
        return 1.0, 1.0, 0.0
    if not is_text(field):
        # A nearby amount or date is another one.
        return 0.0, 1.0, 0.0
    alike = field.kind.similarity(left, right) if field.kind else 0.0
    if alike < PART and is_piece(str(left), str(right)):
        alike = PART
    return alike, 1.0, 0.0


def _cells_agreement(field: Field, left: Any, right: Any) -> tuple[float, float, float]:
    """Of two rows, cell by cell; figures that differ are different ones, whatever stands there."""
    if len(left) != len(right):
        return 0.0, float(max(len(left), len(right))), 0.0
    agree = both = one = 0.0
    for a, b in zip(map(bare, left), map(bare, right), strict=True):
        a, b = (None if cell == "" else cell for cell in (a, b))
        cell = _agreement(field.item, a, b)
        same = cell[0] == 1.0 or figures(a) == figures(b) or is_piece(str(a), str(b))
        agree, both, one = agree + cell[0] * same, both + cell[1], one + cell[2]
    return agree, both, one


def figures(cell: Any) -> list[str]:
    """The digits of what is printed."""
    return [char for char in str(cell) if char.isdigit()]


def contradicts(field: Field, left: Any, right: Any) -> bool:
    """Whether a value that a page break cannot have cut differs: an amount, a date, a code."""
    left, right = bare(left), bare(right)
    if left is None or right is None or field.shape == "list":
        return False
    if field.shape == "object":
        return any(
            contradicts(child, left.get(child.name), right.get(child.name))
            for child in field.children
        )
    return not is_text(field) and not same_value(field, left, right)


def is_text(field: Field) -> bool:
    """Whether the field holds words that may run on over a page break."""
    return isinstance(field.kind, Text | Name)


def bare(entry: Any) -> Any:
    """An entry without its page."""
    return entry.value if isinstance(entry, Row) else entry


def is_piece(left: str, right: str) -> bool:
    """Whether the words of one text begin or end the other."""
    short, long = sorted((left.split(), right.split()), key=len)
    return long[: len(short)] == short or long[-len(short) :] == short


def pair_in_order(
    count: int, other: int, score: Callable[[int, int], float], same: Callable[[int, int], bool]
) -> list[tuple[int, int]]:
    """Index pairs of two lists, ascending on both sides, of greatest total score.

    Global alignment (Needleman and Wunsch, 1970) without a cost for gaps, of what is left when
    the entries at both ends that are simply the same are taken off.

    Args:
        count, other: lengths of the lists.
        score: how alike two entries are; below `SAME_ENTRY` they are never paired.
        same: whether two entries are certainly the same.
    """
    head = 0
    while head < min(count, other) and same(head, head):
        head += 1
    tail = 0
    while tail < min(count, other) - head and same(count - 1 - tail, other - 1 - tail):
        tail += 1
    n, m = count - head - tail, other - head - tail
    inner = _align(n, m, lambda i, j: score(head + i, head + j))
    return [
        *((i, i) for i in range(head)),
        *((head + i, head + j) for i, j in inner),
        *((count - tail + i, other - tail + i) for i in range(tail)),
    ]


def _align(n: int, m: int, score: Callable[[int, int], float]) -> list[tuple[int, int]]:
    if not n or not m:
        return []
    width = m if n * m <= SHORT else BAND + abs(n - m)
    # best[i][j]: the greatest total of entries from i and from j on. Outside the band: nothing.
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    taken = [bytearray(m) for _ in range(n)]
    for i in range(n - 1, -1, -1):
        row, below = best[i], best[i + 1]
        middle = i * m // n
        first, last = max(0, middle - width), min(m, middle + width + 1)
        for j in range(m - 1, -1, -1):
            row[j] = max(below[j], row[j + 1])
            if first <= j < last:
                alike = score(i, j)
                if alike >= SAME_ENTRY and alike + below[j + 1] >= row[j]:
                    row[j] = alike + below[j + 1]
                    taken[i][j] = 1
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < n and j < m:
        if taken[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
