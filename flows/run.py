"""Many documents through one RunContext: bounded, in any order, and into a run folder.

The command line, the Python API and the Prefect flow all run documents here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Sequence,
)
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from docglean.extractors import pipeline
from docglean.extractors.calls.batch import Waiting
from docglean.extractors.cascade.shares import note_share
from docglean.extractors.concurrency import all_in_heaps, all_in_turn
from docglean.extractors.confidence.review import judged, percent
from docglean.extractors.extraction import Extraction, PartRecord, SourceRecord, worst
from docglean.extractors.gateway.gateway import RateSlot
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.packets.division import Division
from docglean.extractors.progress import Progress
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcriber import LeftOut
from docglean.extractors.versions import PROMPT_VERSION, versions
from docglean.flows.earlier_runs import next_engines
from docglean.flows.flow_runs import this_flow_run
from docglean.flows.links import document_address
from docglean.flows.request import RunRequest, new_run
from docglean.flows.retention import note_folder
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.source_documents import SourceDocuments, not_fetched, stamped
from docglean.flows.sources import Source, here
from docglean.flows.totals import Totals, money
from docglean.flows.unheard import Unheard
from docglean.schemas.errors import BudgetExceeded, Problem, SourceError
from docglean.schemas.schema import Schema

if TYPE_CHECKING:
    from docglean.extractors.calls.estimate import Estimate
    from docglean.extractors.documents.workers import Workers
    from docglean.extractors.packets.plan import PacketPlan
    from docglean.extractors.speech import Transcript


logger = logging.getLogger("docglean")

T = TypeVar("T")
_Done = tuple[int, Extraction[Any]]


async def extract_source(context: RunContext, source: Source) -> Extraction[Any]:
    """One source read as one document, fetched first where it is not here. Its own trouble is in
    the Extraction; that the file seems to hold several documents, too.

    Raises:
        ConfigError: the run has to end.
    """
    with ExitStack() as stack:
        try:
            path = await here(stack, source, context.settings.limits.max_bytes)
        except SourceError as error:
            return not_fetched(context, source, error)
        read = await pipeline.read_file(context, path, name=source.name, uri=source.uri)
        if isinstance(read, Division):
            read = await pipeline.read_undivided(context, read)
        return stamped(source, read)


async def estimate_source(context: RunContext, source: Source) -> Estimate:
    """What one document would cost; fetched where it is not here, but sent nowhere.

    Raises:
        SourceError: the document can't be fetched or opened.
        ConfigError: the run has to end.
    """
    from docglean.extractors import estimation

    with ExitStack() as stack:
        path = await here(stack, source, context.settings.limits.max_bytes)
        return await estimation.estimate_file(context, path, name=source.name, uri=source.uri)


async def transcribe_source(context: RunContext, source: Source) -> tuple[SourceRecord, Transcript]:
    """What is said in one recording; fetched where it is not here.

    Raises:
        SourceError: it can't be fetched or read, or is no recording.
        ModelError: a hosted speech engine fails.
        ConfigError: the run has to end.
    """
    with ExitStack() as stack:
        path = await here(stack, source, context.settings.limits.max_bytes)
        return await pipeline.transcribe(context, path, name=source.name, uri=source.uri)


@asynccontextmanager
async def plan_source(
    context: RunContext, source: Source
) -> AsyncIterator[tuple[OpenDocument, PacketPlan]]:
    """Which documents one file holds; the file is here as long as the block runs.

    Raises:
        SourceError: it can't be fetched or opened, or is a recording.
        ConfigError: the run has to end.
    """
    with ExitStack() as stack:
        path = await here(stack, source, context.settings.limits.max_bytes)
        yield await pipeline.plan(context, path, name=source.name, uri=source.uri)


async def part_content(context: RunContext, opened: OpenDocument, part: PartRecord) -> bytes:
    """One of the documents in a file as a PDF of its own.

    Raises:
        SourceError: as `Document.cut`; an attachment can't be taken out or opened.
    """
    async with Division(opened, (part,)).opened_part(context, part) as one:
        return await one.document.cut(part.first, part.last)


async def extract_sources(
    context: RunContext,
    sources: Sequence[Source],
    *,
    fail_fast: bool = False,
    done: Collection[str] = (),
    on_waiting: Callable[[Source, Waiting], None] | None = None,
    on_left_out: Callable[[Source, LeftOut], None] | None = None,
) -> AsyncIterator[tuple[int, Extraction[Any]]]:
    """Extractions with the index of their source, as they are done; several of a file that holds
    several documents.

    At most `context.documents_at_once` sources are under way; a reader that is slow holds them
    back. With `fail_fast`, none is begun after the first that failed. In a batch run, those that
    wait for answers are told to `on_waiting` only. Recordings that lay in a folder, that nobody
    asked for and that cannot be heard here are told to `on_left_out` only; without it they fail.

    Args:
        done: uris of parts of files that are not read again.

    Raises:
        ConfigError: the run has to end; documents under way are abandoned.
        BudgetExceeded: after the last document that needs no further call.
    """
    documents = SourceDocuments(context, fail_fast, done, on_waiting, on_left_out)
    async with aclosing(_extracted(documents, sources, all_in_turn)) as extracted:
        async for one in extracted:
            yield one


async def _extracted(
    documents: SourceDocuments,
    sources: Sequence[Source],
    turns: Callable[
        [Iterable[Callable[[], AsyncGenerator[_Done, None]]], int], AsyncGenerator[T, None]
    ],
) -> AsyncGenerator[T, None]:
    """As `extract_sources`, in turn or in heaps."""

    async def of(index: int, source: Source) -> AsyncGenerator[_Done, None]:
        async with aclosing(documents.of(source)) as read:
            async for extraction in read:
                yield index, extraction

    works = (
        partial(of, index, source) for index, source in enumerate(sources) if not documents.stopped
    )
    async with aclosing(turns(works, documents.context.documents_at_once)) as all_done:
        async for one in all_done:
            yield one
    if documents.over:
        raise documents.over[0]


def new_record(context: RunContext, options: dict[str, Any]) -> RunRecord:
    """The record of a run that begins now."""
    return RunRecord(
        id=context.options.run or new_run(),
        name=context.run_name,
        started=datetime.now(UTC),
        engine=context.engine_name,
        schemas={schema.name: schema.hash for schema in context.schemas},
        prompt_version=PROMPT_VERSION,
        next_engines=next_engines((one.engine.spec for one in context.then), context.settings.when),
        calibrations=tuple(
            record
            for one in context.chain
            for record in one.calibrations.used(one.engine.spec, context.schemas)
        ),
        options=options,
        versions=versions(),
        flow_run=this_flow_run(),
    )


async def run(
    context: RunContext,
    sources: Sequence[Source],
    folder: RunFolder,
    *,
    options: dict[str, Any] | None = None,
    fail_fast: bool = False,
    on_done: Callable[[Extraction[Any]], None] | None = None,
    on_left_out: Callable[[Source, LeftOut], None] | None = None,
    on_changed: Callable[[Extraction[Any]], None] | None = None,
) -> RunRecord:
    """Read all sources into a run folder and say what it came to.

    What is known of a document only when all are read is told to `on_changed`.

    A run that is interrupted, or that its budget ends, leaves the finished documents in order in
    the folder.

    Raises:
        ConfigError: the run has to end; finished documents are in the folder.
    """
    started = time.monotonic()
    record = new_record(context, options or {})
    await asyncio.to_thread(folder.begin, record)
    await note_folder(context.ledger, folder)
    record.state = "interrupted"

    def left_out(source: Source, error: LeftOut) -> None:
        record.totals.leave_out(Unheard.of(source.name, error.error))
        if on_left_out is not None:
            on_left_out(source, error)

    try:
        documents = SourceDocuments(context, fail_fast, on_left_out=left_out)
        async for _, extraction in _into(folder, documents, sources, record.totals):
            if on_done is not None:
                on_done(extraction)
        await context.settled()
        record.state = "finished"
    except BudgetExceeded as error:
        record.state, record.problem = "over_budget", Problem.of(error)
        await context.settled()
    finally:
        record.totals.spending += context.beside_documents
        record.totals.seconds = round(time.monotonic() - started, 3)
        # Not in a thread: an interrupted run may not wait for one any more.
        changed = folder.end(
            record,
            [source.uri for source in sources],
            {schema.name: schema for schema in context.schemas},
        )
        if on_changed is not None:
            for _, extraction in folder.documents(changed):
                on_changed(extraction)
    await note_share(context, record.totals.documents, record.totals.sent_on.documents)
    return record


async def begin(order: RunRequest, folder: RunFolder) -> tuple[RunRecord, dict[str, Schema], str]:
    """Check an order before any shard of it is read, and begin its run in the folder.

    Returns:
        The run's record, its schemas by name, and the sentence that says where pages go.

    Raises:
        ConfigError, SchemaError: nothing can be read like this.
    """
    async with await order.open() as context:
        record = new_record(context, order.told())
        folder.begin(record)
        await note_folder(context.ledger, folder)
        return record, {schema.name: schema for schema in context.schemas}, context.notice


@dataclass(frozen=True, slots=True)
class Shard:
    """What became of some documents of an order.

    Attributes:
        rows: one for each finished document.
        problem: the budget that ended it early.
    """

    totals: Totals
    rows: list[dict[str, str]]
    problem: Problem | None = None


async def read_shard(
    sources: Sequence[Source],
    order: RunRequest,
    folder: RunFolder,
    *,
    turn: RateSlot | None = None,
    workers: Workers | None = None,
) -> Shard:
    """Read some documents of an order into its folder.

    Args:
        turn, workers: as `RunContext.open`.
    """
    totals = Totals()
    problem: Problem | None = None
    rows: dict[int, dict[str, str]] = {}
    started = time.monotonic()

    def left_out(source: Source, error: LeftOut) -> None:
        totals.leave_out(Unheard.of(source.name, error.error))

    async with await order.open(turn=turn, workers=workers, on_progress=_log_note) as context:
        try:
            documents = SourceDocuments(context, on_left_out=left_out)
            async for index, extraction in _into(folder, documents, sources, totals):
                rows[index] = row_of(extraction, folder, context.settings.review_url)
        except BudgetExceeded as error:
            problem = Problem.of(error)
        await context.settled()
        await note_share(context, totals.documents, totals.sent_on.documents)
        totals.spending += context.beside_documents
    totals.seconds = round(time.monotonic() - started, 3)
    return Shard(totals, [rows[index] for index in sorted(rows)], problem)


async def _into(
    folder: RunFolder, documents: SourceDocuments, sources: Sequence[Source], totals: Totals
) -> AsyncGenerator[_Done, None]:
    """As `extract_sources`; what is given is in the folder and counted.

    What is done by the time that the last results are written is written together, in a thread.
    What is being written when the run is ended is counted, too.
    """
    async with aclosing(_extracted(documents, sources, all_in_heaps)) as extracted:
        async for heap in extracted:
            extractions = [extraction for _, extraction in heap]
            writing = asyncio.create_task(asyncio.to_thread(folder.add_all, extractions))
            try:
                await asyncio.shield(writing)
            finally:
                await asyncio.wait({writing})
                if not writing.cancelled() and writing.exception() is None:
                    for extraction in extractions:
                        totals.add(extraction)
            for one in heap:
                yield one


def _log_note(progress: Progress) -> None:
    if progress.note:
        logger.info("%s", progress.note)


def row_of(extraction: Extraction[Any], folder: RunFolder, review_url: str = "") -> dict[str, str]:
    """One document for a table that people read; `review_url` as in `document_address`."""
    document, path = extraction.document, folder.place(extraction.document)
    return {
        "document": document.name,
        "status": extraction.status,
        "schema": extraction.schema_used.name if extraction.schema_used else "",
        "pages": str(document.pages),
        "cost": money(extraction.spending.cost),
        "least sure": least_sure(extraction),
        "problem": "" if (first := worst(extraction.problems)) is None else first.message,
        "page": document_address(folder.path, path, document.uri, review_url),
        "file": str(path),
    }


def least_sure(extraction: Extraction[Any]) -> str:
    """The value that is least likely right, for people; empty where there is none."""
    counted = judged(extraction.values, extraction.confidence)
    if not counted:
        return ""
    pointer, one = counted[0]
    return f"{percent(one.probability)} {pointer}{'' if one.calibrated else ' (not calibrated)'}"
