"""The straight line: one document in, one Extraction out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.extractors.calls.batch import BatchSession, BatchSubmitter, Waiting
from docglean.extractors.calls.estimate import Estimate
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.concurrency import Turns
from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.documents.faults import internal_error
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.fair_slots import DOCUMENT
from docglean.extractors.gateway.gateway import ModelGateway, RateSlot, batch_price, open_gateway
from docglean.extractors.gateway.known_servers import known_capability, known_refusals
from docglean.extractors.gateway.sent import Clock, Wait
from docglean.extractors.job import Job
from docglean.extractors.ledger.database import RequestMeta
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models import connect
from docglean.extractors.models.capabilities import Capability, check_terms, warnings
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.pace import pace_of
from docglean.extractors.options import Progress, RunOptions
from docglean.extractors.printable import name_of
from docglean.extractors.requests.plan import select_pages
from docglean.extractors.requests.prompts import PROMPT_VERSION
from docglean.extractors.settings import Settings
from docglean.extractors.speech.transcriber import (
    OF_RECORDINGS,
    LeftOut,
    Transcriber,
    check_hearing,
)
from docglean.extractors.telemetry.logs import log_fault
from docglean.extractors.telemetry.outcomes import document_ended, recording_heard
from docglean.extractors.telemetry.setup import set_up
from docglean.extractors.telemetry.spans import NOTHING, Mark, RunSpan
from docglean.schemas.errors import DocgleanError, ModelError, Problem, SourceError
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import DIALECTS, groups

if TYPE_CHECKING:
    from docglean.extractors.speech import Transcript

logger = logging.getLogger("docglean")

__all__ = ["Estimate", "Extractor", "Progress", "RunOptions"]


@dataclass
class Extractor:
    """Everything that the documents of one run share. Get it from `Extractor.open`.

    Attributes:
        engine: what was resolved from the settings' spec.
        capability: what its model accepts.
        line: the way to the model; without a client for the embedded engine and for estimates.
        notice: the sentence that says which engine was taken and where the pages go.
        warnings: what else a user should know before the run, one sentence each.
        ledger: see there `interrupted`, the calls that an earlier, killed run left behind.
        own_workers: the workers end with this Extractor.
        turns: whose turn it is to use the workers.
        hearing: how recordings are transcribed.
        batcher: where requests are handed in that are not sent one by one; None where they are.
        trace: the span over its documents.
    """

    settings: Settings
    workers: Workers
    ledger: Ledger
    schemas: tuple[Schema, ...]
    engine: Engine
    capability: Capability
    line: ModelGateway
    options: RunOptions = field(default_factory=RunOptions)
    notice: str = ""
    warnings: tuple[str, ...] = ()
    on_progress: Callable[[Progress], None] | None = None
    own_workers: bool = True
    batcher: BatchSubmitter | None = None
    trace: RunSpan = field(default_factory=lambda: RunSpan({}))
    turns: Turns = field(init=False)
    hearing: Transcriber = field(init=False)

    def __post_init__(self) -> None:
        self.turns = Turns(self.workers.limits.workers)
        self.hearing = Transcriber(
            self.settings,
            self.workers,
            self.ledger,
            self.options,
            lambda: self.line.budgets,
            partial(_tell_wait, self.on_progress),
        )

    @classmethod
    async def open(
        cls,
        settings: Settings,
        schemas: Sequence[Schema],
        *,
        options: RunOptions | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        sending: bool = True,
        workers: Workers | None = None,
        turn: RateSlot | None = None,
    ) -> Extractor:
        """Resolve the engine, open the ledger and connect; the caller has to `close`.

        The engine is `settings.engine`, checked against private mode.

        Args:
            sending: False for estimates: no key is needed.
            workers: processes to share with others, whose owner closes them.
            turn: waited for before each call, told its tokens: for a rate shared with others.

        Raises:
            ConfigError: the engine, its key, the ledger, the speech engine or a page range is
                wrong; ``no_price``, there is a budget but no price.
            SchemaError: the engine's provider would not take a schema.
        """
        set_up(settings)
        options = options or RunOptions()
        select_pages(options.pages, 1)
        check_hearing(options.speech, settings)
        engine, notice = await resolve(settings.engine, settings)
        ledger = await Ledger.open(settings.ledger)
        try:
            capability = await known_capability(engine, ledger, ask=sending)
            check_terms(engine, capability, batch=options.batch, tier=options.tier)
            for schema in schemas:
                groups(schema, DIALECTS[capability.dialect], paged=True)
            refusals = await known_refusals(engine, ledger)
            unserved = refusals.of_tier(options.tier)
            client = None
            if sending and not engine.embedded:
                client = connect(engine, settings, capability)
                client.tier = options.tier
                client.refusals = refusals
            elif unserved:  # an estimate has the price that will be paid
                options = replace(options, tier="standard")
            line = await open_gateway(
                client,
                ledger,
                engine,
                settings.concurrency,
                budget_limits=options.budget_limits,
                run=options.run,
                pace=None if client is None else pace_of(engine, settings),
                turn=turn,
                on_wait=partial(_tell_wait, on_progress),
            )
            batcher = None
            if client is not None and options.batch:
                batcher = BatchSubmitter(
                    client,
                    ledger,
                    options.run,
                    await batch_price(ledger, engine),
                    lambda: line.budgets,
                )
        except BaseException:
            await ledger.close()
            raise
        return cls(
            settings=settings,
            workers=workers or Workers(settings.limits),
            own_workers=workers is None,
            ledger=ledger,
            schemas=tuple(schemas),
            engine=engine,
            capability=capability,
            line=line,
            options=options,
            notice=notice,
            warnings=(*warnings(capability), *unserved),
            on_progress=on_progress,
            batcher=batcher,
            trace=RunSpan(
                {
                    "docglean.run": options.run or None,
                    "docglean.engine": engine.spec,
                    "docglean.concurrency": settings.concurrency,
                },
                content=settings.log_content,
            ),
        )

    async def __aenter__(self) -> Extractor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection, the workers and the ledger.

        Calls under way are waited for, `settings.grace` seconds at the most: they are paid for.
        """
        try:
            if self.batcher is not None:
                await self.batcher.close(self.settings.grace)
            await asyncio.gather(self.line.close(self.settings.grace), self.hearing.close())
        finally:
            if self.own_workers:
                await asyncio.to_thread(self.workers.close)
            await self.ledger.close()
            self.trace.end()

    @property
    def under_way(self) -> int:
        """Calls that were sent and are not answered."""
        return self.line.under_way + self.hearing.under_way

    @property
    def engine_name(self) -> str:
        """The engine's spec, as it stands in results."""
        return self.engine.spec

    async def extract(
        self,
        path: Path,
        *,
        name: str | None = None,
        uri: str | None = None,
        may_leave_out: bool = False,
    ) -> Extraction[Any]:
        """Read one document. Trouble with it ends in an Extraction that says so.

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
        job = self._job(path, name, uri)
        with self.trace.document({"docglean.document.name": job.name}) as mark:
            extraction = await self._extracted(job, may_leave_out)
            self.ended(extraction, mark)
            return extraction

    def _job(self, path: Path, name: str | None, uri: str | None, **how: Any) -> Job:
        path = Path(path)
        job = Job(self, path, name or name_of(path), uri or path.absolute().as_uri(), **how)
        DOCUMENT.set(job.uri)  # whose turn it is goes by it
        return job

    async def _extracted(self, job: Job, may_leave_out: bool) -> Extraction[Any]:
        try:
            await job.open()
            await job.show()
            await job.choose()
            await job.read()
            await job.check()
        except (SourceError, ModelError) as error:
            if may_leave_out and error.code in OF_RECORDINGS:
                raise LeftOut(error) from error
            return job.fail(Problem.of(error))
        except (DocgleanError, Waiting, LeftOut):
            raise
        except Exception as error:
            # A fault of ours costs one document, not the ten thousand after it.
            log_fault(job.name, error, content=self.settings.log_content)
            told = internal_error(job.name, f"{type(error).__name__}: {error}")
            return job.fail(Problem.of(told))
        return job.extraction()

    def ended(self, extraction: Extraction[Any], mark: Mark = NOTHING) -> None:
        """Tell the log, the metrics and its span how a document has ended."""
        document_ended(extraction, self.trace, mark, content=self.settings.log_content)

    async def estimate(
        self, path: Path, *, name: str | None = None, uri: str | None = None
    ) -> Estimate:
        """What `extract` would send and pay. Nothing is sent; a recording is transcribed, unless
        that would be by a server: then it is estimated, too.

        Where the schema would be chosen by a request not yet sent, the dearest is counted.

        Raises:
            SourceError: the document can't be opened.
            ConfigError: as `extract`.
        """
        job = self._job(path, name, uri, estimating=True)
        await job.open()
        await job.show()
        return await job.estimate()

    async def transcribe(
        self, path: Path, *, name: str | None = None, uri: str | None = None
    ) -> tuple[SourceRecord, Transcript]:
        """The transcript of one recording, without extracting anything from it.

        Raises:
            SourceError: it can't be read; ``no_recording``, there are pages in it.
            ConfigError: there is no speech engine, or its key is refused.
            ModelError: a hosted speech engine fails.
        """
        job = self._job(path, name, uri)
        with self.trace.document({"docglean.document.name": job.name}) as mark:
            await job.open()
            assert job.document is not None
            if job.document.medium == "pages":
                raise SourceError(
                    "no_recording",
                    f"{job.name}: there is nothing to be heard in it; it is "
                    f"{job.document.media_type}.",
                    "Give a recording or a film.",
                )
            transcript = await job.listen()
            recording_heard(self.options.run, job.source(), transcript, mark)
            return job.source(), transcript

    def inquiry(
        self, job: Job, kind: type[DocumentSession], unreadable: Unreadable | None
    ) -> DocumentSession:
        """What asks about one document."""
        assert job.document is not None
        facts = RequestMeta(
            document=job.document.sha256,
            name=job.name,
            engine=self.engine.spec,
            prompt_version=PROMPT_VERSION,
            run=self.options.run,
        )
        inquiry = kind(
            line=self.line,
            view=job.view,
            facts=facts,
            clock=Clock(self.settings.deadline),
            tier=self.options.tier,
            unreadable=unreadable,
            on_spent=lambda cost: job.say("paid", cost=cost),
        )
        if isinstance(inquiry, BatchSession):
            inquiry.batcher = self.batcher
        return inquiry


def _tell_wait(on_progress: Callable[[Progress], None] | None, wait: Wait) -> None:
    """Say that a server has calls wait: which, how long, and why."""
    since = f", for {wait.since:.0f} s now" if wait.since >= 1 else ""
    note = (
        f"{wait.host} takes no more calls ({wait.why}){since}: {wait.calls} wait for "
        f"{wait.seconds:.0f} s."
    )
    if on_progress is None:
        logger.warning("%s", note)
    else:
        on_progress(Progress("", "waiting", seconds=wait.seconds, note=note))
