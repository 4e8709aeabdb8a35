"""Answers about windows and groups of fields -> one document.

`join` puts windows of pages together: list entries by the page that each says it starts on, so
that what two windows both saw appears once and equal entries that are really there twice stay.
`unite` puts groups of fields together, list entries by page and by the fields that each group
repeats. Both give a `Reading` again, so that halves of halves are put together in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from docglean.extractors.likeness import (
    NO_EVIDENCE,
    SAME_ENTRY,
    bare,
    contradicts,
    is_text,
    likeness,
    pair_in_order,
    same_value,
)
from docglean.extractors.prompts import CUT
from docglean.schemas.dialects import Row
from docglean.schemas.errors import Problem, shown
from docglean.schemas.fields import Field

SURELY = 0.8
"""Average likeness of a run of entries that is taken to be the same one, without pages."""
LONGEST_RUN = 400
MISREAD = 0.7
"""Likeness from which two readings with another amount or date are one entry, misread."""
SHARED_WORDS = 3
"""Words that the end of a text and the beginning of another share when they are one text."""
NEARLY = 85.0
"""rapidfuzz score from which a text is found in another, misread letters apart."""


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


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two windows meet: the pages of each, those that both saw, and whether none is
    missing between them."""

    earlier: tuple[int, ...]
    later: tuple[int, ...]
    shared: frozenset[int]
    close: bool


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
        change = {page: page for page in shown}.get
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


# --- windows of pages --------------------------------------------------------------------------


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
        rows = join_rows(field.item, rows, reading.data, _seam(seen, reading.pages))
        seen = tuple(sorted({*seen, *reading.pages}))
    return rows


def _seam(earlier: tuple[int, ...], later: tuple[int, ...]) -> Seam:
    shared = frozenset(earlier) & frozenset(later)
    close = bool(shared) or bool(earlier and later and later[0] == earlier[-1] + 1)
    return Seam(earlier, later, shared, close)


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
            seam = _seam(before.pages, reading.pages)
            whole = _glued(str(before.data), str(reading.data), seam)
        if before is None or whole is None:
            texts.append(reading)
        else:
            texts[-1] = Reading(tuple(sorted({*before.pages, *reading.pages})), whole)
    return texts


def _glued(first: str, second: str, seam: Seam) -> str | None:
    """Two readings as one text where they are parts of one, else None."""
    goes_on, begun = first.endswith(CUT), second.startswith(CUT)
    a, b = first.removesuffix(CUT).rstrip(), second.removeprefix(CUT).lstrip()
    if seam.shared or not (goes_on and begun):
        least = 1 if seam.shared and (goes_on or begun) else SHARED_WORDS
        whole = one_text(_unmarked(a), _unmarked(b), least=least)
    else:
        whole = None
    if whole is None:
        return f"{a} {b}" if goes_on and begun and seam.close else None
    return (f"{CUT} " if a.startswith(CUT) else "") + whole + (f" {CUT}" if b.endswith(CUT) else "")


def _unmarked(text: str) -> str:
    return text.removeprefix(CUT).removesuffix(CUT).strip()


def uncut(field: Field, data: Any) -> Any:
    """`data` (with or without `Row`s) without the marks of cut texts: nothing follows any more."""
    if isinstance(data, Row):
        return replace(data, value=uncut(field, data.value))
    if isinstance(data, dict):
        return {
            child.name: uncut(child, data[child.name])
            for child in field.children
            if child.name in data
        }
    if isinstance(data, list):
        return [uncut(field.item, entry) for entry in data]
    if isinstance(data, str) and CUT in data and is_text(field):
        return _unmarked(data) or None
    return data


def _span(pages: tuple[int, ...]) -> str:
    if len(pages) == 1:
        return f"page {pages[0]}"
    return f"one of the pages {pages[0]} to {pages[-1]}" if pages else "another part"


def join_rows(item: Field, earlier: Sequence[Row], later: Sequence[Row], seam: Seam) -> list[Row]:
    """Entries of two windows as one list."""
    if not earlier or not later:
        return [*earlier, *later]
    rows, rest = list(earlier), list(later)
    # Where the entries begin that both windows could see.
    cut = next(
        (
            index
            for index, row in enumerate(rows)
            if seam.shared and row.page is not None and row.page >= min(seam.shared)
        ),
        len(rows),
    )
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
    end = next(
        (
            index
            for index, row in enumerate(rest)
            if row.page is not None and row.page > max(seam.shared)
        ),
        len(rest),
    )
    return rows[:cut] + _both(item, rows[cut:], rest[:end], seam) + rest[end:]


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
        return 0.0 if alike < MISREAD and contradicts(item, left, right) else alike

    def same(i: int, j: int) -> bool:
        return same_value(item, mine[i].value, theirs[j].value)

    pairs = pair_in_order(len(mine), len(theirs), score, same)
    return _woven(
        mine, theirs, pairs, lambda a, b: replace(a, value=_filled(item, b.value, a.value, seam))
    )


def _woven(
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


def _filled(field: Field, later: Any, earlier: Any, seam: Seam) -> Any:
    """`later` with what only `earlier` has; nested lists joined."""
    if field.shape == "list":
        return join_rows(field.item, earlier or [], later or [], seam)
    if field.shape == "object" and later is not None and earlier is not None:
        return {
            child.name: _filled(child, later.get(child.name), earlier.get(child.name), seam)
            for child in field.children
            if child.name in later or child.name in earlier
        }
    return earlier if later is None else later


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
                    replace(a, value=_filled(item, b.value, a.value, seam))
                    for a, b in zip(rows[-size:], rest[:size], strict=True)
                ]
                return rows[:-size] + filled + rest[size:]
    return rows + rest


# --- entries and texts broken by a page --------------------------------------------------------


def _goes_on(item: Field, row: Row, rest: Row, seam: Seam) -> bool:
    """Whether `rest` can be the rest of `row`: the last entry of the window before."""
    if _holds_lists(item):
        # A long entry repeats its head on each page, not always quite the same.
        alike = likeness(item, row.value, rest.value)
        return alike is None or alike >= SAME_ENTRY or not contradicts(item, row.value, rest.value)
    return seam.close and not contradicts(item, row.value, rest.value)


def _holds_lists(item: Field) -> bool:
    return any(field.shape == "list" for field in item.walk())


def _continued(item: Field, row: Row, rest: Row, seam: Seam) -> Row:
    repeats = _holds_lists(item)
    return replace(row, value=_prolonged(item, row.value, rest.value, seam, repeats=repeats))


def _prolonged(field: Field, value: Any, rest: Any, seam: Seam, *, repeats: bool) -> Any:
    """A value and what a later page shows of it. `repeats`: the page may show its head again."""
    if field.shape == "list":
        return join_rows(field.item, value or [], rest or [], seam)
    if value is None or rest is None:
        return rest if value is None else value
    if field.shape == "object":
        return {
            child.name: _prolonged(
                child, value.get(child.name), rest.get(child.name), seam, repeats=repeats
            )
            for child in field.children
            if child.name in value or child.name in rest
        }
    if not is_text(field) or (repeats and same_value(field, value, rest)):
        return value
    first, second = _unmarked(str(value)), _unmarked(str(rest))
    if seam.shared:
        whole = one_text(first, second, least=1)
        return f"{first} {second}" if whole is None else whole
    return first if repeats and f" {second} " in f" {first} " else f"{first} {second}"


def one_text(first: str, second: str, *, least: int = SHARED_WORDS) -> str | None:
    """Two readings of parts of one text, the second of which does not begin earlier, as one.

    None where they have too little in common to be parts of the same.

    Args:
        least: words that they must share.
    """
    a, b = first.split(), second.split()
    size = next((n for n in range(min(len(a), len(b)), 0, -1) if a[-n:] == b[:n]), 0)
    if b[: len(a)] == a and len(a) >= least:
        return second
    if size >= least:
        return f"{first} {' '.join(b[size:])}".rstrip()
    from rapidfuzz.fuzz import partial_ratio

    if least <= len(b) <= len(a) and partial_ratio(first, second) >= NEARLY:
        return first
    return None


# --- groups of fields --------------------------------------------------------------------------


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
            # Conflicts inside entries would point to places that still move.
            value = _unite(field.item, [a.value, b.value], pointer, out)
            page = b.page if a.page is None else a.page
            return Row(value, page, a.continued and b.continued)

        rows = _woven(rows, other, pairs, one)
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
