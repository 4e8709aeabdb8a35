"""The outcome of a document, as recorded in the log, the metrics and its span."""

from __future__ import annotations

from typing import Any

from docglean.extractors.extraction import Extraction, SourceRecord, worst
from docglean.extractors.telemetry.logs import TranscriptFacts, log_ended, log_heard
from docglean.extractors.telemetry.metrics import count
from docglean.extractors.telemetry.spans import NOTHING, Mark, RunSpan


def document_ended(
    extraction: Extraction[Any], run: RunSpan, mark: Mark = NOTHING, *, content: bool
) -> None:
    """A document has been read, or has failed.

    Args:
        mark: its span.
        content: see `log_ended`.
    """
    log_ended(extraction, mark, content=content)
    count(extraction)
    run.count(extraction)
    if not mark.recording:
        return
    document, spending = extraction.document, extraction.spending
    mark.set(
        {
            **_source(document),
            "docglean.schema": None if extraction.schema_used is None
            else extraction.schema_used.name,
            "docglean.status": extraction.status,
            "docglean.problems": sorted({problem.code for problem in extraction.problems}),
            "docglean.calls": spending.calls,
            "docglean.cached": spending.cached,
            "docglean.cost": spending.cost,
        }
    )  # fmt: skip
    if extraction.status == "failed":
        cause = worst(extraction.problems)
        mark.fail("failed" if cause is None else cause.code)


def recording_heard(
    run: str, document: SourceRecord, transcript: TranscriptFacts, mark: Mark
) -> None:
    """A recording has been transcribed, and nothing else was wanted of it."""
    log_heard(run, document, transcript, mark)
    mark.set({**_source(document), "docglean.cost": transcript.spending.cost})


def _source(document: SourceRecord) -> dict[str, Any]:
    return {
        "docglean.document.sha256": document.sha256,
        "docglean.document.media_type": document.media_type,
        "docglean.pages": document.pages,
        "docglean.sound_seconds": document.seconds,
    }
