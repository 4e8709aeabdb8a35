"""What makes a probability of a value's signals: a small logistic model, kept as a readable file.

    log odds of right = intercept + sum of weight * signal + offset of the value's field

`docglean evaluate` fits one from labelled documents (`docglean.evaluation.calibration`).
"""

from __future__ import annotations

import errno
import math
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from docglean.extractors.versions import PROMPT_VERSION, SIGNALS_VERSION
from docglean.schemas.errors import ConfigError, cause_of
from docglean.schemas.pointers import pattern_of
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Family = Literal["local", "ocr", "image", "audio"]
"""Engines that fail alike: rules; a model that is shown words; one that is shown pages, as images
or as the file; one that is shown or played what is said."""

HEAVIEST = 100.0
"""Of a weight. Log odds of 30 are certainty; the sum of far larger ones may be no number."""
LARGEST_FILE = 10_000_000
"""Bytes of a calibration; one that was fitted has some thousands."""

Weight = Annotated[float, Field(ge=-HEAVIEST, le=HEAVIEST, allow_inf_nan=False)]

OF_OTHER_ENGINES: Mapping[str, float] = {
    "engines_agree": 1.5, "engines_differ": -1.5,
    "embedded": 3.5, "embedded_agrees": 2.0, "embedded_differs": -3.0,
}  # fmt: skip
"""Weights of what an engine, or data in the file itself, says of another one's value, where a
calibration, which is fitted on answers of one engine alone, has none. Set by hand: 1.5 takes 0.8 to
0.95; exact data that the page contradicts is worth no more than the page."""
NULL = "absent"
"""Signal of a value that is empty."""


class Calibration(BaseModel):
    """Weights of signals, and what they were fitted on.

    Attributes:
        engine: spec; empty for the prior of a family.
        schemas: hashes by name of those it was fitted on; other schemas take it without offsets.
        prompt_version: of the answers.
        signals_version: of their signals.
        data: SHA-256 over labels and documents.
        fitted: day, ISO.
        documents, values: how many it was fitted on.
        weights: by signal; one that is not named weighs nothing.
        labelled: values by schema and field that it was fitted on; of other fields it knows
            nothing, and what it says of them is not called calibrated.
        nulls: values that are empty in label and answer; without any, nothing is known of nulls.
        fields: offsets by schema and field (``invoice/total``), shrunk towards zero.
        elsewhere_less: of a prior: log odds that values of schemas without offsets have less; not
            nulls.
        measures: figures of the cross-fit: ``auroc``, ``ece``, ``brier``, each on documents that
            were not used to fit.
        note: what else a reader of the file should know.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    family: Family
    engine: str = ""
    schemas: dict[str, str] = Field(default_factory=dict)
    prompt_version: str = ""
    signals_version: str = ""
    data: str = ""
    fitted: str = ""
    documents: int = Field(default=0, ge=0)
    values: int = Field(default=0, ge=0)
    labelled: dict[str, int] = Field(default_factory=dict)
    nulls: int = Field(default=0, ge=0)
    intercept: Weight = 0.0
    weights: dict[str, Weight] = Field(default_factory=dict)
    fields: dict[str, Weight] = Field(default_factory=dict)
    elsewhere_less: float = Field(default=0.0, ge=0.0, le=HEAVIEST)
    measures: dict[str, float] = Field(default_factory=dict)
    note: str = ""

    def fits(self, engine: str, schema: str, hash: str) -> bool:
        """Whether it was fitted to answers of this engine for this schema, with today's
        prompt and signals.

        Args:
            engine: its spec.
        """
        asked = self.family == "local" or self.prompt_version == PROMPT_VERSION
        today = asked and self.signals_version == SIGNALS_VERSION
        return today and self.engine == engine and self.schemas.get(schema) == hash

    def elsewhere(self) -> Calibration:
        """The same for other answers than it was fitted to: without offsets, and no promise."""
        return self.model_copy(update={"engine": "", "fields": {}})

    @property
    def calibrated(self) -> bool:
        """Whether it was fitted on labels of this engine's answers, not shipped."""
        return bool(self.engine)

    def fitted_to(self, signals: Iterable[str], schema: str, pointer: str) -> bool:
        """Whether it was fitted on labels of such values: of this field, nulls where it is one,
        and judged by another engine where these signals have such a judgement."""
        if not self.calibrated or field_key(schema, pointer) not in self.labelled:
            return False
        told = set(signals)
        return (NULL not in told or self.nulls > 0) and not told.intersection(self.unfitted)

    @property
    def unfitted(self) -> frozenset[str]:
        """Signals of other engines whose weights were set by hand."""
        return frozenset(OF_OTHER_ENGINES) - self.weights.keys()

    def contributions(
        self, signals: Mapping[str, float], schema: str, pointer: str
    ) -> dict[str, float]:
        """What moves the log odds, by signal; ``field`` for the offset of the field, and
        ``other_schema`` where a prior was fitted to no document of such a schema."""
        found = {
            name: weight * signal
            for name, signal in signals.items()
            if signal and (weight := self.weights.get(name, OF_OTHER_ENGINES.get(name)))
        }
        offset = self.fields.get(field_key(schema, pointer), 0.0) if self.fields else 0.0
        if offset:
            found["field"] = offset
        there = NULL not in signals
        if self.elsewhere_less and there and schema not in self._schemas_fitted:
            found["other_schema"] = -self.elsewhere_less
        return found

    @cached_property
    def _schemas_fitted(self) -> frozenset[str]:
        return frozenset(key.partition("/")[0] for key in self.fields)

    def probability(self, contributions: Mapping[str, float]) -> float:
        """The probability that these come to."""
        odds = self.intercept + sum(contributions.values())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@lru_cache(maxsize=16384)
def field_key(schema: str, pointer: str) -> str:
    """Under which a field's offset stands: its pointer without the numbers of list entries."""
    return schema + pattern_of(pointer)


def load_calibration(path: Path) -> Calibration:
    """Read a calibration that `docglean evaluate` wrote.

    Raises:
        ConfigError: ``bad_calibration``.
    """
    try:
        return Calibration.model_validate_json(_bytes_of(path))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "bad_calibration",
            f"{path} is no calibration: {_cause(error)}.",
            "Name a calibration-ENGINE.json from the folder of `docglean evaluate --out`, or off.",
        ) from error


def _bytes_of(path: Path) -> bytes:
    """What a file holds. A pipe would be waited for, and a device may have no end."""
    kind = path.stat()
    if not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is no file")
    if kind.st_size > LARGEST_FILE:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_FILE:,} bytes")
    return path.read_bytes()


def _cause(error: OSError | ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else first["msg"]
    return cause_of(error)
