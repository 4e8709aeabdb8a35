"""Captions of a form with what was filled in, put together from what learnt models say of its
pieces: what each is, and what is whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from docglean.extractors.rules.page.boxes import words_of_options
from docglean.extractors.rules.page.captions import COLONS
from docglean.extractors.rules.page.sheet import Sheet, Token
from docglean.extractors.rules.ranker.model import model
from docglean.extractors.rules.readers.form_parts import Pair, field_of, is_key
from docglean.extractors.rules.readers.form_units import Layout

ROLES = ("other", "caption", "entry")
TIES = ("none", "names", "goes_on")
ENTRY = (0.0, 0.0, 1.0)
"""The roles of what is certainly filled in."""
NO_TIE = (1.0, 0.0, 0.0)
"""Of pieces that stand too far apart."""
SURE = 0.5
"""Probability from which a piece goes on with another, and is a caption though nothing stands for
it."""
FILLED = 0.55
"""Probability of a caption with all of its value from which it is not blank; found on FUNSD forms
that may be looked at, by models that had not seen the page."""

Roles = Sequence[Sequence[float]]
Ties = Mapping[tuple[int, int], Sequence[float]]


def pairs_of(sheet: Sheet, taken: Iterable[Token] = (), *, sure: float = 0.0) -> list[Pair]:
    """Captions with their values on one page, in reading order, boxes to tick left out.

    Args:
        taken: further words that are something else.
        sure: probability below which a value is left out, and the caption is blank. Of captions
            that a user's schema names, none is asked for: that they are captions is certain.
    """
    layout = Layout(sheet, [*words_of_options(sheet), *taken])
    fields = [field_of(unit.run.pieces[0]) for unit in layout.units]
    told = model("form_pieces").shares(layout.features()).tolist()
    roles = [ENTRY if field is not None else one for field, one in zip(fields, told, strict=True)]
    links = model("form_links")
    places = list(layout.candidates())
    shares = links.shares([layout.pair_features(*place, roles) for place in places]).tolist()
    ties = with_fields(dict(zip(places, shares, strict=True)), fields)
    pairs = [
        _pair(layout, key, value if _chance(key, value, roles, ties) >= sure else ())
        for key, value in put_together(roles, ties, links.threshold)
    ]
    return [pair for pair in pairs if is_key(pair.key_text) and _is_asked(pair)]


def _is_asked(pair: Pair) -> bool:
    """Whether there is a value, or something says that there may be one: else it is a heading."""
    return bool(pair.value) or pair.to_fill or pair.key[-1].text.endswith(COLONS)


def with_fields(ties: Ties, fields: Sequence[int | None]) -> Ties:
    """The ties with what is certain of the fields of a PDF's form: the words of one belong
    together, no others go on with them, and the likeliest caption is theirs."""
    found: dict[tuple[int, int], Sequence[float]] = {}
    best: dict[int, tuple[float, int]] = {}
    for (first, second), (none, names, on) in ties.items():
        one, two = fields[first], fields[second]
        if one is None and two is None:
            found[first, second] = none, names, on
        elif one == two:
            found[first, second] = 0.0, 0.0, 1.0
        elif one is None:
            found[first, second] = none, 0.0, 0.0
            best[second] = max(best.get(second, (0.0, 0)), (names, first))
    return found | {(first, second): (0.0, 1.0, 0.0) for second, (_, first) in best.items()}


def put_together(
    roles: Roles, ties: Ties, threshold: float
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Captions with their values by numbers of pieces; a caption for which nothing stands has none.

    Each piece goes on with at most one before it; what goes on together has one caption.
    """
    before: dict[int, int] = {}
    named: dict[int, tuple[float, int]] = {}
    rivals: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for (first, second), (_, names, on) in ties.items():
        rivals[second].append((names, on, first))
    for piece, found in rivals.items():
        names, _, by = max(found)
        _, on, last = max(found, key=lambda one: one[1])
        if on >= SURE and on > names:
            before[piece] = last
        elif names >= threshold:
            named[piece] = names, by
    groups: dict[int, list[int]] = defaultdict(list)
    for piece in range(len(roles)):
        groups[_first(piece, before)].append(piece)
    entries: dict[int, list[int]] = defaultdict(list)
    for first, pieces in groups.items():
        told = [named[piece] for piece in pieces if piece in named]
        if told:
            entries[_first(max(told)[1], before)].append(first)
    taken = {first for firsts in entries.values() for first in firsts}
    return [
        (tuple(pieces), tuple(sorted(p for entry in entries.get(first, ()) for p in groups[entry])))
        for first, pieces in sorted(groups.items())
        if first not in taken
        and (first in entries or max(roles[piece][1] for piece in pieces) >= SURE)
    ]


def _chance(key: Sequence[int], value: Sequence[int], roles: Roles, ties: Ties) -> float:
    """How likely it is that a caption is one, and that each piece of its value is named by it or
    goes on with another; 1 for what a field of the PDF's form holds."""
    if all(roles[piece] == ENTRY for piece in value):
        return 1.0

    def tied(two: int) -> float:
        named = (ties.get((one, two), NO_TIE)[1] for one in key)
        return max(*named, *(ties.get((one, two), NO_TIE)[2] for one in value))

    return max(roles[piece][1] for piece in key) * prod(map(tied, value))


def _first(piece: int, before: Mapping[int, int]) -> int:
    """The first piece of those that go on to this one."""
    seen = {piece}
    while piece in before and before[piece] not in seen:
        piece = before[piece]
        seen.add(piece)
    return piece


def _pair(layout: Layout, key: Sequence[int], value: Sequence[int]) -> Pair:
    def pieces(of: Sequence[int]) -> tuple[Token, ...]:
        return tuple(piece for number in of for piece in layout.units[number].run.pieces)

    return Pair(layout.sheet.page, pieces(key), pieces(value), layout.is_to_fill(key[-1]))
