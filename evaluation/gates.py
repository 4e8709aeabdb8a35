"""Conditions that figures have to meet, for pipelines that test prompts and schemas."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.evaluation.confidence_figures import EngineConfidence
    from docglean.evaluation.rates import Rates

FIGURES = {
    "field_accuracy": "accuracy",
    "field_accuracy_macro": "macro",
    "lenient_accuracy": "lenient",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "hallucination_rate": "hallucination",
    "omission_rate": "omission",
    "document_exact": "exact",
    "failure_rate": "failure",
}
"""Names in a gate, and the attribute of `Rates` that each is."""
OF_CONFIDENCE = ("auroc", "ece", "brier")
"""Names in a gate that are attributes of `Reliability`: of the values' confidence, cross-fitted
where a calibration could be fitted, else as the run told it."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """``field_accuracy>=0.95``: every engine measured has to meet it, by its estimate."""

    figure: str
    sign: str
    limit: float

    def failures(
        self, rates: Iterable[Rates], confidence: Iterable[EngineConfidence] = ()
    ) -> list[str]:
        """A sentence for each engine that does not meet it.

        Args:
            confidence: of the same engines, as far as it is known.
        """
        reliability = {one.engine: one.best for one in confidence}
        found = []
        for one in rates:
            if self.figure in OF_CONFIDENCE:
                interval = getattr(reliability.get(one.engine), self.figure, None)
            else:
                interval = getattr(one, FIGURES[self.figure])
            if interval is None:
                found.append(f"{one.engine}: there is no {self.figure} to compare.")
            elif not _SIGNS[self.sign](interval.estimate, self.limit):
                found.append(
                    f"{one.engine}: {self.figure} is {interval.estimate:.4f} "
                    f"({interval.low:.4f} to {interval.high:.4f}), not {self.sign} {self.limit:g}."
                )
        return found


def parse_gate(text: str) -> Gate:
    """The gate that `text` says.

    Raises:
        ConfigError: ``bad_gate``.
    """
    match = re.fullmatch(r"\s*(\w+)\s*(>=|<=|>|<)\s*(\d+\.?\d*|\.\d+)(\s*%)?\s*", text)
    names = (*FIGURES, *OF_CONFIDENCE)
    if match is None or match[1] not in names:
        raise ConfigError(
            "bad_gate",
            f"{text!r} is not a gate.",
            f"Write e.g. field_accuracy>=0.95; figures are {', '.join(names)}.",
        )
    limit = float(match[3]) / (100 if match[4] else 1)
    if limit > 1:
        raise ConfigError(
            "bad_gate",
            f"{text!r} compares a share with {limit:g}.",
            "A share is 0 to 1: write 0.9 or 90 %.",
        )
    return Gate(match[1], match[2], limit)
