"""A document's values: asked of a model by all the requests that plan made, or found by rules; and
where each of them stands."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, unite
from docglean.extractors.answers.validate import completed
from docglean.extractors.calls.batch import add_all
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.concurrency import alongside, together
from docglean.extractors.documents.words import PageWords
from docglean.extractors.inputs.build import look_up_what_is_said
from docglean.extractors.requests import schema_choice
from docglean.extractors.requests.plan import Request, plan
from docglean.extractors.requests.template import room, template
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.schemas.errors import Problem, SourceError
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import plain

if TYPE_CHECKING:
    from docglean.extractors.job import Job

MANY_CALLS, MANY_PAGES = 50, 200
"""From where the size of a document is said."""
SORTING_TOKENS = 2_000
"""Limit of the answer to which schema fits, for a model that does not think first."""


def template_of(job: Job, schema: Schema) -> Request:
    """A request to this document's engine for all of a schema, without pages."""
    assert job.document is not None
    request = template(
        job.run.engine,
        job.run.capability,
        job.view,
        schema,
        document=job.document.sha256,
        instructions=job.run.options.instructions,
    )
    return replace(request, repeat=job.run.options.repeat)


async def sorted_by_model(
    job: Job, inquiry: DocumentSession, schemas: tuple[Schema, ...], pages: tuple[int, ...]
) -> dict[str, Any]:
    """How likely each schema is, by a small request on the first pages."""
    request = template_of(job, schema_choice.sorting_schema(schemas))
    thinks = request.effort != "none" and job.run.capability.own_effort is not None
    request = replace(
        request,
        pages=pages,
        instructions="",
        max_tokens=request.max_tokens if thinks else min(SORTING_TOKENS, request.max_tokens),
        purpose="sort",
    )
    reading = await inquiry.ask(request)
    inquiry.halt()
    if reading.data is None:
        raise SourceError(
            "not_sorted",
            f"{job.name}: the engine could not tell which schema fits.",
            "Name the schema to read it by: --schema NAME.",
        )
    data: dict[str, Any] = plain(reading.data)[0]
    return data


async def asked(job: Job, inquiry: DocumentSession, schema: Schema) -> Reading:
    """The answers to all that plan made, as one."""
    request = template_of(job, schema)
    size = room(job.run.engine, job.run.capability, request)
    groups = plan(request, job.view.units(job.pages), size)
    whole = sum(map(len, groups)) == 1
    await _say_size(job, inquiry, [window for windows in groups for window in windows])
    unread = Counter(page for windows in groups for window in windows for page in window.pages)

    async def one(window: Request) -> Reading:
        reading = await inquiry.ask(window, whole=whole)
        unread.subtract(window.pages)
        done = [page for page in window.pages if unread[page] <= 0]
        job.say("read", pages=len(done))
        return reading

    async def group(windows: Sequence[Request]) -> Reading:
        reading, conflicts = join(request.schema.root, await together(map(one, windows)))
        inquiry.problems += conflicts
        return reading

    reading, problems = unite(request.schema.root, await together(map(group, groups)))
    inquiry.problems += problems
    return reading


async def _say_size(job: Job, inquiry: DocumentSession, windows: Sequence[Request]) -> None:
    """Say of a document that is far from small how large it is, before it is paid for."""
    if job.estimating or len(windows) < MANY_CALLS:
        return
    stored = await inquiry.line.ledger.replies(inquiry.readable(one).key for one in windows)
    missing = len(windows) - len(stored)
    if not missing:
        return
    costs = [inquiry.line.expected(expected_usage(one, inquiry.view)).cost for one in windows]
    total = add_all(costs)
    price = "" if not total else f", about ${total * missing / len(windows):.2f}"
    pages = f"{len(job.pages):,} {'pages' if job.view.medium == 'pages' else 'parts'}"
    job.say("planned", note=f"{job.name} has {pages}: about {missing:,} calls{price}.")


async def asked_and_read(job: Job, inquiry: DocumentSession, schema: Schema) -> Reading:
    """The answers, and the words to look them up in, which are read in the meantime."""
    played = job.view.medium == "sound"
    async with alongside(look_up_what_is_said(job) if played else job.read_words()):
        return await asked(job, inquiry, schema)


async def read_by_rules(job: Job) -> None:
    """Values, evidence and problems of the job by the embedded engine."""
    from docglean.extractors.rules.readers.recording import read_recording
    from docglean.extractors.rules.rule_reader import read_document

    assert job.document is not None
    assert job.schema is not None
    started = time.perf_counter()
    if len(job.pages) >= MANY_PAGES:
        job.say("planned", note=f"{job.name} has {len(job.pages):,} pages.")
    await job.read_words()
    pages = [job.words[number] for number in job.pages if number in job.words]
    words = [page for page in pages if isinstance(page, PageWords)]
    if job.document.medium != "pages":
        found = await asyncio.to_thread(
            read_recording, job.schema, job.document.pages, words, job.transcript
        )
    else:
        if not words:
            raise next(page for page in pages if isinstance(page, SourceError))
        found = await read_document(job.document, job.schema, job.pages, words)
    job.evidence = found.evidence
    for number, page in job.words.items():
        if isinstance(page, SourceError):
            job.problems.append(Problem.of(page, page=number))
    job.problems += found.problems
    job.values = completed(job.schema.root, found.values)
    job.seconds["layout"] = time.perf_counter() - started
    job.say("read", pages=len(job.pages))


async def look_up(job: Job, schema: Schema, values: dict[str, Any]) -> None:
    """Where each value stands: the job's evidence."""
    from docglean.extractors.grounding.locate import locate

    assert job.document is not None
    started = time.perf_counter()
    words = [job.words[number] for number in job.pages if number in job.words]
    for number, page in job.words.items():
        if isinstance(page, SourceError):
            lost = Problem.of(page, page=number)
            job.problems.append(lost.model_copy(update={"severity": "warning"}))
    job.evidence = await asyncio.to_thread(
        locate,
        schema,
        values,
        [page for page in words if isinstance(page, PageWords)],
        # Parts that were played are not the stretches of the transcript.
        hints={} if job.view.medium == "sound" else job.hints,
        transcript=job.transcript,
        frames={page.number: page.shown for page in job.document.pages if page.shown},
    )
    job.seconds["locate"] = time.perf_counter() - started
