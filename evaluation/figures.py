"""All figures of a report, each an aggregate of stored rows with an interval over documents."""

from __future__ import annotations

from dataclasses import dataclass, field

from docglean.evaluation.comparisons import Comparison, comparisons
from docglean.evaluation.gathering import Gathered
from docglean.evaluation.rates import FieldRates, Measure, Rates, Repeats, Scope, Slice, slices

FEW = 15
"""Documents below which a figure is a smoke test: one true gap of 12 points in six is missed."""


@dataclass(frozen=True)
class Figures:
    """All of it."""

    engines: tuple[str, ...]
    documents: int
    sets: dict[str, int]
    headline: list[Rates]
    by_schema: dict[str, list[Rates]]
    fields: list[FieldRates]
    slices: list[Slice]
    repeats: list[Repeats]
    comparisons: list[Comparison]
    measures: list[Measure]
    without_suspects: list[Rates] = field(default_factory=list)

    def rates(self, engine: str) -> Rates:
        """The headline of one engine."""
        return next(rates for rates in self.headline if rates.engine == engine)

    def comparison(self, left: str, right: str) -> Comparison | None:
        """`left` against `right`, None where they share no document."""
        for one in self.comparisons:
            if (one.left, one.right) == (left, right):
                return one
            if (one.left, one.right) == (right, left):
                return one.turned()
        return None


def figures(gathered: Gathered) -> Figures:
    """All figures of one evaluation."""
    import numpy as np

    scope = Scope(gathered)
    everything = np.ones(len(gathered.documents), dtype=bool)
    schemas = list(dict.fromkeys(facts.schema for facts in gathered.documents))
    sets: dict[str, int] = {}
    for facts in gathered.documents:
        sets[facts.set] = sets.get(facts.set, 0) + 1
    return Figures(
        engines=gathered.engines,
        documents=len(gathered.documents),
        sets=sets,
        headline=scope.rates(everything),
        by_schema={
            schema: scope.rates(np.asarray([f.schema == schema for f in gathered.documents]))
            for schema in (schemas if len(schemas) > 1 else [])
        },
        fields=scope.fields(),
        slices=slices(scope),
        repeats=scope.repeats(),
        comparisons=comparisons(scope),
        measures=scope.measures(),
        without_suspects=(
            Scope(gathered, without_suspects=True).rates(everything, macro=False)
            if gathered.suspects
            else []
        ),
    )
