"""A cheap engine first, a strong one where the cheap one's answer looks bad: from stored rows.

Nothing is run: both engines have read every document, so it is known what each would have cost and
got right. What sends a document on is told by signals that need no label: failed checks, values
that stand nowhere in the document, a second cheap engine that disagrees; or, value by value, by the
conditions of ``extract --then --when`` (`follow_ups`), which a run can be told as they stand.
Which signal to trust is learnt on one half of the documents and scored on the other, and the other
way round, so that no document helps to choose the rule that it is scored by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

from docglean.evaluation.arms import has_examples
from docglean.evaluation.costs import THOUSAND, Cost
from docglean.evaluation.follow_ups import RULES
from docglean.evaluation.gathered import Gathered
from docglean.evaluation.rates import Scope
from docglean.evaluation.recommendation import WITHIN, FrontierPoint
from docglean.evaluation.resampling import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

DIFFERING = (0.0, 0.1, 0.25)
"""Shares of values in which two cheap engines differ, above which a document is sent on."""
FEWEST = 20
"""Documents below which there is nothing to learn a rule from."""


@dataclass(frozen=True, slots=True)
class CascadeRule:
    """One signal, over all documents.

    Attributes:
        sent_on: share of the documents that the strong engine reads as well.
        accuracy, cost: of the whole cascade; cost for 1,000 pages, see
            `recommendation.Point.measure`.
    """

    name: str
    sent_on: float
    accuracy: Interval
    cost: float


@dataclass(frozen=True, slots=True)
class Cascade:
    """One pair of engines, its rule learnt and scored on different documents.

    Attributes:
        chosen: the rules learnt, one for each half.
        behind: accuracy of the strong engine alone less that of the cascade, paired.
        strong_cost: of the strong engine alone.
        rules: every rule by itself, on all documents; the best of them is too good to be true.
    """

    cheap: str
    strong: str
    chosen: tuple[str, str]
    sent_on: float
    accuracy: Interval
    behind: Interval
    cost: float
    strong_cost: float
    documents: int
    rules: tuple[CascadeRule, ...]

    @property
    def run(self) -> CascadeRule | None:
        """The rule that a run is to be told: one that was learnt, else the cheapest of its
        conditions within one point of the strong engine, or the most accurate."""
        known = [rule for rule in self.rules if rule.name in RULES]
        learnt = [rule for rule in known if rule.name in self.chosen]
        wanted = self.accuracy.estimate + self.behind.estimate - WITHIN
        good = learnt or [rule for rule in known if rule.accuracy.estimate >= wanted]
        if good:
            return min(good, key=lambda rule: rule.cost)
        return max(known, key=lambda rule: rule.accuracy.estimate, default=None)

    @property
    def command(self) -> str:
        """What runs `run`; empty where answers tell no confidence."""
        if self.run is None:
            return ""
        pair = f"--engine {self.cheap} --then {self.strong}"
        return f"docglean extract {pair} --when '{self.run.name}'"


def cascades(
    gathered: Gathered, scope: Scope, points: Sequence[FrontierPoint], costs: Sequence[Cost]
) -> list[Cascade]:
    """Every pair of which the dearer engine has the higher estimate, the cheapest result first."""
    # A run shows examples to all of its engines or to none; what both would come to is not known.
    by_name = {point.engine: point for point in points if not has_examples(point.engine)}
    pairs = [
        (cheap, strong)
        for cheap, strong in permutations(by_name, 2)
        if by_name[cheap].cost is not None
        and (by_name[cheap].cost or 0.0) < (by_name[strong].cost or 0.0)
        and by_name[cheap].accuracy.estimate < by_name[strong].accuracy.estimate
    ]
    drafts = [_simulate(gathered, scope, points, costs, *pair) for pair in pairs]
    found = _with_intervals(scope, [draft for draft in drafts if draft is not None])
    return sorted(found, key=lambda one: one.cost)


def worthwhile(found: Sequence[Cascade], points: Sequence[FrontierPoint]) -> list[Cascade]:
    """Those that no engine and no other cascade beats in both cost and estimate."""
    others = [(point.cost, point.accuracy.estimate) for point in points if point.cost is not None]
    others += [(one.cost, one.accuracy.estimate) for one in found]
    return [
        one
        for one in found
        if not any(
            cost <= one.cost
            and quality >= one.accuracy.estimate
            and (cost, quality) != (one.cost, one.accuracy.estimate)
            for cost, quality in others
        )
    ]


@dataclass
class _Pair:
    """Two engines on the documents that both read in the same repeats; arrays are repeats x
    documents, hits and totals are values."""

    both: Numbers
    sizes: Numbers
    hits: tuple[Numbers, Numbers]
    total: Numbers
    costs: tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True)
class _Mixed:
    """One rule at work: values right and labelled by document, what 1,000 pages cost, and the
    share of documents sent on."""

    name: str
    hits: Numbers
    total: Numbers
    cost: float
    sent_on: float


@dataclass(frozen=True, slots=True)
class _Draft:
    """A cascade before its intervals; `learnt` is scored on other documents than it was learnt
    on, `alone` is the strong engine without any."""

    cheap: str
    strong: str
    chosen: tuple[str, str]
    documents: int
    learnt: _Mixed
    alone: _Mixed
    rules: tuple[_Mixed, ...]


def _simulate(
    gathered: Gathered,
    scope: Scope,
    points: Sequence[FrontierPoint],
    costs: Sequence[Cost],
    cheap: str,
    strong: str,
) -> _Draft | None:
    import numpy as np

    places = {spec: place for place, spec in enumerate(gathered.engines)}
    first, second = places[cheap], places[strong]
    pair = _pair(gathered, scope, points, costs, first, second)
    documents = int((pair.both.any(axis=0) & (pair.total.max(axis=0) > 0)).sum())
    if documents < FEWEST:
        return None
    rules = dict(_signals(gathered, points, costs, first, second))
    halves = _halves(gathered)
    chosen: list[str] = []
    sent = np.zeros(pair.both.shape, dtype=bool)
    extra, gained = np.zeros(pair.both.shape), np.zeros(pair.both.shape)
    for half in (0, 1):
        name = _learn(pair, rules, halves != half)
        chosen.append(name)
        rule, inside = rules[name], halves == half
        sent |= rule.sent & inside
        extra += rule.extra * inside
        gained += _gained(pair, rule) * inside
    everything = Signal(np.ones_like(sent), -pair.costs[0])
    return _Draft(
        cheap, strong, (chosen[0], chosen[1]), documents,
        _mix("", pair, Signal(sent, extra, gained)),
        _mix("", pair, everything),
        tuple(_mix(name, pair, signal) for name, signal in rules.items()),
    )  # fmt: skip


def _with_intervals(scope: Scope, drafts: Sequence[_Draft]) -> list[Cascade]:
    """All intervals at once: documents are drawn once for all of them."""
    mixed = [(draft, one) for draft in drafts for one in (draft.learnt, *draft.rules)]
    shares = scope.draws.intervals([(one.hits, one.total) for _, one in mixed])
    behind = scope.draws.intervals(
        [(draft.alone.hits - draft.learnt.hits, draft.learnt.total) for draft in drafts],
        difference=True,
    )
    accuracy = {id(one): share for (_, one), share in zip(mixed, shares, strict=True)}
    found = []
    for draft, difference in zip(drafts, behind, strict=True):
        whole = accuracy[id(draft.learnt)]
        assert whole is not None
        assert difference is not None
        found.append(
            Cascade(
                draft.cheap, draft.strong, draft.chosen, draft.learnt.sent_on, whole, difference,
                draft.learnt.cost, draft.alone.cost, draft.documents,
                tuple(
                    CascadeRule(one.name, one.sent_on, share, one.cost)
                    for one in draft.rules
                    if (share := accuracy[id(one)]) is not None
                ),
            )
        )  # fmt: skip
    return found


def _pair(
    gathered: Gathered,
    scope: Scope,
    points: Sequence[FrontierPoint],
    costs: Sequence[Cost],
    first: int,
    second: int,
) -> _Pair:
    import numpy as np

    unit = costs[0].unit
    sizes = np.asarray([f.pages if unit == "page" else 1 for f in gathered.documents], dtype=float)
    seen = [_for_all_repeats(gathered, engine, gathered.seen[engine]) for engine in (first, second)]
    both = seen[0] & seen[1] & (sizes > 0)
    hits, totals, spent = [], [], []
    for engine in (first, second):
        right, labelled = scope.values(engine)
        hits.append(_for_all_repeats(gathered, engine, right) * both)
        totals.append(_for_all_repeats(gathered, engine, labelled) * both)
        cost = _spent(gathered, points, costs, engine)
        spent.append(_for_all_repeats(gathered, engine, cost) * both)
    return _Pair(both, sizes, (hits[0], hits[1]), totals[1], (spent[0], spent[1]))


def _for_all_repeats(gathered: Gathered, engine: int, by_repeat: Numbers) -> Numbers:
    """The one answer of an engine that was asked once (the embedded one always gives the same),
    beside every repeat of the other engine."""
    import numpy as np

    seen = gathered.seen[engine]
    once = seen[0] & (seen.sum(axis=0) == 1)
    filled: Numbers = np.where(once, by_repeat[0], by_repeat)
    return filled


def _spent(
    gathered: Gathered, points: Sequence[FrontierPoint], costs: Sequence[Cost], place: int
) -> Numbers:
    """Cost of each answer, by the measure of the chart.

    Machine time is what the engine's `Cost` says in all, shared out by the seconds of each.
    """
    import numpy as np

    spec = gathered.engines[place]
    cost = next(cost for cost in costs if cost.engine == spec)
    measure = next(point.measure for point in points if point.engine == spec)
    billed = np.nan_to_num(gathered.cost[place]) if measure == "dollars" else 0.0
    rate = cost.hours if measure == "hours" else cost.machine or 0.0
    seconds = np.nan_to_num(gathered.machine[place])
    if not seconds.sum():
        seconds = np.nan_to_num(gathered.latency[place])
    whole = seconds.sum()
    runs = max(1, int(gathered.runs[place].max(initial=0)))
    shared: Numbers = seconds * (rate * cost.units * runs / THOUSAND / whole if whole else 0.0)
    return billed + shared


class Signal(NamedTuple):
    """Whether each answer is sent on, what finding that out costs on top, and the labelled values
    that are right more by it; None where all of the strong engine's answer is taken."""

    sent: Any
    extra: Any
    gained: Any = None


def _signals(
    gathered: Gathered,
    points: Sequence[FrontierPoint],
    costs: Sequence[Cost],
    first: int,
    second: int,
) -> Iterator[tuple[str, Signal]]:
    import numpy as np

    nothing = np.zeros(gathered.seen[first].shape)
    validation, location = (
        _for_all_repeats(gathered, first, gathered.alarms[name][first] > 0)
        for name in ("validation", "location")
    )
    yield "a check fails", Signal(validation, nothing)
    yield "a value is nowhere in the document", Signal(location, nothing)
    yield "either", Signal(validation | location, nothing)
    for rule, one in gathered.followed_up.get((first, second), {}).items():
        yield rule, Signal(one.sent, nothing, one.gained)
    limit = _price(points, gathered.engines[second])
    for third, spec in enumerate(gathered.engines):
        price = _price(points, spec)
        if third in (first, second) or price is None or limit is None or price >= limit:
            continue
        asked = _for_all_repeats(gathered, third, _spent(gathered, points, costs, third))
        apart = gathered.differing[first, third]
        for engine in (first, third):
            apart = _for_all_repeats(gathered, engine, apart)
        for share in DIFFERING:
            differ = apart > share
            name = f"{spec} differs" + (f" in over {100 * share:.0f} % of values" if share else "")
            yield name, Signal(differ, asked)


def _price(points: Sequence[FrontierPoint], spec: str) -> float | None:
    return next((point.cost for point in points if point.engine == spec), None)


def _halves(gathered: Gathered) -> Numbers:
    """0 or 1 for each document, by its name: the same whatever else is measured."""
    import numpy as np

    return np.asarray(
        [hashlib.sha256(f"{f.set}/{f.document}".encode()).digest()[0] % 2
         for f in gathered.documents]
    )  # fmt: skip


def _learn(pair: _Pair, rules: dict[str, Signal], inside: Numbers) -> str:
    """The cheapest rule within one point of the strong engine; else the most accurate one."""

    import numpy as np

    def quality(signal: Signal) -> float:
        hits = _mixed(pair, signal)[:, inside].sum()
        total = pair.total[:, inside].sum()
        return float(hits) / float(total) if total else 0.0

    def cost(signal: Signal) -> float:
        return float(_costs(pair, signal)[:, inside].sum())

    wanted = quality(Signal(np.ones_like(pair.both), 0.0)) - WITHIN
    good = [name for name, signal in rules.items() if quality(signal) >= wanted]
    if good:
        return min(good, key=lambda name: cost(rules[name]))
    return max(rules, key=lambda name: (quality(rules[name]), -cost(rules[name])))


def _gained(pair: _Pair, signal: Signal) -> Numbers:
    """Labelled values that are right more than by the cheap engine alone."""
    more: Numbers = (
        signal.sent * (pair.hits[1] - pair.hits[0]) if signal.gained is None else signal.gained
    )
    return more * pair.both


def _mixed(pair: _Pair, signal: Signal) -> Numbers:
    hits: Numbers = pair.hits[0] + _gained(pair, signal)
    return hits


def _costs(pair: _Pair, signal: Signal) -> Numbers:
    more = signal.extra + signal.sent * pair.costs[1]
    costs: Numbers = (pair.costs[0] + more) * pair.both
    return costs


def _mix(name: str, pair: _Pair, signal: Signal) -> _Mixed:
    import numpy as np

    runs = np.maximum(pair.both.sum(axis=0), 1)
    units = float((pair.both * pair.sizes).sum())
    return _Mixed(
        name,
        _mixed(pair, signal).sum(axis=0) / runs,
        pair.total.sum(axis=0) / runs,
        float(_costs(pair, signal).sum()) / units * THOUSAND,
        float((signal.sent & pair.both).sum()) / float(pair.both.sum()),
    )
