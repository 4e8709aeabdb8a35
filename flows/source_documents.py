"""The documents of one source after another: a file that holds several is opened and divided once,
and its documents are read beside each other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from docglean.extractors import pipeline
from docglean.extractors.calls.batch import Waiting
from docglean.extractors.concurrency import in_turn
from docglean.extractors.extraction import Extraction, PartRecord, SourceRecord
from docglean.extractors.packets.division import Division
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcriber import LeftOut
from docglean.flows.sources import Source, here
from docglean.schemas.errors import BudgetExceeded, Problem, SourceError

T = TypeVar("T")


@dataclass
class SourceDocuments:
    """Reads the documents of sources, until one ends the run.

    Attributes:
        fail_fast: none is begun after the first that failed.
        done: uris of parts that are not read again.
        on_waiting: told of those that wait for answers of a batch.
        on_left_out: told of recordings that nobody asked for and that cannot be heard here;
            without it they fail.
        stopped: no further one is to be begun.
        over: budgets that ended a document.
    """

    context: RunContext
    fail_fast: bool = False
    done: Collection[str] = ()
    on_waiting: Callable[[Source, Waiting], None] | None = None
    on_left_out: Callable[[Source, LeftOut], None] | None = None
    stopped: bool = False
    over: list[BudgetExceeded] = field(default_factory=list)

    async def of(self, source: Source) -> AsyncGenerator[Extraction[Any], None]:
        """Extractions of the documents of one source, as they are done.

        A document's own trouble is in its Extraction. At most `context.documents_at_once`
        parts are read at once, over all files.

        Raises:
            ConfigError: the run has to end.
        """
        with ExitStack() as stack:
            try:
                path = await here(stack, source, self.context.settings.limits.max_bytes)
            except SourceError as error:
                yield self._ended(source, not_fetched(self.context, source, error))
                return
            unasked = source.listed and not self.context.options.recordings
            read = await self._told(
                source,
                pipeline.read_file(
                    self.context,
                    path,
                    name=source.name,
                    uri=source.uri,
                    may_leave_out=unasked and self.on_left_out is not None,
                ),
            )
            if not isinstance(read, Division):
                if read is not None:
                    yield self._ended(source, read)
                return
            works = (
                partial(self._part, source, read, part)
                for part, uri in read.parts_by_uri()
                if uri not in self.done and not self.stopped
            )
            async with aclosing(in_turn(works, self.context.documents_at_once)) as parts:
                async for extraction in parts:
                    if extraction is not None:
                        yield self._ended(source, extraction)

    async def _part(
        self, source: Source, file: Division, part: PartRecord
    ) -> Extraction[Any] | None:
        async with self.context.parts.turn():
            return await self._told(source, pipeline.read_part(self.context, file, part))

    async def _told(self, source: Source, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work comes to; None where the document waits, or nothing is to be said of it."""
        try:
            return await work
        except LeftOut as error:
            assert self.on_left_out is not None
            self.on_left_out(source, error)
        except Waiting as error:
            if self.on_waiting is not None:
                self.on_waiting(source, error)
        except BudgetExceeded as error:
            self.over.append(error)
            self.stopped = True
        return None

    def _ended(self, source: Source, extraction: Extraction[Any]) -> Extraction[Any]:
        self.stopped = self.stopped or (self.fail_fast and extraction.status == "failed")
        return stamped(source, extraction)


def stamped(source: Source, extraction: Extraction[Any]) -> Extraction[Any]:
    """The same, with the state of the file that was read."""
    extraction.document = extraction.document.model_copy(update={"stamp": source.stamp})
    return extraction


def not_fetched(context: RunContext, source: Source, error: SourceError) -> Extraction[Any]:
    """The Extraction of a source that could not be brought here."""
    extraction = Extraction[Any](
        run=context.options.run,
        document=SourceRecord(name=source.name, uri=source.uri, stamp=source.stamp),
        engine=context.engine_name,
        status="failed",
        problems=[Problem.of(error)],
    )
    context.ended(extraction)
    return extraction
