"""Windows of pages put together: what two of them saw is there once, and nothing is lost.

List entries are joined by the page that each says it starts on: what two windows both saw appears
once, equal entries that are really there twice stay, an entry cut by the edge of a window is made
whole. Single values come from the first window that has them (or the last, where the field says
so); others that differ are kept as problems. The result is a `Reading` again, so that halves of
halves are put together in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docglean.extractors.answers.conflicts import dissent
from docglean.extractors.answers.cuts import Seam, glued, one_text, seam_of, unmarked
from docglean.extractors.answers.readings import Reading, woven
from docglean.extractors.answers.similarity import (
    NO_EVIDENCE,
    SAME_ENTRY,
    contradicts,
    is_text,
    likeness,
    pair_in_order,
    same_value,
)
from docglean.schemas.errors import Problem, shown
from docglean.schemas.fields import Field
from docglean.schemas.wire.dialects import Dissent, Row

SURELY = 0.8
"""Average likeness of a run of entries that is taken to be the same one, without pages."""
LONGEST_RUN = 400
MISREAD = 0.7
"""Likeness from which two readings with another amount or date are one entry, misread."""


def join(root: Field, readings: Sequence[Reading]) -> tuple[Reading, list[Problem]]:
    """Readings of the same fields on different pages, which may overlap, as one; and conflicts."""
    ordered = sorted(readings, key=lambda reading: (reading.pages[:1], reading.pages[-1:]))
    seen = tuple(sorted({page for reading in ordered for page in reading.pages}))
    answered = [reading for reading in ordered if reading.data is not None]
    conflicts: list[Problem] = []
    if not answered:
        return Reading(seen, None), conflicts
    return Reading(seen, _join(root, answered, "", conflicts)), conflicts


def _join(field: Field, readings: Sequence[Reading], pointer: str, out: list[Problem]) -> Any:
    if len(readings) == 1:
        return readings[0].data
    if field.shape == "object":
        return {
            child.name: _join(
                child,
                [Reading(r.pages, r.data[child.name]) for r in readings],
                f"{pointer}/{child.name}",
                out,
            )
            for child in field.children
            if child.name in readings[0].data
        }
    if field.shape == "value":
        return _take(field, readings, pointer, out)
    rows: list[Row] = []
    seen: tuple[int, ...] = ()
    for reading in readings:
        rows = join_rows(field.item, rows, reading.data, seam_of(seen, reading.pages))
        seen = tuple(sorted({*seen, *reading.pages}))
    return rows


def _take(field: Field, readings: Sequence[Reading], pointer: str, out: list[Problem]) -> Any:
    """The value of a single field, and a problem for each other value that differs."""
    present = [reading for reading in readings if reading.data is not None]
    if is_text(field):
        present = _assembled(present)
    if field.take == "last":
        present.reverse()
    if not present:
        return None
    taken = present[0].data
    differing: list[Any] = []
    for reading in present[1:]:
        value = reading.data
        if same_value(field, value, taken) or value in differing:
            continue
        differing.append(value)
        out.append(
            Problem(
                code="conflict",
                message=f"{pointer} is {shown(taken)}, but {_span(reading.pages)} "
                f"says {shown(value)}.",
                path=pointer,
                page=reading.pages[0] if reading.pages else None,
                way_out=f"Look at both places; the value kept is the {field.take} one.",
            )
        )
    return taken


def _assembled(readings: Sequence[Reading]) -> list[Reading]:
    """Texts that a page has cut, and of which each window saw a part, as one."""
    texts: list[Reading] = []
    for reading in readings:
        before = texts[-1] if texts else None
        whole = None
        if before is not None:
            seam = seam_of(before.pages, reading.pages)
            whole = glued(str(before.data), str(reading.data), seam)
        if before is None or whole is None:
            texts.append(reading)
        else:
            texts[-1] = Reading(tuple(sorted({*before.pages, *reading.pages})), whole)
    return texts


def _span(pages: tuple[int, ...]) -> str:
    if len(pages) == 1:
        return f"page {pages[0]}"
    return f"one of the pages {pages[0]} to {pages[-1]}" if pages else "another part"


def join_rows(item: Field, earlier: Sequence[Row], later: Sequence[Row], seam: Seam) -> list[Row]:
    """Entries of two windows as one list."""
    if not earlier or not later:
        return [*earlier, *later]
    seam = _widened(seam, earlier, later)
    rows, rest = list(earlier), list(later)
    # Where the entries begin that both windows could see.
    cut = _from_page(rows, min(seam.shared)) if seam.shared else len(rows)
    while rest and rest[0].continued:
        head = rest[0]
        if cut < len(rows) and same_value(item, rows[cut].value, head.value):
            break  # it begins on the shared page after all
        rest.pop(0)
        if cut and _goes_on(item, rows[cut - 1], head, seam):
            rows[cut - 1] = _continued(item, rows[cut - 1], head, seam)
        else:
            rows.insert(cut, head)
            cut += 1
    if not seam.shared or not rest:
        return rows + rest
    if all(row.page is None for row in rest) or all(row.page is None for row in rows):
        return _join_by_sequence(item, rows, rest, seam)
    end = _from_page(rest, max(seam.shared) + 1)
    return rows[:cut] + _both(item, rows[cut:], rest[:end], seam) + rest[end:]


def _from_page(rows: Sequence[Row], page: int) -> int:
    """Index of the first entry that begins on this page or later; behind the last if none does."""
    begun = (number for number, row in enumerate(rows) if row.page is not None and row.page >= page)
    return next(begun, len(rows))


def _widened(seam: Seam, earlier: Sequence[Row], later: Sequence[Row]) -> Seam:
    """The seam with the pages that one window told of though only the other was shown them."""
    told = {row.page for row in later if row.page in seam.earlier}
    told |= {row.page for row in earlier if row.page in seam.later}
    more = frozenset(page for page in told if page is not None)
    return seam if more <= seam.shared else replace(seam, shared=seam.shared | more)


def _both(item: Field, mine: list[Row], theirs: list[Row], seam: Seam) -> list[Row]:
    """Two readings of the entries that begin on the shared pages: paired in order, none lost.

    The later window saw all of an entry that runs on past the shared pages, so its reading of a
    pair goes first.
    """

    def score(i: int, j: int) -> float:
        left, right = mine[i].value, theirs[j].value
        alike = likeness(item, left, right)
        if alike is None:
            return NO_EVIDENCE
        # Rather a row twice than two rows as one.
        other = item.is_row_of_cells or contradicts(item, left, right)
        return 0.0 if alike < MISREAD and other else alike

    def same(i: int, j: int) -> bool:
        return same_value(item, mine[i].value, theirs[j].value)

    pairs = pair_in_order(len(mine), len(theirs), score, same)
    return woven(mine, theirs, pairs, lambda a, b: _one(item, a, b, seam))


def _one(item: Field, earlier: Row, later: Row, seam: Seam) -> Row:
    """Two readings of an entry as one."""
    out = [*earlier.dissents, *later.dissents]
    pages = sorted(seam.shared) if earlier.page is None else [earlier.page]
    value = _filled(item, later.value, earlier.value, seam, "", pages, out)
    return replace(earlier, value=value, dissents=tuple(out))


def _filled(
    field: Field,
    later: Any,
    earlier: Any,
    seam: Seam,
    pointer: str,
    pages: Sequence[int],
    out: list[Dissent],
) -> Any:
    """`later` with what only `earlier` has; nested lists joined."""
    if field.is_row_of_cells and later and earlier and len(later) == len(earlier):
        return [
            replace(
                b,
                value=_filled(field.item, b.value or None, a.value, seam, f"{pointer}/{i}",
                              pages, out),
            )
            for i, (a, b) in enumerate(zip(earlier, later, strict=True))
        ]  # fmt: skip
    if field.shape == "list" and not field.is_row_of_cells:
        return join_rows(field.item, earlier or [], later or [], seam)
    if field.shape == "object" and later is not None and earlier is not None:
        return _members(
            field, earlier, later,
            lambda child, a, b: _filled(child, b, a, seam, f"{pointer}/{child.name}", pages, out),
        )  # fmt: skip
    dissent(field, pointer, later or None, earlier or None, pages, out)
    return earlier if later is None else later


def _members(
    field: Field,
    earlier: Mapping[str, Any],
    later: Mapping[str, Any],
    joined: Callable[[Field, Any, Any], Any],
) -> dict[str, Any]:
    """An object of two windows, member by member; what numbers rows goes by those of both."""
    there = [child for child in field.children if child.name in earlier or child.name in later]
    members: dict[str, Any] = dict.fromkeys(child.name for child in there)
    for child in sorted(there, key=lambda child: child.row_numbers is not None):
        mine, theirs = earlier.get(child.name), later.get(child.name)
        if theirs and (about := child.row_numbers) is not None:
            # The later window's rows are the last ones.
            before = len(members.get(about.of) or ()) - len(later.get(about.of) or ())
            theirs = [_moved(row, about.at, before) for row in theirs]
        members[child.name] = joined(child, mine, theirs)
    return members


def _moved(row: Row, places: Sequence[int], by: int) -> Row:
    """An entry whose numbers at `places` count from `by` rows earlier."""
    numbers = [
        replace(cell, value=cell.value + by)
        if place in places and isinstance(cell.value, int)
        else cell
        for place, cell in enumerate(row.value)
    ]
    return replace(row, value=numbers)


def _join_by_sequence(item: Field, rows: list[Row], rest: list[Row], seam: Seam) -> list[Row]:
    """Without pages: the longest end of one list that begins the other is there once."""
    for size in range(min(len(rows), len(rest), LONGEST_RUN), 0, -1):
        total = 0.0
        for a, b in zip(rows[-size:], rest[:size], strict=True):
            alike = likeness(item, a.value, b.value) or 0.0
            total += alike
            if alike < SAME_ENTRY:
                break
        else:
            if total / size >= SURELY:
                filled = [
                    _one(item, a, b, seam) for a, b in zip(rows[-size:], rest[:size], strict=True)
                ]
                return rows[:-size] + filled + rest[size:]
    return rows + rest


# --- entries and texts broken by a page --------------------------------------------------------


def _goes_on(item: Field, row: Row, rest: Row, seam: Seam) -> bool:
    """Whether `rest` can be the rest of `row`: the last entry of the window before."""
    if item.is_row_of_cells:
        return seam.close and len(row.value) == len(rest.value)
    if item.holds_lists:
        # A long entry repeats its head on each page, not always quite the same.
        alike = likeness(item, row.value, rest.value)
        return alike is None or alike >= SAME_ENTRY or not contradicts(item, row.value, rest.value)
    return seam.close and not contradicts(item, row.value, rest.value)


def _continued(item: Field, row: Row, rest: Row, seam: Seam) -> Row:
    out = [*row.dissents, *rest.dissents]
    return replace(row, value=_prolonged(item, row.value, rest.value, seam, item.holds_lists,
                                         "", out), dissents=tuple(out))  # fmt: skip


def _prolonged(
    field: Field,
    value: Any,
    rest: Any,
    seam: Seam,
    repeats: bool,
    pointer: str,
    out: list[Dissent],
) -> Any:
    """A value and what a later page shows of it. `repeats`: the page may show its head again."""
    if field.is_row_of_cells:
        return [
            replace(a, value=_prolonged(field.item, a.value or None, b.value or None, seam,
                                        repeats, f"{pointer}/{i}", out) or "")
            for i, (a, b) in enumerate(zip(value, rest, strict=True))
        ]  # fmt: skip
    if field.shape == "list":
        return join_rows(field.item, value or [], rest or [], seam)
    if value is None or rest is None:
        return rest if value is None else value
    if field.shape == "object":
        return _members(
            field, value, rest,
            lambda child, a, b: _prolonged(child, a, b, seam, repeats, f"{pointer}/{child.name}",
                                           out),
        )  # fmt: skip
    if not is_text(field):
        dissent(field, pointer, value, rest, seam.later, out)
        return value
    if repeats and same_value(field, value, rest):
        return value
    return _prolonged_text(value, rest, seam, repeats)


def _prolonged_text(value: Any, rest: Any, seam: Seam, repeats: bool) -> str:
    first, second = unmarked(str(value)), unmarked(str(rest))
    if seam.shared:
        whole = one_text(first, second, least=1)
        return f"{first} {second}" if whole is None else whole
    return first if repeats and f" {second} " in f" {first} " else f"{first} {second}"
