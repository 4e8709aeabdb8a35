"""Answers of windows and groups of fields -> one document.

Lists are joined across page breaks by the page that each entry says it starts on: what two
windows both saw appears once, equal entries that are really there twice stay. Single values are
taken from the first (or, where the field says so, the last) window that has them; others that
differ are kept as problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from docglean.schemas.dialects import Row
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field

SAME_ENTRY = 0.5
"""Two windows' readings of an entry are one entry from this similarity on (share of fields)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one window says: the pages it was shown, and decoded data in the schema's shape."""

    pages: tuple[int, ...]
    data: Any


def merge(root: Field, readings: Sequence[Reading]) -> tuple[Any, list[Problem]]:
    """One document's data, with list entries still as `Row`s, and the conflicts found.

    Readings of the same pages (groups of fields) are put together first, then the windows in
    the order of their pages. Readings may overlap.
    """
    conflicts: list[Problem] = []
    windows: dict[tuple[int, ...], list[Any]] = {}
    for reading in readings:
        windows.setdefault(reading.pages, []).append(_with_absolute_pages(reading))
    ordered = sorted(windows, key=lambda pages: (pages[0], pages[-1]) if pages else (0, 0))
    united = [
        Reading(pages, _unite_groups(root, windows[pages], conflicts)) for pages in ordered
    ]
    return _merge(root, united, "", conflicts), conflicts


def _merge(field: Field, readings: Sequence[Reading], pointer: str, out: list[Problem]) -> Any:
    if field.shape == "object":
        return {
            child.name: _merge(
                child,
                [Reading(r.pages, (r.data or {}).get(child.name)) for r in readings],
                f"{pointer}/{child.name}",
                out,
            )
            for child in field.children
        }
    if field.shape == "list":
        rows: list[Row] = []
        seen: tuple[int, ...] = ()
        for reading in readings:
            rows = join_rows(field.item, rows, reading.data or [], seen, reading.pages)
            seen = tuple(sorted({*seen, *reading.pages}))
        return rows
    return _take(field, [(r.pages, r.data) for r in readings], pointer, out)


def _take(
    field: Field,
    candidates: Sequence[tuple[tuple[int, ...], Any]],
    pointer: str,
    out: list[Problem],
) -> Any:
    """The value of a single field, and a problem for each other value that differs."""
    present = [(pages, value) for pages, value in candidates if value is not None]
    if not present:
        return None
    _, taken = present[-1] if field.take == "last" else present[0]
    differing: list[Any] = []
    for pages, value in present:
        if not same_value(field, value, taken) and value not in differing:
            differing.append(value)
            out.append(
                Problem(
                    code="conflict",
                    message=f"{pointer} is {taken!r}, but page {_span(pages)} says {value!r}.",
                    path=pointer,
                    page=pages[0] if pages else None,
                    way_out="Look at both places; the value kept is the "
                    f"{field.take} one in the document.",
                )
            )
    return taken


def _span(pages: tuple[int, ...]) -> str:
    if not pages:
        return "?"
    return str(pages[0]) if len(pages) == 1 else f"{pages[0]} to {pages[-1]}"


def join_rows(
    item: Field,
    earlier: Sequence[Row],
    later: Sequence[Row],
    earlier_pages: tuple[int, ...],
    later_pages: tuple[int, ...],
) -> list[Row]:
    """Entries of two neighbouring windows as one list.

    Args:
        item: the field of an entry.
        earlier, later: the entries, in page order.
        earlier_pages, later_pages: the pages that each window was shown.
    """
    if not earlier or not later:
        return [*earlier, *later]
    shared = set(earlier_pages) & set(later_pages)
    rows = list(earlier)
    rest = list(later)
    while rest and rest[0].continued:
        head = rest.pop(0)
        before = next(
            (i for i in reversed(range(len(rows))) if rows[i].page not in shared), None
        )
        if before is None:
            rows.insert(0, replace(head, continued=False))
        else:
            rows[before] = _one_entry(item, rows[before], head, earlier_pages, later_pages)
    if not shared:
        return rows + rest
    if any(row.page is None for row in rest) or any(row.page is None for row in rows):
        return _join_by_sequence(item, rows, rest)
    first = min(shared)
    certain = list(takewhile(lambda row: row.page is not None and row.page < first, rows))
    mine = rows[len(certain) :]
    theirs = [row for row in rest if row.page in shared]
    after = [row for row in rest if row.page not in shared]
    both = _align(item, mine, theirs, earlier_pages, later_pages, certain[-1] if certain else None)
    return certain + both + after


def _align(
    item: Field,
    mine: Sequence[Row],
    theirs: Sequence[Row],
    my_pages: tuple[int, ...],
    their_pages: tuple[int, ...],
    previous: Row | None,
) -> list[Row]:
    """Two readings of the entries on the shared pages: paired in order, nothing lost.

    The later window saw all of an entry that runs on past the shared page, so its reading of a
    pair wins; the earlier one saw the top of the page, so a leading fragment which only the
    later one has, and which the entry before explains, is dropped.
    """
    pairs = _pair_in_order(item, mine, theirs)
    rows: list[Row] = []
    i = j = 0
    for a, b in [*pairs, (len(mine), len(theirs))]:
        rows.extend(mine[i:a])
        for row in theirs[j:b]:
            fragment = j == 0 and pairs and previous is not None and _is_part(row, previous)
            if not fragment:
                rows.append(row)
        if a < len(mine):
            rows.append(_one_entry(item, theirs[b], mine[a], their_pages, my_pages))
        i, j = a + 1, b + 1
    return rows


def _pair_in_order(
    item: Field, mine: Sequence[Row], theirs: Sequence[Row]
) -> list[tuple[int, int]]:
    """Index pairs, ascending on both sides, of greatest total similarity (global alignment)."""
    n, m = len(mine), len(theirs)
    if n == m and all(same_value(item, a.value, b.value) for a, b in zip(mine, theirs, strict=True)):
        return [(i, i) for i in range(n)]
    alike = np.array([[similarity(item, a.value, b.value) for b in theirs] for a in mine])
    alike = alike.reshape(n, m)
    best = np.zeros((n + 1, m + 1))
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            pair = alike[i, j] + best[i + 1, j + 1] if alike[i, j] >= SAME_ENTRY else -1.0
            best[i, j] = max(pair, best[i + 1, j], best[i, j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < n and j < m:
        if alike[i, j] >= SAME_ENTRY and best[i, j] == alike[i, j] + best[i + 1, j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
    return pairs


def _join_by_sequence(item: Field, rows: list[Row], rest: list[Row]) -> list[Row]:
    """Without pages: the longest end of one list that begins the other is there once."""
    for size in range(min(len(rows), len(rest)), 0, -1):
        tail, head = rows[-size:], rest[:size]
        if all(same_value(item, a.value, b.value) for a, b in zip(tail, head, strict=True)):
            return rows + rest[size:]
    return rows + rest


def _one_entry(
    item: Field, kept: Row, other: Row, kept_pages: tuple[int, ...], other_pages: tuple[int, ...]
) -> Row:
    """Two readings of one entry: what `kept` lacks comes from `other`, nested lists are joined."""
    if item.shape == "object":
        value = _one_object(item, kept.value, other.value, kept_pages, other_pages)
    else:
        value = kept.value or other.value
    page = min((p for p in (kept.page, other.page) if p is not None), default=None)
    return Row(value, page, kept.continued and other.continued)


def _one_object(
    field: Field, kept: Any, other: Any, kept_pages: tuple[int, ...], other_pages: tuple[int, ...]
) -> dict[str, Any]:
    kept, other = kept or {}, other or {}
    united: dict[str, Any] = {}
    for child in field.children:
        a, b = kept.get(child.name), other.get(child.name)
        if child.shape == "list":
            united[child.name] = _nested(child.item, a or [], b or [], kept_pages, other_pages)
        elif child.shape == "object":
            united[child.name] = _one_object(child, a, b, kept_pages, other_pages)
        else:
            united[child.name] = a if a is not None else b
    return united


def _nested(
    item: Field, kept: list[Row], other: list[Row], kept_pages: tuple[int, ...],
    other_pages: tuple[int, ...],
) -> list[Row]:
    if kept_pages <= other_pages:
        return join_rows(item, kept, other, kept_pages, other_pages)
    return join_rows(item, other, kept, other_pages, kept_pages)


def _unite_groups(field: Field, parts: Sequence[Any], out: list[Problem], pointer: str = "") -> Any:
    """Answers about different fields of the same pages, as one."""
    parts = [part for part in parts if part is not None]
    if len(parts) <= 1:
        return parts[0] if parts else None
    if field.shape == "object":
        return {
            child.name: _unite_groups(
                child,
                [part[child.name] for part in parts if child.name in part],
                out,
                f"{pointer}/{child.name}",
            )
            for child in field.children
            if any(child.name in part for part in parts)
        }
    if field.shape == "list":
        longest = max(parts, key=len)
        if len({len(part) for part in parts if part}) > 1:
            out.append(
                Problem(
                    code="rows_misaligned",
                    message=f"{pointer} was read in groups of fields that count different numbers "
                    "of entries; they were put together in order.",
                    path=pointer,
                    severity="error",
                    way_out="Ask for fewer fields of the list at once.",
                )
            )
        return [
            replace(
                row,
                value=_unite_groups(
                    field.item,
                    [part[index].value for part in parts if index < len(part)],
                    out,
                    f"{pointer}/{index}",
                ),
            )
            for index, row in enumerate(longest)
        ]
    return next((part for part in parts if part is not None), None)


def _with_absolute_pages(reading: Reading) -> Any:
    """Entries' pages as the document counts them; None for all where they make no sense.

    A model may count pages from the first one that it was shown; where every page named would
    fit that, it is undone.
    """
    named = list(_pages(reading.data))
    shown = set(reading.pages)
    if all(page in shown for page in named if page is not None):
        return reading.data
    relative = set(range(1, len(reading.pages) + 1))
    if all(page in relative for page in named if page is not None):
        return _map_pages(reading.data, lambda page: reading.pages[page - 1])
    return _map_pages(reading.data, lambda page: page if page in shown else None)


def _pages(data: Any) -> Iterator[int | None]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _pages(value)
    elif isinstance(data, list):
        for entry in data:
            yield from _pages(entry)
    elif isinstance(data, Row):
        yield data.page
        yield from _pages(data.value)


def _map_pages(data: Any, change: Callable[[int], int | None]) -> Any:
    if isinstance(data, dict):
        return {name: _map_pages(value, change) for name, value in data.items()}
    if isinstance(data, list):
        return [_map_pages(entry, change) for entry in data]
    if isinstance(data, Row):
        page = None if data.page is None else change(data.page)
        return replace(data, value=_map_pages(data.value, change), page=page)
    return data


def _is_part(row: Row, whole: Row) -> bool:
    """Whether every text of `row` stands in a text of `whole`: the end of a broken entry."""
    texts = list(_texts(row.value))
    wholes = list(_texts(whole.value))
    return bool(texts) and all(any(text in other for other in wholes) for text in texts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(_bare(inner))
    elif value is not None:
        yield str(value)


def same_value(field: Field, left: Any, right: Any) -> bool:
    """Whether two readings of a field say the same, by the field's kind."""
    if left is None or right is None:
        return left is None and right is None
    if field.shape == "object":
        return all(
            same_value(child, left.get(child.name), right.get(child.name))
            for child in field.children
        )
    if field.shape == "list":
        return len(left) == len(right) and all(
            same_value(field.item, _bare(a), _bare(b)) for a, b in zip(left, right, strict=True)
        )
    return field.kind.same(left, right) if field.kind else left == right


def similarity(field: Field, left: Any, right: Any) -> float:
    """Share of fields that two readings of an entry agree on, 0 to 1; empty ones do not count."""
    agree, total = _agreement(field, left, right)
    return agree / total if total else 1.0


def _agreement(field: Field, left: Any, right: Any) -> tuple[float, float]:
    if left is None and right is None:
        return 0.0, 0.0
    if left is None or right is None:
        return 0.0, 0.5
    if field.shape == "object":
        pairs = [
            _agreement(child, left.get(child.name), right.get(child.name))
            for child in field.children
            if child.shape != "list"
        ]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if field.shape == "list":
        if not left and not right:
            return 0.0, 0.0
        common = min(len(left), len(right))
        pairs = [
            _agreement(field.item, _bare(a), _bare(b))
            for a, b in zip(left[:common], right[:common], strict=True)
        ]
        total = sum(pair[1] for pair in pairs) + abs(len(left) - len(right))
        return sum(pair[0] for pair in pairs), total
    return (field.kind.similarity(left, right) if field.kind else float(left == right)), 1.0


def _bare(entry: Any) -> Any:
    return entry.value if isinstance(entry, Row) else entry
