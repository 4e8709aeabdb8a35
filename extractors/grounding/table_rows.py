"""Values of lists: entry by entry, each in its own row, in the order of the list.

Once each entry has its anchor (`anchors`), its values are taken from the anchor's row, each from
its column, and what is not in that row from the lines around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from docglean.extractors.grounding.anchors import (
    ABOVE,
    BELOW,
    FEW,
    MOST_DOUBTFUL,
    TOGETHER,
    Entry,
    anchor,
    anchor_garbled,
    entry_of,
    words_around,
)
from docglean.extractors.grounding.distance import near
from docglean.extractors.grounding.hits import NOTHING, Hit, HitRows
from docglean.extractors.grounding.marks import find_mark
from docglean.extractors.grounding.neighbours import Taken
from docglean.extractors.grounding.occurrences import Finder
from docglean.extractors.grounding.units import Leaf, RowUnit
from docglean.extractors.grounding.word_index import Span, WordIndex
from docglean.extractors.pairing import best_pairs
from docglean.extractors.rules.fields.synonyms import all_labels
from docglean.schemas.kinds import Check, Choice, Country, Currency, Number, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMPOSSIBLE = -1e6
"""Score of a place that can't be a value's."""
BY_ORDER = 0.02
"""What a place loses at most that does not stand in the order of the fields."""
SHARED = 0.3
"""How much the nearness of a place counts that already is another entry's."""


def place_entries(
    finder: Finder, units: Sequence[RowUnit], placed: Mapping[str, Hit]
) -> dict[str, Hit]:
    """The place of each value of these list entries, by pointer.

    Args:
        units: entries of one list, in order.
        placed: values that stand deeper (the cells of a table whose caption is looked for).
    """
    inner = _first_inner(units, placed)
    entries = [entry_of(finder, unit) for unit in units]
    for entry in entries:  # "Cash: 12 and 15" is a row, and a list called "cash"
        entry.is_named = len(entries) <= FEW
    anchor(finder, entries, [inner.get(unit.pointer) for unit in units])
    anchor_garbled(finder, entries)
    taken = Taken()
    _from_rows(finder, entries, taken)
    for entry in entries:
        _from_around(finder, entry, taken)
    for entry in entries:
        _from_elsewhere(finder, entry, taken)
    return {
        entry.unit.leaves[number].pointer: hit
        for entry in entries
        for number, hit in entry.placed.items()
    }


def _first_inner(units: Sequence[RowUnit], placed: Mapping[str, Hit]) -> dict[str, Hit]:
    """For each unit the first place among the values of its own inner lists."""
    wanted = {unit.pointer for unit in units}
    found: dict[str, Hit] = {}
    for pointer, hit in placed.items():
        parts = pointer.split("/")
        for length in range(2, len(parts)):
            outer = "/".join(parts[:length])
            if outer in wanted and outer not in found:
                found[outer] = hit
    return found


# ── values of an entry ────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Column:
    """Where a column of a table stands: left and right edges, as far as they are known."""

    lefts: list[float] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)
    left: float | None = None
    right: float | None = None

    def settle(self) -> None:
        """Take the middle of what was seen."""
        if self.lefts:
            self.left, self.right = median(self.lefts), median(self.rights)

    def off(self, hit: Hit) -> float:
        """How far a place is from the column, in points, by the edge that fits better."""
        if self.left is None or self.right is None:
            return 0.0
        return min(abs(hit.box[0] - self.left), abs(hit.box[2] - self.right))


def _from_rows(finder: Finder, entries: Sequence[Entry], taken: Taken) -> None:
    """Take what stands in the anchors' own rows, each value from its own column."""
    columns: dict[str, _Column] = {}
    choices: list[tuple[Entry, list[list[Hit]]]] = []
    for entry in entries:
        if entry.anchor is None:
            continue
        hits = [_in_row(found, entry.anchor) for found in entry.found]
        choices.append((entry, hits))
        for leaf, own in zip(entry.unit.leaves, hits, strict=True):
            if len(own) == 1:
                column = columns.setdefault(leaf.column, _Column())
                column.lefts.append(own[0].box[0])
                column.rights.append(own[0].box[2])
    for column in columns.values():
        column.settle()
    for entry, hits in choices:
        _assign(finder, entry, hits, columns)
        for hit in entry.placed.values():
            taken.add(hit)


def _in_row(found: HitRows, anchor: Hit) -> list[Hit]:
    if found is NOTHING:
        return []
    return [
        hit
        for hit in found.between(anchor.row - 1, anchor.last_row)
        if hit.page == anchor.page and hit.last_row >= anchor.row
    ]


def _assign(
    finder: Finder, entry: Entry, choices: Sequence[Sequence[Hit]], columns: dict[str, _Column]
) -> None:
    """Give each value of an entry one of its places in the row, no place to two of them."""
    wanted = [hits[0].span for hits in choices if hits]
    spans = {hit.span: hit for hits in choices for hit in hits}
    if len(spans) == len(wanted) == len(set(wanted)):  # none has a choice or wants another's
        entry.placed |= {number: hits[0] for number, hits in enumerate(choices) if hits}
        return
    for number, leaf in enumerate(entry.unit.leaves):
        if len(choices[number]) > 1 and leaf.column not in columns:
            columns[leaf.column] = _headed(finder, leaf, choices[number][0])
    places = list(spans)
    scores = _scores(finder, entry, choices, columns, spans)
    for number, place in best_pairs(scores):
        if scores[number, place] > IMPOSSIBLE / 10:
            entry.placed[number] = next(hit for hit in choices[number] if hit.span == places[place])


def _scores(
    finder: Finder, entry: Entry, choices: Sequence[Sequence[Hit]], columns: dict[str, _Column],
    spans: dict[Span, Hit],
) -> NDArray[Any]:  # fmt: skip
    """How well each place, by columns, is each value of an entry, by rows."""
    from numpy import full

    places = list(spans)
    ordered = sorted(places, key=lambda span: spans[span].box[0])
    order = {span: place for place, span in enumerate(ordered)}
    scores = full((len(choices), len(places)), IMPOSSIBLE)
    page = finder.index.pages[entry.anchor.page] if entry.anchor else None
    width = max(page.width, page.height) if page else 1.0
    for number, hits in enumerate(choices):
        column = columns.get(entry.unit.leaves[number].column, _Column())
        for hit in hits:
            score = hit.fit - min(1.0, 4 * column.off(hit) / width)
            # Where nothing else tells, values stand in the order of the fields.
            rank = order[hit.span] / len(places) - number / len(choices)
            scores[number, places.index(hit.span)] = score - BY_ORDER * abs(rank)
    return scores


def _headed(finder: Finder, leaf: Leaf, hit: Hit) -> _Column:
    """The column by its head: the lowest of the field's labels above the row, on its page."""
    best: Hit | None = None
    for label in all_labels(leaf.field):
        for place in finder.printed(Text(), label.text).hits:
            if place.page == hit.page and place.last_row < hit.row:
                best = place if best is None or place.row > best.row else best
        if best is not None:
            return _Column(left=best.box[0], right=best.box[2])
    return _Column()


def _from_around(finder: Finder, entry: Entry, taken: Taken) -> None:
    """Take what is left from the lines around the anchor: printed, marked, or garbled."""
    anchor = entry.anchor
    if anchor is None:
        return
    index = finder.index
    for number in entry.waiting():
        leaf = entry.unit.leaves[number]
        hit: Hit | None = None
        if isinstance(leaf.kind, Check):
            hit = find_mark(index, leaf.kind, bool(leaf.value), anchor)
        elif leaf.is_printed:
            around = entry.found[number].between(anchor.row - ABOVE, anchor.last_row + BELOW)
            free = [(hit.fit * near(index, anchor, hit), hit) for hit in around if hit not in taken]
            score, hit = max(free, key=lambda pair: pair[0], default=(0.0, None))
            if hit is None or score < TOGETHER:
                hit = _garbled_around(finder, leaf, anchor, taken)
            if hit is None and len(entry.found) == 2:
                hit = _of_pair(index, entry.found[number], anchor, taken)
        if hit is not None:
            entry.placed[number] = hit
            taken.add(hit)


def _of_pair(index: WordIndex, found: HitRows, anchor: Hit, taken: Taken) -> Hit | None:
    """The value of a label, farther off, or shared: by the label of its row and of its column."""
    best, best_score = None, 0.0
    for hit in found.hits if len(found.hits) <= MOST_DOUBTFUL else ():
        score = near(index, anchor, hit) * (SHARED if hit in taken else 1.0)
        if score > best_score:
            best, best_score = hit, score
    return best


def _garbled_around(finder: Finder, leaf: Leaf, anchor: Hit, taken: Taken) -> Hit | None:
    around = words_around(finder, anchor)
    hit = finder.garbled_among(leaf.kind, leaf.value, around)
    at_end = around[-1] + 1 == finder.index.on(anchor.page).stop
    if at_end and (hit is None or hit.how == "fuzzy"):
        broken = finder.broken(leaf.kind, leaf.value, anchor.page)
        hit = broken if broken is not None and broken.span[0].word in around else hit
    return hit if hit is not None and hit not in taken else None


def _from_elsewhere(finder: Finder, entry: Entry, taken: Taken) -> None:
    """Take what is not near the row from elsewhere on the page: a date or name printed once for
    several rows. A number that is not in its own row is another number."""
    for number in entry.waiting():
        leaf = entry.unit.leaves[number]
        # The word for a choice that is not beside its entry is a word of something else.
        word = isinstance(leaf.kind, Choice) and not isinstance(leaf.kind, Currency | Country)
        hits = [] if word or not leaf.is_printed else _on_its_page(finder, entry, number)
        free = [hit for hit in hits if hit not in taken]
        if isinstance(leaf.kind, Number):
            usable = free if entry.anchor is None and len(free) == 1 else []
        else:
            usable = free or hits
        hit = _for_row(usable, entry.anchor)
        if hit is not None:
            entry.placed[number] = hit
            taken.add(hit)


def _on_its_page(finder: Finder, entry: Entry, number: int) -> list[Hit]:
    """Where a value stands, printed or garbled, on its entry's page."""
    leaf = entry.unit.leaves[number]
    page = entry.anchor.page if entry.anchor is not None else entry.page
    hits = entry.found[number].hits or finder.garbled(leaf.kind, leaf.value, page).hits
    # A long text that goes on from one page to the next is nothing else.
    apart = 1 if entry.weights[number] > 1 else 0
    return [hit for hit in hits if page is None or abs(hit.page - page) <= apart]


def _for_row(hits: Sequence[Hit], anchor: Hit | None) -> Hit | None:
    """The place nearest to a row; what stands for several rows stands above them."""
    if anchor is None:
        return hits[0] if hits else None
    row = anchor.row
    return min(
        hits, key=lambda hit: abs(hit.row - row) * (1 if hit.row <= row else 2), default=None
    )
