"""What reading a document would send and cost, by the steps of `pipeline`. Nothing is sent."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path

from docglean.extractors.calls.estimate import Estimate, EstimateReader, NextEstimate
from docglean.extractors.calls.split_question import SplitEstimate
from docglean.extractors.cascade.shares import known_share
from docglean.extractors.extraction import SchemaRecord, add_costs
from docglean.extractors.inputs.build import build
from docglean.extractors.open_document import InputFile, OpenDocument, open_document
from docglean.extractors.packets.division import Division, divide
from docglean.extractors.reader_choice import reader_for
from docglean.extractors.requests import schema_choice
from docglean.extractors.requests.classify import classify
from docglean.extractors.run import RunContext
from docglean.schemas.errors import SourceError


async def estimate(
    run: RunContext, path: Path, *, name: str | None = None, uri: str | None = None
) -> Estimate:
    """What `extract` would send and pay. Nothing is sent; a recording is transcribed, unless that
    would be by a server: then it is estimated, too.

    Where the schema would be chosen by a request not yet sent, the dearest is counted.

    Raises:
        SourceError: the document can't be opened.
        ConfigError: as `extract`.
    """
    return await _estimate(
        run, await open_document(run, InputFile.begin(path, name, uri), sending=False)
    )


async def estimate_file(
    run: RunContext, path: Path, *, name: str | None = None, uri: str | None = None
) -> Estimate:
    """What `read_file` and `read_part` would send and pay for all documents in a file.

    Raises: as `estimate`.
    """
    opened = await open_document(run, InputFile.begin(path, name, uri), sending=False)
    ask = SplitEstimate(run)
    divided = await divide(run, opened, ask if run.engine.is_model else None)
    if not isinstance(divided, Division):
        return (await _estimate(run, divided)).plus(ask.expected)
    total = Estimate(documents=0)
    for part in divided.parts:
        # An attachment that can't be opened costs nothing.
        with suppress(SourceError) if part.attachment else nullcontext():
            async with divided.opened_part(run, part) as one:
                total += await _estimate(run, one)
    told = {"document": opened.record(), "engine": run.engine.spec}
    return total.model_copy(update=told).plus(ask.expected)


async def _estimate(run: RunContext, opened: OpenDocument) -> Estimate:
    """What a document would cost at the engine, and at those that follow."""
    found = await _estimate_at(run, opened)
    then = [await _next_estimate(run, one, opened) for one in run.then]
    return found.model_copy(update={"then": tuple(then)})


async def _next_estimate(
    run: RunContext, follower: RunContext, opened: OpenDocument
) -> NextEstimate:
    """What an engine that follows would cost, if the document was sent on to it whole."""
    whole = await _estimate_at(follower, opened, with_speech=False)
    sent_on, read = await known_share(run, follower.engine.spec)
    return NextEstimate(
        engine=follower.engine.spec,
        requests=whole.requests,
        cached=whole.cached,
        usage=whole.usage,
        cost=whole.cost,
        sent_on=sent_on,
        read=read,
    )


async def _estimate_at(
    run: RunContext, opened: OpenDocument, *, with_speech: bool = True
) -> Estimate:
    shown = await build(run, opened)
    speech_cost = opened.speech.cost if with_speech else Decimal(0)
    found = Estimate(
        document=opened.record(shown.seconds),
        engine=run.engine.spec,
        pages=len(shown.pages),
        cost=speech_cost,
    )
    if run.engine.host is None:  # nothing is sent
        return found
    offered = schema_choice.offered(run.schemas, shown.input.medium)
    chosen = [(one, SchemaRecord(name=one.name, hash=one.hash)) for one in offered]
    reader = reader_for(run, shown)
    if run.engine.is_model:
        reader = EstimateReader(run, shown)
        try:
            chosen = [await classify(shown, run.schemas, reader)]
        except SourceError as error:
            if error.code != "not_sorted":
                raise
    estimates = []
    for schema, record in chosen:
        expected = await reader.expectation(schema)
        told = {
            "schema_used": record,
            "requests": expected.requests,
            "cached": expected.cached,
            "fields_asked": expected.fields_asked,
            "fields_kept": expected.fields_kept,
            "usage": expected.usage,
            "thinking_calls": expected.thinking_calls,
            "cost": add_costs(expected.cost, speech_cost),
        }
        estimates.append(found.model_copy(update=told))
    return max(estimates, key=lambda one: (one.cost or 0, one.usage.total))
