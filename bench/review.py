"""A simulated reviewer: which share of the errors is found when which share of values is looked at.

    docglean evaluate FOLDER/sroie FOLDER/invoices_zugferd --engine local --out RESULTS
    python -m bench.review RESULTS [--engine local] [--below 0.9]

The reviewer knows the truth and takes one value after another in the order of `docglean review`:
documents by their least sure value, and in each the values that are less sure than --below; the
others, document by document, when these are through. (What a problem names the page asks for
however sure it is; here not.) Beside it: the same with documents by how they have ended, failing
checks and values that stand nowhere, as far as these go; all values of each document, by the least
sure; the values of all documents mixed, the least sure first, which nobody could work through but
is the best that confidence allows; and documents in random order.

Probabilities are cross-fitted over documents, from nothing, as in `bench.confidence`. Intervals
are over documents drawn with replacement, 95 %.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple, get_args

from docglean.evaluation.calibration import judged_rows
from docglean.evaluation.calibration_fit import cross_fit
from docglean.evaluation.results import EngineAnswer, Results
from docglean.extractors.condition import CHECKS
from docglean.extractors.extraction import Status

from docglean.review.queue_rows import NOWHERE

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
DRAWS = 1000
BELOW = 0.9
SEED = 0


class Value(NamedTuple):
    """What the reviewer looks at."""

    likely: float
    wrong: bool


class Document(NamedTuple):
    """Its values, with the least sure of them, and how it has ended, the worst first."""

    least: float
    ended: tuple[int, ...]
    values: tuple[Value, ...]


Order = Callable[[Sequence[Document], random.Random], list[Value]]


def worst_documents(documents: Sequence[Document], _: random.Random) -> list[Value]:
    """All values of each document, the least sure first."""
    return [value for one in sorted(documents) for value in sorted(one.values)]


def worst_values(documents: Sequence[Document], _: random.Random) -> list[Value]:
    """The least sure values of all documents, wherever they are."""
    return sorted(
        (value for one in documents for value in one.values), key=lambda value: value.likely
    )


def random_documents(documents: Sequence[Document], draw: random.Random) -> list[Value]:
    """All values of each document, documents as they come."""
    mixed = draw.sample(documents, len(documents))
    return [value for one in mixed for value in draw.sample(one.values, len(one.values))]


def queue(below: float, *, by_end: bool = False) -> Order:
    """Unsure values of the worst documents first, then the rest.

    Args:
        by_end: documents by how they have ended; else by their least sure value.
    """

    def order(documents: Sequence[Document], _: random.Random) -> list[Value]:
        ranked = sorted(documents, key=lambda one: (one.ended if by_end else (), one.least))
        values = [value for one in ranked for value in sorted(one.values)]
        return sorted(values, key=lambda value: value.likely >= below)

    return order


def caught(order: Order, documents: Sequence[Document], draw: random.Random) -> list[float]:
    """The share of errors found at each of `SHARES`; empty where there are none."""
    values = order(documents, draw)
    errors = sum(value.wrong for value in values)
    if not errors:
        return []
    return [
        sum(value.wrong for value in values[: round(share * len(values))]) / errors
        for share in SHARES
    ]


def line(name: str, order: Order, documents: Sequence[Document]) -> str:
    """One row of the table: the middle of what was drawn, and its interval."""
    draw = random.Random(SEED)
    drawn = [
        found
        for _ in range(DRAWS)
        if (found := caught(order, draw.choices(documents, k=len(documents)), draw))
    ]
    cells = []
    for column in zip(*drawn, strict=True):
        cuts = quantiles(column, n=40)
        cells.append(f"{quantiles(column, n=2)[0]:4.0%} ({cuts[0]:4.0%}-{cuts[-1]:4.0%})")
    return f"{name:24} {'  '.join(cells)}"


def documents_of(folders: Sequence[Path]) -> dict[str, list[Document]]:
    """By engine, the judged values of every document."""
    found: dict[str, list[Document]] = {}
    for folder in folders:
        results = Results(folder)
        ends = {(one.engine, one.set, one.document): _ended(one) for one in results.answers()}
        for engine, rows in judged_rows(results).items():
            inside: dict[tuple[str, str], list[Value]] = {}
            for value, likely in zip(rows.values, cross_fit(rows.values), strict=True):
                inside.setdefault(value.whose, []).append(Value(likely, not value.right))
            found.setdefault(engine, []).extend(
                Document(min(values).likely, ends[engine, *whose], tuple(values))
                for whose, values in inside.items()
            )
    return found


def _ended(answer: EngineAnswer) -> tuple[int, int, int]:
    """How a document has ended, as it sorts in the queue."""
    serious = [one.code for one in answer.problems if one.severity != "warning"]
    return (
        -get_args(Status).index(answer.status),
        -sum(code in CHECKS for code in serious),
        -sum(code in NOWHERE for code in serious),
    )


def main() -> None:
    """Print the table of each engine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", nargs="+", type=Path, help="folders of `docglean evaluate`")
    parser.add_argument("--engine", help="this one's answers only")
    parser.add_argument("--below", type=float, default=BELOW, help="values that are unsure")
    told = parser.parse_args()
    orders: dict[str, Order] = {
        f"review, below {told.below:g}": queue(told.below),
        "the same, by the end": queue(told.below, by_end=True),
        "worst documents, whole": worst_documents,
        "worst values, mixed": worst_values,
        "random documents": random_documents,
    }
    for engine, documents in documents_of(told.results).items():
        if told.engine not in (None, engine) or not documents:
            continue
        values = [value for one in documents for value in one.values]
        unsure = sum(value.likely < told.below for value in values)
        print(
            f"\n{engine}: {len(values)} values of {len(documents)} documents, "
            f"{sum(value.wrong for value in values)} wrong, {unsure} less sure than {told.below:g}"
        )
        print(f"{'errors found, looked at':24} {''.join(f'{s:<17.0%}' for s in SHARES)}")
        for name, order in orders.items():
            print(line(name, order, documents), flush=True)


if __name__ == "__main__":
    main()
