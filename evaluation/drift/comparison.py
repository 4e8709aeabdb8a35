"""A run held against a baseline: what is made otherwise, and which figures have moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from docglean.evaluation.drift.chart import Figures, control_chart
from docglean.evaluation.drift.readings import SIGNALS, DocumentReading, told_apart
from docglean.extractors.plurals import counted
from docglean.schemas.errors import ConfigError
from pydantic import BaseModel, ConfigDict

LEAST = 20
"""Documents of a baseline: of fewer, a limit says nothing."""
LEAST_OF_SCHEMA = 10
"""The same of one schema, to compare documents of it."""
FALSE_ALARMS = 0.05
"""Share of runs like the baseline that are told as drift, where nobody tells another."""


class Moved(BaseModel):
    """One figure of the run against the baseline.

    Attributes:
        signal: a name of `SIGNALS`.
        before, now: its mean; None where no document tells it.
        path: where the chart stood after each document, in standard deviations.
        limit: that the path may not cross, on either side.
        peak: its farthest point, with its sign.
        after: documents of the run, from 1, after which it was beyond the limit; None where never.
        document: the name of that one.
    """

    model_config = ConfigDict(frozen=True)

    signal: str
    before: float | None
    now: float | None
    path: tuple[float, ...]
    limit: float
    peak: float
    after: int | None = None
    document: str = ""


class MadeOtherwise(BaseModel):
    """What made the run, and did not make the baseline.

    Attributes:
        what: engine, model, or a schema.
        before: what there was, none where the baseline has no such thing.
        after: documents of the run, from 1, with which it began.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    before: tuple[str, ...]
    now: str
    after: int
    document: str


class Drift(BaseModel):
    """All that a comparison says.

    Attributes:
        compared: documents of the run that have a baseline of their schema.
        left_out: schemas of the others, with how many documents.
        false_alarms: share of runs like the baseline that the limit lets be told as drift.
        drifted: whether a figure crossed it, or something made the run otherwise.
    """

    model_config = ConfigDict(frozen=True)

    baseline_documents: int
    documents: int
    compared: int
    left_out: dict[str, int]
    false_alarms: float
    figures: tuple[Moved, ...]
    made_otherwise: tuple[MadeOtherwise, ...]

    @property
    def drifted(self) -> bool:
        """See the class."""
        return bool(self.made_otherwise) or any(one.after is not None for one in self.figures)

    @property
    def sentence(self) -> str:
        """For a reader who reads nothing else."""
        moved = [one for one in self.figures if one.after is not None]
        parts = [f"{one.what} is {one.now}" for one in self.made_otherwise]
        parts += [f"{one.signal} after {counted(one.after or 0, 'document')}" for one in moved]
        if not parts:
            return f"No drift is shown in {counted(self.compared, 'document')}."
        return "Drift: " + "; ".join(parts) + "."


def compare(
    baseline: Sequence[DocumentReading],
    run: Sequence[DocumentReading],
    false_alarms: float = FALSE_ALARMS,
) -> Drift:
    """Hold a run against a baseline, its documents in the order in which they were read.

    Raises:
        ConfigError: ``few_documents``: the baseline is too small; ``nothing_to_compare``: no
            document of the run is of a schema of the baseline; ``bad_share``.
    """
    if not 0 < false_alarms < 1:
        raise ConfigError(
            "bad_share", f"A false alarm rate of {false_alarms} is none.", "Write 0.05."
        )
    if len(baseline) < LEAST:
        raise ConfigError(
            "few_documents",
            f"The baseline has {counted(len(baseline), 'document')}; fewer than {LEAST} tell "
            "nothing of how much is usual.",
            "Take a longer run, or several put together, as baseline.",
        )
    sizes = Counter(one.schema for one in baseline)
    known = {schema for schema, size in sizes.items() if size >= LEAST_OF_SCHEMA}
    compared = [one for one in run if one.schema in known]
    if not compared:
        raise ConfigError(
            "nothing_to_compare",
            f"Of no schema of the run the baseline has {LEAST_OF_SCHEMA} documents.",
            "Compare runs that were read by the same schemas.",
        )
    old = [one for one in baseline if one.schema in known]
    strata = [one.schema for one in old], [one.schema for one in compared]
    chart = control_chart(_table(old), _table(compared), strata, false_alarms)
    crossed = chart.crossed()
    figures = tuple(
        _moved(name, old, compared, chart.paths[:, place], float(limit), at)
        for place, (name, limit, at) in enumerate(zip(SIGNALS, chart.limits, crossed, strict=True))
    )
    return Drift(
        baseline_documents=len(baseline),
        documents=len(run),
        compared=len(compared),
        left_out=dict(Counter(one.schema for one in run if one.schema not in known)),
        false_alarms=false_alarms,
        figures=figures,
        made_otherwise=tuple(_made_otherwise(baseline, run)),
    )


def _table(documents: Sequence[DocumentReading]) -> Figures:
    return np.array(
        [[told_apart(one.figures.get(name, np.nan)) for name in SIGNALS] for one in documents]
    )


def _moved(
    name: str,
    old: Sequence[DocumentReading],
    new: Sequence[DocumentReading],
    path: Figures,
    limit: float,
    at: int | None,
) -> Moved:
    farthest = int(np.argmax(np.abs(path)))
    return Moved(
        signal=name,
        before=_mean(old, name),
        now=_mean(new, name),
        path=tuple(round(float(one), 3) for one in path),
        limit=round(limit, 3),
        peak=round(float(path[farthest]), 3),
        after=None if at is None else at + 1,
        document="" if at is None else new[at].name,
    )


def _mean(documents: Sequence[DocumentReading], name: str) -> float | None:
    told = [one.figures[name] for one in documents if name in one.figures]
    return sum(told) / len(told) if told else None


def _made_otherwise(
    baseline: Sequence[DocumentReading], run: Sequence[DocumentReading]
) -> list[MadeOtherwise]:
    before: dict[str, set[str]] = {}
    for one in baseline:
        for what, made in one.made_by.items():
            before.setdefault(what, set()).add(made)
    found: dict[tuple[str, str], MadeOtherwise] = {}
    for place, one in enumerate(run, 1):
        for what, made in one.made_by.items():
            # A schema that the baseline never had is another kind of document, no other schema.
            new_kind = what.startswith("schema ") and what not in before
            if made not in before.get(what, set()) and not new_kind:
                found.setdefault(
                    (what, made),
                    MadeOtherwise(
                        what=what,
                        before=tuple(sorted(before.get(what, ()))),
                        now=made,
                        after=place,
                        document=one.name,
                    ),
                )
    return list(found.values())
