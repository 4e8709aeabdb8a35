"""Whether examples help: each model without and with them, on the same documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from docglean.evaluation.arms import bare, has_examples
from docglean.evaluation.comparisons import SEEN_AT, Comparison, points
from docglean.evaluation.costs import THOUSAND, Cost
from docglean.evaluation.engine_figures import Figures, short_names

Verdict = Literal["help", "do harm", "do not help", "not known"]
WORTH = SEEN_AT[-1]
"""A gain of accuracy below which examples are said not to help: one point."""


@dataclass(frozen=True, slots=True)
class ExampleGain:
    """One model, without and with examples.

    Attributes:
        engine: its spec.
        verdict: ``help`` or ``do harm`` where a difference is shown (see `Comparison.shown`);
            ``do not help`` where none is, the interval leaves out a gain of `WORTH`, and there are
            documents enough that one would have been seen.
        comparison: with examples less without, paired by document.
        without_cost, with_cost: US dollars billed for 1,000 pages; None where unknown.
        sentence: all of it for people.
    """

    engine: str
    verdict: Verdict
    comparison: Comparison
    without_cost: float | None
    with_cost: float | None
    sentence: str


def example_gains(figures: Figures, priced: Sequence[Cost]) -> list[ExampleGain]:
    """Of each model that was measured both ways."""
    names, costs = short_names(figures.engines), {cost.engine: cost for cost in priced}
    found = []
    for shown in filter(has_examples, figures.engines):
        engine = bare(shown)
        compared = figures.comparison(shown, engine) if engine in figures.engines else None
        if compared is not None:
            found.append(_gain(engine, names[engine], compared, costs[engine], costs[shown]))
    return found


def verdict_of(compared: Comparison) -> Verdict:
    """What is known of a difference, see `ExampleGain`."""
    if compared.shown:
        return "help" if compared.difference.estimate > 0 else "do harm"
    enough = compared.more == 0  # for a difference of the last of `SEEN_AT`, which is `WORTH`
    return "do not help" if enough and compared.difference.high < WORTH else "not known"


def _gain(engine: str, name: str, compared: Comparison, plain: Cost, shown: Cost) -> ExampleGain:
    verdict = verdict_of(compared)
    d = compared.difference
    said = f"whether examples help {name} is not known"
    if verdict != "not known":
        said = f"examples {verdict} {name}" if verdict != "do harm" else f"examples harm {name}"
    if verdict == "do not help":
        said += f" by {points(WORTH)} or more"
    change = f"{_signed(d.estimate)} points ({_signed(d.low)} to {_signed(d.high)} at 95 %)"
    sentence = f"{said[0].upper()}{said[1:]}: {change} on {compared.documents} documents"
    sentence += f"; {_cost(plain, shown)}."
    if verdict == "not known":
        sentence += f" {compared.sentence}"
    return ExampleGain(engine, verdict, compared, plain.billed, shown.billed, sentence)


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # no -0.0


def _cost(plain: Cost, shown: Cost) -> str:
    unit = f"{THOUSAND:,} {plain.unit}s"
    if plain.billed is None or shown.billed is None:
        return f"what {unit} cost is not known"
    if not plain.billed and not shown.billed:
        tokens = f"{shown.tokens_in:,.0f} tokens in instead of {plain.tokens_in:,.0f}"
        return f"nothing is billed, a {plain.unit} takes {tokens}"
    return f"{unit} cost ${shown.billed:.2f} instead of ${plain.billed:.2f}"
