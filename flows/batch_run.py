"""A run in batches: started now, resumed by any later process until every document is read.

The order stands in the ledger until it is finished, so `docglean collect`, a Prefect deployment or
the same command again take it up where it is. Several may do so at once: each request is handed in
once, and results that are there are stored once (`extractors.ledger.batch_book`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from docglean.extractors.calls.batch import Waiting
from docglean.extractors.calls.batch_results import Checked, collect
from docglean.extractors.cascade.shares import note_share
from docglean.extractors.extraction import Extraction, SourceRecord, add_all
from docglean.extractors.gateway.batch_submitter import BatchSubmitter
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import latest
from docglean.extractors.progress import Progress
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcriber import LeftOut
from docglean.flows.folder_documents import is_complete
from docglean.flows.request import RunRequest
from docglean.flows.retention import note_folder
from docglean.flows.run import extract_sources, new_record
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.sources import Source
from docglean.flows.totals import Totals
from docglean.flows.unheard import Unheard
from docglean.schemas.errors import ConfigError, Problem
from pydantic import BaseModel, ConfigDict, model_validator

logger = logging.getLogger("docglean")

KIND = "batch order"
"""Under which orders stand in the ledger."""
FIRST = frozenset(
    "schemas engine private concurrency speech language download pages instructions batch tier "
    "budget daily_budget".split()
)
"""What always counts for an order's key. A later option counts where it is told only: orders that
were begun before there was one are found again."""


class BatchOrder(BaseModel):
    """An order that is read in batches.

    Attributes:
        order: with its engine and the places of its schemas made definite, so that it means the
            same for the process that resumes it.
        out: the run folder.
        with_password: passwords were given. They are not stored: the process that resumes it needs
            them again.
    """

    model_config = ConfigDict(frozen=True)

    version: int = 1
    order: RunRequest
    sources: tuple[Source, ...]
    out: str
    started: datetime
    with_password: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_before(cls, told: Any) -> Any:
        """Before files were divided, each was read as one document."""
        if isinstance(told, dict) and isinstance(told.get("order"), dict):
            return told | {"order": {"split": "off"} | told["order"]}
        return told

    @property
    def key(self) -> str:
        """The same for the same documents, read in the same way into the same folder."""
        facts = [
            self._said() | {"account": self.order.account},
            [(source.uri, source.stamp) for source in self.sources],
            self.out,
        ]
        return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()

    def _said(self) -> dict[str, Any]:
        unsaid = RunRequest().written()
        said = self.order.written().items()
        return {name: value for name, value in said if name in FIRST or value != unsaid[name]}


@dataclass
class BatchRun:
    """An order on its way.

    Attributes:
        waiting: files that wait for answers, by uri; SHA-256 of those that were opened here.
        parts: what was read of files that hold several documents, by the uri of each.
        checked: what was last found out about batches.
        trouble: why something could not be handed in just now; it is tried again.
        over: the budget that let a part be handed in only.
        left_out: recordings that are not read.
    """

    told: BatchOrder
    context: RunContext
    folder: RunFolder
    on_done: Callable[[Extraction[Any]], None] | None = None
    waiting: dict[str, str] = field(default_factory=dict)
    parts: dict[str, SourceRecord] = field(default_factory=dict)
    checked: list[Checked] = field(default_factory=list)
    trouble: str = ""
    over: Problem | None = None
    left_out: Unheard = field(default_factory=Unheard)

    @property
    def batchers(self) -> tuple[BatchSubmitter, ...]:
        """Where requests are handed in: of the engine, and of those that follow it."""
        return self.context.submitters

    async def begin(self) -> None:
        """Note the order in the ledger and the run in the folder; look what is done already."""
        ledger = self.context.ledger
        payload = self.told.model_dump_json(exclude={"order": {"password", "repeat", "recordings"}})
        await ledger.keep(KIND, self.told.key, payload)
        record = new_record(self.context, self.told.order.told())
        record.started = self.told.started
        await asyncio.to_thread(self.folder.begin, record)
        await note_folder(ledger, self.folder)
        known = await asyncio.to_thread(self.folder.known)
        run = self.told.order.run
        self.waiting = {
            source.uri: ""
            for source in self.told.sources
            if source.uri not in known or known[source.uri].run != run
        }
        for document in await asyncio.to_thread(self.folder.parts_read, run):
            self._done(document)

    async def advance(self) -> bool:
        """Fetch what has been answered, and process all documents that are ready.

        Returns:
            Whether there is something to wait for.

        Raises:
            ConfigError: the run has to end; it can be gone on with later.
        """
        ledger = self.context.ledger
        mine = [
            batch.id
            for batch in await ledger.look(batch_book.batches, only_open=True)
            if batch.engine in {one.engine.spec for one in self.context.chain}
        ]
        self.checked = await collect(ledger, self.context.settings, mine)
        busy = await ledger.look(batch_book.waiting)
        ready = [
            source
            for source in self.told.sources
            if source.uri in self.waiting and self.waiting[source.uri] not in busy
        ]
        for batcher in self.batchers:
            batcher.try_again()
        async for _, extraction in extract_sources(
            self.context,
            ready,
            done=set(self.parts),
            on_waiting=self._waits,
            on_left_out=self._left_out,
        ):
            await asyncio.to_thread(self.folder.add, extraction)
            self._done(extraction.document)
            if self.on_done is not None:
                self.on_done(extraction)
        for batcher in self.batchers:
            await batcher.flush()
        self.trouble = " ".join(str(one.trouble) for one in self.batchers if one.trouble)
        spent_up = next((one.spent_up for one in self.batchers if one.spent_up), None)
        self.over = None if spent_up is None else Problem.of(spent_up)
        if not self.waiting:
            return False
        if self.over is None:
            return True
        busy = await ledger.look(batch_book.waiting)
        return any(sha256 in busy for sha256 in self.waiting.values())

    async def end(self, on_changed: Callable[[Extraction[Any]], None] | None = None) -> RunRecord:
        """Put the folder in order; what is finished or over its budget is gone on with no more.

        Args:
            on_changed: as in `run.run`.
        """
        record = new_record(self.context, self.told.order.told())
        record.started = self.told.started
        record.problem = self.over
        record.state = "over_budget" if self.over else "interrupted"
        if not self.waiting:
            record.state = "finished"
        uris = [source.uri for source in self.told.sources]
        schemas = {schema.name: schema for schema in self.context.schemas}
        changed = await asyncio.to_thread(self.folder.end, record, uris, schemas)
        if on_changed is not None:
            for _, extraction in self.folder.documents(changed):
                on_changed(extraction)
        record.totals = await asyncio.to_thread(self._totals)
        seconds = (datetime.now(UTC) - self.told.started).total_seconds()
        record.totals.seconds = round(seconds, 3)
        await asyncio.to_thread(self.folder.begin, record)
        if record.state == "finished":
            totals = record.totals
            await note_share(self.context, totals.documents, totals.sent_on.documents)
        if record.state != "interrupted":
            await self.context.ledger.forget(KIND, self.told.key)
        return record

    def handed_in(self) -> tuple[int, int, Decimal | None]:
        """Batches, requests and expected US dollars of what was handed in from here."""
        made = [batch for batcher in self.batchers for batch in batcher.made]
        cost = add_all(batch.expected_cost for batch in made)
        return len(made), sum(batch.requests for batch in made), cost

    def _done(self, document: SourceRecord) -> None:
        """Take note of a document that was read; its file waits until all of its are."""
        read = [document]
        if document.part is not None:
            self.parts[document.uri] = document
            same = (one for one in self.parts.values() if one.file_uri == document.file_uri)
            read = [one for one in same if one.part and one.part.of == document.part.of]
        if is_complete(read):
            self.waiting.pop(document.file_uri, None)

    def _waits(self, source: Source, error: Waiting) -> None:
        self.waiting[source.uri] = error.document

    def _left_out(self, source: Source, error: LeftOut) -> None:
        del self.waiting[source.uri]
        self.left_out += Unheard.of(source.name, error.error)

    def _totals(self) -> Totals:
        totals = Totals()
        totals.leave_out(self.left_out)
        for extraction in self.folder.extractions():
            if extraction.run == self.told.order.run:
                totals.add(extraction)
        return totals


@asynccontextmanager
async def batch_run(
    order: RunRequest,
    sources: Sequence[Source],
    out: Path,
    *,
    on_done: Callable[[Extraction[Any]], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> AsyncIterator[BatchRun]:
    """A run in batches, begun, or the one that was begun with the same order before.

    Raises:
        ConfigError: ``no_batch``: the engine has no batch API; and as `RunContext.open`.
    """
    order = replace(order, batch=True).definite()
    async with await Ledger.open(order.settings().ledger) as ledger:
        engine = await order.engine_here()
        settings = order.settings()
        order = replace(order, engine=engine, then=settings.then)
        if settings.then:
            order = replace(order, when=settings.when)
        told = BatchOrder(
            order=order,
            sources=tuple(sources),
            out=str(out.absolute()),
            started=datetime.now(UTC),
            with_password=bool(order.password),
        )
        before = await ledger.kept(KIND, told.key)
        if before is None and order.fresh:
            order = replace(order, since=await ledger.look(latest))
            told = told.model_copy(update={"order": order})
    if before is not None:
        earlier = BatchOrder.model_validate_json(before)
        # As it was begun: what was handed in for whole files is paid for.
        begun = earlier.order
        run = replace(order, run=begun.run, split=begun.split, since=begun.since)
        told = told.model_copy(update={"order": run, "started": earlier.started})
    async with resumed_run(told, on_done=on_done, on_progress=on_progress) as found:
        yield found


@asynccontextmanager
async def resumed_run(
    told: BatchOrder,
    *,
    on_done: Callable[[Extraction[Any]], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> AsyncIterator[BatchRun]:
    """A run in batches as it stands in the ledger.

    Raises:
        ConfigError: as `batch_run`; ``no_password``, it was told passwords, which are not stored.
    """
    if told.with_password and not told.order.password:
        raise ConfigError(
            "no_password",
            f"The run into {told.out} was told passwords, which are not written down.",
            "Go on with it by the command that began it, or tell --password.",
        )
    async with await told.order.open(on_progress=on_progress) as context:
        found = BatchRun(told, context, RunFolder(Path(told.out)), on_done)
        await found.begin()
        yield found


async def orders(ledger: Ledger) -> list[BatchOrder]:
    """Runs in batches that are not finished, the oldest first."""
    kept = await ledger.kept_all(KIND)
    return [BatchOrder.model_validate_json(payload) for payload in kept.values()]
