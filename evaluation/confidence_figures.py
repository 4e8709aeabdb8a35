"""What the report says of confidence: how far it can be trusted, by engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from docglean.evaluation.reliability import JudgedConfidence, Reliability, reliability
from docglean.evaluation.results import CalibrationRecord, ResultRow, Results

Source = Literal["ran", "cross-fitted"]
"""Confidence as a run tells it, or by a calibration that was fitted to other documents."""


@dataclass(frozen=True, slots=True)
class ConfidencePart:
    """Figures of some values.

    Attributes:
        nulls: values that were rightly or wrongly not given count too.
    """

    source: Source
    nulls: bool
    figures: Reliability


@dataclass(frozen=True, slots=True)
class EngineConfidence:
    """Figures of one engine.

    Attributes:
        parts: by source, with nulls and without.
        by_schema: cross-fitted where that is, nulls included; empty where there is one schema.
    """

    engine: str
    record: CalibrationRecord
    parts: list[ConfidencePart]
    by_schema: dict[str, Reliability]

    def part(self, source: Source, *, nulls: bool = True) -> Reliability | None:
        """The figures of this source."""
        for one in self.parts:
            if (one.source, one.nulls) == (source, nulls):
                return one.figures
        return None

    @property
    def best(self) -> Reliability:
        """What a run can have: cross-fitted where a calibration could be fitted."""
        return self.part("cross-fitted") or self.parts[0].figures


@dataclass
class _Rows:
    """Judged confidences by source, nulls or not, and schema."""

    found: dict[tuple[Source, bool, str], list[JudgedConfidence]] = field(default_factory=dict)

    def add(self, row: ResultRow) -> None:
        told: tuple[tuple[Source, float | None], ...] = (
            ("ran", row.confidence), ("cross-fitted", row.cross_fitted),
        )  # fmt: skip
        for source, probability in told:
            if probability is not None:
                one = JudgedConfidence(probability, row.right, row.document, row.set)
                self.found.setdefault((source, row.predicted is None, row.schema), []).append(one)

    def of(
        self, source: Source, *, nulls: bool = True, schema: str | None = None
    ) -> list[JudgedConfidence]:
        return [
            one
            for (whose, null, name), some in self.found.items()
            if whose == source and (nulls or not null) and schema in (None, name)
            for one in some
        ]


def confidence_figures(results: Results) -> list[EngineConfidence]:
    """Of every engine with a confidence in its rows, in the order of the manifest."""
    manifest = results.manifest()
    rows: dict[str, _Rows] = {one.spec: _Rows() for one in manifest.engines}
    for row in results.rows():
        if row.engine in rows:
            rows[row.engine].add(row)
    return [
        _engine(engine, manifest.calibrations.get(engine, CalibrationRecord()), found)
        for engine, found in rows.items()
        if found.found
    ]


def _engine(engine: str, record: CalibrationRecord, rows: _Rows) -> EngineConfidence:
    sources: list[Source] = ["ran", "cross-fitted"]
    parts = [
        ConfidencePart(source, nulls, figures)
        for source in sources
        for nulls in (True, False)
        if (figures := reliability(rows.of(source, nulls=nulls))) is not None
    ]
    best = parts[-1].source
    schemas = sorted({name for _, _, name in rows.found})
    return EngineConfidence(
        engine, record, parts, _by_schema(rows, best, schemas if len(schemas) > 1 else ())
    )


def _by_schema(rows: _Rows, source: Source, schemas: Iterable[str]) -> dict[str, Reliability]:
    found = {name: reliability(rows.of(source, schema=name)) for name in schemas}
    return {name: one for name, one in found.items() if one is not None}
