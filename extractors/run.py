"""What the documents of one run share: engine, ledger, workers, the way to the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

from docglean.extractors.calibration_choice import Calibrations, known_calibrations, named_for
from docglean.extractors.concurrency import Turns
from docglean.extractors.documents.workers import Workers
from docglean.extractors.engine_chain import chain_condition, check_chain
from docglean.extractors.examples.choice import labelled_for
from docglean.extractors.examples.gallery import Gallery
from docglean.extractors.examples.labelled import LabelReader
from docglean.extractors.extraction import Extraction, Spending, Status
from docglean.extractors.fair_slots import FairSlots
from docglean.extractors.gateway.batch_submitter import BatchSubmitter
from docglean.extractors.gateway.gateway import ModelGateway, RateSlot, batch_price, open_gateway
from docglean.extractors.gateway.known_servers import known_capability, known_refusals
from docglean.extractors.ledger.budget import BudgetLimits
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import latest
from docglean.extractors.ledger.run_names import name_run
from docglean.extractors.models import connect
from docglean.extractors.models.capabilities import Capability, check_terms, warnings
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.pace import pace_of
from docglean.extractors.options import RunOptions
from docglean.extractors.page_selection import select_pages
from docglean.extractors.progress import Progress, of_next, tell_wait
from docglean.extractors.run_notice import OF_TWO_ENGINES, chain_notice, notice_of
from docglean.extractors.settings import Settings
from docglean.extractors.speech.transcriber import Transcriber, check_speech
from docglean.extractors.split_choice import AUTO, SplitChoice, parse_split
from docglean.extractors.telemetry.outcomes import document_ended
from docglean.extractors.telemetry.setup import set_up
from docglean.extractors.telemetry.spans import NOTHING, Mark, RunSpan
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import DIALECTS, groups


@dataclass
class RunContext:
    """Everything that the documents of one run share. Get it from `RunContext.open`.

    Attributes:
        engine: what was resolved from the settings' spec.
        capability: what its model accepts.
        gateway: the way to the model; without a client where there is none, and for estimates.
        notice: which engine was taken and where the pages go, each sentence on a line.
        warnings: what else a user should know before the run, one sentence each.
        ledger: see there `interrupted`, the calls that an earlier, killed run left behind.
        own_workers: the workers end with this run.
        turns: of documents at the workers.
        transcriber: how recordings are transcribed.
        submitter: where requests are handed in that go in batches; None where none do.
        halved: what is sent is expected to cost what a batch does.
        then: contexts of the engines that are asked what is still unsure, in their order; they
            share ledger, workers, transcriber and budgets with this one, which closes them.
        split: where files that hold several documents are divided.
        parts: held while a document of such a file is read, over all files.
        trace: the span over its documents.
        given_up: what was paid for documents that ended before they were read.
        unusable: why an engine that follows is asked nothing more: its key, model or address
            failed, which would end the run if it was the first.
        unclaimed: by a file's uri, what was paid to find its documents while none of them is read.
        calibrations: what makes probabilities of signals, where it was fitted to such answers.
        run_name: what people call the run, see `ledger.run_names`; empty where nothing is sent.
        gallery: labelled documents that are shown to the model as examples; None without.
    """

    settings: Settings
    workers: Workers
    ledger: Ledger
    schemas: tuple[Schema, ...]
    engine: Engine
    capability: Capability
    gateway: ModelGateway
    options: RunOptions = field(default_factory=RunOptions)
    notice: str = ""
    warnings: tuple[str, ...] = ()
    on_progress: Callable[[Progress], None] | None = None
    own_workers: bool = True
    submitter: BatchSubmitter | None = None
    halved: bool = False
    calibrations: Calibrations = field(default_factory=Calibrations)
    gallery: Gallery | None = None
    run_name: str = ""
    then: tuple[RunContext, ...] = ()
    split: SplitChoice = AUTO
    trace: RunSpan = field(default_factory=lambda: RunSpan({}))
    turns: Turns = field(init=False)
    parts: FairSlots = field(init=False)
    transcriber: Transcriber = field(init=False)
    given_up: Spending = field(init=False, default_factory=Spending)
    unusable: ConfigError | None = field(init=False, default=None)
    unclaimed: dict[str, Spending] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = Turns(self.workers.limits.workers)
        self.parts = FairSlots(self.documents_at_once)
        self.transcriber = Transcriber(
            self.settings,
            self.workers,
            self.ledger,
            self.options,
            lambda: self.gateway.budgets,
            partial(tell_wait, self.on_progress),
        )

    @property
    def documents_at_once(self) -> int:
        """Documents under way at once. With a model they are more than its calls: while those are
        waited for, the next is made ready and the last is looked at and written."""
        calls = self.settings.concurrency
        return calls + max(1, calls // 2) if self.engine.is_model else calls

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
        read_labels: LabelReader | None = None,
    ) -> RunContext:
        """Resolve the engine, open the ledger and connect; the caller has to `close`.

        What the options say goes before the settings. The engine is checked against private mode.

        Args:
            sending: False for estimates: no key is needed.
            workers: processes to share with others, whose owner closes them.
            turn: waited for before each call, told its tokens: for a rate shared with others.
            read_labels: what reads the folder of examples that the options name.

        Raises:
            ConfigError: the engine, its key, the ledger, the speech engine, a page range, a plan of
                parts, a calibration or a folder of examples is wrong; ``no_price``, there is a
                budget but no price.
            SchemaError: the engine's provider would not take a schema.
        """
        options = options or RunOptions()
        settings = options.settings(settings)
        set_up(settings)
        select_pages(options.pages, 1)
        split = parse_split(options.split)
        check_speech(options.speech, settings)
        when = chain_condition(options, settings, schemas)
        engines = [await resolve(spec, settings) for spec in (settings.engine, *settings.then)]
        specs = [engine.spec for engine, _ in engines]
        check_chain(specs)
        calibrations = named_for(settings.calibration, [engine for engine, _ in engines])
        has_model = any(engine.is_model for engine, _ in engines)
        labelled = await asyncio.to_thread(
            labelled_for, options, specs, schemas, read_labels, has_model=has_model
        )
        ledger = await Ledger.open(settings.ledger)
        if options.fresh:
            ledger.since = await ledger.look(latest) if options.since is None else options.since
        chain: list[RunContext] = []
        shared = workers or Workers(settings.limits)
        try:
            if sending and workers is None:
                shared.start()
            for (engine, notice), calibration in zip(engines, calibrations, strict=True):
                told = options
                if has_model and not engine.is_model:  # what it is had at is for the others
                    told = replace(options, batch=False, tier="standard")
                one = await cls._open(
                    settings.model_copy(update={"calibration": calibration}), schemas, engine,
                    notice, told, ledger,
                    partial(of_next, on_progress) if chain and on_progress else on_progress,
                    sending, shared, None if chain else turn,
                )  # fmt: skip
                chain.append(one)
        except BaseException:
            for one in chain:
                await one.gateway.close(0)
            if workers is None:
                await asyncio.to_thread(shared.close)
            await ledger.close()
            raise
        first, *others = chain
        first.own_workers = workers is None
        first.then = tuple(others)
        if sending and options.run:
            first.run_name = await ledger.change(name_run, options.run)
        first.split = split
        if labelled is not None:
            _hang(chain, Gallery(labelled, options, first.workers, ledger))
        for one in others:
            one.turns, one.transcriber = first.turns, first.transcriber
            first.warnings += one.warnings
        first.notice = chain_notice(first.notice, (one.notice for one in others), when)
        if others and sending and any(one._is_calibrated for one in chain):
            first.notice = notice_of(first.notice, OF_TWO_ENGINES)
        return first

    @classmethod
    async def _open(
        cls,
        settings: Settings,
        schemas: Sequence[Schema],
        engine: Engine,
        notice: str,
        options: RunOptions,
        ledger: Ledger,
        on_progress: Callable[[Progress], None] | None,
        sending: bool,
        workers: Workers,
        turn: RateSlot | None,
    ) -> RunContext:
        """A context for one engine, over a ledger that is open."""
        capability = await known_capability(engine, ledger, ask=sending)
        check_terms(engine, capability, batch=options.batch, tier=options.tier)
        for schema in schemas:
            groups(schema, DIALECTS[capability.dialect], paged=True)
        calibrations = await known_calibrations(settings.calibration, engine, ledger)
        if schemas and sending:
            notice = notice_of(notice, calibrations.told(engine.spec, schemas))
        refusals = await known_refusals(engine, ledger)
        unserved = refusals.of_tier(options.tier)
        client = None
        if sending and engine.is_model:
            client = connect(engine, settings, capability)
            client.tier = options.tier
            client.refusals = refusals
        elif unserved:  # an estimate has the price that will be paid
            options = replace(options, tier="standard")
        gateway = await open_gateway(
            client,
            ledger,
            engine,
            settings.concurrency,
            budget_limits=BudgetLimits(settings.budget, settings.daily_budget, options.account),
            run=options.run,
            pace=None if client is None else pace_of(engine, settings),
            turn=turn,
            on_wait=partial(tell_wait, on_progress),
        )
        submitter = None
        if client is not None and options.batch:
            submitter = BatchSubmitter(
                client,
                ledger,
                options.run,
                await batch_price(ledger, engine),
                lambda: gateway.budgets,
            )
        return cls(
            settings=settings,
            workers=workers,
            own_workers=False,
            ledger=ledger,
            schemas=tuple(schemas),
            engine=engine,
            capability=capability,
            gateway=gateway,
            options=options,
            notice=notice,
            warnings=(*warnings(capability), *unserved),
            on_progress=on_progress,
            submitter=submitter,
            calibrations=calibrations,
            halved=options.halved and not unserved,
            trace=RunSpan(
                {
                    "docglean.run": options.run or None,
                    "docglean.engine": engine.spec,
                    "docglean.concurrency": settings.concurrency,
                },
                content=settings.log_content,
            ),
        )

    async def __aenter__(self) -> RunContext:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # A second Ctrl-C, which came while the end of an interrupted run was written.
        await self.close(at_once=kind is KeyboardInterrupt)

    async def close(self, *, at_once: bool = False) -> None:
        """Close the connection, the workers and the ledger.

        Calls under way are waited for, `settings.grace` seconds at the most: they are paid for;
        not where it has to be `at_once`.
        """
        try:
            grace = 0 if at_once else self.settings.grace
            await asyncio.gather(*(one.close(grace) for one in self.submitters))
            gateways = (one.gateway.close(grace) for one in self.chain)
            await asyncio.gather(*gateways, self.transcriber.close())
        finally:
            if self.own_workers:
                await asyncio.to_thread(self.workers.close)
            await self.ledger.close()
            self.trace.end()

    @property
    def chain(self) -> tuple[RunContext, ...]:
        """The engine's own context, and those of the engines that follow."""
        return (self, *self.then)

    @property
    def submitters(self) -> tuple[BatchSubmitter, ...]:
        """Where requests of all engines are handed in that go in batches."""
        return tuple(one.submitter for one in self.chain if one.submitter is not None)

    @property
    def under_way(self) -> int:
        """Calls that were sent and are not answered."""
        calls = sum(one.gateway.under_way for one in self.chain)
        return calls + self.transcriber.under_way

    async def settled(self) -> None:
        """Until calls that were sent have ended, `settings.grace` seconds at the most."""
        grace = self.settings.grace
        gateways = (one.gateway.settled(grace) for one in self.chain)
        await asyncio.gather(*gateways, self.transcriber.settled(grace))

    @property
    def beside_documents(self) -> Spending:
        """What was paid for so far and is in no Extraction."""
        lost = (one.given_up + one.gateway.unclaimed for one in self.chain)
        return sum((*lost, *self.unclaimed.values()), self.transcriber.unclaimed)

    def hold(self, uri: str, spending: Spending) -> None:
        """Book what was paid for a file, until a document of it has it."""
        self.unclaimed[uri] = self.unclaimed.get(uri, Spending()) + spending

    def claim(self, uri: str) -> Spending:
        """What was paid for a file: from now on it is in the result of a document."""
        return self.unclaimed.pop(uri, Spending())

    def give_up(self, spending: Spending) -> None:
        """Book what was paid for a document that ends before it is read."""
        self.given_up += spending

    @property
    def _is_calibrated(self) -> bool:
        """Whether it has a calibration for any schema, one that knows no other engine's word."""
        taken = [
            self.calibrations.fitting(self.engine.spec, one.name, one.hash) for one in self.schemas
        ]
        return any(one is not None and one.calibrated and one.unfitted for one in taken)

    @property
    def engine_name(self) -> str:
        """The engine's spec, as it stands in results."""
        return self.engine.spec

    def tell(
        self,
        document: str,
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
        """Report what has just happened to a document; see `Progress`."""
        if self.on_progress is not None:
            self.on_progress(
                Progress(document, step, pages, cost, seconds, total, speed, status, note)
            )

    def document_span(self, name: str) -> AbstractContextManager[Mark]:
        """The span over one document."""
        return self.trace.document({"docglean.document.name": name})

    def ended(self, extraction: Extraction[Any], mark: Mark = NOTHING) -> None:
        """Tell the log, the metrics and its span how a document has ended."""
        document_ended(extraction, self.trace, mark, content=self.settings.log_content)


def _hang(chain: Sequence[RunContext], gallery: Gallery) -> None:
    """Let the models of a chain be shown examples, and say so."""
    for one in chain:
        one.gallery = gallery if one.engine.is_model else None
    chain[0].notice = notice_of(chain[0].notice, gallery.notice)
