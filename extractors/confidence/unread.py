"""What is printed among the values of a list's entries and was read as nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from docglean.extractors.confidence.word_signals import PageSignals
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import union, within

MANY = 4
"""Words from which it makes no difference that there are more."""

_ENTRY = re.compile(r"((.+?)/\d+)(?:/|$)")

_Places = dict[int, list[tuple[str, Box]]]
"""By page, where values stand, each with the pointer of its entry."""


def unread_signals(
    pointers: Iterable[str], evidence: Mapping[str, Evidence], pages: Mapping[int, PageSignals]
) -> dict[str, dict[str, float]]:
    """By pointer of every value of a list, nulls too, how many words of its entry no value has.

    What each entry of the list has is a column that was not asked for, and does not count. An
    entry reaches down to where the next one begins.
    """
    left: dict[str, float] = {}
    for places in _lists(evidence).values():
        counts = Counter[str]()
        for number, here in places.items():
            if number in pages and not pages[number].page.turn:
                counts.update(dict(_left_on(pages[number], here)))
        usual = min(counts.values(), default=0)
        left |= {entry: min(count - usual, MANY) / MANY for entry, count in counts.items()}
    entries = ((pointer, match[1]) for pointer in pointers if (match := _ENTRY.match(pointer)))
    return {pointer: {"unread": left[entry]} for pointer, entry in entries if left.get(entry)}


def _lists(evidence: Mapping[str, Evidence]) -> Mapping[str, _Places]:
    """The places of each list's values, by its pointer."""
    lists: dict[str, _Places] = defaultdict(lambda: defaultdict(list))
    for pointer, one in evidence.items():
        match = _ENTRY.match(pointer)
        if match is None:
            continue
        for place in one.places:
            for box in place.boxes or (place.box,):
                lists[match[2]][place.page].append((match[1], box))
    return lists


def _left_on(page: PageSignals, places: Sequence[tuple[str, Box]]) -> Iterator[tuple[str, int]]:
    """Entries on a page, each with how many of its words stand in no value's place."""
    left, _, right, _ = union(box for _, box in places)
    boxes: dict[str, list[Box]] = defaultdict(list)
    for entry, box in places:
        boxes[entry].append(box)
    rows = sorted(((union(own), entry) for entry, own in boxes.items()), key=_top)
    ends = [row[1] for row, _ in rows[1:]] + [0.0]
    for (row, entry), end in zip(rows, ends, strict=True):
        band = left, row[1], right, max(row[3], end)
        taken = [box for _, box in places if box[1] <= band[3] and box[3] >= band[1]]
        said = (word for word in page.within(band) if any(map(str.isalnum, word.text)))
        yield entry, sum(not any(within(word.box, box) for box in taken) for word in said)


def _top(row: tuple[Box, str]) -> float:
    return row[0][1]
