"""What was read on some pages, and answers about different fields of them put together.

`unite` pairs list entries by their page and by the fields that each group of fields repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from docglean.extractors.answers.conflicts import dissent
from docglean.extractors.answers.similarity import (
    NO_EVIDENCE,
    SAME_ENTRY,
    bare,
    contradicts,
    likeness,
    pair_in_order,
    same_value,
)
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.wire.dialects import Dissent, Row


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read on some pages.

    Attributes:
        pages: numbers of the units shown, ascending.
        data: decoded data in the schema's shape, list entries as `Row`s; None where there is no
            answer.
    """

    pages: tuple[int, ...]
    data: Any


def placed(reading: Reading) -> Reading:
    """The reading with each entry's page as the document counts it, as far as it can be told.

    A model may count pages from the first one that it was shown; where every page that it names
    would fit that, it is undone. An entry without a page stands where the one before it does.
    """
    shown, named = set(reading.pages), set(_pages(reading.data))
    change: Callable[[int], int | None]
    if len(shown) == 1:
        change = dict.fromkeys(named, reading.pages[0]).get
    elif named <= shown:
        change = int
    elif named <= set(range(1, len(shown) + 1)):
        change = dict(enumerate(reading.pages, start=1)).get
    else:
        # Some models tell of the page beside what they were shown, from what runs over to it.
        change = {page: page for page in (*shown, min(shown) - 1, max(shown) + 1)}.get
    return replace(reading, data=_placed(reading.data, change))


def _pages(data: Any) -> Iterator[int]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _pages(value)
    elif isinstance(data, list):
        for row in data:
            if row.page is not None and not row.continued:
                yield row.page
            yield from _pages(row.value)


def _placed(data: Any, change: Callable[[int], int | None]) -> Any:
    if isinstance(data, dict):
        return {name: _placed(value, change) for name, value in data.items()}
    if not isinstance(data, list):
        return data
    told = [None if row.page is None or row.continued else change(row.page) for row in data]
    known = [page for page in told if page is not None]
    # Before the first entry with a page there may be some without: the same page, most likely.
    last = known[0] if known else None
    rows: list[Row] = []
    for row, page in zip(data, told, strict=True):
        last = last if page is None else page
        rows.append(Row(_placed(row.value, change), None if row.continued else last, row.continued))
    return rows


def woven(
    mine: Sequence[Row],
    theirs: Sequence[Row],
    pairs: Sequence[tuple[int, int]],
    one: Callable[[Row, Row], Row],
) -> list[Row]:
    """Both lists in order, with one entry for each pair."""
    rows: list[Row] = []
    i = j = 0
    for a, b in [*pairs, (len(mine), len(theirs))]:
        rows += mine[i:a]
        rows += theirs[j:b]
        if a < len(mine):
            rows.append(one(mine[a], theirs[b]))
        i, j = a + 1, b + 1
    return rows


def unite(root: Field, readings: Sequence[Reading]) -> tuple[Reading, list[Problem]]:
    """Readings of different fields on the same pages as one; and what did not fit together."""
    pages = tuple(sorted({page for reading in readings for page in reading.pages}))
    problems: list[Problem] = []
    answers = [reading.data for reading in readings if reading.data is not None]
    return Reading(pages, _unite(root, answers, "", problems)), problems


def _unite(field: Field, parts: Sequence[Any], pointer: str, out: list[Problem]) -> Any:
    present = [part for part in parts if part is not None]
    if len(present) <= 1:
        return present[0] if present else None
    if field.shape == "object":
        return {
            child.name: _unite(
                child,
                [part[child.name] for part in present if child.name in part],
                f"{pointer}/{child.name}",
                out,
            )
            for child in field.children
            if any(child.name in part for part in present)
        }
    if field.shape == "value":
        return present[0]
    rows: list[Row] = present[0]
    lost = 0
    for other in present[1:]:
        pairs = _pair_parts(field.item, rows, other)
        lost += max(len(rows), len(other)) - len(pairs)

        def one(a: Row, b: Row) -> Row:
            said = [*a.dissents, *b.dissents]
            page = b.page if a.page is None else a.page
            _differing(field.item, a.value, b.value, "", () if page is None else (page,), said)
            value = _unite(field.item, [a.value, b.value], pointer, out)
            return Row(value, page, a.continued and b.continued, tuple(said))

        rows = woven(rows, other, pairs, one)
    if lost:
        out.append(
            Problem(
                code="rows_misaligned",
                message=f"{pointer} was read in parts that do not have the same entries; "
                f"{lost} of them are not whole.",
                path=pointer,
                severity="error",
                way_out="Ask for fewer fields of the list, or use another engine.",
            )
        )
    return rows


def _differing(
    field: Field, taken: Any, other: Any, at: str, pages: tuple[int, ...], out: list[Dissent]
) -> None:
    """Note what two groups say differently of a field that both asked for."""
    if field.shape == "value":
        dissent(field, at, taken, other, pages, out)
    elif field.shape == "object" and taken is not None and other is not None:
        for child in field.children:
            if child.name in taken and child.name in other:
                _differing(child, taken[child.name], other[child.name], f"{at}/{child.name}",
                           pages, out)  # fmt: skip


def _pair_parts(item: Field, rows: list[Row], other: list[Row]) -> list[tuple[int, int]]:
    """Which entries are the same: by their page and by the fields that both groups asked for."""

    def pages_fit(i: int, j: int) -> bool:
        return None in (rows[i].page, other[j].page) or rows[i].page == other[j].page

    def score(i: int, j: int) -> float:
        alike = likeness(item, *_common(item, rows[i].value, other[j].value))
        if alike is None:
            return NO_EVIDENCE if pages_fit(i, j) else 0.0
        return alike + (0.25 if pages_fit(i, j) else 0.0) if alike >= SAME_ENTRY else 0.0

    def same(i: int, j: int) -> bool:
        left, right = _common(item, rows[i].value, other[j].value)
        return pages_fit(i, j) and same_value(item, left, right)

    if len(rows) == len(other) and all(
        pages_fit(i, i) and not contradicts(item, rows[i].value, other[i].value)
        for i in range(len(rows))
    ):
        return [(i, i) for i in range(len(rows))]
    return pair_in_order(len(rows), len(other), score, same)


def _common(item: Field, left: Any, right: Any) -> tuple[Any, Any]:
    """Two parts of an entry, cut down to the single fields that both asked for."""
    left, right = bare(left), bare(right)
    if item.shape != "object" or left is None or right is None:
        return left, right
    a: dict[str, Any] = {}
    b: dict[str, Any] = {}
    for child in item.children:
        if child.shape != "list" and child.name in left and child.name in right:
            a[child.name], b[child.name] = _common(child, left[child.name], right[child.name])
    return a, b


def overlaid(
    root: Field, values: dict[str, Any], others: dict[str, Any], asked: frozenset[str] | None
) -> dict[str, Any]:
    """The values of one reading with those of another in place of what was asked for again.

    Lists that were asked for are the other's as a whole.
    """
    if asked is None:
        return others
    take = partial(_overlaid, asked=asked)
    return {child.name: take(child, values.get(child.name), others.get(child.name))
            for child in root.children}  # fmt: skip


def _overlaid(field: Field, mine: Any, theirs: Any, asked: frozenset[str]) -> Any:
    if not any(leaf.path in asked for leaf in field.leaves()):
        return mine
    if field.shape != "object":
        return theirs
    left, right = (one if isinstance(one, dict) else {} for one in (mine, theirs))
    return {
        child.name: _overlaid(child, left.get(child.name), right.get(child.name), asked)
        for child in field.children
    }
