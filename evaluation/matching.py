"""Which entry of a predicted list is which entry of the labelled one.

Entries are paired so that as many values as possible agree: by content, whatever their order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from docglean.extractors.pairing import best_pairs
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Name, Text

ALIKE = 0.5
"""Two entries of which no value agrees are still a pair when their texts are this alike; two with
captions are none when those are less so (the threshold of ANLS, Biten et al., ICCV 2019)."""
MATCHED_AT_ONCE = 400
"""Entries matched optimally, which is cubic in their number; of longer lists, those are matched
before that agree in all values, then those that agree in most."""
COMMON = 40
"""A value that so many entries share tells nothing about which is which."""

LIKENESS_WEIGHT = 0.4
NEARNESS_WEIGHT = 0.01


def match(item: Field, truth: Sequence[Any], predicted: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Index pairs of entries of two lists that are the same entry.

    The assignment with the most agreeing values, then the greatest likeness, then the nearest
    places. Entries that share no value and are not alike are no pair, nor are entries whose
    captions differ (see `docglean.schemas.fields.Caption`).
    """
    told = labelled(truth)
    ours = [_digest(item, entry, told) for entry in truth]
    theirs = [_digest(item, entry, told) for entry in predicted]
    left, right = list(range(len(ours))), list(range(len(theirs)))
    if len(left) * len(right) > MATCHED_AT_ONCE**2:
        found = _equal(ours, theirs)
        found |= _voted(ours, theirs, found)
        yield from found.items()
        left = [i for i in left if i not in found]
        taken = set(found.values())
        right = [j for j in right if j not in taken]
    for first in range(0, len(left), MATCHED_AT_ONCE):
        here = left[first : first + MATCHED_AT_ONCE]
        part = list(_assigned(ours, theirs, here, right[:MATCHED_AT_ONCE]))
        yield from part
        taken = {j for _, j in part}
        right = [j for j in right if j not in taken]


def labelled(entries: Sequence[Any]) -> frozenset[str] | None:
    """Names that any entry labels; None (all) where there is none to tell."""
    names = {name for entry in entries if isinstance(entry, Mapping) for name in entry}
    return frozenset(names) or None


@dataclass(frozen=True, slots=True)
class _Digest:
    """What is compared of an entry.

    Attributes:
        values: each value that is there, by its place and what its kind compares.
        text: the most telling one: the caption, else the first name, code or text.
        caption: whether `text` is a caption.
    """

    values: Counter[tuple[str, Any]]
    text: str
    caption: bool


def _digest(item: Field, entry: Any, told: frozenset[str] | None) -> _Digest:
    values: Counter[tuple[str, Any]] = Counter()
    texts: list[tuple[bool, str]] = []
    _collect(item, entry, told, values, texts)
    caption = next((text for is_caption, text in texts if is_caption), None)
    first = caption if caption is not None else (texts[0][1] if texts else "")
    return _Digest(values, first, caption is not None)


def _collect(
    field: Field,
    value: Any,
    told: frozenset[str] | None,
    values: Counter[tuple[str, Any]],
    texts: list[tuple[bool, str]],
) -> None:
    if field.shape == "object":
        if isinstance(value, Mapping):
            for child in field.children:
                if child.name in value and (told is None or child.name in told):
                    _collect(child, value[child.name], None, values, texts)
    elif field.shape == "list":
        for entry in value if isinstance(value, list | tuple) else ():
            _collect(field.item, entry, None, values, texts)
    elif value is not None and not (isinstance(value, str) and not value.strip()):
        kind = field.kind or Text()
        values[field.path, kind.key(value)] += 1
        if isinstance(value, str) and isinstance(kind, Text | Name | Code):
            texts.append((field.caption, str(kind.key(value))))


def _equal(ours: Sequence[_Digest], theirs: Sequence[_Digest]) -> dict[int, int]:
    """Pairs that agree in every value, in order."""
    waiting: dict[Any, list[int]] = defaultdict(list)
    for j, entry in reversed(list(enumerate(theirs))):
        waiting[frozenset(entry.values.items())].append(j)
    found: dict[int, int] = {}
    for i, entry in enumerate(ours):
        queue = waiting.get(frozenset(entry.values.items()))
        if queue:
            found[i] = queue.pop()
    return found


def _voted(
    ours: Sequence[_Digest], theirs: Sequence[_Digest], done: Mapping[int, int]
) -> dict[int, int]:
    """Pairs of the others by how many telling values they share, the best first."""
    taken = set(done.values())
    holders: dict[Any, list[int]] = defaultdict(list)
    for j, entry in enumerate(theirs):
        if j not in taken:
            for value in entry.values:
                holders[value].append(j)
    votes: list[tuple[int, int, int, int]] = []
    for i, entry in enumerate(ours):
        if i in done:
            continue
        shared: Counter[int] = Counter()
        for value in entry.values:
            if len(holders.get(value, ())) <= COMMON:
                shared.update(holders.get(value, ()))
        # Far places lose against near ones with as many votes.
        votes += [(-number, abs(i - j), i, j) for j, number in shared.items()]
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, _, i, j in sorted(votes):
        if i not in found and j not in used and not _other_caption(ours[i], theirs[j]):
            found[i] = j
            used.add(j)
    return found


def _assigned(
    ours: Sequence[_Digest],
    theirs: Sequence[_Digest],
    left: Sequence[int],
    right: Sequence[int],
) -> Iterator[tuple[int, int]]:
    """The pairs that are worth most together."""
    if not left or not right:
        return
    import numpy as np

    agree = np.zeros((len(left), len(right)))
    alike = np.zeros_like(agree)
    barred = np.zeros_like(agree, dtype=bool)
    for row, i in enumerate(left):
        for column, j in enumerate(right):
            agree[row, column] = _shared(ours[i], theirs[j])
            alike[row, column] = _alike(ours[i].text, theirs[j].text)
            barred[row, column] = _other_caption(ours[i], theirs[j])
    near = 1 - np.abs(_places(len(left))[:, None] - _places(len(right))[None, :])
    worth = agree + LIKENESS_WEIGHT * alike + NEARNESS_WEIGHT * near
    worth[barred | ((agree == 0) & (alike < ALIKE))] = 0.0
    for row, column in best_pairs(worth):
        if worth[row, column] > 0:
            yield left[row], right[column]


def _places(count: int) -> Any:
    import numpy as np

    return np.linspace(0, 1, count) if count > 1 else np.zeros(1)


def _shared(left: _Digest, right: _Digest) -> int:
    few, many = sorted((left.values, right.values), key=len)
    if not many:
        return 1  # two entries that say nothing
    return sum(min(number, many[value]) for value, number in few.items() if value in many)


def _other_caption(left: _Digest, right: _Digest) -> bool:
    return left.caption and right.caption and _alike(left.text, right.text) < ALIKE


@lru_cache(maxsize=1 << 17)
def _alike(left: str, right: str) -> float:
    from docglean.schemas.reading.texts import likeness

    return likeness(left, right) if left and right else 0.0
