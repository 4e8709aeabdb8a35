"""What confidence is worth, signal by signal, on answers that `docglean evaluate` has measured.

    docglean evaluate FOLDERS --engine local --calibration off --out RESULTS --yes
    python -m bench.confidence RESULTS [--engine local] [--part look] [--at 0.9] [--signals]
        [--prior FILE]
    python -m bench.confidence --cost FOLDER/sroie [--documents 20] [--engine ocr+anthropic:NAME]

Probabilities are cross-fitted over documents, from nothing: neither the shipped prior, which may
have been fitted to the same documents, nor a document's own values have a say in them. Of the
values that are as sure as --at, the share that is right is told for these probabilities and for
those of the shipped prior, which a run without calibration tells. --part takes the documents that
may be looked at, or those that are only scored (`bench.folds`). --signals leaves each signal out,
and takes it alone. --prior writes the weights that all values together give, as a file like those
in extractors/confidence/priors; what trees say of the values of `local` is then told by trees that
have not seen their document. --cost is the share of a warm run's processor time that goes into
confidence: documents are read with and without it, in turns; for a model, the labels answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from docglean.evaluation.calibration import JudgedRows, judged_rows, measures_of
from docglean.evaluation.calibration_fit import (
    EMPTY,
    HARDLY_EMPTY,
    JudgedValue,
    cross_fit,
    fit,
)
from docglean.evaluation.labels import Label
from docglean.evaluation.layouts import load_labels
from docglean.evaluation.reliability import JudgedConfidence, Reliability, reliability
from docglean.evaluation.resampling import Interval
from docglean.evaluation.results import Results
from docglean.extractors import pipeline
from docglean.extractors.calibration_file import Calibration, Family
from docglean.extractors.confidence import confidence as judging
from docglean.extractors.confidence.second_reading import SecondReading
from docglean.extractors.confidence.signals import SIGNALS
from docglean.extractors.extraction import Usage
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings

from bench.folds import PARTS, Part, part_of
from bench.trainings import weighed

IS_EMPTY = 2.0
"""Weight of a null in a prior, where labels know no right ones: about nine of ten are."""
BY_HAND = {
    "fuzzy": -0.5, "unlike": -2.0, "nowhere": -1.5, "hidden": -3.0, "windows_differ": -2.0,
    "kind_doubt": -1.0, "odd_entry": -0.5, "problem": -0.5, "speech_doubt": -1.5,
    "second_reading_agrees": 1.5, "second_reading_differs": -1.0, "second_reading_silent": -0.2,
    "running_head": -0.3, "running_figure": -4.0, "embedded_differs": -4.0,
}  # fmt: skip
"""Weights of what labelled documents show too seldom to be fitted, set by hand beside values whose
log odds are `USUAL` where nothing speaks against them."""
USUAL = 2.0
GRAVE = -1.5
"""Up to which a weight is a doubt that must still be one where a fit is surer of all values."""
SEEN = 15
"""Values with a signal from which its weight is fitted."""
SHOWN = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
TURNS = 20


def judged(values: Sequence[JudgedValue], chances: Sequence[float]) -> list[JudgedConfidence]:
    """Values with the probabilities that a fit gives them."""
    return [
        JudgedConfidence(chance, value.right, value.whose, value.set)
        for value, chance in zip(values, chances, strict=True)
    ]


def _of_today(value: JudgedValue) -> JudgedValue:
    """A value with the signals that there still are."""
    return replace(value, signals={n: s for n, s in value.signals.items() if n in SIGNALS})


def _of_part(rows: JudgedRows, part: Part | None) -> Iterator[tuple[JudgedValue, float]]:
    """Values of a part's documents, each with what the shipped prior makes of it."""
    for value, chance in zip(rows.values, rows.ran, strict=True):
        if part is None or part_of(value.document) == part:
            yield _of_today(value), chance


def figures(values: Sequence[JudgedValue]) -> Reliability | None:
    """What cross-fitted probabilities of these values are worth."""
    return reliability(judged(values, cross_fit(values))) if values else None


def line(name: str, found: Reliability | None) -> str:
    """One row of the table."""
    if found is None or found.auroc is None:
        return f"{name:26} nothing to tell right from wrong by"
    at = {one.share: one.figure.estimate for one in found.coverage}
    shares = " ".join(f"{at[share]:.3f}" for share in SHOWN)
    return (
        f"{name:26} {found.auroc.estimate:.3f} {found.auroc.low:.3f}-{found.auroc.high:.3f}  "
        f"{found.ece.estimate:.3f} {found.ece.low:.3f}-{found.ece.high:.3f} "
        f"({found.ece_by_chance.estimate:.3f} by chance)  {found.brier.estimate:.4f}  {shares}"
    )


def among_sure(
    name: str, values: Sequence[JudgedValue], chances: Sequence[float], least: float
) -> Iterator[str]:
    """How many values are so sure, and how many of them are right: without nulls, and with them.

    Args:
        chances: probability of each value.
        least: probability from which a value counts.
    """
    told = judged(values, chances)
    there = [EMPTY not in value.signals for value in values]
    for which, counts in (("values that are there", there), ("with nulls", [True] * len(told))):
        every = [one for one, takes in zip(told, counts, strict=True) if takes]
        sure = [one for one in every if one.probability >= least]
        found = reliability(sure)
        right = "-" if found is None else _share(found.accuracy)
        whose = len({(one.set, one.document) for one in sure})
        yield (
            f"{name}, {which}: {len(sure)} of {len(every)} are as sure as {least:g}, "
            f"of {whose} documents; right {right}"
        )


def _share(figure: Interval) -> str:
    return f"{figure.estimate:.1%} ({figure.low:.1%} to {figure.high:.1%} over documents)"


def by_set(values: Sequence[JudgedValue], chances: Sequence[float]) -> Iterator[str]:
    """Rows of each set where there are several, and of all values that are there."""
    every = judged(values, chances)
    names = sorted({one.set for one in every})
    for name in names if len(names) > 1 else ():
        yield line(f"  {name}", reliability([one for one in every if one.set == name]))
    there = zip(values, every, strict=True)
    yield line("  without nulls", reliability([k for v, k in there if EMPTY not in v.signals]))


def by_signal(values: Sequence[JudgedValue]) -> Iterator[str]:
    """The table with each signal left out, then with each alone."""
    names = sorted({name for value in values for name in value.signals})
    ways: list[tuple[str, Callable[[str, str], bool]]] = [
        ("without", lambda one, name: one != name), ("alone", lambda one, name: one == name),
    ]  # fmt: skip
    for way, keeps in ways:
        for name in names:
            kept = [
                replace(value, signals={n: s for n, s in value.signals.items() if keeps(n, name)})
                for value in values
            ]
            yield line(f"{way} {name}", figures(kept))


def made_prior(
    values: Sequence[JudgedValue], crossed: Sequence[float], family: Family, documents: int
) -> Calibration:
    """Weights that all of these values together give, with figures of the cross-fit."""
    found = fit(
        values, Calibration(family=family, weights={EMPTY: IS_EMPTY, HARDLY_EMPTY: -IS_EMPTY})
    )
    seen = Counter(name for value in values for name in value.signals)
    weights = {n: w for n, w in found.weights.items() if n not in BY_HAND or seen[n] >= SEEN}
    there = [value for value in values if EMPTY not in value.signals]
    moved = (found.weights.get(n, 0.0) * s for one in there for n, s in one.signals.items())
    surer = max(0.0, found.intercept + sum(moved) / len(there) - USUAL)
    by_hand = {n: w - surer if w <= GRAVE else w for n, w in BY_HAND.items()}
    sets = ", ".join(sorted({value.set for value in values}))
    told = {
        "documents": documents,
        "values": len(values),
        "intercept": round(found.intercept, 2),
        "weights": _rounded({**by_hand, **weights}),
        "fields": _rounded(found.fields),
        # What is known of these schemas says nothing of others, which may be read far worse.
        "elsewhere_less": round(surer, 2),
        "measures": measures_of(judged(values, crossed)),
        "note": f"Fitted by the makers of docglean to labelled documents of {sets}; what they show "
        "too seldom is set by hand. See bench/confidence.py.",
    }
    return found.model_copy(update=told)


def _rounded(weights: dict[str, float]) -> dict[str, float]:
    return {name: round(one, 2) for name, one in sorted(weights.items()) if abs(one) >= 0.05}


def measure(folders: Sequence[Path], told: argparse.Namespace) -> None:
    """Print the figures of each engine in these results."""
    by_engine: dict[str, list[tuple[JudgedValue, float]]] = {}
    families: dict[str, Family] = {}
    for folder in folders:
        for engine, rows in judged_rows(Results(folder)).items():
            if told.engine in (None, engine):
                by_engine.setdefault(engine, []).extend(_of_part(rows, told.part))
                families[engine] = rows.family
    for engine, pairs in by_engine.items():
        if not pairs:
            print(f"\n{engine}: no values to judge")
            continue
        values, by_prior = [value for value, _ in pairs], [chance for _, chance in pairs]
        if told.prior and families[engine] == "local":
            values = weighed.anew(values)
        documents = len({value.whose for value in values})
        print(f"\n{engine}: {len(values)} values of {documents} documents")
        print(f"{'':26} AUROC  95 %         ECE    95 %        by chance           Brier   "
              f"right among the surest "
              f"{', '.join(f'{share:.0%}' for share in SHOWN)}")  # fmt: skip
        crossed = cross_fit(values)
        for name, chances in (("all signals", crossed), ("shipped prior", by_prior)):
            print(line(name, reliability(judged(values, chances))), flush=True)
            for row in by_set(values, chances):
                print(row, flush=True)
        for row in among_sure("cross-fitted", values, crossed, told.at):
            print(row)
        for row in among_sure("shipped prior", values, by_prior, told.at):
            print(row)
        for row in by_signal(values) if told.signals else ():
            print(row, flush=True)
        if told.prior:
            made = made_prior(values, crossed, families[engine], documents)
            told.prior.write_text(
                json.dumps(made.model_dump(exclude_defaults=True), indent=2) + "\n"
            )


class Labelled:
    """Answers as a model that knows the label of the document that is being read."""

    def __init__(self) -> None:
        self.values: Any = {}

    async def send(self, call: Call) -> Reply:
        """A reply that costs nothing."""
        text = json.dumps(self.values, default=str)
        return Reply(outcome="ok", text=text, usage=Usage(input_tokens=10), cost=Decimal(0))

    async def close(self) -> None:
        """Nothing is open."""


async def cost(folder: Path, most: int, engine: str) -> None:
    """Print the share of a warm run that confidence takes."""
    [labels] = load_labels([folder])
    chosen = labels.labels[:most]
    schema = labels.schema(chosen[0])
    real, begin = judging.confidence, SecondReading.begin

    async def none(*_: Any) -> dict[str, Any]:
        return {}

    def nothing(*_: Any) -> None:
        """Nor is a second reading begun."""

    model = Labelled()

    async def read(context: RunContext, label: Label) -> float:
        before = _processor_seconds()
        model.values = label.expected
        await pipeline.extract(context, labels.document(label))
        return _processor_seconds() - before

    with tempfile.TemporaryDirectory() as place:
        settings = load_settings(engine=engine, ledger=str(Path(place) / "ledger.sqlite"))
        async with await RunContext.open(settings, [schema], sending=False) as context:
            if context.engine.is_model:
                context.gateway.client = model
            took: dict[bool, list[float]] = {True: [], False: []}
            for label in chosen:
                await read(context, label)  # from here on it is warm
                turns: dict[bool, list[float]] = {True: [], False: []}
                for _ in range(TURNS):
                    for with_it in (True, False):
                        judging.confidence = real if with_it else none
                        SecondReading.begin = begin if with_it else nothing  # type: ignore[method-assign]
                        turns[with_it].append(await read(context, label))
                for with_it, seconds in turns.items():
                    took[with_it].append(statistics.median(seconds))
    judging.confidence, SecondReading.begin = real, begin  # type: ignore[method-assign]
    with_it, without = (1000 * statistics.fmean(took[one]) for one in (True, False))
    print(
        f"{len(chosen)} documents, warm, {engine}: {without:.1f} ms of processor time a document; "
        f"confidence adds {with_it - without:.1f} ms, {with_it / without - 1:.1%}"
    )


def _processor_seconds() -> float:
    """Of this process, and of its children, whose clock ticks every 10 ms."""
    import psutil

    below = [one.cpu_times() for one in psutil.Process().children(recursive=True)]
    return time.process_time() + sum(one.user + one.system for one in below)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", nargs="*", type=Path, help="folders of `docglean evaluate`")
    parser.add_argument("--engine", help="this one's answers only; with --cost: local")
    parser.add_argument("--signals", action="store_true", help="leave each out, take each alone")
    parser.add_argument("--part", choices=PARTS, help="documents of this part only")
    parser.add_argument("--at", type=float, default=0.9, help="how sure a value has to be; 0 to 1")
    parser.add_argument("--prior", type=Path, help="write the weights to this file")
    parser.add_argument("--cost", type=Path, help="a folder of labelled documents to read")
    parser.add_argument("--documents", type=int, default=20, help="how many of them")
    told = parser.parse_args()
    if told.cost:
        asyncio.run(cost(told.cost, told.documents, told.engine or "local"))
    elif not told.results:
        parser.error("name a folder of results, or --cost")
    measure(told.results, told)


if __name__ == "__main__":
    main()
