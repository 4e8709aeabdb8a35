"""Anthropic's Message Batches.

100,000 requests or 256 MB a batch, ended within 24 hours, results kept for 29 days, half the price
(https://platform.claude.com/docs/en/build-with-claude/batch-processing). A batch carries no name
of ours: one whose making is unclear is told from others by the number of its requests, and for
certain by the custom ids of its results.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from docglean.extractors.models.base import Reply
from docglean.extractors.models.batch_port import HANDED_IN, BatchWire, FoundBatch, Standing, lost

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types.messages import MessageBatch
    from docglean.extractors.models.client import Client

CLOCKS_APART = timedelta(minutes=10)
"""Between this machine and the provider."""

_UNANSWERED = {
    "expired": "the batch expired before this request was worked on",
    "canceled": "the batch was cancelled before this request was worked on",
}


class AnthropicBatches(BatchWire):
    """See the module."""

    most_requests = 100_000
    most_bytes = min(256_000_000, HANDED_IN)
    names_ours = False

    def __init__(self, client: Client, sdk: AsyncAnthropic, timeout: float) -> None:
        super().__init__(client)
        self._sdk = sdk
        self._timeout = timeout

    def line(self, custom_id: str, body: Mapping[str, Any]) -> bytes:
        return json.dumps({"custom_id": custom_id, "params": body}).encode() + b"\n"

    async def submit(self, lines: IO[bytes], batch: str) -> str:
        from anthropic.types.messages import MessageBatch

        data = await asyncio.to_thread(lines.read)
        content = b'{"requests":[' + b",".join(data.splitlines()) + b"]}"
        with self.told(making=True):
            made = await self._sdk.with_options(max_retries=0).post(
                "/v1/messages/batches",
                content=content,
                cast_to=MessageBatch,
                options={
                    "headers": {"content-type": "application/json"},
                    "timeout": self._timeout,
                },
            )
        return str(made.id)

    async def find(
        self, batch: str, since: datetime, requests: int, custom_ids: frozenset[str]
    ) -> list[FoundBatch]:
        found: list[FoundBatch] = []
        with self.told():
            # The newest first.
            async for one in self._sdk.messages.batches.list(limit=100):
                if one.created_at.astimezone(UTC) < since - CLOCKS_APART:
                    break
                if _counts(one)[1] == requests:
                    found.append(FoundBatch(one.id, await self._is_ours(one, custom_ids)))
        return found

    async def _is_ours(self, one: MessageBatch, custom_ids: frozenset[str]) -> bool | None:
        if one.processing_status != "ended":
            return None
        if not one.results_url:
            return False  # archived: too old to be
        results = await self._sdk.messages.batches.results(one.id)
        try:
            async for result in results:
                return result.custom_id in custom_ids
        finally:
            await results.close()
        return False

    async def look(self, remote: str) -> Standing:
        with self.told():
            one = await self._sdk.messages.batches.retrieve(remote)
        done, total = _counts(one)
        return Standing(remote, one.processing_status == "ended", done=done, total=total)

    async def results(self, remote: str) -> AsyncIterator[tuple[str, Reply]]:
        with self.told():
            async for one in await self._sdk.messages.batches.results(remote):
                yield one.custom_id, self._result(one.result.to_dict(mode="json"))

    def _result(self, told: Mapping[str, Any]) -> Reply:
        kind = str(told.get("type"))
        if kind == "succeeded":
            return self.reply(told.get("message") or {})
        if kind == "errored":
            return self.fault(200, told.get("error"))
        return lost(kind, _UNANSWERED.get(kind, f"the batch ended this request as {kind}"))

    async def cancel(self, remote: str) -> None:
        with self.told():
            await self._sdk.messages.batches.cancel(remote)


def _counts(one: MessageBatch) -> tuple[int, int]:
    """Requests that have ended, and all of them."""
    counts = one.request_counts
    done = counts.succeeded + counts.errored + counts.canceled + counts.expired
    return done, done + counts.processing
