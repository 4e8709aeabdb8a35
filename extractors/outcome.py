"""What the steps have come to so far, and the Extraction that is made of it: also of a failure."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.confidence.second_reading import SecondReading
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    OtherReading,
    SchemaRecord,
    SourceRecord,
    Spending,
    status_of,
)
from docglean.extractors.open_document import InputFile, OpenDocument
from docglean.extractors.reader import Answer, Reader, ReaderReport, Shown
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema
from docglean.schemas.wire.absence import written

if TYPE_CHECKING:
    from docglean.extractors.grounding.ground import Grounding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one document so far; each step adds to it.

    Attributes:
        others: readers of the engines that were asked for what is unsure.
        second: what rules read beside them.
        values: with every field of the schema; None where there is no answer.
        readings: what those engines read.
        grounding: of `values`, before anything of another engine was taken.
        problems: of checking and looking up the values.
        seconds: by stage, of what is measured here.
    """

    file: InputFile
    started: float = field(default_factory=time.perf_counter)
    opened: OpenDocument | None = None
    shown: Shown | None = None
    reader: Reader | None = None
    others: tuple[Reader, ...] = ()
    second: SecondReading = field(default_factory=SecondReading)
    schema: Schema | None = None
    schema_used: SchemaRecord | None = None
    answer: Answer | None = None
    values: dict[str, Any] | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    confidence: Mapping[str, Confidence] = field(default_factory=dict)
    readings: Mapping[str, list[OtherReading]] = field(default_factory=dict)
    grounding: Grounding | None = None
    problems: tuple[Problem, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def source(self) -> SourceRecord:
        """Which file this is, as far as is known."""
        if self.opened is None:
            return self.file.record()
        return self.opened.record(None if self.shown is None else self.shown.seconds)

    @property
    def spending(self) -> Spending:
        """What it has cost so far."""
        spent = self._report().spending
        if self.opened is None:
            return spent
        spent += self.opened.spending
        transcript = self.opened.speech.transcript
        return spent if transcript is None else spent + transcript.spending

    def _report(self) -> ReaderReport:
        """What all readers have taken together."""
        found = ReaderReport() if self.reader is None else self.reader.report()
        for other in self.others:
            also = other.report()
            seconds = Counter(found.seconds) + Counter(also.seconds)
            found = ReaderReport(
                found.spending + also.spending,
                tuple(dict.fromkeys((*found.served, *also.served))),
                (*found.problems, *softened(also.problems)),
                dict(seconds),
                tuple(dict.fromkeys((*found.examples, *also.examples))),
            )
        return found

    def failed(self, problem: Problem) -> Outcome:
        """What is left to say when a step failed."""
        return replace(
            self, values=None, evidence={}, confidence={}, readings={}, problems=(problem,)
        )

    def extraction(self, run: str, engine: str) -> Extraction[Any]:
        """All of it, as it is handed on.

        Args:
            run: names the run.
            engine: the engine's spec.
        """
        from docglean.extractors.answers.validate import deduplicated

        report = self._report()
        transcript = None if self.opened is None else self.opened.speech.transcript
        problems = deduplicated(self._problems(report))
        extraction = Extraction[Any](
            run=run,
            document=self.source(),
            schema=self.schema_used,
            engine=engine,
            served=report.served,
            examples=report.examples,
            status=status_of(self.values, problems),
            data=None if self.schema is None else written(self.schema.root, self.values),
            evidence=dict(self.evidence),
            confidence=dict(self.confidence),
            readings=dict(self.readings),
            problems=problems,
            spending=self.spending,
            seconds=self._seconds(report),
            transcript=None if transcript is None else json.loads(transcript.to_json()),
        )
        if self.schema is not None:
            extraction.bind(self.schema.model)
        return extraction

    def _problems(self, report: ReaderReport) -> list[Problem]:
        """In the order of the steps."""
        found: list[Problem] = []
        if self.opened is not None:
            opened = self.opened
            found += [*opened.document.problems, *opened.problems]
            found += [*opened.words.problems, *opened.speech.problems]
        if self.shown is not None:
            found += self.shown.problems
        found += report.problems
        if self.answer is not None:
            found += self.answer.problems
        return [*found, *self.problems]

    def _seconds(self, report: ReaderReport) -> dict[str, float]:
        """Seconds by stage: in child processes, at models, and in all."""
        found: dict[str, float] = {}
        if self.opened is not None:
            document = self.opened.document
            found |= document.seconds
            if document.saved_seconds:
                found["saved"] = document.saved_seconds
        found |= {**report.seconds, **self.seconds}
        found["total"] = time.perf_counter() - self.started
        return {stage: round(seconds, 4) for stage, seconds in found.items()}


def softened(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of a further engine: what it lost is not lost, as the first has read it."""
    return [
        one.model_copy(update={"severity": "review"}) if one.severity == "error" else one
        for one in problems
    ]
