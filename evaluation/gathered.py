"""What the figures are made of: counts by engine, repeat, document and field.

All figures are sums over these arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docglean.evaluation.compare import OUTCOMES
from docglean.evaluation.follow_ups import FollowUps
from docglean.evaluation.results import Manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

COUNTED = (*OUTCOMES, "unanswered")
"""The outcomes, and one more: labelled empty, but the document failed or the whole entry is not
there. `compare` calls that ``missing``; but it is no value that was left out."""
CORRECT, EMPTY, WRONG, MISSING, HALLUCINATED, EXTRA, UNANSWERED, CLOSE = range(8)
WIDTH = 8
"""Columns of an array of counts: `COUNTED`, and how many of the wrong ones are `Row.close`."""
ERRORS = (WRONG, MISSING, HALLUCINATED, EXTRA, UNANSWERED)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One labelled document, whatever engine read it.

    Attributes:
        speech: the engine that transcribed it; "" where none did.
    """

    set: str
    document: str
    file: str
    schema: str
    tags: Mapping[str, str]
    pages: int
    duration: float | None
    sha256: str
    media_type: str
    speech: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Set and document."""
        return self.set, self.document


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that all engines contradict with one voice: it may be wrong.

    Attributes:
        truth: what is labelled; None where that is nothing.
        predicted: what all engines gave.
        outcome: ``wrong``, ``hallucinated`` or ``extra``.
        engines: how many agree.
        page: where one of them found it.
    """

    set: str
    document: str
    file: str
    schema: str
    path: str
    pointer: str
    kind: str
    truth: Any
    predicted: Any
    outcome: str
    engines: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One answer that gave nothing, and why."""

    set: str
    document: str
    file: str
    engine: str
    repeat: int
    code: str
    message: str
    way_out: str


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """Counts of one field: array by document of `documents`, engine, and `WIDTH`; mean over
    repeats."""

    schema: str
    path: str
    kind: str
    documents: Numbers
    counts: Numbers


@dataclass
class Gathered:
    """All that the figures need. E engines, R repeats, D documents.

    Attributes:
        manifest: what was measured.
        documents: D of them; those of a set are neighbours.
        engines: E specs, in the order they were named.
        seen: E x R x D, whether there is an answer.
        failed: E x R x D.
        counts: E x R x D x `WIDTH`.
        suspected: the same of the rows that `suspects` are about.
        cost: E x R x D US dollars, NaN where unknown.
        latency, machine: E x R x D seconds.
        alarms: by name of a signal that needs no truth, E x R x D: how many.
        differing: E x E x R x D share of values in which two engines differ.
        changing: E x D x 2: values that are not the same in all repeats, and all values.
        measures: by name, E x D x 2: sum and what it is out of, mean over repeats.
        usage: tokens by name and engine, and ``calls``.
        fields: by schema and path.
        suspects: labels that all engines contradict.
        failures: answers that gave nothing.
        followed_up: what one engine would gain by another that is asked what it is unsure of.
    """

    manifest: Manifest
    documents: list[DocumentFacts]
    engines: tuple[str, ...]
    seen: Numbers
    failed: Numbers
    counts: Numbers
    suspected: Numbers
    cost: Numbers
    latency: Numbers
    machine: Numbers
    alarms: dict[str, Numbers]
    differing: Numbers
    changing: Numbers
    measures: dict[str, Numbers]
    usage: dict[str, dict[str, float]]
    fields: list[FieldCounts] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    followed_up: FollowUps = field(default_factory=dict)

    @property
    def runs(self) -> Numbers:
        """E x D: repeats that there are."""
        runs: Numbers = self.seen.sum(axis=1)
        return runs

    def mean(self, by_repeat: Numbers) -> Numbers:
        """E x R x D x ... averaged over the repeats that there are, 0 where there is none."""
        import numpy as np

        runs = np.maximum(self.runs, 1)
        total = by_repeat.sum(axis=1)
        means: Numbers = total / runs.reshape(runs.shape + (1,) * (total.ndim - 2))
        return means
