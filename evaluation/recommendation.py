"""Which engine to use: quality against cost, the rule, and how sure it is.

The rule is *the cheapest engine within one point of the best, or not shown to be worse*. A
difference is one that `Comparison.shown` says; estimates alone rank nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from docglean.evaluation.comparisons import Comparison
from docglean.evaluation.comparisons import points as _points
from docglean.evaluation.costs import Cost
from docglean.evaluation.engine_figures import FEW, Figures, by_name, short_names
from docglean.evaluation.resampling import Interval

WITHIN = 0.01
"""Accuracy that is given up for a cheaper engine: one point."""
ENOUGH = 6
"""Documents below which no difference can be shown: five have at best p = 0.0625."""

Standing = Literal["front", "unclear", "beaten"]


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One engine in the chart of quality and cost.

    Attributes:
        cost: for 1,000 pages, None where unknown; then the point is not in the chart.
        measure: what `cost` is in: ``dollars`` or ``hours`` of one's own machine.
        standing: ``front``: no cheaper engine has a higher estimate; ``unclear``: one has, but no
            difference is shown; ``beaten``: shown to be worse than one that costs no more.
        beaten_by: that one.
    """

    engine: str
    accuracy: Interval
    cost: float | None
    measure: Literal["dollars", "hours"]
    standing: Standing | None = None
    beaten_by: str | None = None


@dataclass(frozen=True, slots=True)
class FrontierStep:
    """From one engine of the front to the next dearer one.

    Attributes:
        dearer_by: for 1,000 pages.
        fewer_errors: in 1,000 pages.
        error_worth: what one error must cost for the dearer engine to pay; None where it makes
            no fewer.
        shown: whether the two are shown to differ.
    """

    cheaper: str
    dearer: str
    measure: Literal["dollars", "hours"]
    dearer_by: float
    fewer_errors: float
    error_worth: float | None
    shown: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rule says.

    Attributes:
        engine: the one to use, None where nothing can be said.
        best: the one with the highest estimate.
        candidates: all within one point of it or not shown to be worse.
        settled: the interval rules out that any dearer engine is more than a point better, over
            `FEW` documents or more, or fewer that show a difference.
        rival: the one that might be, None where settled.
        sentence: for a reader who reads nothing else.
    """

    engine: str | None
    best: str | None
    candidates: tuple[str, ...]
    settled: bool
    rival: str | None
    sentence: str


def standings(
    costs: Sequence[float],
    qualities: Sequence[float],
    shown_better: Callable[[int, int], bool],
) -> list[tuple[Standing, int | None]]:
    """Where each of several points stands, and the one that beats it.

    Args:
        shown_better: whether the first is shown to be better than the second.
    """
    found: list[tuple[Standing, int | None]] = []
    for this in range(len(costs)):
        others = [i for i in range(len(costs)) if i != this and costs[i] <= costs[this]]
        beating = [i for i in others if shown_better(i, this)]
        if beating:
            found.append(("beaten", max(beating, key=lambda i: (qualities[i], -costs[i], -i))))
        elif any(
            qualities[i] > qualities[this]
            or (qualities[i] == qualities[this] and costs[i] < costs[this])
            for i in others
        ):
            found.append(("unclear", None))
        else:
            found.append(("front", None))
    return found


def chart_points(figures: Figures, costs: Sequence[Cost]) -> list[FrontierPoint]:
    """Every engine with its accuracy, cost and standing, in the order of the engines."""
    by_engine = {cost.engine: cost for cost in costs}
    measure = _measure(costs)
    drafts = []
    for rates in figures.headline:
        cost = by_engine[rates.engine]
        if rates.accuracy is not None:
            drafts.append((rates.engine, rates.accuracy, _price(cost, measure)))
    priced = [place for place, draft in enumerate(drafts) if draft[2] is not None]

    def better(left: int, right: int) -> bool:
        return _shown_better(figures, drafts[priced[left]][0], drafts[priced[right]][0])

    found = standings(
        [drafts[place][2] or 0.0 for place in priced],
        [drafts[place][1].estimate for place in priced],
        better,
    )
    standing = {
        place: (name, None if by is None else drafts[priced[by]][0])
        for place, (name, by) in zip(priced, found, strict=True)
    }
    return [
        FrontierPoint(engine, accuracy, cost, measure, *standing.get(place, (None, None)))
        for place, (engine, accuracy, cost) in enumerate(drafts)
    ]


def steps(
    figures: Figures, costs: Sequence[Cost], points: Sequence[FrontierPoint]
) -> list[FrontierStep]:
    """Neighbours on the front, from the cheapest on."""
    errors = {cost.engine: cost.errors for cost in costs}
    front = sorted(
        (point for point in points if point.standing == "front"), key=lambda point: point.cost or 0
    )
    found = []
    for cheaper, dearer in pairwise(front):
        more = (dearer.cost or 0.0) - (cheaper.cost or 0.0)
        fewer = errors[cheaper.engine] - errors[dearer.engine]
        found.append(
            FrontierStep(
                cheaper.engine, dearer.engine, dearer.measure, more, fewer,
                more / fewer if fewer > 0 else None,
                _shown_better(figures, dearer.engine, cheaper.engine),
            )
        )  # fmt: skip
    return found


def decide(figures: Figures, points: Sequence[FrontierPoint], costs: Sequence[Cost]) -> Decision:
    """Apply the rule and say it in one sentence."""
    decision = _decide(figures, points, costs)
    return replace(decision, sentence=by_name(decision.sentence, short_names(figures.engines)))


def _decide(figures: Figures, points: Sequence[FrontierPoint], costs: Sequence[Cost]) -> Decision:
    by_engine = {point.engine: point for point in points}
    if not points:
        return Decision(None, None, (), False, None, "Nothing was measured.")
    # An engine that has read a handful of the documents is neither the best nor chosen.
    enough = [p for p in points if figures.rates(p.engine).documents >= ENOUGH] or points
    best = max(enough, key=lambda point: point.accuracy.estimate)
    if len(points) == 1:
        text = (
            f"Only {best.engine} was measured: it {_quality(figures, best)}{_for(best, costs)}; "
            "measure another engine to have a choice."
        )
        return Decision(best.engine, best.engine, (best.engine,), False, None, text)
    candidates = tuple(
        point.engine
        for point in enough
        if point is best
        or _gap(figures, best, point) <= WITHIN
        or not _shown_better(figures, best.engine, point.engine)
    )
    if figures.documents < ENOUGH:
        text = (
            f"{figures.documents} documents show nothing about which engine is better: label 50 "
            f"to see differences of 5 to 6 points, 150 to see 3."
        )
        return Decision(None, best.engine, candidates, False, None, text)
    priced = [by_engine[name] for name in candidates if by_engine[name].cost is not None]
    if not priced:
        names = _and(candidates)
        text = (
            f"{names} {'is' if len(candidates) == 1 else 'are'} not shown to be worse than any "
            "other, but no price is known, so it is for you to say which is the cheapest."
        )
        return Decision(None, best.engine, candidates, False, None, text)
    chosen = min(priced, key=lambda point: (point.cost or 0.0, -point.accuracy.estimate))
    rival, most = _rival(figures, points, chosen)
    text = _sentence(figures, costs, points, chosen, best, rival, most)
    return Decision(
        chosen.engine,
        best.engine,
        candidates,
        rival is None,
        None if rival is None else rival.engine,
        text,
    )


def _rival(
    figures: Figures, points: Sequence[FrontierPoint], chosen: FrontierPoint
) -> tuple[FrontierPoint | None, float]:
    """The engine, no cheaper or of unknown price, that may be better by most beyond a point; or
    one of any price that has read too few of the documents."""
    rival, most = None, WITHIN
    for point in points:
        comparison = figures.comparison(point.engine, chosen.engine)
        few = comparison is None or (comparison.documents < FEW and not comparison.shown)
        cheaper = point.cost is not None and point.cost < (chosen.cost or 0.0)
        if point is chosen or (cheaper and not few):
            continue
        # An interval over a handful of documents is no bound, unless a difference is shown.
        upper = 1.0 if few or comparison is None else comparison.difference.high
        if upper > most:
            rival, most = point, upper
    return rival, most


def _sentence(
    figures: Figures,
    costs: Sequence[Cost],
    points: Sequence[FrontierPoint],
    chosen: FrontierPoint,
    best: FrontierPoint,
    rival: FrontierPoint | None,
    most: float,
) -> str:
    said = f"Use {chosen.engine}"
    if chosen is not best:
        said += ", the cheapest engine that is "
        said += (
            "within 1 point of the best"
            if _gap(figures, best, chosen) <= WITHIN
            else "not shown to be worse than the best"
        )
    elif all(point.cost is None or point.cost >= (chosen.cost or 0.0) for point in points):
        said += ", the best here and the cheapest"
    else:
        said += ", the best here, which no cheaper engine comes near"
    said += f": it {_quality(figures, chosen)}{_for(chosen, costs)}"
    if chosen is not best:
        said += f", where {best.engine} reads {_percent(best.accuracy.estimate)}"
        said += _for(best, costs)
    unpriced = [point.engine for point in points if point.cost is None]
    if unpriced:
        said += f"; {_and(unpriced)} could not be weighed, since no price is known"
    if rival is None:
        shared = _fewest(figures, chosen)
        return (
            f"{said}; this is settled: with {shared} documents, no engine that costs "
            f"as much or more is likely to be over {_points(WITHIN)} better (95 %)."
        )
    comparison = figures.comparison(rival.engine, chosen.engine)
    shared = 0 if comparison is None else comparison.documents
    if comparison is None or (shared < FEW and not comparison.shown):
        return (
            f"{said}; this is not settled: {shared} documents that {rival.engine} read as well are "
            "too few to tell: it takes 50 to see differences of 5 to 6 points, 150 to see 3."
        )
    said += (
        f"; this is not settled: with {shared} documents, {rival.engine} may still be "
        f"up to {_points(most)} better (95 %)"
    )
    if comparison is not None and comparison.more and comparison.points:
        said += (
            f", and {comparison.more:,} more would be needed to see {_points(comparison.points)}"
        )
    return f"{said}."


def _fewest(figures: Figures, chosen: FrontierPoint) -> int:
    """Documents that the chosen engine shares with the one it shares least with."""
    others = (figures.comparison(name, chosen.engine) for name in figures.engines)
    return min(one.documents for one in others if one is not None)


def _quality(figures: Figures, point: FrontierPoint) -> str:
    accuracy = point.accuracy
    text = (
        f"reads {_percent(accuracy.estimate)} of the labelled values right "
        f"({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f} at 95 %)"
    )
    exact = figures.rates(point.engine).exact
    if exact is not None:
        text += f" and {_percent(exact.estimate)} of the documents wholly"
    return text


def _for(point: FrontierPoint, costs: Sequence[Cost]) -> str:
    """``, for $1.20 per 1,000 pages``."""
    cost = next(cost for cost in costs if cost.engine == point.engine)
    unit = f"1,000 {cost.unit}s"
    if point.cost is None:
        return f", at a price per {unit} that is not known"
    if point.measure == "hours":
        return f", for {point.cost:.2g} machine hours per {unit}"
    return f", for {dollars(point.cost)} per {unit}"


def dollars(amount: float) -> str:
    """US dollars: cents from a dollar on, below it three digits that say something."""
    if amount == 0:
        return "$0"
    if abs(amount) >= 1:
        return f"${amount:,.2f}"
    decimals = max(2, 2 - math.floor(math.log10(abs(amount))))
    text = f"{amount:.{decimals}f}"
    while text.endswith("0") and len(text.partition(".")[2]) > 2:
        text = text[:-1]
    return f"${text}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _gap(figures: Figures, best: FrontierPoint, other: FrontierPoint) -> float:
    """By how much the best is better, on the documents that both read."""
    comparison = figures.comparison(best.engine, other.engine)
    if comparison is None:
        return best.accuracy.estimate - other.accuracy.estimate
    return comparison.difference.estimate


def _shown_better(figures: Figures, left: str, right: str) -> bool:
    comparison: Comparison | None = figures.comparison(left, right)
    return comparison is not None and comparison.shown and comparison.difference.estimate > 0


def _measure(costs: Sequence[Cost]) -> Literal["dollars", "hours"]:
    """Hours where every engine runs on one's own machine and an hour has no price."""
    bare = all(cost.total is None and cost.billed == 0 for cost in costs)
    return "hours" if bare and costs else "dollars"


def _price(cost: Cost, measure: Literal["dollars", "hours"]) -> float | None:
    return cost.total if measure == "dollars" else cost.hours
