"""Anchors of list entries: for each the place that its row is known by.

The anchor is the place of an entry's most telling value that has the most of the other values
beside it and stands after the anchor of the entry before. A beam search over the entries finds
the best row of anchors, so that equal entries get one place each.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log2

from docglean.extractors.grounding.distance import near, row_named
from docglean.extractors.grounding.hits import NOTHING, Hit, HitRows
from docglean.extractors.grounding.neighbours import page_place
from docglean.extractors.grounding.occurrences import Finder
from docglean.extractors.grounding.units import Leaf, RowUnit
from docglean.extractors.grounding.word_index import Span, letters
from docglean.schemas.kinds import Choice

BEAM = 8
FEW = 24
"""Places of an anchor that are all tried; of more, the next ones in order."""
BACKWARDS, AGAIN, TWICE, ELSEWHERE = 0.12, 0.4, 2.0, 0.5
"""What it costs, of 1, to stand before the entry before, on the same place as another one, on the
same place as an equal one, and not on the page that was named."""
SAME_ROW = 0.1
"""What it costs to stand in the row of the entry before with another of its values."""
PER_DOUBLING = 0.015
"""What each doubling of the rows between two entries costs."""
ABOVE, BELOW = 2, 4
"""Rows around an anchor in which the other values of its entry may stand."""
NAMED = 0.2
"""What it counts, of 1, that the row begins with the name of the list."""
TOGETHER = 0.3
"""Nearness from which two places belong together."""
ANY_VALUE, CHARACTER, MOST_TOLD = 0.15, 0.08, 1.2
"""What the place of a value tells, what each of its characters adds, and both at most."""
CHOICE = 0.2
"""What that is worth of a choice's word."""
BETTER = 0.1
"""By how much more must stand together elsewhere."""
DOUBTFUL, MOST_DOUBTFUL = 0.75, 200
"""Share of an entry that stands together below which its anchor is doubted, and how many such
entries are looked at again."""


@dataclass(slots=True)
class Entry:
    """A list entry: where its values are printed, and where it is taken to stand."""

    unit: RowUnit
    found: list[HitRows]
    weights: list[float]
    page: int | None
    key: tuple[str, ...]
    anchor: Hit | None = None
    share: float = 0.0
    is_named: bool = False
    placed: dict[int, Hit] = field(default_factory=dict)
    _groups: list[tuple[HitRows, float, int]] | None = None

    def groups(self) -> list[tuple[HitRows, float, int]]:
        """Places and weights of its values; equal ones once, with how many there are."""
        if self._groups is None:
            counted: dict[int, tuple[HitRows, float, int]] = {}
            for found, weight in zip(self.found, self.weights, strict=True):
                count = counted[id(found)][2] if id(found) in counted else 0
                counted[id(found)] = (found, weight, count + 1)
            self._groups = list(counted.values())
        return self._groups

    def waiting(self) -> list[int]:
        """Leaves that have no place yet."""
        return [n for n in range(len(self.unit.leaves)) if n not in self.placed]


def entry_of(finder: Finder, unit: RowUnit) -> Entry:
    page = page_place(finder, unit.page)
    found = [
        finder.printed(leaf.kind, leaf.value) if leaf.is_printed else NOTHING
        for leaf in unit.leaves
    ]
    weights = [_weight(leaf) for leaf in unit.leaves]
    if not any(found_one.hits for found_one in found):
        # Nothing of it is printed as it is known: its longest text may be garbled.
        longest = max(range(len(weights)), key=lambda number: weights[number])
        found[longest] = finder.places(unit.leaves[longest], page)
    key = tuple(f"{leaf.column}={leaf.value}" for leaf in unit.leaves)
    return Entry(unit, found, weights, page, key)


def _weight(leaf: Leaf) -> float:
    """How much the place of a value tells: a long one stands there for a reason.

    The word for a choice may stand anywhere, in a sentence too.
    """
    if not leaf.is_printed:
        return 0.0
    told = min(MOST_TOLD, ANY_VALUE + CHARACTER * len(letters(str(leaf.value))[0]))
    return CHOICE * told if isinstance(leaf.kind, Choice) else told


@dataclass(slots=True)
class _State:
    """A way to anchor the entries so far.

    Attributes:
        anchor: the last one that there is: the place of leaf `leaf` of an entry with key `key`.
        own: the anchor of the last entry itself, None where it has none.
    """

    score: float
    before: _State | None
    own: Hit | None = None
    anchor: Hit | None = None
    leaf: int = -1
    key: tuple[str, ...] = ()


def anchor(finder: Finder, entries: Sequence[Entry], inner: Sequence[Hit | None]) -> None:
    beam = [_State(0.0, None)]
    known: dict[tuple[tuple[str, ...], Span, int | None], float] = {}
    for entry, child in zip(entries, inner, strict=True):
        telling = _telling(entry)
        # Keyed by what stands last, so that the beam is not filled with copies of one way.
        grown: dict[Span | None, _State] = {}
        for state in beam:
            kept = replace(state, before=state, own=None)
            _keep(grown, kept)
            for leaf, hit in _places(entry, telling, state.anchor):
                key = (entry.key, hit.span, entry.page)
                if key not in known or child is not None:
                    known[key] = _belonging(finder, entry, hit, child)
                score = state.score + known[key] - _step(state, entry, leaf, hit)
                if score > state.score:
                    _keep(grown, _State(score, state, hit, hit, leaf, entry.key))
        beam = sorted(grown.values(), key=lambda state: -state.score)[:BEAM]
    best: _State | None = beam[0]
    for entry, child in zip(reversed(entries), reversed(inner), strict=True):
        assert best is not None
        entry.anchor = best.own
        if best.own is not None:
            entry.share = _belonging(finder, entry, best.own, child)
        best = best.before


def anchor_garbled(finder: Finder, entries: Sequence[Entry]) -> None:
    """Anchor entries anew of which little stands together, if more does once texts that OCR
    misread are looked for beside each of their values."""
    if not finder.index.by_ocr:
        return
    doubtful = [entry for entry in entries if entry.share < DOUBTFUL and len(entry.found) > 1]
    for entry in doubtful[:MOST_DOUBTFUL]:
        best, best_share, best_found = entry.anchor, entry.share + BETTER, entry.found
        for number, leaf in enumerate(entry.unit.leaves):
            hits = entry.found[number].hits or finder.places(leaf, entry.page).hits
            for hit in hits[: FEW // 2]:
                found = _garbled_beside(finder, entry, hit)
                found[number] = HitRows((hit,)) if hit not in found[number].hits else found[number]
                share = _belonging(finder, replace(entry, found=found, _groups=None), hit, None)
                if share > best_share:
                    best, best_share, best_found = hit, share, found
        if best is not entry.anchor:
            entry.anchor, entry.share, entry.found = best, best_share, best_found
            entry._groups = None


def _garbled_beside(finder: Finder, entry: Entry, anchor: Hit) -> list[HitRows]:
    """What is known of an entry's places, with garbled ones beside this anchor."""
    found = list(entry.found)
    for number, leaf in enumerate(entry.unit.leaves):
        beside = found[number].between(anchor.row - ABOVE, anchor.last_row + BELOW)
        if not any(near(finder.index, anchor, hit) >= TOGETHER for hit in beside):
            words = words_around(finder, anchor) if leaf.is_printed else ()
            hit = finder.garbled_among(leaf.kind, leaf.value, words)
            if hit is not None:
                ordered = sorted((*found[number].hits, hit), key=_order)
                found[number] = HitRows(tuple(ordered))
    return found


def words_around(finder: Finder, anchor: Hit) -> list[int]:
    index = finder.index
    rows = range(max(0, anchor.row - ABOVE), min(len(index.rows), anchor.last_row + BELOW + 1))
    return sorted(
        word for row in rows for word in index.rows[row] if index.page_of[word] == anchor.page
    )


def _keep(states: dict[Span | None, _State], state: _State) -> None:
    last = state.anchor.span if state.anchor else None
    if last not in states or state.score > states[last].score:
        states[last] = state


def _telling(entry: Entry) -> list[int]:
    """The two leaves whose places tell most: printed seldom, and long."""
    there = [number for number, found in enumerate(entry.found) if found.hits]
    there.sort(key=lambda n: -entry.weights[n] / (1 + log2(len(entry.found[n].hits))))
    return there[:2]


def _places(entry: Entry, telling: Sequence[int], after: Hit | None) -> list[tuple[int, Hit]]:
    """Places that an entry may be anchored to, with the leaf that stands there."""
    found: list[tuple[int, Hit]] = []
    for number in telling:
        hits: Sequence[Hit] = entry.found[number].hits
        if number != telling[0] and len(hits) > FEW:
            continue
        if entry.page is not None:
            hits = [hit for hit in hits if hit.page == entry.page] or hits
        if len(hits) > FEW:
            place = 0 if after is None else bisect_right(hits, after.order, key=_order)
            nearest = hits[place : place + FEW]
            hits = [*nearest, *hits[: FEW - len(nearest)]]
        found += [(number, hit) for hit in hits]
    return found


def _order(hit: Hit) -> tuple[int, float]:
    return hit.order


def _belonging(finder: Finder, entry: Entry, anchor: Hit, child: Hit | None) -> float:
    """The share of an entry, by weight, that stands together with this anchor."""
    total = 0.0
    for found, weight, count in entry.groups():
        beside = sorted(
            hit.fit * (1.0 if hit == anchor else near(finder.index, anchor, hit))
            for hit in found.between(anchor.row - ABOVE, anchor.last_row + BELOW)
        )
        total += weight * sum(beside[-count:])
    total /= sum(entry.weights) or 1.0
    if entry.page is not None and anchor.page != entry.page:
        total -= ELSEWHERE
    if entry.is_named:
        total += NAMED * row_named(finder.index, entry.unit.node, anchor)
    if child is not None:
        total += 0.5 * near(finder.index, child, anchor) - 0.5 * (child.page != anchor.page)
    return total


def _step(state: _State, entry: Entry, leaf: int, hit: Hit) -> float:
    """What it costs to stand here after the entry before."""
    last = state.anchor
    if last is None:
        return 0.0
    if state.key == entry.key and hit.row <= last.last_row and last.row <= hit.last_row:
        # Equal entries in one row: only if the same value stands there twice.
        if state.leaf != leaf or hit.overlaps(last):
            return TWICE
    elif hit.overlaps(last):
        return AGAIN
    cost = PER_DOUBLING * log2(1 + abs(hit.row - last.row))
    if hit.row == last.row and leaf != state.leaf:
        cost += SAME_ROW
    return cost + (BACKWARDS if hit.order < last.order else 0.0)
