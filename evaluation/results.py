"""What an evaluation leaves: one folder, from which every report is made without running anything.

    report/
      manifest.json     what was measured: labels, schemas, engines, versions, prices, seed
      documents.jsonl   one `EngineAnswer` for each set, document, engine and repeat: what the
                        engine gave, how long it took, what it cost, how it scored
      rows.jsonl        one `ResultRow` for each labelled value of those: truth, prediction, outcome
      calibration-ENGINE.json   what tells right values of that engine from wrong ones, fitted to
                        these rows; see `docglean.evaluation.calibration`

Every figure is an aggregate of these rows and answers. ``documents.jsonl`` is appended to while an
evaluation runs, so a crash loses nothing; at its end both files are written anew, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from docglean.evaluation.compare import RIGHT, ComparisonRow, Outcome
from docglean.evaluation.statistics import SEED
from docglean.extractors.extraction import Box, Confidence, Evidence, Status, Usage
from docglean.schemas.errors import ConfigError, Problem, cause_of
from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
ANSWERS = "documents.jsonl"
ROWS = "rows.jsonl"

HOURLY = "hourly_price"
"""Key of `Manifest.options`: US dollars for an hour of the machine."""

Share = tuple[float, float]
"""A sum and what it is out of: figures over many documents are sums over sums, not means of
ratios. (3, 40) is three word errors in forty words."""


@dataclass(frozen=True, slots=True)
class ResultRow(ComparisonRow):
    """A `ComparisonRow` of `compare` with where it belongs.

    Attributes:
        set: of labels; documents of one set are alike, and sets are strata.
        document: the label's id, unique within its set.
        repeat: from 1.
        schema: its name; a path alone does not tell fields of two schemas apart.
        page: where the predicted value was found, None where it was not.
        box: the same, in page points; see `Evidence`.
        overlap: intersection over union of `box` and the labelled box, None without a labelled
            one; 0 where the value was not found.
        same_page: whether the value was found on the labelled page, None without a label.
        confidence: probability that the value is right, as runs tell it; None where it has no
            place in the answer, and in folders of earlier versions.
        cross_fitted: the same by a calibration that was fitted to other documents; None without.
    """

    set: str = ""
    document: str = ""
    engine: str = ""
    repeat: int = 1
    schema: str = ""
    page: int | None = None
    box: Box | None = None
    overlap: float | None = None
    same_page: bool | None = None
    confidence: float | None = None
    cross_fitted: float | None = None

    @property
    def right(self) -> bool:
        """Whether the value, or that there is none, is right."""
        return self.outcome in RIGHT

    def to_json(self) -> str:
        """One line of rows.jsonl."""
        told = {name: getattr(self, name) for name in _ROW_NAMES}
        return json.dumps(told, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, line: str) -> ResultRow:
        """The row that `to_json` wrote; what a later version added is left out."""
        stored = json.loads(line)
        known = {name: stored[name] for name in _ROW_NAMES if name in stored}
        if known.get("box") is not None:
            known["box"] = tuple(known["box"])
        return cls(**known)


_ROW_NAMES = tuple(field.name for field in fields(ResultRow))


class EngineAnswer(BaseModel):
    """What one engine gave for one document, once.

    Attributes:
        set, document: as in `ResultRow`.
        file: of the document, relative to the folder of its set (see `Manifest.sets`).
        tags: slices that the document belongs to, by name: ``{"language": "de"}``; ``source``
            (scan or text) and ``length`` are told by the document itself.
        page_sizes: width and height in points of the pages that `evidence` names.
        seconds: by stage, as spent in this run; what the ledger held took none.
        latency: seconds that the document takes when it waits for no other: docglean's own work
            and the time at models, those of stored words and replies included. Pages are counted
            one after the other, calls about one document at the same time once.
        machine_seconds: processor seconds of docglean's own work (opening, OCR, drawing, the
            embedded reader), those of an earlier run included.
        cost: US dollars of all replies, whether paid in this run or before; None if unknown.
        paid: US dollars paid in this run.
        usage, calls: of all replies, as `cost`.
        values: the prediction (key ``data``), None for a document that failed.
        confidence: in each value of the prediction, nulls too, with its signals; by JSON pointer.
        transcript: what was heard in a recording.
        speech: the engine that heard it.
        counts: number of rows by outcome.
        measures: sums of other metrics, see `docglean.evaluation.metrics.metric`.
        fingerprint: of everything that decides the answer; the same one is not asked again.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    set: str
    document: str
    file: str
    schema_name: str = Field(alias="schema")
    engine: str
    repeat: int = 1
    tags: dict[str, str] = Field(default_factory=dict)
    sha256: str = ""
    media_type: str = ""
    pages: int = 0
    page_sizes: dict[int, tuple[float, float]] = Field(default_factory=dict)
    duration: float | None = Field(default=None, description="seconds of a recording")
    status: Status
    seconds: dict[str, float] = Field(default_factory=dict)
    latency: float = 0.0
    machine_seconds: float = 0.0
    cost: Decimal | None = Decimal(0)
    paid: Decimal | None = Decimal(0)
    usage: Usage = Usage()
    calls: int = 0
    problems: list[Problem] = Field(default_factory=list)
    values: dict[str, Any] | None = Field(default=None, alias="data")
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    confidence: dict[str, Confidence] = Field(default_factory=dict)
    transcript: str | None = None
    speech: str = ""
    counts: dict[Outcome, int] = Field(default_factory=dict)
    measures: dict[str, Share] = Field(default_factory=dict)
    fingerprint: str = ""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is the answer of: set, document, engine, repeat."""
        return self.set, self.document, self.engine, self.repeat

    def to_json(self) -> str:
        """One line of documents.jsonl."""
        return self.model_dump_json(by_alias=True)


class SetRecord(BaseModel):
    """One set of labels.

    Attributes:
        folder: as it was named; `EngineAnswer.file` is relative to it.
        layout: which importer read it.
        hash: SHA-256 over labels and documents.
        labels: documents labelled.
        drafts: labels of these that an engine wrote and nobody has checked.
        corrected: and those that people made of what an engine had read, by that engine.
        disputed: and those on whose values two reviewers differ.
        made_of_data: and those that were made of data in the documents, such as e-invoices' XML.
    """

    name: str
    folder: str
    layout: str
    hash: str
    labels: int
    drafts: int = 0
    corrected: dict[str, int] = Field(default_factory=dict)
    disputed: int = 0
    made_of_data: int = 0


class EngineRecord(BaseModel):
    """One engine that was measured.

    Attributes:
        spec: as in `EngineAnswer.engine`; see `arms` for what it is with examples.
        notice: the sentence that says where pages go.
        host: where they go; None for this machine.
        self_hosted: calls cost no API money, only machine time.
        input_price, output_price: US dollars for a million tokens, None where unknown.
    """

    spec: str
    provider: str
    model: str = ""
    inputs: str = ""
    host: str | None = None
    embedded: bool = False
    self_hosted: bool = False
    notice: str = ""
    input_price: Decimal | None = None
    output_price: Decimal | None = None


class ExamplesRecord(BaseModel):
    """Labelled documents that models were shown beside each document.

    Attributes:
        folder: as it was named.
        count: that a document got at the most.
        documents: there were to choose from.
        own: measured documents that are among them. None was ever shown itself.
    """

    folder: str
    count: int
    documents: int
    own: int = 0


class CalibrationRecord(BaseModel):
    """What became of the calibration of one engine.

    Attributes:
        file: its name in the folder; empty where none was fitted.
        documents, values: how many were judged.
        unplaced: wrong values without a place in the answer, such as an entry that a list lacks:
            no confidence can tell of them.
        note: why none was fitted, or what speaks against using it.
        registered: runs with this engine take it by themselves.
        ran: the file that told the confidence of `ResultRow`; empty for the shipped prior.
    """

    file: str = ""
    documents: int = 0
    values: int = 0
    unplaced: int = 0
    note: str = ""
    registered: bool = False
    ran: str = ""


class Manifest(BaseModel):
    """What was measured, and with what.

    Attributes:
        options: what was told beside: ``instructions``, ``pages``, ``speech``, and
            ``hourly_price``, US dollars for an hour of the machine.
        command: arguments of the command line that repeats it; empty from Python.
        schemas: SHA-256 by name.
        price_table: version of the price tables.
        price_date: day of the prices, ISO.
        code: hash of docglean's own sources that decide an answer.
        versions: of packages.
        seed: of all resampling.
        estimate: US dollars that the run was priced at before it began.
        seconds: wall time of the run.
        calibrations: by engine.
        examples: what models were shown where they are measured a second time, see
            `docglean.evaluation.arms`.
    """

    version: int = FORMAT_VERSION
    id: str
    started: datetime
    ended: datetime | None = None
    state: Literal["running", "finished", "interrupted"] = "running"
    command: list[str] = Field(default_factory=list)
    sets: list[SetRecord] = Field(default_factory=list)
    schemas: dict[str, str] = Field(default_factory=dict)
    engines: list[EngineRecord] = Field(default_factory=list)
    repeats: int = 1
    options: dict[str, Any] = Field(default_factory=dict)
    prompt_version: str = ""
    price_table: str = ""
    price_date: str = ""
    code: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    seed: int = SEED
    estimate: Decimal | None = None
    seconds: float = 0.0
    calibrations: dict[str, CalibrationRecord] = Field(default_factory=dict)
    examples: ExamplesRecord | None = None

    @property
    def folders(self) -> Mapping[str, Path]:
        """Folder of each set by its name."""
        return {one.name: Path(one.folder) for one in self.sets}


@dataclass(frozen=True, slots=True)
class Results:
    """The folder of one evaluation, to be read."""

    path: Path

    def manifest(self) -> Manifest:
        """What was measured.

        Raises:
            ConfigError: ``no_evaluation``, the folder holds none.
        """
        file = self.path / MANIFEST
        try:
            return Manifest.model_validate_json(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            lacks = isinstance(error, FileNotFoundError)
            why = f"there is no {MANIFEST} in it" if lacks else cause_of(error)
            raise ConfigError(
                "no_evaluation",
                f"{self.path} is not the folder of an evaluation: {why}."
                if self.path.is_dir()
                else f"There is no folder {self.path}.",
                "Name the folder that `docglean evaluate --out` wrote.",
            ) from error

    def answers(self) -> Iterator[EngineAnswer]:
        """One at a time, in the order of sets, documents, engines, repeats."""
        for line in _lines(self.path / ANSWERS):
            yield EngineAnswer.model_validate_json(line)

    def rows(self) -> Iterator[ResultRow]:
        """One at a time, in the order of the answers."""
        for line in _lines(self.path / ROWS):
            yield ResultRow.from_json(line)


def _lines(path: Path) -> Iterator[str]:
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield line
