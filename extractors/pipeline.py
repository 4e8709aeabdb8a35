"""The line on one screen: a file is opened, shown to a reader, classified, read, checked, grounded.

Each step takes values and returns a value; what it found wrong, took and cost rides in what it
returns. A document's own trouble ends in an Extraction that says so, everything else ends the run.
"""

from __future__ import annotations

from asyncio import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.extractors.calls.batch import Waiting
from docglean.extractors.calls.split_question import SplitQuestion
from docglean.extractors.documents.faults import internal_error
from docglean.extractors.extraction import (
    Extraction,
    PartRecord,
    SourceRecord,
)
from docglean.extractors.inputs.build import build
from docglean.extractors.load_ahead import load_ahead
from docglean.extractors.open_document import InputFile, OpenDocument, open_document
from docglean.extractors.outcome import Outcome
from docglean.extractors.packets.division import Division, divide
from docglean.extractors.reader import Answer, Shown
from docglean.extractors.reader_choice import model_reader, reader_for
from docglean.extractors.requests.classify import classify, doubts
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcriber import OF_RECORDINGS, LeftOut
from docglean.extractors.telemetry.logs import log_fault
from docglean.extractors.telemetry.outcomes import recording_heard
from docglean.extractors.telemetry.spans import Mark
from docglean.schemas.errors import DocgleanError, ModelError, Problem, SourceError
from docglean.schemas.schema import Schema

if TYPE_CHECKING:
    from docglean.extractors.grounding.ground import Grounding
    from docglean.extractors.packets.plan import PacketPlan
    from docglean.extractors.speech import Transcript


async def extract(
    run: RunContext,
    path: Path,
    *,
    name: str | None = None,
    uri: str | None = None,
    may_leave_out: bool = False,
) -> Extraction[Any]:
    """Read one file as one document, whatever it holds; see `read_file`.

    Args:
        name: for messages; the file's name by default.
        uri: where it came from; the file's own by default.
        may_leave_out: a recording that no speech engine here can hear is not wanted.

    Raises:
        LeftOut: it is such a recording.
        ConfigError: a key, the engine or the ledger fails: the run has to end.
        SchemaError: the provider does not take the schema: so has it here.
        BudgetExceeded: so has it here; what came back is in the ledger.
        Waiting: in a batch run, answers to its requests are still to come.
    """
    file = InputFile.begin(path, name, uri)
    with run.document_span(file.name) as mark:
        read = await _read(run, Outcome(file), mark, whole=True, may_leave_out=may_leave_out)
        assert isinstance(read, Extraction)
        return read


async def read_file(
    run: RunContext,
    path: Path,
    *,
    name: str | None = None,
    uri: str | None = None,
    may_leave_out: bool = False,
) -> Extraction[Any] | Division:
    """Read a file where it is one document, else find out which documents it holds: each is then
    to be read by `read_part`.

    Args, Raises: as `extract`.
    """
    file = InputFile.begin(path, name, uri)
    with run.document_span(file.name) as mark:
        return await _read(run, Outcome(file), mark, may_leave_out=may_leave_out)


async def read_part(run: RunContext, file: Division, part: PartRecord) -> Extraction[Any]:
    """Read one of the documents in a file.

    Raises: as `extract`.
    """
    try:
        async with file.opened_part(run, part) as opened:
            if part.number == 1:
                opened = _with_its_cost(run, opened, file.opened.file)
            return await _read_open(run, opened)
    except SourceError as error:  # an attachment that can't be opened
        inside = file.opened.file.within(part)
        with run.document_span(inside.name) as mark:
            return _ended(run, Outcome(inside).failed(Problem.of(error)), mark)


async def read_undivided(run: RunContext, file: Division) -> Extraction[Any]:
    """Read a file that seems to hold several documents as one, which is a problem of the result.

    Raises: as `extract`.
    """
    return await _read_open(run, _with_its_cost(run, file.whole(), file.opened.file))


async def _read_open(run: RunContext, opened: OpenDocument) -> Extraction[Any]:
    with run.document_span(opened.name) as mark:
        read = await _read(run, Outcome(opened.file, opened=opened), mark, whole=True)
        assert isinstance(read, Extraction)
        return read


async def _read(
    run: RunContext,
    found: Outcome,
    mark: Mark,
    *,
    whole: bool = False,
    may_leave_out: bool = False,
) -> Extraction[Any] | Division:
    """One document from its file to its Extraction; or the documents that a file turns out to hold.

    Args:
        whole: a file is one document, whatever it holds.
    """
    file = found.file
    try:
        opened = found.opened or await open_document(run, file)
        found = replace(found, opened=opened)
        if not whole:
            ask = _ask(run, file)
            divided = await divide(run, opened, ask)
            asked = tuple(ask.problems) if ask else ()
            if isinstance(divided, Division):
                return replace(divided, asked=asked)
            divided = replace(divided, problems=(*divided.problems, *asked))
            divided = _with_its_cost(run, divided, file)
            found = replace(found, opened=(opened := divided))
        shown = await build(run, opened)
        found = replace(found, shown=shown, reader=(reader := reader_for(run, shown)))
        schema, record = await classify(shown, run.schemas, reader)
        found = replace(found, schema=schema, schema_used=record)
        if run.engine.is_model and load_ahead():
            found.second.begin(run, shown, schema)
        answer = await reader.read(schema) if shown.pages else Answer({})
        # What an answer is looked at with is not loaded before one is waited for.
        from docglean.extractors.cascade.next_engine import ask_next
        from docglean.extractors.embedded_data.use import with_embedded_data

        answer, readings = await with_embedded_data(
            run, shown, schema, answer, takes=reader.takes_data
        )
        found = replace(found, answer=answer, readings=readings)
        found = await _verified(run, found, shown, schema, answer)
        found = await ask_next(run, found, open_reader=reader_for, verify=_verified)
    except (SourceError, ModelError) as error:
        if may_leave_out and error.code in OF_RECORDINGS:
            raise LeftOut(error) from error
        found = found.failed(Problem.of(error))
    except Waiting:  # it is read again
        raise
    except (DocgleanError, LeftOut, CancelledError):
        run.give_up(found.spending)
        raise
    except Exception as error:
        # A fault of ours costs one document, not the ten thousand after it.
        log_fault(file.name, error, content=run.settings.log_content)
        told = internal_error(file.name, f"{type(error).__name__}: {error}")
        found = found.failed(Problem.of(told))
    finally:
        found.second.close()
    return _ended(run, found, mark)


def _ended(run: RunContext, found: Outcome, mark: Mark) -> Extraction[Any]:
    """What became of a document, told to whoever watches."""
    extraction = found.extraction(run.options.run, run.engine.spec)
    run.tell(found.file.name, "done", status=extraction.status)
    run.ended(extraction, mark)
    return extraction


async def plan(
    run: RunContext,
    path: Path,
    *,
    name: str | None = None,
    uri: str | None = None,
) -> tuple[OpenDocument, PacketPlan]:
    """Which documents a file holds, and what is odd about it, without reading their values.

    What a model was paid for that is held by the run.

    Raises:
        SourceError: it can't be opened; ``no_pages``, it is a recording.
        ConfigError: ``bad_split``, the plan is of another file.
    """
    file = InputFile.begin(path, name, uri)
    opened = await open_document(run, file, sending=False)
    if opened.document.medium != "pages":
        raise SourceError(
            "no_pages",
            f"{file.name}: it has no pages; it is {opened.document.media_type}.",
            "Give a PDF or an image of several pages.",
        )
    ask = _ask(run, file)
    from docglean.extractors.packets.portfolio import plan_portfolio

    found = await plan_portfolio(run, opened, ask)
    told = (*found.replace_problems(opened.document), *(ask.problems if ask else ()))
    return opened, replace(found.plan, problems=(*opened.document.problems, *told))


async def transcribe(
    run: RunContext, path: Path, *, name: str | None = None, uri: str | None = None
) -> tuple[SourceRecord, Transcript]:
    """The transcript of one recording, without extracting anything from it.

    Raises:
        SourceError: it can't be read; ``no_recording``, there are pages in it.
        ConfigError: there is no speech engine, or its key is refused.
        ModelError: a hosted speech engine fails.
    """
    file = InputFile.begin(path, name, uri)
    with run.document_span(file.name) as mark:
        opened = await open_document(run, file)
        if opened.document.medium == "pages":
            raise SourceError(
                "no_recording",
                f"{file.name}: there is nothing to be heard in it; it is "
                f"{opened.document.media_type}.",
                "Give a recording or a film.",
            )
        transcript = await opened.speech.listen()
        recording_heard(run.options.run, opened.record(), transcript, mark)
        return opened.record(), transcript


async def _verified(
    run: RunContext,
    found: Outcome,
    shown: Shown,
    schema: Schema,
    answer: Answer,
    grounding: Grounding | None = None,
) -> Outcome:
    """The answer checked by its schema, each value looked up in the document, and how likely it is
    right.

    Args:
        grounding: where that is known.
    """
    from docglean.extractors.answers.check import check_evidence, completed_values
    from docglean.extractors.answers.validate import check_values
    from docglean.extractors.confidence.confidence import confidence
    from docglean.extractors.confidence.review import unsure_values
    from docglean.extractors.grounding.ground import ground

    values = completed_values(schema, answer)
    if values is None:
        return found
    doubt = await doubts(shown, schema, run.schemas)
    said = {one.code for one in shown.opened.problems}  # by who divides files
    if shown.opened.settled:
        said.add("several_documents")
    outcomes = schema.outcomes(values)
    doubted = check_values(schema, values, outcomes)
    doubted += [one for one in doubt.problems if one.code not in said]
    record = found.schema_used
    if record is not None:
        record = record.model_copy(update={"looks_like": dict(doubt.looks_like)})
    grounding = grounding or await ground(shown, schema, answer, values)
    unproven = check_evidence(shown, schema, values, grounding.evidence)
    problems = (*doubted, *grounding.problems, *unproven)
    told = (*answer.problems, *problems)
    sure = await confidence(
        run,
        shown,
        schema,
        found.schema_used,
        answer,
        values,
        grounding,
        told,
        outcomes,
        found.second,
    )
    unsure = unsure_values(values, sure, run.settings.review_below)
    return replace(
        found,
        schema_used=record,
        values=values,
        evidence=grounding.evidence,
        confidence=sure,
        problems=(*problems, *unsure),
        grounding=grounding,
        seconds=grounding.seconds,
    )


def _ask(run: RunContext, file: InputFile) -> SplitQuestion | None:
    """Who is asked where the signs between pages are not sure; nobody where no model reads."""
    return SplitQuestion(run, model_reader, file.uri) if run.engine.is_model else None


def _with_its_cost(run: RunContext, opened: OpenDocument, file: InputFile) -> OpenDocument:
    """The document that has what it cost to divide its file."""
    return replace(opened, spending=run.claim(file.uri))
