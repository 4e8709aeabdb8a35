"""What ``extract --engine A --then B --when RULE`` would have read, from stored answers of both.

The rule judges the same values by the same confidence as a run does, and the likelier reading is
taken as a run takes it; confidence is cross-fitted where a calibration was fitted to these rows.
An engine's answer about all of a document stands for the one that it would give about some fields,
and costs no less. What a run asks beside an unsure field, to read or to check it by, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from typing import TYPE_CHECKING, Any

from docglean.evaluation.results import EngineAnswer, ResultRow, Results
from docglean.extractors.cascade.choice import UNKNOWN
from docglean.extractors.cascade.follow_up import MOST_UNSURE
from docglean.extractors.condition import Condition
from docglean.extractors.extraction import Confidence, Extraction, SourceRecord
from docglean.schemas.pointers import leaves, pattern_of, value_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

RULES = tuple(f"confidence<{sure} or failed_check" for sure in (0.5, 0.8, 0.9, 0.95))
"""Conditions that are tried."""


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """One rule between two engines; arrays are repeats x documents.

    Attributes:
        sent: whether anything of the document is asked of the second engine.
        gained: labelled values that are right more, or less, than by the first engine alone.
    """

    sent: Numbers
    gained: Numbers


FollowUps = dict[tuple[int, int], dict[str, FollowedUp]]
"""By first and second engine, and by rule."""


def follow_ups(
    results: Results,
    engines: Sequence[str],
    documents: Mapping[tuple[str, str], int],
    repeats: int,
) -> FollowUps:
    """Every rule between any two engines; nothing where answers tell no confidence.

    Args:
        documents: place of each by set and document.
    """
    import numpy as np

    places = {engine: place for place, engine in enumerate(engines)}
    shape = (repeats, len(documents))
    found: FollowUps = {}
    telling: set[int] = set()
    for key, sides in _sides(results):
        for first, second in permutations(sorted(sides, key=places.__getitem__), 2):
            pair = found.setdefault(
                (places[first], places[second]),
                {rule: FollowedUp(np.zeros(shape, bool), np.zeros(shape)) for rule in RULES},
            )
            for repeat in range(1, repeats + 1):
                mine, theirs = _of(sides[first], repeat), _of(sides[second], repeat)
                if mine is None or theirs is None:
                    continue
                for rule, arrays in pair.items():
                    at = (repeat - 1, documents[key])
                    arrays.sent[at], arrays.gained[at] = _followed_up(mine, theirs, rule)
        telling |= {
            places[engine]
            for engine, by_repeat in sides.items()
            if any(one.confidence for one in by_repeat.values())
        }
    return {pair: rules for pair, rules in found.items() if telling.issuperset(pair)}


@dataclass(frozen=True, slots=True)
class _Side:
    """What one engine gave for one document, once."""

    answer: EngineAnswer
    rows: dict[str, ResultRow]
    confidence: dict[str, Confidence]

    @classmethod
    def of(cls, answer: EngineAnswer, rows: Sequence[ResultRow]) -> _Side:
        confidence = dict(answer.confidence)
        for row in rows:
            sure = row.confidence if row.cross_fitted is None else row.cross_fitted
            if row.at in confidence and sure is not None:
                one = confidence[row.at]
                confidence[row.at] = one.model_copy(update={"probability": sure})
        labelled = {row.pointer: row for row in rows if row.outcome != "extra"}
        return cls(answer, labelled, confidence)

    def probability(self, row: ResultRow) -> float:
        known = None if row.at is None else self.confidence.get(row.at)
        return UNKNOWN if known is None else known.probability

    def mean(self, pointer: str) -> float:
        """Of all values below a pointer."""
        below = [at for at in self.confidence if at.startswith(f"{pointer}/")]
        sure = [self.confidence[at].probability for at in below]
        return sum(sure) / len(sure) if sure else UNKNOWN

    def length(self, pointer: str) -> int:
        """Of the list at a pointer."""
        return len(value_at(self.answer.values, pointer) or ())

    def unsure(self, rule: str) -> set[str]:
        """Pointers of the values of which the rule holds."""
        answer = self.answer
        extraction = Extraction[Any](
            document=SourceRecord(name=answer.document, uri=answer.file),
            engine=answer.engine,
            status=answer.status,
            data=answer.values,
            confidence=self.confidence,
            evidence=answer.evidence,
            problems=answer.problems,
        )
        return set(Condition.of(rule).among(extraction))


def _sides(results: Results) -> Iterator[tuple[tuple[str, str], dict[str, dict[int, _Side]]]]:
    """What each engine gave for each document, by engine and repeat."""
    # Rows stand in the order of the answers.
    all_rows = groupby(results.rows(), key=lambda row: (row.set, row.document))
    following = next(all_rows, None)
    for key, answers in groupby(results.answers(), key=lambda one: (one.set, one.document)):
        rows: dict[tuple[str, int], list[ResultRow]] = {}
        if following is not None and following[0] == key:
            for row in following[1]:
                rows.setdefault((row.engine, row.repeat), []).append(row)
            following = next(all_rows, None)
        sides: dict[str, dict[int, _Side]] = {}
        for answer in answers:
            if answer.confidence or answer.values is None:
                side = _Side.of(answer, rows.get((answer.engine, answer.repeat), ()))
                sides.setdefault(answer.engine, {})[answer.repeat] = side
        yield key, sides


def _of(by_repeat: Mapping[int, _Side], repeat: int) -> _Side | None:
    """The answer in a repeat; the only one of an engine that was asked once."""
    once = by_repeat.get(1) if len(by_repeat) == 1 else None
    return by_repeat.get(repeat, once)


def _followed_up(mine: _Side, theirs: _Side, rule: str) -> tuple[bool, int]:
    """Whether anything is sent on, and how many more labelled values are right then."""
    everything = [pointer for pointer, _ in leaves(mine.answer.values or {})]
    failed = mine.answer.values is None
    unsure = set() if failed else mine.unsure(rule)
    if not unsure and not failed:
        return False, 0
    if theirs.answer.values is None:
        return True, 0
    asked = None
    if not failed and len(unsure) <= MOST_UNSURE * len(everything):
        asked = {_unit(pattern_of(pointer, mine.answer.values)) for pointer in unsure}
    gained = 0
    for pointer, row in mine.rows.items():
        other = theirs.rows.get(pointer)
        if other is None or (asked is not None and _unit(row.path) not in asked):
            continue
        if failed or _is_taken(mine, theirs, row, other):
            gained += other.right - row.right
    return True, gained


def _unit(path: str) -> str:
    """What is asked for together: a list with all of its entries, or a field alone."""
    return path.partition("/*")[0]


def _is_taken(mine: _Side, theirs: _Side, row: ResultRow, other: ResultRow) -> bool:
    """As `extractors.cascade.choice` takes the likelier of two readings."""
    unit = _unit(row.path)
    if unit != row.path and mine.length(unit) != theirs.length(unit):
        return theirs.mean(unit) > mine.mean(unit)
    return theirs.probability(other) > mine.probability(row)
