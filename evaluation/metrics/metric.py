"""The port of a metric beside the outcomes of values, and the metrics there are.

A metric is a `Metric` in a module of this package or of one of your own (entry point
``docglean.metrics``). Each gives a sum and what it is out of, document by document; figures over
documents are sums over sums, see `docglean.evaluation.results.Share`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

from docglean.evaluation.labels import Label
from docglean.evaluation.results import ResultRow, Share
from docglean.schemas.fields import Field
from docglean.schemas.plugins import Registry

V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledAnswer:
    """One answer of an engine with its label: what a metric measures.

    Attributes:
        root: of the schema.
        truth: the label's values as JSON of the schema's types.
        values: the prediction, None for a document that failed.
        transcript: what was heard in a recording.
        rows: truth and prediction, value by value.
    """

    root: Field
    label: Label
    truth: Mapping[str, Any]
    values: Mapping[str, Any] | None
    transcript: str | None
    rows: Sequence[ResultRow]
    _computed: dict[Any, Any] = field(default_factory=dict)

    def once(self, compute: Callable[[LabelledAnswer], V]) -> V:
        """What `compute` makes of it, computed once for all metrics that share it."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        return cast("V", self._computed[compute])


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: in `Answer.measures`.
        title: for tables.
        about: one sentence for people.
        share: of one answer; None where its label does not say.
        better: ``higher`` or ``lower``.
        whose: another's metric, shown for comparison and never deciding; "" for ours.
        unit: ``share`` (0 to 1, shown in per cent) or ``number`` by document.
    """

    name: str
    title: str
    about: str
    share: Callable[[LabelledAnswer], Share | None]
    better: Literal["higher", "lower"] = "higher"
    whose: str = ""
    unit: Literal["share", "number"] = "share"


METRICS = Registry("docglean.metrics", Metric, "metric", package="docglean.evaluation.metrics")


def measure(answer: LabelledAnswer) -> dict[str, Share]:
    """All that can be measured of one answer; what its label does not say is left out."""
    found = {metric.name: metric.share(answer) for metric in METRICS.records()}
    # Some libraries add in an order that differs from run to run.
    return {
        name: (round(share[0], 9), share[1]) for name, share in found.items() if share is not None
    }
