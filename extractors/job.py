"""One document on its way down the line; `pipeline` says in which order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.extractors.answers.conflicts import dissenting
from docglean.extractors.answers.cuts import uncut
from docglean.extractors.answers.validate import (
    check_values,
    completed,
    deduplicated,
    missing_evidence,
)
from docglean.extractors.calls.batch import BatchSession
from docglean.extractors.calls.estimate import Estimate, Tally
from docglean.extractors.calls.model_reader import (
    asked,
    asked_and_read,
    look_up,
    read_by_rules,
    sorted_by_model,
)
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.documents import cache, hidden_text
from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.documents.document import Document
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import (
    Evidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
    Spending,
    Status,
    add_costs,
    status_of,
)
from docglean.extractors.inputs.build import shown_pages, shown_recording
from docglean.extractors.inputs.film import Film
from docglean.extractors.inputs.model_input import ModelInput
from docglean.extractors.models.served_model import served_by_another
from docglean.extractors.options import Progress
from docglean.extractors.requests import schema_choice
from docglean.extractors.requests.plan import select_pages
from docglean.extractors.rules.skeleton import skeleton
from docglean.extractors.speech.transcriber import of_this_recording
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import ConfigError, ModelError, Problem, SourceError
from docglean.schemas.schema import Schema
from docglean.schemas.wire.absence import is_there, written
from docglean.schemas.wire.dialects import plain

if TYPE_CHECKING:
    from docglean.extractors.pipeline import Extractor
    from docglean.extractors.speech import SpeechProgress, Transcript


class Job:
    """What is known of one document so far.

    Attributes:
        run: what all documents share.
        problems: so far; of values that are looked at only at the end, at the end.
        estimating: nothing is sent, only counted.
        length: seconds of a recording, once it was gone through.
        speech_cost: US dollars that transcribing is expected to cost, in an estimate.
        hints: page by JSON pointer of a list entry, as the model told it.
    """

    def __init__(
        self, run: Extractor, path: Path, name: str, uri: str, *, estimating: bool = False
    ) -> None:
        self.run = run
        self.estimating = estimating
        self.path = path
        self.name = name
        self.uri = uri
        self.started = time.perf_counter()
        self.document: Document | None = None
        self.transcript: Transcript | None = None
        self.length: float | None = None
        self.speech_cost: Decimal | None = Decimal(0)
        self.pages: tuple[int, ...] = ()
        self.words: dict[int, PageWords | SourceError] = {}
        self.inquiry: DocumentSession | None = None
        self.schema: Schema | None = None
        self.schema_used: SchemaRecord | None = None
        self.values: dict[str, Any] | None = None
        self.evidence: dict[str, Evidence] = {}
        self.hints: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.seconds: dict[str, float] = {}
        self._view: ModelInput | None = None

    # --- the steps ----------------------------------------------------------------------------

    async def open(self) -> None:
        """The file becomes a document with pages, or a recording."""
        run = self.run
        with span("open"):
            try:
                document = await cache.opened(
                    self.path,
                    run.workers,
                    run.settings.limits,
                    run.ledger,
                    name=self.name,
                    uri=self.uri,
                    passwords=run.options.passwords,
                )
            except ConfigError as error:  # what decodes recordings is not installed
                raise of_this_recording(error, self.name) from error
        self.document = document
        self.problems += document.problems
        if document.medium == "pages":
            self.pages = select_pages(run.options.pages, len(document.pages))
            if not self.pages:
                raise SourceError(
                    "no_such_page",
                    f"{self.name}: its last page is {len(document.pages)}; none of those asked "
                    "for is there.",
                    "Ask for pages that exist.",
                )
        self.say("opened", pages=len(self.pages))

    async def show(self) -> None:
        """The document becomes what the engine is shown: images, text, a transcript."""
        assert self.document is not None
        unreadable: Unreadable | None = None
        if self.document.medium == "pages":
            self._view, unreadable = await shown_pages(self)
        else:
            self._view = await shown_recording(self)
            self.pages = tuple(range(1, self._view.total + 1))
        if not self.run.engine.embedded:
            asking = DocumentSession if self.run.batcher is None else BatchSession
            self.inquiry = self.run.inquiry(self, Tally if self.estimating else asking, unreadable)

    async def choose(self) -> None:
        """One of the run's schemas, where there are several."""
        medium = self.view.medium
        schemas = schema_choice.offered(self.run.schemas, medium)
        fitting = schema_choice.home(schemas, medium)
        if len(schemas) == 1:
            self._use(schemas[0], SchemaRecord(name=schemas[0].name, hash=schemas[0].hash))
        elif self.inquiry is None or not self.pages:
            first = self.pages[
                : schema_choice.FIRST_PAGES if medium == "pages" else schema_choice.FIRST_PARTS
            ]
            await self.read_words(first)
            text = "\n".join(self.view.text(number) for number in first)
            self._use(*schema_choice.chosen_by_words(self.name, schemas, text, fitting=fitting))
        else:
            first = self.pages[: 1 if medium == "pages" else schema_choice.FIRST_PARTS]
            answer = await sorted_by_model(self, self.inquiry, schemas, first)
            self._use(*schema_choice.chosen_by_model(self.name, schemas, answer, fitting=fitting))

    async def read(self) -> None:
        """The values of the schema's fields."""
        assert self.schema is not None
        if not self.pages:  # nobody speaks: there is nothing to be asked
            self.values = skeleton(self.schema.root)
        elif self.inquiry is None:
            with span("read", {"docglean.schema": self.schema.name}):
                await read_by_rules(self)
        else:
            reading = await asked_and_read(self, self.inquiry, self.schema)
            self.inquiry.halt()
            self.problems += self.inquiry.told(self.pages)
            self.problems += served_by_another(self.run.engine_name, self.inquiry.served)
            self.problems += self.inquiry.tier_refused()
            if isinstance(self._view, Film):
                self.problems += self._view.lost.values()
            if reading.data is not None:
                self.problems += dissenting(self.schema.root, reading.data)
                data, self.hints = plain(reading.data)
                self.values = completed(self.schema.root, uncut(self.schema.root, data))

    async def check(self) -> None:
        """What the schema says of the values, and where each of them stands."""
        if self.values is None or self.schema is None:
            return
        self.problems += check_values(self.schema, self.values)
        await self._look_at_kind(self.schema)
        if self.inquiry is not None or (self.view.medium != "pages" and not self.evidence):
            with span("locate", {"docglean.schema": self.schema.name}) as mark:
                await look_up(self, self.schema, self.values)
                mark.set({"docglean.values": len(self.evidence)})
        medium = self.view.medium
        if medium != "sound" or self.transcript is not None:
            self.problems += missing_evidence(
                self.schema.root, self.values, self.evidence, medium=medium
            )
        if self.pages and not self.evidence and not is_there(self.values):
            self.problems.append(
                Problem(
                    code="nothing_found",
                    message=f"{self.name}: nothing was found of what {self.schema.name} asks for.",
                    way_out="Take another schema, or another engine.",
                    severity="error",
                )
            )

    async def _look_at_kind(self, schema: Schema) -> None:
        """Whether the pages are one document, and of the kind that was asked for."""
        from docglean.extractors.rules.packets import several_documents

        words = [self.words[number] for number in self.pages if number in self.words]
        pages = [page for page in words if isinstance(page, PageWords)]
        if self.view.medium != "pages" or not pages:
            return
        text = "\n".join(page.text() for page in pages[: schema_choice.FIRST_PAGES])
        self.problems += schema_choice.other_kind(schema, text)
        self.problems += await asyncio.to_thread(several_documents, schema, pages)

    async def estimate(self) -> Estimate:
        """What `choose` and `read` would send and pay, without sending."""
        tally = self.inquiry
        if not isinstance(tally, Tally):
            return Estimate(
                document=self.source(),
                engine=self.run.engine_name,
                pages=len(self.pages),
                cost=self.speech_cost,
            )
        tally.engine = self.run.engine
        tally.batch = self.run.options.halved
        try:
            await self.choose()
        except SourceError as error:
            if error.code != "not_sorted":
                raise
        offered = schema_choice.offered(self.run.schemas, self.view.medium)
        open_to = offered if self.schema is None else (self.schema,)
        found = [await self._estimate(schema, tally) for schema in open_to]
        return max(found, key=lambda one: (one.cost or 0, one.usage.total))

    async def _estimate(self, schema: Schema, before: Tally) -> Estimate:
        record = self.schema_used or SchemaRecord(name=schema.name, hash=schema.hash)
        tally = replace(before, missing=list(before.missing), problems=[])
        await asked(self, tally, schema)
        usage, cost, answers = await tally.usage()
        cost = add_costs(cost, self.speech_cost)
        return Estimate(
            document=self.source(),
            schema_used=record,
            engine=self.run.engine_name,
            pages=len(self.pages),
            requests=len(tally.missing),
            cached=tally.spending.cached,
            usage=usage,
            thinking_calls=answers,
            cost=cost,
        )

    def extraction(self) -> Extraction[Any]:
        """All of it, as it is handed on."""
        problems = deduplicated(self.problems)
        status = status_of(self.values, problems)
        spending = Spending() if self.inquiry is None else self.inquiry.spending
        if self.transcript is not None:
            spending += self.transcript.spending
        extraction = Extraction[Any](
            run=self.run.options.run,
            document=self.source(),
            schema=self.schema_used,
            engine=self.run.engine_name,
            served=() if self.inquiry is None else tuple(sorted(self.inquiry.served)),
            status=status,
            data=None if self.schema is None else written(self.schema.root, self.values),
            evidence=self.evidence,
            problems=problems,
            spending=spending,
            seconds=self._seconds(),
            transcript=None if self.transcript is None else json.loads(self.transcript.to_json()),
        )
        if self.schema is not None:
            extraction.bind(self.schema.model)
        self.say("done", status=status)
        return extraction

    def fail(self, problem: Problem) -> Extraction[Any]:
        """What is left to say when a step failed."""
        self.values = None
        self.evidence = {}
        if self.inquiry is not None:
            self.problems += self.inquiry.told(self.pages)
        self.problems.append(problem)
        return self.extraction()

    # --- what the steps need ------------------------------------------------------------------

    @property
    def view(self) -> ModelInput:
        """What the engine is shown; from `show` on."""
        assert self._view is not None
        return self._view

    def source(self) -> SourceRecord:
        """Which file this is, as far as is known."""
        document = self.document
        if document is None:
            return SourceRecord(name=self.name, uri=self.uri)
        seconds = document.duration if self.length is None else self.length
        return SourceRecord(
            name=self.name,
            uri=self.uri,
            sha256=document.sha256,
            media_type=document.media_type,
            pages=len(document.pages),
            seconds=None if document.medium == "pages" else seconds,
        )

    def say(
        self,
        step: Any,
        *,
        pages: int = 0,
        cost: Decimal | None = Decimal(0),
        seconds: float = 0.0,
        total: float | None = None,
        speed: float | None = None,
        status: Status | None = None,
        note: str = "",
    ) -> None:
        """Tell whoever listens."""
        if self.run.on_progress is not None:
            self.run.on_progress(
                Progress(self.name, step, pages, cost, seconds, total, speed, status, note)
            )

    async def read_words(self, numbers: Sequence[int] | None = None) -> None:
        """Words of these pages (all that are read), for whatever needs them."""
        assert self.document is not None
        if not self.document.pages:
            return
        wanted = self.pages if numbers is None else numbers
        new = [number for number in wanted if number not in self.words]
        found = await cache.words(self.document, new, self.run.ledger, self.run.turns)
        kept = self.run.engine.keeps_hidden
        for number, page in found.items():
            if isinstance(page, PageWords):
                self.problems += hidden_text.problems_of(self.name, page, kept=kept)
                found[number] = page.with_hidden() if kept else page
        self.words |= found

    async def listen(self) -> Transcript:
        """What is said in the recording.

        Raises:
            SourceError: it can't be read.
            ConfigError: no speech engine can hear it, see `transcriber.OF_RECORDINGS`.
        """
        assert self.document is not None
        heard = 0.0

        def tell(progress: SpeechProgress) -> None:
            nonlocal heard
            self.say(
                "transcribed",
                seconds=progress.done - heard,
                total=progress.total,
                speed=progress.speed,
            )
            heard = progress.done

        hearing = self.run.hearing
        try:
            with span("transcribe"):
                self.transcript = await hearing.transcript(
                    self.document, on_progress=tell, sending=not self.estimating
                )
        except ModelError as error:
            if not self.estimating or error.code != "not_heard":
                raise
            self.transcript, self.speech_cost = hearing.expected(self.document)
        self.problems += self.transcript.problems
        self.length = self.transcript.seconds
        return self.transcript

    def _use(self, schema: Schema, record: SchemaRecord) -> None:
        self.schema, self.schema_used = schema, record

    def _seconds(self) -> dict[str, float]:
        """Seconds by stage: in child processes, at models, and in all."""
        found = dict(self.document.seconds) if self.document is not None else {}
        found |= self.seconds
        if self.document is not None and self.document.saved_seconds:
            found["saved"] = self.document.saved_seconds
        if self.inquiry is not None:
            found["model"] = self.inquiry.clock.spent
        found["total"] = time.perf_counter() - self.started
        return {stage: round(seconds, 4) for stage, seconds in found.items()}
