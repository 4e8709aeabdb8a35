"""A reader that a package adds, held so that whatever it does wrong costs one document."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from docglean.extractors.extraction import Evidence, Spending
from docglean.extractors.reader import Answer, Expectation, Reader, ReaderReport, Shown
from docglean.extractors.reader_kinds import READERS
from docglean.extractors.run import RunContext
from docglean.schemas.errors import DocgleanError, ModelError, Problem
from docglean.schemas.schema import Schema
from pydantic_core import PydanticSerializationError, to_json

T = TypeVar("T")


class PackageReader(Reader):
    """Passes everything on to the package's reader; what it raises is told with its name.

    Reading ends at `settings.deadline` seconds, as it does at models.
    """

    def __init__(self, run: RunContext, shown: Shown) -> None:
        super().__init__(run, shown)
        self._name = run.engine.provider
        try:
            self._reader: Reader = READERS[self._name].reader(run, shown)
        except Exception as error:
            raise self._fault(f"{type(error).__name__}: {error}") from error

    async def read(self, schema: Schema) -> Answer:
        """As the package's reader.

        Raises:
            ModelError: ``reader_failed``.
        """
        answer = await self._held(self._reader.read(schema))
        if not isinstance(answer, Answer):
            raise self._fault(f"it gave a {type(answer).__name__}, not an Answer")
        places = (answer.evidence or {}).values()
        if not all(isinstance(place, Evidence) for place in places) or not _are(answer.problems):
            raise self._fault("its evidence or its problems are none")
        try:
            to_json(answer.values)
        except (PydanticSerializationError, ValueError) as error:
            raise self._fault(f"its values are no JSON: {error}") from error
        if answer.values is None and not answer.problems:
            return replace(answer, problems=(Problem.of(self._fault("it gave no answer")),))
        return answer

    async def likelihoods(
        self, schemas: tuple[Schema, ...], pages: Sequence[int]
    ) -> Mapping[str, float] | None:
        """As the package's reader."""
        return await self._held(self._reader.likelihoods(schemas, pages))

    async def expectation(self, schema: Schema) -> Expectation:
        """As the package's reader."""
        return await self._held(self._reader.expectation(schema))

    def report(self) -> ReaderReport:
        """As the package's reader; what it cost is unknown where that can't be told."""
        try:
            told = self._reader.report()
            if isinstance(told.spending, Spending) and _are(told.problems):
                return told
            cause = "its report is none"
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
        lost = Problem.of(self._fault(cause))
        return replace(super().report(), problems=(lost,))

    async def _held(self, work: Awaitable[T]) -> T:
        seconds = self.run.settings.deadline
        try:
            async with asyncio.timeout(seconds) as limit:
                return await work
        except DocgleanError:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise self._fault("it was cancelled from within") from error
        except (Exception, SystemExit) as error:
            told = f"{type(error).__name__}: {error}"
            if limit.expired():
                told = f"it took longer than the deadline of {seconds:g} seconds"
            raise self._fault(told) from error

    def _fault(self, cause: str) -> ModelError:
        package = next(one for one in READERS.packages() if one.startswith(f"{self._name} "))
        return ModelError(
            "reader_failed",
            f"The reader {package} failed: {cause}.",
            "Update that package, or take another engine.",
        )


def _are(problems: Sequence[object]) -> bool:
    return all(isinstance(one, Problem) for one in problems)
