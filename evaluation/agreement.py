"""How far people agree who looked at the same documents without seeing what the others had said.

That is `docglean review --blind` by the second one. Values are compared as they are stored. Values
within a list of which somebody has added, removed or moved entries have no partners, so such a list
is compared as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from docglean.evaluation.engine_figures import FEW
from docglean.evaluation.resampling import Interval
from docglean.evaluation.statistics import Counts, ratio_interval
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, replay
from docglean.extractors.reviews.people import events_of, independent
from docglean.schemas.errors import shown
from docglean.schemas.pointers import pattern_of, value_at

_OF_ENTRIES = frozenset({"add", "remove", "move"})
_LEFT_OUT = object()


@dataclass(frozen=True, slots=True)
class Said:
    """What one person has said of a document.

    Attributes:
        values: by JSON pointer, all that he looked at; of a list its entries.
        rearranged: lists of which he added, removed or moved entries, or that he wrote anew.
    """

    values: dict[str, Any]
    rearranged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BothSaid:
    """A value that two people have looked at."""

    document: str
    pointer: str
    field: str
    first: tuple[str, Any]
    second: tuple[str, Any]

    @property
    def agree(self) -> bool:
        """Whether both said the same."""
        return bool(self.first[1] == self.second[1])


@dataclass(frozen=True, slots=True)
class Share:
    """A share of agreement.

    Attributes:
        interval: 95 %, bootstrapped over documents; Wilson's where all documents are alike.
    """

    interval: Interval
    values: int
    documents: int


@dataclass(slots=True)
class Agreement:
    """How far people agree over many documents.

    Attributes:
        overall: None where no two people have looked at the same value.
        by_field: of fields that both looked at in `FEW` documents or more.
        differing: in the order of the documents.
    """

    people: tuple[str, ...] = ()
    overall: Share | None = None
    by_field: dict[str, Share] = field(default_factory=dict)
    differing: list[BothSaid] = field(default_factory=list)


def said_by(events: Sequence[ReviewEvent]) -> Said:
    """What one person's own events say, on what the engine had read when he came last."""
    start = next((one for one in reversed(events) if one.action == "start"), None)
    if start is None:
        return Said({})
    source = SourceRecord(name=start.document, uri=start.document, sha256=start.sha256)
    read = Extraction[Any](document=source, engine="", status="ok", data=start.new or {})
    found = replay(read, events).extraction
    values = {
        pointer: value_at(found.values, pointer)
        for pointer, one in found.reviews.items()
        if one.look != "asked"
    }
    return Said(values, frozenset(one.path for one in events if _rearranges(one)))


def _rearranges(event: ReviewEvent) -> bool:
    return event.action in _OF_ENTRIES or (event.action == "set" and isinstance(event.new, list))


def both_said(document: str, events: Sequence[ReviewEvent]) -> Iterator[BothSaid]:
    """Every value of a document that two people looked at, neither seeing what the other said."""
    said = {name: said_by(events_of(events, name)) for name in independent(events)}
    for (first, ours), (second, theirs) in combinations(said.items(), 2):
        for pointer, value, other in _pairs(ours, theirs):
            told = pattern_of(pointer)
            yield BothSaid(document, pointer, told, (first, value), (second, other))


def _pairs(ours: Said, theirs: Said) -> Iterator[tuple[str, Any, Any]]:
    rearranged = ours.rearranged | theirs.rearranged
    for pointer, value in ours.values.items():
        other = theirs.values.get(pointer, _LEFT_OUT)
        if other is _LEFT_OUT or any(pointer.startswith(f"{one}/") for one in rearranged):
            continue
        if isinstance(value, list) and isinstance(other, list) and pointer not in rearranged:
            yield pointer, len(value), len(other)  # its values are compared one by one
        else:
            yield pointer, value, other


def differing(said: Mapping[str, Any]) -> str:
    """Who said what, as one sentence."""
    return ", ".join(
        f"{person} says {'there is none' if value is None else shown(value)}"
        for person, value in said.items()
    )


def agreement(compared: Iterable[BothSaid]) -> Agreement:
    """The figures of values that two people have looked at."""
    every = list(compared)
    by_field: dict[str, list[BothSaid]] = defaultdict(list)
    for one in every:
        by_field[one.field].append(one)
    shares = {name: _share(some) for name, some in by_field.items()}
    return Agreement(
        people=tuple(
            dict.fromkeys(name for one in every for name in (one.first[0], one.second[0]))
        ),
        overall=_share(every) if every else None,
        by_field={name: share for name, share in shares.items() if share.documents >= FEW},
        differing=[one for one in every if not one.agree],
    )


def _share(compared: Sequence[BothSaid]) -> Share:
    by_document: dict[str, list[bool]] = defaultdict(list)
    for one in compared:
        by_document[one.document].append(one.agree)
    counts = [Counts(name, "", sum(told), len(told)) for name, told in by_document.items()]
    return Share(ratio_interval(counts), len(compared), len(by_document))
