"""What the service does with documents: accept, tell of, answer from, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from docglean.client.open_client import OpenClient
from docglean.extractors.ledger import jobs
from docglean.extractors.ledger.jobs import Job, JobState
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.page_selection import select_pages
from docglean.schemas.errors import ConfigError, DocgleanError
from docglean.schemas.schema import Schema
from docglean.serve.faults import ServiceFault, not_there
from docglean.serve.folder import ServiceFolder
from docglean.serve.results import Results
from docglean.serve.worker import Worker
from docglean.value_answers import ValueAnswer, value_answer

SWEEP_SECONDS = 3600.0
"""Between two looks for what is kept no longer."""
COME_BACK = 15
"""Seconds after which a full queue is worth another try."""
SOON = 2
"""Seconds after which a document may be done."""


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What the service takes, and how long it keeps it.

    Attributes:
        queued: documents that may wait.
        days: for which documents and results are kept once they are done.
    """

    queued: int = 1000
    days: float = 7.0


class Service:
    """Documents of a folder, over a kept client. Get it from `Service.opened`.

    Attributes:
        schemas: what may be asked for, by name.
        most_bytes: of a document.
    """

    def __init__(
        self,
        client: OpenClient,
        ledger: Ledger,
        folder: ServiceFolder,
        schemas: dict[str, Schema],
        limits: ServiceLimits,
    ) -> None:
        self.schemas = schemas
        self.most_bytes = client.settings.limits.max_bytes
        self._ledger = ledger
        self._folder = folder
        self._limits = limits
        self._results = Results()
        self._worker = Worker(client, ledger, folder, schemas, max(1, client.settings.concurrency))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, client: OpenClient, folder: ServiceFolder, schemas: Iterable[Schema],
        limits: ServiceLimits,
    ) -> AsyncIterator[Service]:  # fmt: skip
        """The service, reading as long as the block runs; then what is under way is finished, or
        goes back to the queue.

        Raises:
            ConfigError: ``same_name``, two schemas have one; and as `OpenClient.prepare`.
        """
        by_name = _by_name(schemas)
        await client.prepare()
        try:
            ledger = (await client.context()).ledger
            service = cls(client, ledger, folder, by_name, limits)
            await service._sweep()
            await service._worker.start()
            sweeping = asyncio.create_task(service._sweep_on())
            try:
                yield service
            finally:
                sweeping.cancel()
                await service._worker.stop(client.settings.grace)
        finally:
            await client.close()

    # --- handing in ---------------------------------------------------------------------------

    async def check(self, schema: str | None, pages: str | None) -> None:
        """Refuse what could not be read, before any of it is taken.

        Raises:
            ServiceFault: ``no_such_schema``, ``bad_pages``, ``queue_full``.
        """
        if schema is not None:
            self.schema(schema)
        try:
            select_pages(pages, 1)
        except ConfigError as error:
            raise ServiceFault(422, error.code, error.message, error.way_out) from error
        if (await self.counts())["queued"] >= self._limits.queued:
            raise _full()

    async def accept(
        self,
        owner: str,
        name: str,
        content: AsyncIterator[bytes],
        *,
        schema: str | None = None,
        pages: str | None = None,
    ) -> Job:
        """Take a document: when this returns it is stored, and will be read whatever happens.

        Raises:
            ServiceFault: ``queue_full``, ``empty``, ``disk_full``; what `content` raises.
        """
        id = jobs.new_id()
        stored = await self._folder.store(id, name, content)
        job = Job(
            id=id,
            service=self._folder.id,
            owner=owner,
            name=name,
            document=stored.sha256,
            bytes=stored.bytes,
            schema_name=schema or "",
            pages=pages or "",
            created=datetime.now(UTC),
        )
        accepted = False
        try:
            accepted = await self._ledger.change(jobs.accept, job, self._limits.queued)
        finally:
            if not accepted:
                await asyncio.to_thread(self._folder.remove, id, name)
        if not accepted:
            raise _full()
        self._worker.wake()
        return job

    # --- telling ------------------------------------------------------------------------------

    async def job(self, owner: str, id: str) -> Job:
        """A document that somebody has handed in.

        Raises:
            ServiceFault: ``no_such_document``.
        """
        found = await self._ledger.look(jobs.find, self._folder.id, owner, id)
        if found is None:
            raise not_there(id)
        return found

    async def listed(self, owner: str, state: JobState | None, after: str, limit: int) -> list[Job]:
        """Somebody's documents, the oldest first."""
        return await self._ledger.look(
            jobs.listed, self._folder.id, owner, state=state, after=after, limit=limit
        )

    async def counts(self) -> dict[JobState, int]:
        """How many documents are in each state."""
        return await self._ledger.look(jobs.counts, self._folder.id)

    @property
    def is_well(self) -> bool:
        """Whether documents are being read."""
        return self._worker.is_well

    def schema(self, name: str) -> Schema:
        """A schema that may be asked for.

        Raises:
            ServiceFault: ``no_such_schema``.
        """
        if name not in self.schemas:
            raise ServiceFault(
                422,
                "no_such_schema",
                f"There is no schema {name!r} here.",
                f"There are: {', '.join(self.schemas)}.",
            )
        return self.schemas[name]

    async def result(self, owner: str, id: str) -> Path:
        """The file with the result of a document.

        Raises:
            ServiceFault: ``no_such_document``; ``not_done``; that for which it failed.
        """
        job = await self.job(owner, id)
        if job.state == "failed":
            raise ServiceFault(409, job.code, job.message, job.way_out)
        if job.state != "done":
            raise ServiceFault(
                409,
                "not_done",
                f"{job.name} is {job.state}.",
                "Ask again.",
                {"Retry-After": str(SOON)},
            )
        path = self._folder.result(id)
        if not path.is_file():  # deleted just now
            raise not_there(id)
        return path

    async def value(self, owner: str, id: str, pointer: str, part: int | None) -> ValueAnswer:
        """One value of a document, or that it is not found.

        Args:
            part: which document of a file that holds several, from 1.

        Raises:
            ServiceFault: as `result`; ``no_value``, ``not_one_value``, ``no_such_part``,
                ``which_part``.
        """
        path = await self.result(owner, id)
        extraction = await self._results.extraction(id, path, part)
        try:
            return value_answer(extraction, pointer)
        except DocgleanError as error:
            raise ServiceFault(404, error.code, error.message, error.way_out) from error

    # --- undoing ------------------------------------------------------------------------------

    async def retry(self, owner: str, id: str) -> Job:
        """Read a document again that failed.

        Raises:
            ServiceFault: ``no_such_document``; ``not_failed``.
        """
        before = await self.job(owner, id)
        if before.state != "failed":
            raise ServiceFault(409, "not_failed", f"{before.name} is {before.state}.")
        found = await self._ledger.change(jobs.retry, self._folder.id, owner, id)
        if found is None:
            raise not_there(id)
        self._worker.wake()
        return found

    async def delete(self, owner: str, id: str) -> None:
        """Stop reading a document, and keep neither it nor its result.

        Raises:
            ServiceFault: ``no_such_document``.
        """
        job = await self.job(owner, id)
        await self._ledger.change(jobs.remove, self._folder.id, id)
        await self._worker.cancel(id)
        await asyncio.to_thread(self._folder.remove, id, job.name)

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self._sweep()

    async def _sweep(self) -> None:
        """Remove what is kept no longer."""
        before = datetime.now(UTC) - timedelta(days=self._limits.days)
        for id in await self._ledger.look(jobs.ended_before, self._folder.id, before):
            await self._ledger.change(jobs.remove, self._folder.id, id)
            await asyncio.to_thread(self._folder.remove, id)
        known = await self._ledger.look(jobs.known, self._folder.id)
        await asyncio.to_thread(self._folder.sweep, known)


def _by_name(schemas: Iterable[Schema]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for schema in schemas:
        if schema.name in found:
            raise ConfigError(
                "same_name",
                f"Two schemas are called {schema.name}: nobody could ask for one of them.",
                "Give one another name.",
            )
        found[schema.name] = schema
    return found


def _full() -> ServiceFault:
    return ServiceFault(
        503,
        "queue_full",
        "So many documents wait that no more are taken.",
        f"Come back in {COME_BACK} s.",
        {"Retry-After": str(COME_BACK)},
    )
