"""Values of lists: entry by entry, each in its own row, in the order of the list.

First each entry gets an anchor: the place of its most telling value that has the most of the
other values beside it and stands after the anchor of the entry before. A beam search over the
entries finds the best row of anchors, so that equal entries get one place each. Then the values
of each entry are taken from the anchor's row, each from its column, and what is not in that row
from the lines around it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from statistics import median

from docglean.extractors.embedded.labels import labels_of
from docglean.extractors.locating.marks import find_mark
from docglean.extractors.locating.nearness import near, row_named
from docglean.extractors.locating.neighbours import Taken, page_place
from docglean.extractors.locating.occurrences import NOTHING, Finder, Found, Hit
from docglean.extractors.locating.units import Leaf, Unit
from docglean.extractors.locating.word_index import Span, WordIndex, letters
from docglean.schemas.kinds import Check, Choice, Currency, Number, Text

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
SHARED = 0.3
"""How much the nearness of a place counts that already is another entry's."""
DOUBTFUL, MOST_DOUBTFUL = 0.75, 200
"""Share of an entry that stands together below which its anchor is doubted, and how many such
entries are looked at again."""


@dataclass(slots=True)
class _Entry:
    """A list entry: where its values are printed, and where it is taken to stand."""

    unit: Unit
    found: list[Found]
    weights: list[float]
    page: int | None
    key: tuple[str, ...]
    anchor: Hit | None = None
    share: float = 0.0
    is_named: bool = False
    placed: dict[int, Hit] = field(default_factory=dict)
    _groups: list[tuple[Found, float, int]] | None = None

    def groups(self) -> list[tuple[Found, float, int]]:
        """Places and weights of its values; equal ones once, with how many there are."""
        if self._groups is None:
            counted: dict[int, tuple[Found, float, int]] = {}
            for found, weight in zip(self.found, self.weights, strict=True):
                count = counted[id(found)][2] if id(found) in counted else 0
                counted[id(found)] = (found, weight, count + 1)
            self._groups = list(counted.values())
        return self._groups

    def waiting(self) -> list[int]:
        """Leaves that have no place yet."""
        return [n for n in range(len(self.unit.leaves)) if n not in self.placed]


def place_entries(
    finder: Finder, units: Sequence[Unit], placed: Mapping[str, Hit]
) -> dict[str, Hit]:
    """The place of each value of these list entries, by pointer.

    Args:
        units: entries of one list, in order.
        placed: values that stand deeper (the cells of a table whose caption is looked for).
    """
    inner = _first_inner(units, placed)
    entries = [_entry(finder, unit) for unit in units]
    for entry in entries:  # "Cash: 12 and 15" is a row, and a list called "cash"
        entry.is_named = len(entries) <= FEW
    _anchor(finder, entries, [inner.get(unit.pointer) for unit in units])
    _anchor_garbled(finder, entries)
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


def _first_inner(units: Sequence[Unit], placed: Mapping[str, Hit]) -> dict[str, Hit]:
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


def _entry(finder: Finder, unit: Unit) -> _Entry:
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
    return _Entry(unit, found, weights, page, key)


def _weight(leaf: Leaf) -> float:
    """How much the place of a value tells: a long one stands there for a reason.

    The word for a choice may stand anywhere, in a sentence too.
    """
    if not leaf.is_printed:
        return 0.0
    told = min(1.2, 0.15 + 0.08 * len(letters(str(leaf.value))[0]))
    return 0.2 * told if isinstance(leaf.kind, Choice) else told


# ── anchors ───────────────────────────────────────────────────────────────────────────────


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


def _anchor(finder: Finder, entries: Sequence[_Entry], inner: Sequence[Hit | None]) -> None:
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


def _anchor_garbled(finder: Finder, entries: Sequence[_Entry]) -> None:
    """Anchor entries anew of which little stands together, if more does once texts that OCR
    misread are looked for beside each of their values."""
    if not finder.index.by_ocr:
        return
    doubtful = [entry for entry in entries if entry.share < DOUBTFUL and len(entry.found) > 1]
    for entry in doubtful[:MOST_DOUBTFUL]:
        best, best_share, best_found = entry.anchor, entry.share + 0.1, entry.found
        for number, leaf in enumerate(entry.unit.leaves):
            hits = entry.found[number].hits or finder.places(leaf, entry.page).hits
            for hit in hits[: FEW // 2]:
                found = _garbled_beside(finder, entry, hit)
                found[number] = Found((hit,)) if hit not in found[number].hits else found[number]
                share = _belonging(finder, replace(entry, found=found, _groups=None), hit, None)
                if share > best_share:
                    best, best_share, best_found = hit, share, found
        if best is not entry.anchor:
            entry.anchor, entry.share, entry.found = best, best_share, best_found
            entry._groups = None


def _garbled_beside(finder: Finder, entry: _Entry, anchor: Hit) -> list[Found]:
    """What is known of an entry's places, with garbled ones beside this anchor."""
    found = list(entry.found)
    for number, leaf in enumerate(entry.unit.leaves):
        beside = found[number].between(anchor.row - ABOVE, anchor.last_row + BELOW)
        if not any(near(finder.index, anchor, hit) >= TOGETHER for hit in beside):
            words = _words_around(finder, anchor) if leaf.is_printed else ()
            hit = finder.garbled_among(leaf.kind, leaf.value, words)
            if hit is not None:
                ordered = sorted((*found[number].hits, hit), key=_order)
                found[number] = Found(tuple(ordered))
    return found


def _words_around(finder: Finder, anchor: Hit) -> list[int]:
    index = finder.index
    rows = range(max(0, anchor.row - ABOVE), min(len(index.rows), anchor.last_row + BELOW + 1))
    return sorted(
        word for row in rows for word in index.rows[row] if index.page_of[word] == anchor.page
    )


def _keep(states: dict[Span | None, _State], state: _State) -> None:
    last = state.anchor.span if state.anchor else None
    if last not in states or state.score > states[last].score:
        states[last] = state


def _telling(entry: _Entry) -> list[int]:
    """The two leaves whose places tell most: printed seldom, and long."""
    there = [number for number, found in enumerate(entry.found) if found.hits]
    there.sort(key=lambda n: -entry.weights[n] / (1 + log2(len(entry.found[n].hits))))
    return there[:2]


def _places(entry: _Entry, telling: Sequence[int], after: Hit | None) -> list[tuple[int, Hit]]:
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


def _belonging(finder: Finder, entry: _Entry, anchor: Hit, child: Hit | None) -> float:
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


def _step(state: _State, entry: _Entry, leaf: int, hit: Hit) -> float:
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


def _from_rows(finder: Finder, entries: Sequence[_Entry], taken: Taken) -> None:
    """Take what stands in the anchors' own rows, each value from its own column."""
    columns: dict[str, _Column] = {}
    choices: list[tuple[_Entry, list[list[Hit]]]] = []
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


def _in_row(found: Found, anchor: Hit) -> list[Hit]:
    if found is NOTHING:
        return []
    return [
        hit
        for hit in found.between(anchor.row - 1, anchor.last_row)
        if hit.page == anchor.page and hit.last_row >= anchor.row
    ]


def _assign(
    finder: Finder, entry: _Entry, choices: Sequence[Sequence[Hit]], columns: dict[str, _Column]
) -> None:
    """Give each value of an entry one of its places in the row, no place to two of them."""
    spans = {hit.span: hit for hits in choices for hit in hits}
    wanted = [hits[0].span for hits in choices if hits]
    if len(spans) == len(wanted) == len(set(wanted)):  # none has a choice or wants another's
        for number, hits in enumerate(choices):
            if hits:
                entry.placed[number] = hits[0]
        return
    from numpy import full
    from scipy.optimize import linear_sum_assignment

    for number, leaf in enumerate(entry.unit.leaves):
        if len(choices[number]) > 1 and leaf.column not in columns:
            columns[leaf.column] = _headed(finder, leaf, choices[number][0])
    places = list(spans)
    order = {
        span: place for place, span in enumerate(sorted(places, key=lambda s: spans[s].box[0]))
    }
    scores = full((len(choices), len(places)), -1e6)
    page = finder.index.pages[entry.anchor.page] if entry.anchor else None
    width = max(page.width, page.height) if page else 1.0
    for number, hits in enumerate(choices):
        column = columns.get(entry.unit.leaves[number].column, _Column())
        for hit in hits:
            score = hit.fit - min(1.0, 4 * column.off(hit) / width)
            # Where nothing else tells, values stand in the order of the fields.
            rank = order[hit.span] / len(places) - number / len(choices)
            scores[number, places.index(hit.span)] = score - 0.02 * abs(rank)
    for number, place in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
        if scores[number, place] > -1e5:
            entry.placed[int(number)] = next(
                hit for hit in choices[number] if hit.span == places[place]
            )


def _headed(finder: Finder, leaf: Leaf, hit: Hit) -> _Column:
    """The column by its head: the lowest of the field's labels above the row, on its page."""
    best: Hit | None = None
    for label in labels_of(leaf.field):
        for place in finder.printed(Text(), label.text).hits:
            if place.page == hit.page and place.last_row < hit.row:
                best = place if best is None or place.row > best.row else best
        if best is not None:
            return _Column(left=best.box[0], right=best.box[2])
    return _Column()


def _from_around(finder: Finder, entry: _Entry, taken: Taken) -> None:
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


def _of_pair(index: WordIndex, found: Found, anchor: Hit, taken: Taken) -> Hit | None:
    """The value of a label, farther off, or shared: by the label of its row and of its column."""
    best, best_score = None, 0.0
    for hit in found.hits if len(found.hits) <= MOST_DOUBTFUL else ():
        score = near(index, anchor, hit) * (SHARED if hit in taken else 1.0)
        if score > best_score:
            best, best_score = hit, score
    return best


def _garbled_around(finder: Finder, leaf: Leaf, anchor: Hit, taken: Taken) -> Hit | None:
    around = _words_around(finder, anchor)
    hit = finder.garbled_among(leaf.kind, leaf.value, around)
    at_end = around[-1] + 1 == finder.index.on(anchor.page).stop
    if at_end and (hit is None or hit.how == "fuzzy"):
        broken = finder.broken(leaf.kind, leaf.value, anchor.page)
        hit = broken if broken is not None and broken.span[0].word in around else hit
    return hit if hit is not None and hit not in taken else None


def _from_elsewhere(finder: Finder, entry: _Entry, taken: Taken) -> None:
    """Take what is not near the row from elsewhere on the page: a date or name printed once for
    several rows. A number that is not in its own row is another number."""
    anchor = entry.anchor
    for number in entry.waiting():
        leaf = entry.unit.leaves[number]
        # The word for a choice that is not beside its entry is a word of something else.
        if not leaf.is_printed or (
            isinstance(leaf.kind, Choice) and not isinstance(leaf.kind, Currency)
        ):
            continue
        page = anchor.page if anchor is not None else entry.page
        hits: Sequence[Hit] = entry.found[number].hits
        hits = hits or finder.garbled(leaf.kind, leaf.value, page).hits
        # A long text that goes on from one page to the next is nothing else.
        apart = 1 if entry.weights[number] > 1 else 0
        hits = [hit for hit in hits if page is None or abs(hit.page - page) <= apart]
        free = [hit for hit in hits if hit not in taken]
        if isinstance(leaf.kind, Number):
            hits = free if anchor is None and len(free) == 1 else []
        else:
            hits = free or hits
        if not hits:
            continue
        if anchor is not None:
            row = anchor.row
            # What stands for several rows stands above them.
            hit = min(hits, key=lambda hit: abs(hit.row - row) * (1 if hit.row <= row else 2))
        else:
            hit = hits[0]
        entry.placed[number] = hit
        taken.add(hit)
