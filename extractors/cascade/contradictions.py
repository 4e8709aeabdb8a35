"""Values of which engines say different things, where the document itself does not tell which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docglean.extractors.cascade.choice import DIFFER, Choice
from docglean.extractors.extraction import Evidence, OtherReading
from docglean.schemas.errors import Problem, shown
from docglean.schemas.pointers import leaves, pattern_of, value_at

CODE = "readings_differ"
PRINTED = frozenset({"exact", "normalised", "embedded"})
"""How a value was found that stands in the document, or in its own data, as it was read."""
MOST_TOLD = 3
"""Values that the message names."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of one engine, and where they stand."""

    values: Mapping[str, Any]
    evidence: Mapping[str, Evidence]

    def leaves(self, pointer: str) -> dict[tuple[str, str], str]:
        """How each value below a pointer was found, empty for a null, by pattern and value."""
        return dict(self._leaves(pointer))

    def _leaves(self, pointer: str) -> Iterator[tuple[tuple[str, str], str]]:
        for at, value in leaves(value_at(self.values, pointer), pointer):
            where = self.evidence.get(at)
            how = "not_found" if where is None else where.how
            key = pattern_of(at, self.values), json.dumps(value, default=str)
            yield key, "" if value is None else how


def differing(choice: Choice) -> Iterator[str]:
    """Pointers of values and lists that both engines gave, and not alike."""
    for pointer, told in choice.readings.items():
        is_list = isinstance(told.value, list)
        if told.value != told.first and (is_list or DIFFER in choice.signals.get(pointer, {})):
            yield pointer


def contradict(kept: Reading, other: Reading, pointer: str) -> bool:
    """Whether another reading speaks against the one that was kept, and may be right.

    It is not where what it says otherwise stands nowhere in the document, and what was kept does.
    """
    mine, theirs = kept.leaves(pointer), other.leaves(pointer)
    if mine.keys() == theirs.keys():
        return False
    stands = (how in ("", "not_found") for key, how in theirs.items() if key not in mine)
    proven = (how == "" or how in PRINTED for key, how in mine.items() if key not in theirs)
    return not (all(stands) and all(proven))


def contradictions(
    kept: Reading,
    others: Sequence[Reading],
    pointers: Sequence[str],
    readings: Mapping[str, Sequence[OtherReading]],
) -> list[Problem]:
    """The problem of a document with values that engines read differently.

    Args:
        others: what each engine read.
        pointers: of what any two of them read differently.
        readings: of the engines after the first, by pointer.
    """
    found = [
        pointer
        for pointer in dict.fromkeys(pointers)
        if any(contradict(kept, other, pointer) for other in others)
    ]
    if not found:
        return []
    told = [_told(kept, pointer, readings.get(pointer, ())) for pointer in found[:MOST_TOLD]]
    more = f" and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return [
        Problem(
            code=CODE,
            message=f"Engines differ, and the document does not tell who is right: "
            f"{', '.join(told)}{more}.",
            paths=tuple(found),
            way_out="Both readings stand in `readings`.",
        )
    ]


def _told(kept: Reading, pointer: str, readings: Sequence[OtherReading]) -> str:
    mine = value_at(kept.values, pointer)
    others = [one for told in readings for one in (told.value, told.first) if one != mine]
    if not others or isinstance(mine, list):
        return pointer
    return f"{pointer} {shown(mine)} against {shown(others[0])}"
