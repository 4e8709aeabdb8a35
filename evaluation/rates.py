"""How good each engine is: its rates over documents, fields, slices and repeats.

A pooled figure is the mean of the sets' figures; every interval is one over documents.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docglean.evaluation.gathered import (
    CLOSE,
    CORRECT,
    COUNTED,
    EMPTY,
    ERRORS,
    EXTRA,
    HALLUCINATED,
    MISSING,
    UNANSWERED,
    WRONG,
    Gathered,
)
from docglean.evaluation.resampling import Draws, Interval, wilson_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SLICE_VALUES = 12
"""Values of one tag that are told apart; the documents of rarer ones are taken together."""
REST = "(others)"


@dataclass(frozen=True, slots=True)
class Rates:
    """How good one engine is on some documents. A rate is None where there is nothing to count.

    Attributes:
        documents: with at least one row.
        labelled: labelled values.
        outcomes: number of values by outcome, mean over repeats (see `counts.COUNTED`).
        accuracy: labelled values that are right, empty ones included.
        lenient: as `accuracy`, with texts that are nearly right; a second figure, never the first.
        macro: mean over fields of `accuracy`, so that a frequent field hides no bad one.
        precision: values given that are right.
        recall: values labelled as there that were given right.
        f1: harmonic mean of the two.
        hallucination: values labelled empty for which one was given.
        omission: values labelled as there for which none was given.
        exact: documents of which every value is right.
        failure: documents that gave no answer.
    """

    engine: str
    documents: int
    labelled: float
    outcomes: dict[str, float]
    accuracy: Interval | None = None
    lenient: Interval | None = None
    macro: Interval | None = None
    precision: Interval | None = None
    recall: Interval | None = None
    f1: Interval | None = None
    hallucination: Interval | None = None
    omission: Interval | None = None
    exact: Interval | None = None
    failure: Interval | None = None


@dataclass(frozen=True, slots=True)
class FieldRates:
    """One field's accuracy by engine (None where it isn't labelled), and its outcomes."""

    schema: str
    path: str
    kind: str
    documents: int
    labelled: float
    accuracy: dict[str, Interval | None]
    outcomes: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Slice:
    """Documents that share a tag's value."""

    tag: str
    value: str
    documents: int
    rates: list[Rates]


@dataclass(frozen=True, slots=True)
class Repeats:
    """One engine asked several times.

    Attributes:
        accuracy: of each repeat.
        spread: the largest of these less the smallest.
        exact: share of documents wholly right, of each repeat.
        pass_all: pass^k, share of documents right in all k repeats.
        changing: share of values that were not the same in all repeats.
    """

    engine: str
    repeats: int
    documents: int
    accuracy: list[float]
    spread: float
    exact: list[float]
    pass_all: Interval | None
    changing: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One more metric, a ratio of sums, by engine."""

    name: str
    documents: int
    by_engine: dict[str, Interval | None]


class Scope:
    """The gathered counts as hits and totals, with one draw of all documents."""

    def __init__(self, gathered: Gathered, *, without_suspects: bool = False) -> None:
        self.gathered = gathered
        counts = gathered.counts - gathered.suspected if without_suspects else gathered.counts
        self.by_repeat = counts.astype(float)
        self.counts = gathered.mean(self.by_repeat)
        self.seen = gathered.runs > 0
        self.strata: tuple[Hashable, ...] = tuple(facts.set for facts in gathered.documents)
        self.draws = Draws(self.strata, seed=gathered.manifest.seed)
        rows = gathered.counts.sum(axis=-1) > 0
        self.right = rows & (self.by_repeat[..., list(ERRORS)].sum(axis=-1) < 1e-6)
        self.has_rows = rows

    def shares(self, engine: int) -> dict[str, tuple[Numbers, Numbers]]:
        """Hits and total by document, of each rate that is a ratio of sums."""
        c = self.counts[engine].T
        runs = self.gathered.runs[engine]
        labelled = labelled_values(c)
        given = c[CORRECT] + c[WRONG] + c[HALLUCINATED] + c[EXTRA]
        there = c[CORRECT] + c[WRONG] + c[MISSING]
        answered = self.has_rows[engine].sum(axis=0)
        return {
            "accuracy": (c[CORRECT] + c[EMPTY], labelled),
            "lenient": (c[CORRECT] + c[EMPTY] + c[CLOSE], labelled),
            "precision": (c[CORRECT], given),
            "recall": (c[CORRECT], there),
            "f1": (2 * c[CORRECT], given + there),
            "hallucination": (c[HALLUCINATED], c[EMPTY] + c[HALLUCINATED] + c[UNANSWERED]),
            "omission": (c[MISSING], there),
            "exact": (_ratio(self.right[engine].sum(axis=0), answered), answered > 0),
            "failure": (_ratio(self.gathered.failed[engine].sum(axis=0), runs), runs > 0),
        }

    def values(self, engine: int) -> tuple[Numbers, Numbers]:
        """Right and labelled values, repeats x documents."""
        c = self.by_repeat[engine]
        right: Numbers = c[..., CORRECT] + c[..., EMPTY]
        labelled: Numbers = c[..., : len(COUNTED)].sum(axis=-1) - c[..., EXTRA]
        return right, labelled

    def rates(self, mask: Numbers, *, macro: bool = True) -> list[Rates]:
        """Rates of every engine on the documents of `mask`."""
        asked: list[tuple[int, str, tuple[Numbers, Numbers]]] = []
        for engine in range(len(self.gathered.engines)):
            shares = self.shares(engine)
            if macro:
                shares["macro"] = self.by_field(engine)
            for name, (hits, total) in shares.items():
                inside = mask if total.ndim == 1 else mask[:, None]
                asked.append((engine, name, (hits * inside, total * inside)))
        found = self.draws.intervals([columns for *_, columns in asked])
        rates: list[dict[str, Interval | None]] = [{} for _ in self.gathered.engines]
        for (engine, name, (hits, total)), interval in zip(asked, found, strict=True):
            if name in ("exact", "failure"):
                interval = self._wilson(hits, total) or interval
            rates[engine][name] = interval
        return [
            Rates(
                engine=spec,
                documents=int((self.has_rows[place].any(axis=0) & mask).sum()),
                labelled=float(labelled_values(self.counts[place][mask].T).sum()),
                outcomes=_outcomes(self.counts[place][mask].sum(axis=0)),
                **rates[place],
            )
            for place, spec in enumerate(self.gathered.engines)
        ]

    def _wilson(self, hits: Numbers, total: Numbers) -> Interval | None:
        """A share of documents of one set is binomial: Wilson is right there."""
        counted = total > 0
        if len({stratum for stratum, one in zip(self.strata, counted, strict=True) if one}) != 1:
            return None
        right, number = float(hits[counted].sum()), int(counted.sum())
        low, high = wilson_limits(right, number)
        return Interval(low, right / number, high)

    def by_field(self, engine: int) -> tuple[Numbers, Numbers]:
        """Right and labelled values, documents x fields."""
        import numpy as np

        fields = self.gathered.fields
        hits = np.zeros((len(self.gathered.documents), max(1, len(fields))))
        total = np.zeros_like(hits)
        for column, one in enumerate(fields):
            c = one.counts[:, engine]
            hits[one.documents, column] = c[:, CORRECT] + c[:, EMPTY]
            total[one.documents, column] = labelled_values(c.T)
        return hits, total

    def fields(self) -> list[FieldRates]:
        """Every field, in the order of schemas and of first appearance."""
        import numpy as np

        fields = self.gathered.fields
        engines = self.gathered.engines
        by_engine = [self.by_field(engine) for engine in range(len(engines))]
        found = self.draws.intervals(
            [(hits[:, column], total[:, column])
             for column in range(len(fields)) for hits, total in by_engine]
        )  # fmt: skip
        rates = []
        for column, one in enumerate(fields):
            labelled = np.stack([total[:, column] for _, total in by_engine])
            here = found[column * len(engines) : (column + 1) * len(engines)]
            rates.append(
                FieldRates(
                    one.schema, one.path, one.kind,
                    documents=int((labelled.max(axis=0) > 0).sum()),
                    labelled=float(labelled.max(axis=0).sum()),
                    accuracy=dict(zip(engines, here, strict=True)),
                    outcomes={
                        spec: _outcomes(one.counts[:, place].sum(axis=0))
                        for place, spec in enumerate(engines)
                    },
                )
            )  # fmt: skip
        return rates

    def repeats(self) -> list[Repeats]:
        """Every engine that was asked more than once."""
        import numpy as np

        found = []
        for place, spec in enumerate(self.gathered.engines):
            several = self.gathered.runs[place] > 1
            if not several.any():
                continue
            accuracy, exact = [], []
            for repeat in range(self.gathered.seen.shape[1]):
                inside = several & self.gathered.seen[place, repeat]
                c = self.by_repeat[place, repeat][inside].sum(axis=0)
                labelled = labelled_values(c)
                if labelled:
                    accuracy.append(float((c[CORRECT] + c[EMPTY]) / labelled))
                    rows = self.has_rows[place, repeat] & inside
                    exact.append(float(self.right[place, repeat][rows].mean()))
            always = (self.right[place] | ~self.gathered.seen[place]).all(axis=0)
            counted = several & self.has_rows[place].any(axis=0)
            changed, values = self.gathered.changing[place].sum(axis=0)
            total = counted.astype(float)
            found.append(
                Repeats(
                    spec, int(self.gathered.runs[place].max()), int(several.sum()),
                    accuracy, float(np.ptp(accuracy)) if accuracy else 0.0, exact,
                    self._wilson(always * total, total)
                    or self.draws.interval(always * total, total),
                    float(changed / values) if values else None,
                )
            )  # fmt: skip
        return found

    def measures(self) -> list[Measure]:
        """The other metrics, in the order of their names."""
        found = []
        for name, sums in sorted(self.gathered.measures.items()):
            intervals = self.draws.intervals(
                [(one[:, 0], one[:, 1]) for one in sums], bounded=False
            )
            found.append(
                Measure(
                    name,
                    int((sums[..., 1] > 0).any(axis=0).sum()),
                    dict(zip(self.gathered.engines, intervals, strict=True)),
                )
            )
        return found


def slices(scope: Scope) -> list[Slice]:
    """Documents by set, pages and tags, where there is more than one value to tell apart."""
    found = []
    documents = scope.gathered.documents
    tags: dict[str, list[str]] = {"set": [facts.set for facts in documents]}
    for name in dict.fromkeys(name for facts in documents for name in facts.tags):
        tags[name] = [facts.tags.get(name, "") for facts in documents]
    if "length" not in tags:
        tags["length"] = [_pages(facts.pages) for facts in documents]
    for name, values in tags.items():
        sizes: dict[str, int] = {}
        for value in values:
            if value:
                sizes[value] = sizes.get(value, 0) + 1
        if len(sizes) < 2:
            continue
        kept = sorted(sizes, key=lambda value: -sizes[value])
        if len(kept) > SLICE_VALUES:
            kept = kept[: SLICE_VALUES - 1]
        rare = [value for value in sizes if value not in kept]
        chosen = sorted(kept, key=_number_first)
        for value in [*chosen, *([REST] if rare else [])]:
            mask = _mask(values, rare if value == REST and rare else [value])
            found.append(Slice(name, value, int(mask.sum()), scope.rates(mask, macro=False)))
    return found


def _mask(values: Sequence[str], wanted: Sequence[str]) -> Numbers:
    import numpy as np

    return np.asarray([value in wanted for value in values], dtype=bool)


def _number_first(value: str) -> tuple[float, str]:
    digits = value.split("-")[0].split("+")[0].strip()
    return (float(digits) if digits.isdecimal() else float("inf")), value


def _pages(pages: int) -> str:
    for most, name in ((0, ""), (1, "1"), (4, "2-4"), (10, "5-10"), (50, "11-50")):
        if pages <= most:
            return name
    return "51+"


def labelled_values(counts: Numbers) -> Numbers:
    """Labelled values, of counts with their outcomes along the first axis."""
    values: Numbers = counts[: len(COUNTED)].sum(axis=0) - counts[EXTRA]
    return values


def _outcomes(counts: Numbers) -> dict[str, float]:
    return {name: float(count) for name, count in zip(COUNTED, counts, strict=False)}


def _ratio(hits: Numbers, total: Numbers) -> Numbers:
    import numpy as np

    return np.divide(hits, total, out=np.zeros(len(total)), where=total > 0)
