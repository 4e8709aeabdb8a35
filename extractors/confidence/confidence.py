"""How likely each value of an answer is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docglean.extractors.confidence.calibration import Calibration, Family, calibration_for
from docglean.extractors.confidence.signals import SIGNALS, signals_of
from docglean.extractors.extraction import Confidence
from docglean.extractors.grounding.ground import Grounding
from docglean.extractors.models.engine_spec import Inputs
from docglean.extractors.models.engines import Engine
from docglean.extractors.reader import Answer
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem
from docglean.schemas.pointers import leaves
from docglean.schemas.schema import Schema

FAMILIES: Mapping[Inputs, Family] = {
    "image": "image", "pdf": "image", "ocr": "ocr", "image+ocr": "image", "audio": "audio",
}  # fmt: skip
"""By what a model is shown."""
MOST_TOLD = 4
"""Reasons that are told of one value."""
LEAST_TOLD = 0.2
"""Log odds that a reason moves at least, to be told."""


def confidence(
    run: RunContext,
    schema: Schema,
    answer: Answer,
    values: dict[str, Any],
    grounding: Grounding,
    problems: Sequence[Problem],
) -> dict[str, Confidence]:
    """Confidence in every leaf of `values`, nulls too, by JSON pointer.

    Args:
        values: with every field of the schema.
        problems: of the answer, its checks and its places.
    """
    used = calibration_for(run.settings, family_of(run.engine))
    found = {}
    for pointer, value in leaves(values):
        signals = {
            **signals_of(value, grounding.evidence.get(pointer), pointer, problems),
            **grounding.signals.get(pointer, {}),
            **answer.signals.get(pointer, {}),
        }
        found[pointer] = confidence_of(used, signals, schema.name, pointer)
    return found


def confidence_of(
    used: Calibration, signals: Mapping[str, float], schema: str, pointer: str
) -> Confidence:
    """What a calibration makes of the signals of one value."""
    parts = used.contributions(signals, schema, pointer)
    told = sorted((name for name in parts if abs(parts[name]) >= LEAST_TOLD),
                  key=lambda name: -abs(parts[name]))  # fmt: skip
    return Confidence(
        probability=round(used.probability(parts), 4),
        why=tuple(SIGNALS.get(name, name) for name in told[:MOST_TOLD]),
        calibrated=used.calibrated,
        signals={name: round(value, 4) for name, value in signals.items() if value},
    )


def family_of(engine: Engine) -> Family:
    """The engines that fail as this one does."""
    if not engine.is_model:
        return "local"
    return FAMILIES[engine.inputs]
