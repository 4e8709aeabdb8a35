"""Calibrations of the engines of an evaluation, fitted to its rows: one readable file an engine.

A row is judged where its value, or its null, has a place in the answer. What was left out with its
whole entry has none, so no confidence tells of it: `CalibrationRecord.unplaced` counts these.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from docglean.evaluation.arms import bare, has_examples
from docglean.evaluation.calibration_fit import EMPTY, JudgedValue, cross_fit, fit, too_little
from docglean.evaluation.reliability import JudgedConfidence, Reliability, reliability
from docglean.evaluation.results import (
    ROWS,
    CalibrationRecord,
    EngineAnswer,
    Manifest,
    ResultRow,
    Results,
)
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.calibration_choice import Calibrations, family_of
from docglean.extractors.calibration_file import Calibration, Family, field_key
from docglean.extractors.confidence.calibration import prior
from docglean.extractors.confidence.confidence import confidence_of
from docglean.extractors.versions import SIGNALS_VERSION

FILES = "calibration-*.json"
DRAFTS = (
    "Some labels are drafts that nobody has checked: it says how far this engine agrees with the "
    "one that drafted them, so no run takes it by itself."
)

EXAMPLES = (
    "It was fitted to answers that were given with examples beside the document, so no run takes "
    "it by itself: name it where a run has examples."
)


@dataclass
class JudgedRows:
    """Rows of one engine that have a place in its answers, with the signals that stand there.

    Attributes:
        unplaced: wrong ones that have none.
        told: the file that tells how sure values are; empty for the prior.
        places: of the rows in rows.jsonl, from 0.
        ran: probability of each, as a run tells it.
        files: set and id of the first document with a content. The same one in two sets, or under
            two names, is one: else its copy would have seen what it is to be judged by.
    """

    family: Family
    values: list[JudgedValue] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    ran: list[float] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)
    unplaced: int = 0
    told: str = ""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, place: int, row: ResultRow, answer: EngineAnswer, used: Calibration) -> None:
        """Take note of a row, if it can be judged."""
        sure = answer.confidence.get(row.at) if row.at is not None else None
        if row.at is None or sure is None:
            self.unplaced += bool(answer.confidence) and not row.right
            return
        key = field_key(row.schema, row.at)
        named = row.set, row.document
        group, document = self.files.setdefault(answer.sha256 or "\0".join(named), named)
        self.values.append(JudgedValue(sure.signals, key, row.right, document, group))
        self.places.append(place)
        self.ran.append(confidence_of(used, sure.signals, row.schema, row.at).probability)
        self.schemas.add(row.schema)


def judged_rows(results: Results, told: Calibrations | None = None) -> dict[str, JudgedRows]:
    """The rows of every engine that can be judged.

    Args:
        told: what tells how sure values are, where it is for such an engine; else its prior does.
    """
    manifest = results.manifest()
    found = {one.spec: JudgedRows(family_of(one.provider, one.inputs)) for one in manifest.engines}
    for place, row, answer in _with_answers(results):
        rows = found[row.engine]
        used = None
        if told is not None and told.known and told.known[0].family == rows.family:
            used = told.fitting(bare(row.engine), row.schema, manifest.schemas.get(row.schema, ""))
            rows.told = told.named
        rows.add(place, row, answer, used or prior(rows.family))
    return found


def calibrate(folder: Path, manifest: Manifest, told: Calibrations | None = None) -> None:
    """Fit what can be fitted, write it, and note in rows and manifest what came of it.

    Args:
        told: see `judged_rows`.
    """
    results = Results(folder)
    ran: dict[int, float] = {}
    crossed: dict[int, float] = {}
    manifest.calibrations = {}
    for engine, rows in judged_rows(results, told).items():
        if not rows.values:
            continue
        record = _record(rows)
        ran.update(zip(rows.places, rows.ran, strict=True))
        if not record.note:
            chances = [round(one, 4) for one in cross_fit(rows.values, prior(rows.family))]
            crossed.update(zip(rows.places, chances, strict=True))
            record.file = _file_name(engine, {one.file for one in manifest.calibrations.values()})
            if any(one.drafts for one in manifest.sets):
                record.note = DRAFTS
            elif has_examples(engine):
                record.note = EXAMPLES
            made = _calibration(engine, rows, chances, manifest, record.note)
            with atomic_write(folder / record.file) as file:
                file.write(made.model_dump_json(indent=2) + "\n")
        manifest.calibrations[engine] = record
    _forget_others(folder, {one.file for one in manifest.calibrations.values()})
    _rewrite(results, ran, crossed)


def _forget_others(folder: Path, names: set[str]) -> None:
    """Remove the files of engines that are measured here no more."""
    for path in folder.glob(FILES):
        if path.name not in names:
            path.unlink()


def _record(rows: JudgedRows) -> CalibrationRecord:
    return CalibrationRecord(
        documents=len({value.whose for value in rows.values}),
        values=len(rows.values),
        unplaced=rows.unplaced,
        note=too_little(rows.values),
        ran=rows.told,
    )


def _calibration(
    engine: str, rows: JudgedRows, chances: list[float], manifest: Manifest, note: str
) -> Calibration:
    fitted = fit(rows.values, prior(rows.family))
    data = "\n".join(f"{one.name} {one.hash}" for one in manifest.sets)
    day = manifest.ended or manifest.started
    return fitted.model_copy(
        update={
            "engine": bare(engine),
            "schemas": {name: manifest.schemas.get(name, "") for name in sorted(rows.schemas)},
            "prompt_version": manifest.prompt_version,
            "signals_version": SIGNALS_VERSION,
            "data": hashlib.sha256(data.encode()).hexdigest(),
            "fitted": date(day.year, day.month, day.day).isoformat(),
            "documents": len({value.whose for value in rows.values}),
            "values": len(rows.values),
            "labelled": dict(sorted(Counter(value.field for value in rows.values).items())),
            "nulls": sum(value.right and EMPTY in value.signals for value in rows.values),
            "measures": measures_of(judged_confidences(rows, chances)),
            "note": note,
        }
    )


def judged_confidences(rows: JudgedRows, chances: list[float]) -> list[JudgedConfidence]:
    """The rows with a probability each."""
    return [
        JudgedConfidence(chance, value.right, value.document, value.set)
        for value, chance in zip(rows.values, chances, strict=True)
    ]


def measures_of(judged: list[JudgedConfidence]) -> dict[str, float]:
    """Estimates and limits of the cross-fit, for people who read the file."""
    found: Reliability | None = reliability(judged)
    told = {}
    for name in ("accuracy", "auroc", "ece", "brier"):
        interval = getattr(found, name, None)
        if interval is not None:
            for part in ("estimate", "low", "high"):
                key = name if part == "estimate" else f"{name}_{part}"
                told[key] = round(float(getattr(interval, part)), 4)
    return told


def _file_name(engine: str, taken: set[str]) -> str:
    """A name that says which engine, whatever signs are in its spec."""
    plain = re.sub(r"[^A-Za-z0-9.+-]+", "-", engine).strip("-")[:80]
    name = f"calibration-{plain}.json"
    if name.lower() in {one.lower() for one in taken}:
        name = f"calibration-{plain}-{hashlib.sha256(engine.encode()).hexdigest()[:8]}.json"
    return name


def _with_answers(results: Results) -> Iterator[tuple[int, ResultRow, EngineAnswer]]:
    """Each row with its answer: both files have the same order."""
    answers = results.answers()
    answer = None
    for place, row in enumerate(results.rows()):
        key = row.set, row.document, row.engine, row.repeat
        while answer is None or answer.key != key:
            answer = next(answers, None)
            if answer is None:
                return
        yield place, row, answer


def _rewrite(results: Results, ran: dict[int, float], crossed: dict[int, float]) -> None:
    """rows.jsonl with what is known of their confidence."""
    with atomic_write(results.path / ROWS) as file:
        for place, row in enumerate(results.rows()):
            told = replace(row, confidence=ran.get(place), cross_fitted=crossed.get(place))
            file.write(told.to_json() + "\n")
