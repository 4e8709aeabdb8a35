"""An Extraction as an evaluation keeps it: what it gave, took and cost, however it was had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.evaluation.results import EngineAnswer
from docglean.evaluation.task import Task
from docglean.extractors.documents import cache
from docglean.extractors.documents.document import Document
from docglean.extractors.extraction import Extraction, add_costs
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.run import RunContext

WAITING = frozenset({"model", "layout", "speech", "total"})
"""Stages that wait for others, or for another machine; in all others a processor of this machine
works for docglean itself."""

LOOKED_UP = {"image": ("words", "ocr", "saved"), "audio": ("hear", "load"), "pdf": ("ocr",)}
"""By an engine's inputs, the stages beside the call, in which its answer is looked up then."""

LENGTHS = ((1, "1"), (10, "2-10"), (50, "11-50"))


async def answer_of(
    task: Task, extraction: Extraction[Any], context: RunContext, path: Path
) -> EngineAnswer:
    """What is kept of one extraction."""
    spending, seconds = extraction.spending, extraction.seconds
    document = await _document(extraction, context, path)
    pages = {place.page for one in extraction.evidence.values() for place in one.places}
    sizes = {info.number: (info.width, info.height) for info in document.pages} if document else {}
    transcript = extraction.transcript
    return EngineAnswer(
        set=task.set.name,
        document=task.label.id,
        file=task.label.file,
        schema=extraction.schema_used.name if extraction.schema_used else _schema_name(task),
        engine=task.engine,
        repeat=task.repeat,
        tags=_tags(document),
        sha256=extraction.document.sha256,
        media_type=extraction.document.media_type,
        pages=extraction.document.pages,
        page_sizes={number: sizes[number] for number in sorted(pages) if number in sizes},
        duration=extraction.document.seconds,
        status=extraction.status,
        seconds=seconds,
        latency=round(_latency(extraction, context.engine.inputs), 4),
        machine_seconds=round(_machine_seconds(seconds), 4),
        cost=add_costs(spending.cost, spending.saved),
        paid=spending.cost,
        usage=spending.usage + spending.saved_usage,
        calls=spending.calls + spending.cached,
        problems=extraction.problems,
        data=extraction.values,
        evidence=extraction.evidence,
        # Its words follow from its signals, and would be most of the file.
        confidence={
            pointer: one.model_copy(update={"why": ()})
            for pointer, one in extraction.confidence.items()
        },
        transcript=said(transcript) if transcript is not None else None,
        speech=str(transcript["engine"]) if transcript is not None else "",
        fingerprint=task.fingerprint,
    )


def _machine_seconds(seconds: Mapping[str, float], *, without: Sequence[str] = ()) -> float:
    return sum(took for stage, took in seconds.items() if stage not in {*WAITING, *without})


def _latency(extraction: Extraction[Any], inputs: str) -> float:
    """Seconds that the document takes alone, see `EngineAnswer.latency`."""
    seconds = extraction.seconds
    model = seconds.get("model", 0.0) + extraction.spending.saved_seconds
    beside = LOOKED_UP.get(inputs, ())
    reading = sum(seconds.get(stage, 0.0) for stage in beside)
    return _machine_seconds(seconds, without=beside) + max(model, reading)


def _schema_name(task: Task) -> str:
    try:
        return task.set.schema(task.label).name
    except Exception:  # it was told already; a name is all that is lost
        return str(task.label.schema_spec)[:40]


async def _document(
    extraction: Extraction[Any], context: RunContext, path: Path
) -> Document | None:
    """The document again, from what the ledger knows of it."""
    if not extraction.document.sha256 or extraction.document.seconds is not None:
        return None
    try:
        return await cache.opened(
            path,
            context.workers,
            context.settings.limits,
            context.ledger,
            name=extraction.document.name,
            passwords=context.options.password,
        )
    except SourceError:
        return None


def _tags(document: Document | None) -> dict[str, str]:
    """Slices that the document itself tells."""
    if document is None or not document.pages:
        return {}
    layers = {info.has_text for info in document.pages}
    source = "mixed" if len(layers) == 2 else ("text" if layers == {True} else "scan")
    count = len(document.pages)
    length = next((name for most, name in LENGTHS if count <= most), "over 50")
    return {"source": source, "length": length}


def said(transcript: dict[str, Any]) -> str:
    """All that was heard in a recording, as one text."""
    segments = transcript.get("segments") or ()
    return " ".join(str(segment.get("text", "")).strip() for segment in segments).strip()
