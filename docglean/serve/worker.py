"""Takes documents from the queue and reads them, several at once, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, aclosing
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from docglean.client.given import Given
from docglean.client.open_client import OpenClient, own_options
from docglean.client.schemas import SchemaLike
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction, add_all
from docglean.extractors.ledger import jobs
from docglean.extractors.ledger.jobs import Job
from docglean.extractors.ledger.ledger import Ledger
from docglean.flows.sources import UPLOAD, Source
from docglean.schemas.errors import DocgleanError
from docglean.schemas.schema import Schema
from docglean.serve.folder import ServiceFolder

logger = logging.getLogger("docglean")

POLL_SECONDS = 2.0
"""Between two looks into an empty queue: other servers may share it."""
LOOK_SECONDS = 20.0
"""Between two looks for documents whose reader has died."""
DIED = DocgleanError(
    "reader_died",
    f"The process that read the document ended {jobs.MOST_ATTEMPTS} times before it was done.",
    "Look at the log of the service: perhaps it lacks memory. Then ask for it again.",
)


class Worker:
    """Reads what is in the queue of a folder by a kept client.

    Args:
        at_once: documents that are read side by side.
    """

    def __init__(
        self,
        client: OpenClient,
        ledger: Ledger,
        folder: ServiceFolder,
        schemas: dict[str, Schema],
        at_once: int,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._folder = folder
        self._schemas = schemas
        self._at_once = at_once
        self._process = ""
        self._stopping = False
        self._more = asyncio.Event()
        self._lost: frozenset[str] = frozenset()
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_well(self) -> bool:
        """Whether all of it runs that should."""
        return not any(task.done() for task in self._tasks)

    async def start(self) -> None:
        """Put back what died with an earlier process, and begin."""
        self._process = await self._ledger.entered()
        await self._recover()
        self._tasks = [asyncio.create_task(self._read_on()) for _ in range(self._at_once)]
        self._tasks.append(asyncio.create_task(self._look_after()))

    def wake(self) -> None:
        """Something has come into the queue."""
        self._more.set()

    async def cancel(self, id: str) -> None:
        """Stop reading a document; its row is another's to remove."""
        task = self._reading.get(id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def stop(self, grace: float) -> None:
        """Take nothing more; what is not done in `grace` seconds goes back to the queue."""
        self._stopping = True
        self.wake()
        try:
            if self._reading:
                await asyncio.wait(list(self._reading.values()), timeout=grace)
        finally:
            left = list(self._reading.values())
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read_on(self) -> None:
        while not self._stopping:
            job = await self._next()
            if job is None:
                await self._wait()
                continue
            task = self._reading[job.id] = asyncio.create_task(self._read(job))
            await asyncio.wait([task])
            self._reading.pop(job.id, None)

    async def _next(self) -> Job | None:
        try:
            claim = uuid.uuid4().hex
            return await self._ledger.change(jobs.take, self._folder.id, self._process, claim)
        except DocgleanError as error:  # the ledger is away: it may come back
            logger.error("%s", error)
            return None

    async def _wait(self) -> None:
        """Until something comes in, or might have come in elsewhere."""
        self._more.clear()
        try:
            await asyncio.wait_for(self._more.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def _read(self, job: Job) -> None:
        """Read one document; whatever happens to it is written down."""
        try:
            statuses, cost = await self._extract(job)
            await self._ledger.change(jobs.finish, job, statuses, cost)
        except asyncio.CancelledError:
            await asyncio.shield(self._ledger.change(jobs.release, job))
            raise
        except DocgleanError as error:
            await self._failed(job, error)
        except Exception as error:
            logger.error("%s could not be read", job.name, exc_info=error)
            told = f"Something went wrong in docglean itself: {type(error).__name__}."
            way_out = "Where the server was started it says more."
            await self._failed(job, DocgleanError("internal_error", told, way_out))

    async def _failed(self, job: Job, error: DocgleanError) -> None:
        try:
            await self._ledger.change(jobs.fail, job, error)
        except DocgleanError as fault:  # it is begun again when this process has ended
            logger.error("%s", fault)

    async def _extract(self, job: Job) -> tuple[list[str], Decimal | None]:
        """Read its documents into the result's file: how they ended, and what they cost."""
        statuses: list[str] = []
        costs: list[Decimal | None] = []
        series = self._client.extract_many(
            [self._given(job)], self._schema(job), own_options(job.pages or None, None)
        )
        async with aclosing(series):
            with ExitStack() as stack:
                file = stack.enter_context(atomic_write(self._folder.result(job.id)))
                file.write('{"extractions":[')
                async for extraction in series:
                    file.write(("," if statuses else "") + await _as_json(extraction))
                    statuses.append(extraction.status)
                    costs.append(extraction.spending.cost)
                file.write("]}")
                await asyncio.to_thread(stack.pop_all().close)
        return statuses, add_all(costs)

    def _given(self, job: Job) -> Given:
        # Its place in the folder is nobody's business who asks.
        uri = f"{UPLOAD}:{job.document}/{quote(job.name)}"
        return Given(Source(job.name, uri, self._folder.upload(job.id, job.name)))

    def _schema(self, job: Job) -> SchemaLike:
        if not job.schema_name:
            chosen: Sequence[Schema] = tuple(self._schemas.values())
        elif job.schema_name in self._schemas:
            chosen = (self._schemas[job.schema_name],)
        else:
            raise DocgleanError(
                "no_such_schema",
                f"The service does not read by {job.schema_name} any more.",
                "Start it with that --schema, and ask for the document again.",
            )
        return [one.model for one in chosen]

    async def _look_after(self) -> None:
        """Give signs of life, and look for those of others."""
        with self._ledger.busy("service"):
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self._recover()
                except DocgleanError as error:
                    logger.error("%s", error)

    async def _recover(self) -> None:
        """Put back what dead processes were reading, and what this one has read without being able
        to write it down."""
        service = self._folder.id
        mine = await self._ledger.look(jobs.held, service, self._process)
        lost = [job for job in mine if job.id not in self._reading]
        for job in lost:
            if job.claim in self._lost:  # at the look before, too: it is not just being begun
                await self._ledger.change(jobs.release, job)
        self._lost = frozenset(job.claim for job in lost)
        for process in await self._ledger.look(jobs.readers, service) - {self._process}:
            if not await self._ledger.lives(process):
                await self._ledger.change(jobs.abandon, service, process, DIED)
                self.wake()


async def _as_json(extraction: Extraction[Any]) -> str:
    return await asyncio.to_thread(extraction.to_json)
