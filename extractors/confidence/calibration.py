"""What makes a probability of a value's signals: a small logistic model, kept as a readable file.

    log odds of right = intercept + sum of weight * signal + offset of the value's field

`docglean evaluate` fits one from labelled documents (`evaluation.calibration`); where none fits,
the prior of the engine's family is taken, which came with docglean.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from docglean.schemas.pointers import pattern_of
from pydantic import BaseModel, ConfigDict, Field

Family = Literal["local", "ocr", "image", "audio"]
"""Engines that fail alike: rules; a model that is shown words; one that is shown pages, as images
or as the file; one that is shown or played what is said."""


class Calibration(BaseModel):
    """Weights of signals, and what they were fitted on.

    Attributes:
        engine: spec; empty for the prior of a family.
        schemas: hashes by name of those it was fitted on; other schemas take it without offsets.
        prompt_version: of the answers.
        data: SHA-256 over labels and documents.
        fitted: day, ISO.
        documents, values: how many it was fitted on.
        weights: by signal; one that is not named weighs nothing.
        fields: offsets by schema and field (``invoice/total``), shrunk towards zero.
        measures: figures of the cross-fit: ``auroc``, ``ece``, ``brier``, each on documents that
            were not used to fit.
        note: what else a reader of the file should know.
    """

    model_config = ConfigDict(frozen=True)

    version: int = 1
    family: Family
    engine: str = ""
    schemas: dict[str, str] = Field(default_factory=dict)
    prompt_version: str = ""
    data: str = ""
    fitted: str = ""
    documents: int = 0
    values: int = 0
    intercept: float = 0.0
    weights: dict[str, float] = Field(default_factory=dict)
    fields: dict[str, float] = Field(default_factory=dict)
    measures: dict[str, float] = Field(default_factory=dict)
    note: str = ""

    @property
    def calibrated(self) -> bool:
        """Whether it was fitted on labels of this engine's answers, not shipped."""
        return bool(self.engine)

    def contributions(
        self, signals: Mapping[str, float], schema: str, pointer: str
    ) -> dict[str, float]:
        """What moves the log odds, by signal; ``field`` for the offset of the field."""
        found = {
            name: weight * signals[name]
            for name, weight in self.weights.items()
            if signals.get(name)
        }
        offset = self.fields.get(field_key(schema, pointer), 0.0)
        return {**found, "field": offset} if offset else found

    def probability(self, contributions: Mapping[str, float]) -> float:
        """The probability that these come to."""
        odds = self.intercept + sum(contributions.values())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def field_key(schema: str, pointer: str) -> str:
    """Under which a field's offset stands: its pointer without the numbers of list entries."""
    return schema + pattern_of(pointer)


@cache
def prior(family: Family) -> Calibration:
    """The calibration that docglean ships for engines of this family."""
    text = files(__package__).joinpath("priors", f"{family}.json").read_text("utf-8")
    return Calibration.model_validate_json(text)


def load_calibration(path: Path) -> Calibration:
    """Read a calibration that `docglean evaluate` wrote.

    Raises:
        ConfigError: ``bad_calibration``.
    """
    try:
        return Calibration.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "bad_calibration",
            f"{path} is no calibration: {error}",
            "Name the calibration.json that `docglean evaluate --out` wrote.",
        ) from error


def calibration_for(settings: Settings, family: Family) -> Calibration:
    """The one that a run uses: the file that the settings name, else the family's prior."""
    del settings
    return prior(family)
