"""Single values: of all places where one is printed, the one beside its label and its kin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import exp

from docglean.extractors.grounding.distance import distance, named
from docglean.extractors.grounding.hits import Hit
from docglean.extractors.grounding.marks import find_mark
from docglean.extractors.grounding.occurrences import Finder
from docglean.extractors.grounding.units import Leaf, RowUnit
from docglean.extractors.rules.fields.synonyms import all_labels
from docglean.schemas.kinds import Check, Text

MOST_PLACES = 300
"""Places of a value that are compared; more are told apart by nothing anyway."""
LABEL, KIN, TAKEN, HINTED, LATER = 1.0, 0.4, 0.4, 0.5, 0.05
"""What a label, another value of the same object, a place that already is another value's, the
page that was named, and the order of the pages count beside a fit of 1."""


class Taken:
    """Places that already are some value's."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self._by_row: dict[int, list[Hit]] = {}
        for hit in hits:
            self.add(hit)

    def add(self, hit: Hit) -> None:
        """Take this place."""
        for row in range(hit.row, hit.last_row + 1):
            self._by_row.setdefault(row, []).append(hit)

    def __contains__(self, hit: Hit) -> bool:
        return any(
            hit.overlaps(other)
            for row in range(hit.row, hit.last_row + 1)
            for other in self._by_row.get(row, ())
        )


def place_fields(
    finder: Finder, units: Sequence[RowUnit], placed: Mapping[str, Hit]
) -> dict[str, Hit]:
    """The place of each value of these objects, by pointer; values that are nowhere are left out.

    Args:
        placed: values of lists that have their place already.
    """
    taken = Taken(placed.values())
    found: dict[str, Hit] = {}
    work: list[tuple[int, int, Leaf, RowUnit, tuple[Hit, ...]]] = []
    for unit in units:
        page = page_place(finder, unit.page)
        for leaf in unit.leaves:
            hits = finder.places(leaf, page).hits
            work.append((len(hits), leaf.number, leaf, unit, hits))
    # What can stand in one place only goes first, and is kin to what can stand in many.
    kin: dict[str, list[Hit]] = {}
    for _, _, leaf, unit, hits in sorted(work, key=lambda entry: entry[:2]):
        if isinstance(leaf.kind, Check):
            hit = _check(finder, leaf, unit)
        else:
            hit = _best(finder, leaf, unit, hits, kin.get(unit.pointer, []), taken)
        if hit is not None:
            beside = named(finder.index, leaf.field, hit)
            found[leaf.pointer] = replace(hit, rivals=max(0, len(hits) - 1), named=beside)
            kin.setdefault(unit.pointer, []).append(hit)
            taken.add(hit)
    return found


def page_place(finder: Finder, number: int | None) -> int | None:
    """Place in the index of the page with this number."""
    for place, page in enumerate(finder.index.pages):
        if page.page == number:
            return place
    return None


def _best(
    finder: Finder,
    leaf: Leaf,
    unit: RowUnit,
    hits: Sequence[Hit],
    kin: Sequence[Hit],
    taken: Taken,
) -> Hit | None:
    if len(hits) < 2:
        return hits[0] if hits else None
    index = finder.index
    hinted = page_place(finder, unit.page)
    # At the top of a schema, fields stand all over the document.
    kinship = KIN if unit.pointer else KIN / 4
    last_page = max(len(index.pages) - 1, 1)
    best, best_score = None, float("-inf")
    for hit in _fewer(hits, hinted):
        score = hit.fit + LABEL * named(index, leaf.field, hit)
        if hit in taken:
            score -= TAKEN
        if hit.page == hinted:
            score += HINTED
        near = [
            exp(-distance(index, hit.box, other.box, hit.page) / 15)
            for other in kin
            if other.page == hit.page
        ]
        score += kinship * max(near, default=0.0)
        page = last_page - hit.page if leaf.field.take == "last" else hit.page
        score -= LATER * page / last_page
        if score > best_score:
            best, best_score = hit, score
    return best


def _fewer(hits: Sequence[Hit], page: int | None) -> Sequence[Hit]:
    if len(hits) <= MOST_PLACES:
        return hits
    there = [hit for hit in hits if hit.page == page]
    return (there or hits)[:MOST_PLACES]


def _check(finder: Finder, leaf: Leaf, unit: RowUnit) -> Hit | None:
    """The mark beside the first of the field's labels that has one."""
    if not isinstance(leaf.kind, Check) or not isinstance(leaf.value, bool):
        return None
    for label in all_labels(leaf.field):
        for place in finder.printed(Text(), label.text).hits:
            hit = find_mark(finder.index, leaf.kind, leaf.value, place)
            if hit is not None:
                return hit
    return None
