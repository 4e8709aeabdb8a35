"""The kept client for those who write ``await``."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import BaseModel

from docglean.client.given import SourceLike, listed
from docglean.client.keywords import spelled_out
from docglean.client.open_client import OpenClient, own_options
from docglean.client.refusals import of_another_loop
from docglean.client.schemas import SchemaLike
from docglean.extractors.extraction import Extraction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self, Unpack

    from docglean.client.keywords import Choices

ModelT = TypeVar("ModelT", bound=BaseModel)


class AsyncExtractor:
    """As `Extractor`, in an event loop, whose it is from its first use: ``async with``, ``await``.

    Several documents may be read at once. For several loops or threads make an `Extractor`.
    """

    @spelled_out
    def __init__(self, schema: SchemaLike = "auto", **choices: Unpack[Choices]) -> None:
        """Choose how documents are to be read.

        Args:
            schema: of documents for which none is told, as `Extractor` takes it.
            **choices: options of a run by name; and `settings`, `on_progress`.

        Raises:
            ConfigError: as `Extractor`.
        """
        self._open = OpenClient(schema, choices)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        try:
            self._check()
            await self._open.prepare()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __del__(self) -> None:
        if hasattr(self, "_open") and self._open.is_open:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, 2, source=self)
            _left(self._open, self._loop)

    async def close(self) -> None:
        """End what is under way in other tasks, and all that is open. May be called twice."""
        if not self._open.is_forked:
            await self._open.close()

    @overload
    async def extract(
        self,
        source: SourceLike,
        schema: type[ModelT],
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[ModelT]: ...

    @overload
    async def extract(
        self,
        source: SourceLike,
        schema: str | Sequence[type[BaseModel] | str] | None = None,
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[Any]: ...

    async def extract(
        self,
        source: SourceLike,
        schema: SchemaLike | None = None,
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[Any]:
        """Read one document; see `Extractor.extract`. Content is copied in a thread."""
        self._check()
        given = await asyncio.to_thread(self._open.only, source, name)
        return await self._open.extract(given, schema, own_options(pages, password))

    @overload
    def extract_many(
        self, sources: SourceLike | Iterable[SourceLike], schema: type[ModelT]
    ) -> AsyncGenerator[Extraction[ModelT], None]: ...

    @overload
    def extract_many(
        self,
        sources: SourceLike | Iterable[SourceLike],
        schema: str | Sequence[type[BaseModel] | str] | None = None,
    ) -> AsyncGenerator[Extraction[Any], None]: ...

    async def extract_many(
        self, sources: SourceLike | Iterable[SourceLike], schema: SchemaLike | None = None
    ) -> AsyncGenerator[Extraction[Any], None]:
        """Read many documents, in input order, while they come; see `Extractor.extract_many`."""
        self._check()
        found = await asyncio.to_thread(self._open.found, listed(sources))
        async with aclosing(self._open.extract_many(found, schema)) as many:
            async for extraction in many:
                yield extraction

    def _check(self) -> None:
        self._open.check()
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise of_another_loop()


def _left(client: OpenClient, loop: asyncio.AbstractEventLoop | None) -> None:
    """Close what somebody left open, in its loop if that still runs."""
    if client.is_forked:
        return
    if loop is not None and loop.is_running():
        asyncio.run_coroutine_threadsafe(client.close(), loop)
    else:
        client.drop()
