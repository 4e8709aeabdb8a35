"""What a client keeps open from one document to the next, on one event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from docglean.client.given import Given, SourceLike, documents_in
from docglean.client.kept_run import call_of
from docglean.client.refusals import closed, forked
from docglean.client.schemas import SchemaLike, schemas_of
from docglean.extractors.extraction import Extraction, PartRecord
from docglean.extractors.extraction_faces import Origin
from docglean.extractors.fair_slots import FairSlots
from docglean.extractors.options import Keywords, RunOptions
from docglean.flows.duplicates import Duplicates
from docglean.flows.request import new_run
from docglean.flows.run import extract_source, extract_sources
from docglean.schemas.errors import BudgetExceeded, ConfigError

if TYPE_CHECKING:
    from docglean.client.keywords import Choices
    from docglean.extractors.run import RunContext

T = TypeVar("T")


class OpenClient:
    """Ledger, worker processes and connections; opened by the first who needs them.

    All but the constructor, `check` and `drop` is for one event loop.

    Args:
        schema: of calls that tell none.

    Raises:
        ConfigError: a choice is wrong.
    """

    def __init__(self, schema: SchemaLike, choices: Choices) -> None:
        said = {name: choices.get(name) for name in Keywords.__annotations__}
        self.schema = schema
        self.options = RunOptions.of(said | {"run": new_run()})
        self.settings = self.options.settings(choices.get("settings"))
        self.on_progress = choices.get("on_progress")
        self.closed = False
        self._process = os.getpid()
        self._context: RunContext | None = None
        self._opening = asyncio.Lock()
        self._documents = FairSlots(max(1, self.settings.concurrency))
        self._under_way: set[asyncio.Task[Any]] = set()
        self._series: set[AsyncGenerator[Extraction[Any], None]] = set()

    # ── its life ──────────────────────────────────────────────────────────────────────────

    def check(self) -> None:
        """Refuse a call that nobody could answer.

        Raises:
            ConfigError: ``client_closed``; ``client_forked``, it was opened by another process.
        """
        if self.is_forked:
            raise forked()
        if self.closed:
            raise closed()

    @property
    def is_forked(self) -> bool:
        """Whether it is another process's."""
        return self._process != os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether there is anything to close."""
        return self._context is not None

    async def prepare(self) -> None:
        """Open all, and see that the client's own schema can be read by.

        Raises:
            ConfigError, SchemaError: nothing can be read like this.
        """
        kept = await self.context()
        with call_of(kept, schemas_of(self.schema), {}):
            pass

    async def context(self) -> RunContext:
        """What is open.

        Raises:
            ConfigError: as `RunContext.open`; the next call tries again.
        """
        from docglean.evaluation.example_labels import read_examples
        from docglean.extractors.run import RunContext

        self.check()
        async with self._opening:
            if self._context is None:
                self._context = await RunContext.open(
                    self.settings,
                    (),
                    options=self.options,
                    on_progress=self.on_progress,
                    read_labels=read_examples,
                )
            return self._context

    async def close(self) -> None:
        """End what is under way, and close all. May be called twice."""
        self.closed = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for series in tuple(self._series):
            await series.aclose()
        async with self._opening:
            context, self._context = self._context, None
            if context is not None:
                try:
                    await context.close()
                except RuntimeError:  # the interpreter ends, and lets no thread begin any more
                    context.workers.close()

    def drop(self) -> None:
        """End the worker processes, from any thread, where there is no loop to `close` in."""
        self.closed = True
        if self._context is not None and not self.is_forked:
            self._context.workers.close()

    # ── documents ─────────────────────────────────────────────────────────────────────────

    def found(self, sources: Sequence[SourceLike], name: str | None = None) -> list[Given]:
        """The documents that these stand for; content is read, in the thread of the caller.

        Raises:
            ConfigError: as `documents_in`.
        """
        self.check()
        return documents_in(sources, self.settings.limits.max_bytes, name)

    def only(self, source: SourceLike, name: str | None) -> Given:
        """The one document that this stands for.

        Raises:
            ConfigError: ``several_sources``; and as `documents_in`.
        """
        found = self.found([source], name)
        if len(found) != 1:
            what = os.fspath(source) if isinstance(source, str | os.PathLike) else "This"
            raise ConfigError(
                "several_sources",
                f"{what} stands for {len(found)} documents.",
                "Use extract_many for several.",
            )
        return found[0]

    async def extract(
        self, given: Given, schema: SchemaLike | None, told: dict[str, Any]
    ) -> Extraction[Any]:
        """Read one document."""
        self.check()
        return await self._ended_with_client(self._extract(given, schema, told))

    async def _extract(
        self, given: Given, schema: SchemaLike | None, told: dict[str, Any]
    ) -> Extraction[Any]:
        schemas = schemas_of(self.schema if schema is None else schema)
        kept = await self.context()
        with call_of(kept, schemas, told) as call:
            async with self._documents.turn():
                read = await extract_source(call, given.source)
        return read.read_here(Origin(given.file, kept.workers))

    async def extract_many(
        self,
        found: Sequence[Given],
        schema: SchemaLike | None,
        told: dict[str, Any] | None = None,
    ) -> AsyncGenerator[Extraction[Any], None]:
        """Read all of them, in their order.

        Args:
            told: options that are this call's own.
        """
        series = self._many(found, schema, told or {})
        self._series.add(series)
        try:
            while True:
                self.check()
                try:
                    yield await self._ended_with_client(anext(series))
                except StopAsyncIteration:
                    return
        finally:
            self._series.discard(series)
            await series.aclose()

    async def _many(
        self, found: Sequence[Given], schema: SchemaLike | None, told: dict[str, Any]
    ) -> AsyncGenerator[Extraction[Any], None]:
        schemas = schemas_of(self.schema if schema is None else schema)
        kept = await self.context()
        with call_of(kept, schemas, told) as call:
            seen = Duplicates.of_schemas(schemas)
            ordered = _in_order(call, found)
            async with aclosing(ordered):
                async for given, extraction in ordered:
                    looked = seen.of(extraction)
                    yield looked.read_here(Origin(given.file, kept.workers))

    async def _ended_with_client(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this, unless the client is closed meanwhile.

        Raises:
            ConfigError: ``client_closed``.
        """
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            mine = asyncio.current_task()
            if self.closed and not (mine is not None and mine.cancelling()):
                raise closed() from None
            raise
        finally:
            self._under_way.discard(task)


async def _in_order(
    call: RunContext, found: Sequence[Given]
) -> AsyncGenerator[tuple[Given, Extraction[Any]], None]:
    """Each document with what was found in it, in the order of the input and of its pages.

    Raises:
        BudgetExceeded: after the last one that needs no further call.
    """
    early: dict[tuple[int, int], Extraction[Any]] = {}
    following = (0, 1)
    read = extract_sources(call, [one.source for one in found])
    try:
        async for index, extraction in read:
            part = extraction.document.part
            early[index, 1 if part is None else part.number] = extraction
            while following in early:
                next_one = early.pop(following)
                yield found[following[0]], next_one
                following = _after(following, next_one.document.part)
    except BudgetExceeded:
        for place in sorted(early):  # finished, behind one that is not
            yield found[place[0]], early[place]
        raise


def _after(place: tuple[int, int], part: PartRecord | None) -> tuple[int, int]:
    """The source, and the document in it, that comes after this one."""
    source, number = place
    return (source + 1, 1) if part is None or number == part.of else (source, number + 1)


def own_options(pages: str | None, password: str | Sequence[str] | None) -> dict[str, Any]:
    """What a call says in place of the client."""
    said = {"pages": pages, "password": password}
    return {name: value for name, value in said.items() if value is not None}
