"""All figures of a report, each an aggregate of stored rows with an interval over documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from docglean.evaluation.arms import bare
from docglean.evaluation.comparisons import Comparison, comparisons
from docglean.evaluation.gathered import Gathered
from docglean.evaluation.rates import FieldRates, Measure, Rates, Repeats, Scope, Slice, slices

FEW = 15
"""Documents below which a figure is a smoke test: one true gap of 12 points in six is missed."""


@dataclass(frozen=True)
class Figures:
    """All of it.

    Attributes:
        documents: those that were measured.
        unlabelled: of these, those of which no field is labelled.
    """

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
    unlabelled: int = 0

    @property
    def unlabelled_told(self) -> str:
        """What documents without labelled values count for; empty where there are none."""
        if not self.unlabelled:
            return ""
        have = "has" if self.unlabelled == 1 else "have"
        count = "counts" if self.unlabelled == 1 else "count"
        return (
            f"{self.unlabelled} of the {self.documents} documents {have} no labelled values, and "
            f"{count} only where documents fail and in other metrics."
        )

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


_SETTINGS = re.compile(
    r"@https?://[^?]*|(?<=[?&])(?:context|max_tokens|window|price|key|batch)=[^&]*&?"
)
"""Of a spec: the server's address, and what says how it is asked and not what answers."""


def short_names(specs: Sequence[str]) -> dict[str, str]:
    """What people call each engine: its spec without address and limits, where that is clear."""
    short = {
        spec: _SETTINGS.sub("", bare(spec)).rstrip("?&") + spec.removeprefix(bare(spec))
        for spec in specs
    }
    taken = Counter(short.values())
    return {spec: name if taken[name] == 1 and name else spec for spec, name in short.items()}


def by_name(text: str, names: Mapping[str, str]) -> str:
    """Text in which engines are called by these names instead of by their specs."""
    for spec in sorted(names, key=len, reverse=True):
        text = text.replace(spec, names[spec])
    return text


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
        unlabelled=_unlabelled(gathered),
    )


def _unlabelled(gathered: Gathered) -> int:
    """Documents that were read and of which there is no value to compare."""
    read = gathered.seen.any(axis=(0, 1))
    compared = (gathered.counts > 0).any(axis=(0, 1, 3))
    return int((read & ~compared).sum())
