"""Which of two engines' readings is taken, value by value: the one that is likelier right.

Where both say the same the first stands, surer than before. Entries of a list are taken one by one
only where both engines have the same entries in the same order: rows of two readings are never
mixed; otherwise one of the two lists is taken, the one whose values are likelier right on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.answers.similarity import likeness, pair_in_order, same_value
from docglean.extractors.extraction import Confidence, OtherReading
from docglean.schemas.fields import Field
from docglean.schemas.pointers import leaves

AGREE, DIFFER = "engines_agree", "engines_differ"
"""Signals that another engine gives, each as strong as that one is sure of its own reading."""
UNKNOWN = 0.5
"""Probability of what nobody has judged, an empty list among it."""


@dataclass(frozen=True, slots=True)
class EngineReading:
    """What one engine read of a document.

    Attributes:
        values: with every field of the schema.
        confidence: by pointer, as that engine alone is believed.
        whole: nothing of its answer was lost, so that what it does not give it did not find.
    """

    engine: str
    values: dict[str, Any]
    confidence: Mapping[str, Confidence]
    whole: bool = True

    def probability(self, pointer: str) -> float:
        """That its value is right."""
        known = self.confidence.get(pointer)
        return UNKNOWN if known is None else known.probability

    def mean(self, value: Any, pointer: str) -> float:
        """The mean probability of all below a pointer."""
        found = [self.probability(at) for at, _ in leaves(value, pointer)]
        return sum(found) / len(found) if found else UNKNOWN


@dataclass(frozen=True, slots=True)
class Choice:
    """What was taken of two readings.

    Attributes:
        values: of the document.
        taken: pointers of the values that are the second engine's.
        signals: that each engine gives about the other's value, by pointer of what was taken.
        readings: what the second engine read, by pointer of a value or of a list.
    """

    values: dict[str, Any]
    taken: frozenset[str]
    signals: Mapping[str, Mapping[str, float]]
    readings: Mapping[str, OtherReading]


def choose(
    root: Field,
    first: EngineReading,
    second: EngineReading,
    *,
    asked: frozenset[str] | None = None,
    unsure: frozenset[str] = frozenset(),
    why: str = "",
) -> Choice:
    """Take the likelier of both readings, value by value.

    Args:
        root: of the schema.
        asked: paths of the leaves that the second engine was asked for; None for all.
        unsure: pointers of the first engine's values for which it was asked.
        why: it was asked.
    """
    made = _Choosing(first, second, asked, unsure, why)
    values = made.node(root, first.values, second.values, "")
    return Choice(values, frozenset(made.taken), made.signals, made.readings)


@dataclass
class _Choosing:
    first: EngineReading
    second: EngineReading
    asked: frozenset[str] | None
    unsure: frozenset[str]
    why: str
    taken: set[str] = field(default_factory=set)
    signals: dict[str, dict[str, float]] = field(default_factory=dict)
    readings: dict[str, OtherReading] = field(default_factory=dict)

    def node(self, field: Field, mine: Any, theirs: Any, pointer: str) -> Any:
        """What is taken of two values at one place."""
        if not self._is_asked(field):
            return mine
        if field.shape == "object":
            left = mine if isinstance(mine, dict) else {}
            right = theirs if isinstance(theirs, dict) else {}
            return {
                child.name: self.node(
                    child, left.get(child.name), right.get(child.name), f"{pointer}/{child.name}"
                )
                for child in field.children
            }
        if field.shape == "list":
            return self._list(field, mine or [], theirs or [], pointer)
        return self._leaf(field, mine, theirs, pointer)

    def _is_asked(self, field: Field) -> bool:
        return self.asked is None or any(leaf.path in self.asked for leaf in field.leaves())

    def _leaf(self, field: Field, mine: Any, theirs: Any, pointer: str) -> Any:
        pair = self.first.probability(pointer), self.second.probability(pointer)
        if same_value(field, mine, theirs):
            self.signals[pointer] = {AGREE: pair[1]}
            if pointer in self.unsure:
                self._note(pointer, mine, theirs, f"it reads the same, {_odds(pair)}")
            return mine
        better = pair[1] > pair[0] and (theirs is not None or self.second.whole)
        # What was lost of an answer says nothing against a value.
        if theirs is not None or self.second.whole:
            self.signals[pointer] = {DIFFER: pair[0] if better else pair[1]}
        if better:
            self.taken.add(pointer)
        self._note(pointer, mine, theirs, _odds(pair), taken=better)
        return theirs if better else mine

    def _list(self, field: Field, mine: list[Any], theirs: list[Any], pointer: str) -> list[Any]:
        pairs = _pairs(field.item, mine, theirs)
        if len(pairs) == len(mine) == len(theirs) and all(i == j for i, j in pairs):
            return [
                self.node(field.item, left, right, f"{pointer}/{index}")
                for index, (left, right) in enumerate(zip(mine, theirs, strict=True))
            ]
        means = self.first.mean(mine, pointer), self.second.mean(theirs, pointer)
        better = means[1] > means[0] and (self.second.whole or len(theirs) > len(mine))
        won, lost = (theirs, mine) if better else (mine, theirs)
        partners = {(j if better else i): (i if better else j) for i, j in pairs}
        loser = self.first if better else self.second
        for index, row in enumerate(won):
            at = f"{pointer}/{index}"
            partner = partners.get(index)
            other = None if partner is None else lost[partner]
            for place, value in leaves(row, at):
                if better:
                    self.taken.add(place)
                self._compare(field.item, place, value, other, f"{pointer}/{partner}", at, loser)
        count = f"{len(mine)} entries against {len(theirs)}"
        self._note(pointer, mine, theirs, f"{count}, on average {_odds(means)}", taken=better)
        return won

    def _compare(
        self, item: Field, place: str, value: Any, other: Any, there: str, at: str,
        loser: EngineReading,
    ) -> None:  # fmt: skip
        """Whether the same entry of the list that is not taken says the same."""
        below = place.removeprefix(at)
        said = dict(leaves(other)) if other is not None else {}
        if below not in said:
            if loser is self.first or self.second.whole:
                self.signals[place] = {DIFFER: UNKNOWN}
            return
        leaf = next(
            (one for one in item.leaves() if _fits(one.path.removeprefix(item.path), below)), None
        )
        same = value == said[below] if leaf is None else same_value(leaf, value, said[below])
        name = AGREE if same else DIFFER
        self.signals[place] = {name: loser.probability(f"{there}{below}")}

    def _note(
        self, pointer: str, mine: Any, theirs: Any, odds: str, *, taken: bool = False
    ) -> None:
        asked = self.why if self._is_unsure(pointer) else "asked with what is unsure"
        verdict, same = "taken" if taken else "not taken", bool(mine == theirs)
        told = f"{asked}; {odds}" if same else f"{asked}; {verdict}: {odds}"
        self.readings[pointer] = OtherReading(
            engine=self.second.engine, value=theirs, taken=taken, first=mine, why=told
        )

    def _is_unsure(self, pointer: str) -> bool:
        return any(one == pointer or one.startswith(f"{pointer}/") for one in self.unsure)


def _pairs(item: Field, mine: list[Any], theirs: list[Any]) -> list[tuple[int, int]]:
    """Entries of two lists that are the same one, in order."""

    def score(left: int, right: int) -> float:
        found = likeness(item, mine[left], theirs[right])
        return 0.0 if found is None else found

    def same(left: int, right: int) -> bool:
        return same_value(item, mine[left], theirs[right])

    return pair_in_order(len(mine), len(theirs), score, same)


def _fits(path: str, pointer: str) -> bool:
    steps, given = path.split("/"), pointer.split("/")
    return len(steps) == len(given) and all(
        step in ("*", own) for step, own in zip(steps, given, strict=True)
    )


def _odds(pair: tuple[float, float]) -> str:
    return f"{pair[1]:.2f} likely right against {pair[0]:.2f}"
