"""The documents that went worst: what is labelled, what each engine gave, and where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from docglean.evaluation.counts import folded
from docglean.evaluation.gathered import ERRORS, DocumentFacts, Gathered
from docglean.evaluation.rates import Scope
from docglean.evaluation.results import ResultRow, Results
from docglean.extractors.extraction import Box

WORST = 20
SHOWN_VALUES = 14
"""Values of one document that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class GivenValue:
    """What one engine gave for one value; `outcome` is None where it has no row."""

    value: Any
    outcome: str | None
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One labelled value, or one that should not be there.

    Attributes:
        mark: number of the box in the picture; None where nobody found it there.
    """

    pointer: str
    kind: str
    truth: Any
    given: dict[str, GivenValue]
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class PageMark:
    """A box in page points.

    Attributes:
        right: an engine that was right found the value here; else it is where a wrong one read.
    """

    number: int
    box: Box
    right: bool


@dataclass
class Example:
    """One document.

    Attributes:
        accuracy: by engine, None where it did not read it.
        errors: of the engine that the documents were chosen by.
        lines: values that an engine got wrong, its own errors first.
        more: how many more there are.
        page: what the picture shows.
        picture: PNG or JPEG as a data URI, "" without one.
        size: of the picture in pixels.
        crop: what of the page it shows, in page points.
        why_not: why there is none.
    """

    facts: DocumentFacts
    accuracy: dict[str, float | None]
    errors: int
    lines: list[ValueLine]
    more: int = 0
    page: int | None = None
    marks: list[PageMark] = field(default_factory=list)
    picture: str = ""
    size: tuple[int, int] = (0, 0)
    crop: Box = (0.0, 0.0, 1.0, 1.0)
    why_not: str = ""


def worst_documents(
    results: Results, gathered: Gathered, scope: Scope, engine: str | None, number: int = WORST
) -> list[Example]:
    """The documents of which `engine` got the smallest share right, worst first.

    Args:
        engine: None for the mean of all.
    """
    import numpy as np

    by_engine = []
    for place in range(len(gathered.engines)):
        right, labelled = scope.shares(place)["accuracy"]
        by_engine.append(
            np.divide(right, labelled, out=np.full(len(right), np.nan), where=labelled > 0)
        )
    places = (
        [gathered.engines.index(engine)] if engine in gathered.engines
        else list(range(len(gathered.engines)))
    )  # fmt: skip
    if not places or not gathered.documents:
        return []
    errors = scope.counts[places][..., list(ERRORS)].sum(axis=(0, 2))
    chosen = np.stack([by_engine[place] for place in places])
    known = ~np.isnan(chosen)
    quality = np.where(known, chosen, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    candidates = [int(d) for d in np.flatnonzero((errors > 0) & known.any(axis=0))]
    candidates.sort(key=lambda d: (quality[d], -errors[d], d))
    wanted = {gathered.documents[d].key: d for d in candidates[:number]}
    rows: dict[tuple[str, str], list[ResultRow]] = defaultdict(list)
    for row in results.rows():
        if (row.set, row.document) in wanted:
            rows[row.set, row.document].append(row)
    return [
        _example(
            gathered.documents[d],
            {
                spec: None if np.isnan(by_engine[e][d]) else float(by_engine[e][d])
                for e, spec in enumerate(gathered.engines)
            },
            round(float(errors[d])),
            rows[key],
            gathered.engines,
            engine,
        )
        for key, d in wanted.items()
    ]


def _example(
    facts: DocumentFacts,
    accuracy: dict[str, float | None],
    errors: int,
    rows: Sequence[ResultRow],
    engines: Sequence[str],
    engine: str | None,
) -> Example:
    lines = [line for line in _lines(rows, engines) if _any_wrong(line)]
    if engine is not None:
        lines.sort(key=lambda line: not _is_wrong(line.given.get(engine)))
    shown = lines[:SHOWN_VALUES]
    page, marks, numbered = _marks(shown, engine)
    return Example(
        facts, accuracy, errors, numbered, len(lines) - len(shown), page or 1, marks
    )  # fmt: skip


def _lines(rows: Iterable[ResultRow], engines: Sequence[str]) -> list[ValueLine]:
    """Rows of the first repeat put side by side; what is surplus is joined by its value."""
    first: dict[str, int] = {}
    for row in rows:
        first[row.engine] = min(first.get(row.engine, row.repeat), row.repeat)
    found: dict[tuple[str, str], list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.repeat == first[row.engine]:
            surplus = row.outcome == "extra"
            key = (row.path, folded(row.predicted)) if surplus else ("", row.pointer)
            found[key].append(row)
    lines = []
    for group in found.values():
        given = {engine: GivenValue(None, None) for engine in engines}
        for row in group:
            given[row.engine] = GivenValue(row.predicted, row.outcome, row.page, row.box)
        one = group[0]
        pointer = one.path if one.outcome == "extra" else one.pointer
        lines.append(ValueLine(pointer, one.kind, one.truth, given))
    return lines


def _is_wrong(given: GivenValue | None) -> bool:
    return given is not None and given.outcome not in (None, "correct", "correct_empty")


def _any_wrong(line: ValueLine) -> bool:
    return any(_is_wrong(given) for given in line.given.values())


def _marks(
    lines: Sequence[ValueLine], engine: str | None
) -> tuple[int | None, list[PageMark], list[ValueLine]]:
    """The page with the most of these values, and where they stand on it.

    Where a value is printed is told by an engine that got it right; else what is shown is where
    the wrong one was read.
    """
    places: list[tuple[int, Box, bool] | None] = []
    pages: dict[int, int] = defaultdict(int)
    for line in lines:
        place = _place(line, engine)
        places.append(place)
        if place is not None:
            pages[place[0]] += 1
    if not pages:
        return None, [], list(lines)
    page = min(pages, key=lambda number: (-pages[number], number))
    marks: list[PageMark] = []
    numbered = []
    for line, place in zip(lines, places, strict=True):
        number = None
        if place is not None and place[0] == page:
            number = len(marks) + 1
            marks.append(PageMark(number, place[1], place[2]))
        numbered.append(ValueLine(line.pointer, line.kind, line.truth, line.given, number))
    return page, marks, numbered


def _place(line: ValueLine, engine: str | None) -> tuple[int, Box, bool] | None:
    for right in (True, False):
        given = sorted(line.given.items(), key=lambda item: item[0] != engine)
        for _, one in given:
            if one.page is not None and one.box is not None and (one.outcome == "correct") == right:
                return one.page, one.box, right
    return None
