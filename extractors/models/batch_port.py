"""The port to a provider's batch API: many calls handed in at half price, answered within a day.

One file a wire beside this. What a call says and how an answer is read is the client's (`body`,
`reply`): a batch only travels otherwise.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Protocol

from docglean.extractors.models import errors
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.models.engines import Engine
from docglean.schemas.errors import ConfigError, ModelError


class Caller(Protocol):
    """What a batch API needs of the client of its wire."""

    engine: Engine

    def body(self, call: Call) -> dict[str, Any]:
        """As in `Client`."""

    def reply(self, answer: Mapping[str, Any], call: Call, *, batch: bool = False) -> Reply:
        """As in `Client`."""


HANDED_IN = 90_000_000
"""Bytes of one batch: far below what providers take, as it is held in memory while it is sent."""

_ANY_JSON = Call("", (), {}, "", 0)
"""Stands for the call of an answer: reading one only asks whether JSON was wanted."""


class NotSubmitted(ModelError):
    """The provider refused the batch: nothing was made of it."""


class Unclear(ModelError):
    """Nobody knows whether the provider made the batch: it has to be looked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is at its provider.

    Attributes:
        remote: the provider's name for it.
        ended: nothing more will come of it.
        failed: why none of its requests was worked on; None where they were.
        code: stable name of that failure.
        done, total: requests that have ended, and all.
    """

    remote: str
    ended: bool
    failed: str | None = None
    code: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """A batch at the provider that may be one whose making is unclear.

    Attributes:
        ours: True or False where that is certain; None where only its results will tell.
    """

    remote: str
    ours: bool | None


class BatchWire(ABC):
    """A provider's batch API.

    Attributes:
        most_requests, most_bytes: of one batch.
        names_ours: batches carry our own name, so a lost one is found at once.
    """

    most_requests: int
    most_bytes: int
    names_ours: bool

    def __init__(self, client: Caller) -> None:
        self.client = client

    @abstractmethod
    def line(self, custom_id: str, body: Mapping[str, Any]) -> bytes:
        """One request as it stands in a batch, on one line."""

    @abstractmethod
    async def submit(self, lines: IO[bytes], batch: str) -> str:
        """Hand in all lines as one batch; the provider's name for it.

        Never tries twice: a second batch would be paid for too.

        Args:
            batch: our own name for it.

        Raises:
            NotSubmitted, Unclear: see there.
            ConfigError: the key or the model is refused.
        """

    @abstractmethod
    async def find(
        self, batch: str, since: datetime, requests: int, custom_ids: frozenset[str]
    ) -> list[FoundBatch]:
        """Batches at the provider, made since then, that may be ours.

        Args:
            requests: how many are in it.
            custom_ids: of its requests.
        """

    @abstractmethod
    async def look(self, remote: str) -> Standing:
        """How far it is.

        Raises:
            ModelError: ``batch_gone``: the provider does not know it any more; or it is away.
        """

    @abstractmethod
    def results(self, remote: str) -> AsyncIterator[tuple[str, Reply]]:
        """Custom id and reply of each request that has a result, in any order."""

    @abstractmethod
    async def cancel(self, remote: str) -> None:
        """Ask the provider to stop; what is done already is paid for and comes as a result."""

    # --- what the wires share -------------------------------------------------------------------

    def reply(self, answer: Mapping[str, Any]) -> Reply:
        """The reply in a decoded answer, priced as a batch."""
        try:
            return self.client.reply(answer, _ANY_JSON, batch=True)
        except ConfigError as error:
            return _failed(error.code, error.message)

    def fault(self, status: int, told: Any) -> Reply:
        """The reply in a request's error."""
        try:
            return errors.settle_fault(errors.fault_of(status, told), self.client.engine)
        except ConfigError as error:
            return _failed(error.code, error.message)

    @contextmanager
    def told(self, *, making: bool = False) -> Iterator[None]:
        """What the SDK raises inside is raised as one of our errors.

        Args:
            making: inside is the request that makes the batch.
        """
        try:
            yield
        except Exception as error:
            told = self.trouble(error, making=making)
            if told is error:
                raise
            raise told from error

    @contextmanager
    def without_batch(self) -> Iterator[None]:
        """The same around what goes before a batch is made, and does nothing without one.

        Raises:
            NotSubmitted: it failed.
        """
        try:
            yield
        except Exception as error:
            told = self.trouble(error)
            if isinstance(told, ModelError):
                told = NotSubmitted(told.code, told.message, told.way_out, retryable=told.retryable)
            raise told from error

    def trouble(self, error: Exception, *, making: bool = False) -> Exception:
        """An exception of the SDK as one of ours; any other as it is."""
        response = getattr(error, "response", None)
        status = None if response is None else int(response.status_code)
        if not _of_sdk(error):
            return error
        host = self.client.engine.host
        if status is None:
            cause = error.__cause__ or error
            message = f"{host}: no answer about a batch: {cause or type(cause).__name__}."
            kind = Unclear if making else ModelError
            return kind("connection", message, "Run again later.", retryable=True)
        if status == 404 and not making:
            return ModelError("batch_gone", f"{host} does not know this batch any more.")
        assert response is not None
        fault = errors.read_fault(status, response.text)
        try:
            reply = errors.settle_fault(fault, self.client.engine)
        except ConfigError as told:
            return told
        kind = NotSubmitted if making else ModelError
        if making and status >= 500:
            kind = Unclear
        return kind(reply.code, f"{reply.message}.", "Run again later.", retryable=reply.retryable)


async def json_lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The lines of a file while it is read; they end with LF only, JSON may hold others."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield json.loads(line)
    if rest.strip():
        yield json.loads(rest)


def lost(code: str, message: str) -> Reply:
    """A request that the batch did not answer: it was not worked on, and costs nothing."""
    return Reply(
        outcome="failed", code=code, message=message, retryable=True, cost=Decimal(0), attempts=1
    )


def _failed(code: str, message: str) -> Reply:
    return Reply(outcome="failed", code=code, message=message, cost=Decimal(0))


def _of_sdk(error: Exception) -> bool:
    """Whether either SDK, or the transport below it, raised this."""
    import httpx2

    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"APIError", "AnthropicError", "OpenAIError"}) or isinstance(
        error, httpx2.HTTPError
    )
