"""OpenAI's Batch API over chat completions.

50,000 requests or 200 MB an input file (``openai.types.BatchCreateParams``), ended within 24 hours,
half the price (https://developers.openai.com/api/docs/guides/batch). The file is uploaded first and
the batch made of it; both carry our name, so a batch whose making is unclear is found at once.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from docglean.extractors.models.base import Reply
from docglean.extractors.models.batch_port import (
    HANDED_IN,
    BatchWire,
    FoundBatch,
    Standing,
    json_lines,
    lost,
)

if TYPE_CHECKING:
    from docglean.extractors.models.client import Client
    from openai import AsyncOpenAI
    from openai.types import Batch

CLOCKS_APART = timedelta(minutes=10)
"""Between this machine and the provider."""
KEEP_SECONDS = 30 * 24 * 3600
"""How long the provider keeps the files that we sent and that it made: its longest."""
NAME = "docglean_batch"
"""Under which our own name of a batch stands in its metadata."""

_ENDED = ("completed", "expired", "cancelled", "failed")


class OpenAIBatches(BatchWire):
    """See the module."""

    most_requests = 50_000
    most_bytes = min(200_000_000, HANDED_IN)
    names_ours = True

    def __init__(self, client: Client, sdk: AsyncOpenAI, timeout: float) -> None:
        super().__init__(client)
        self._sdk = sdk
        self._once = sdk.with_options(max_retries=0, timeout=timeout)

    def line(self, custom_id: str, body: Mapping[str, Any]) -> bytes:
        request = {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions"}
        return json.dumps(request | {"body": body}).encode() + b"\n"

    async def upload(self, lines: IO[bytes], batch: str) -> str:
        """Id of the file made of the lines."""
        with self.without_batch():
            file = await self._once.files.create(
                file=(f"docglean-{batch}.jsonl", lines, "application/jsonl"), purpose="batch"
            )
        return file.id

    async def submit(self, lines: IO[bytes], batch: str) -> str:
        file = await self.upload(lines, batch)
        with self.told(making=True):
            made = await self._once.batches.create(
                input_file_id=file,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={NAME: batch},
                output_expires_after={"anchor": "created_at", "seconds": KEEP_SECONDS},
            )
        return str(made.id)

    async def find(
        self, batch: str, since: datetime, requests: int, custom_ids: frozenset[str]
    ) -> list[FoundBatch]:
        with self.told():
            # The newest first.
            async for one in self._sdk.batches.list(limit=100):
                if datetime.fromtimestamp(one.created_at, UTC) < since - CLOCKS_APART:
                    break
                if (one.metadata or {}).get(NAME) == batch:
                    return [FoundBatch(one.id, True)]
        return []

    async def look(self, remote: str) -> Standing:
        one = await self._retrieve(remote)
        counts = one.request_counts
        done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
        failed, code = None, ""
        if one.status == "failed":
            told = list((one.errors.data if one.errors else None) or [])
            failed = "; ".join(part.message or part.code or "" for part in told[:3]) or "no reason"
            code = str(told[0].code or "") if told else ""
        return Standing(remote, one.status in _ENDED, failed, code, done, total)

    async def results(self, remote: str) -> AsyncIterator[tuple[str, Reply]]:
        for file in await self.files(remote):
            if file:
                async for told in self._lines(file):
                    yield str(told.get("custom_id")), self._result(told)

    async def files(self, remote: str) -> tuple[str | None, ...]:
        """Ids of the files with the results of a batch."""
        one = await self._retrieve(remote)
        return one.output_file_id, one.error_file_id

    async def _lines(self, file: str) -> AsyncIterator[dict[str, Any]]:
        with self.told():
            async with self._sdk.files.with_streaming_response.content(file) as response:
                async for told in json_lines(response.iter_bytes()):
                    yield told

    def _result(self, told: Mapping[str, Any]) -> Reply:
        error = told.get("error")
        if error:
            code = str(error.get("code") or "failed").removeprefix("batch_")
            said = error.get("message") or "no reason given"
            return lost(code, f"the batch ended this request as {code}: {said}")
        response = told.get("response") or {}
        status = int(response.get("status_code") or 0)
        body = response.get("body") or {}
        return self.reply(body) if status == 200 else self.fault(status or 500, body)

    async def cancel(self, remote: str) -> None:
        with self.told():
            await self._sdk.batches.cancel(remote)

    async def _retrieve(self, remote: str) -> Batch:
        with self.told():
            return await self._sdk.batches.retrieve(remote)
