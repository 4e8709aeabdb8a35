"""One line a document, as it ends: on the logger ``docglean``, as JSON where that is asked for.

A line says which document (name, SHA-256), how it ended and what it took. Names of files are in
it, or nobody would find the document; what stands in the document is not.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from docglean.extractors.extraction import Extraction, SourceRecord, Spending
from docglean.extractors.notices import JsonLines, writes_json
from docglean.extractors.telemetry.spans import Mark
from docglean.schemas.errors import Problem

logger = logging.getLogger("docglean")


class TranscriptFacts(Protocol):
    """A transcript, as far as it is told of."""

    @property
    def seconds(self) -> float: ...
    @property
    def engine(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def problems(self) -> Sequence[Problem]: ...
    @property
    def spending(self) -> Spending: ...


def log_ended(extraction: Extraction[Any], mark: Mark, *, content: bool) -> None:
    """The line of a document that has ended; its figures are attributes of the log record.

    Args:
        mark: its span.
        content: values, and the messages of problems, which may quote them, are in the line too.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    facts = facts_of(extraction)
    if content:
        told = extraction.model_dump(mode="json", by_alias=True, include={"values", "problems"})
        facts |= {"data": told["data"], "messages": [one["message"] for one in told["problems"]]}
    name = extraction.document.name
    logger.info("%s %s", extraction.status, name, extra={**facts, **mark.ids})


def facts_of(extraction: Extraction[Any]) -> dict[str, Any]:
    """What may be told of a document that has ended: everything but what stands in it."""
    document, spending = extraction.document, extraction.spending
    cost = spending.cost
    return {
        "event": "document",
        "run": extraction.run,
        "document": document.name,
        "sha256": document.sha256,
        "media_type": document.media_type,
        "pages": document.pages,
        "sound_seconds": document.seconds,
        "engine": extraction.engine,
        "schema": None if extraction.schema_used is None else extraction.schema_used.name,
        "status": extraction.status,
        "problems": dict(Counter(problem.code for problem in extraction.problems)),
        "calls": spending.calls,
        "cached": spending.cached,
        "fields_asked": spending.fields_asked,
        "fields_kept": spending.fields_kept,
        "input_tokens": spending.usage.input_tokens,
        "output_tokens": spending.usage.output_tokens,
        "cost": None if cost is None else float(cost),
        "seconds": extraction.seconds,
    }


def log_heard(run: str, document: SourceRecord, transcript: TranscriptFacts, mark: Mark) -> None:
    """The line of a recording of which only a transcript was wanted."""
    if not logger.isEnabledFor(logging.INFO):
        return
    cost = transcript.spending.cost
    facts = {
        "event": "transcript",
        "run": run,
        "document": document.name,
        "sha256": document.sha256,
        "media_type": document.media_type,
        "sound_seconds": transcript.seconds,
        "speech": transcript.engine,
        "language": transcript.language,
        "problems": dict(Counter(problem.code for problem in transcript.problems)),
        "cost": None if cost is None else float(cost),
    }
    logger.info("heard %s", document.name, extra={**facts, **mark.ids})


def log_fault(name: str, error: Exception, *, content: bool) -> None:
    """An error of ours at one document: where it happened, and what it said if that is asked for.

    What an exception says may quote the document: Pydantic's hold the values that they refuse.
    """
    if content:
        logger.error("%s: docglean itself failed", name, exc_info=error)
        return
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: docglean itself failed: %s\n%s", name, type(error).__name__, where)


def write_json() -> None:
    """From now on the logger ``docglean`` writes JSON lines to standard error, and only there; so
    do those of Python's warnings and of OpenTelemetry.
    """
    if writes_json():
        return
    from pythonjsonlogger.json import JsonFormatter

    handler = JsonLines()
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "message"],
            rename_fields={"levelname": "level"},
            timestamp=True,
            json_ensure_ascii=False,
            exc_info_as_array=True,
        )
    )
    for one in (logger, *map(logging.getLogger, ("py.warnings", "opentelemetry"))):
        one.addHandler(handler)
        one.propagate = False
    logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
