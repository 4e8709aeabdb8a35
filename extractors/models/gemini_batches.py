"""Gemini's batch API.

Requests go as a file of at most 2 GB, ended within 24 hours as a rule and 48 at the most, half the
price (https://ai.google.dev/gemini-api/docs/batch-api). The file is uploaded first and the batch
made of it; its ``displayName`` is our name, so one whose making is unclear is found at once.
Requests inside the call itself are not used: their results come without our custom ids, in order
only. Fields as the converters ``_*_mldev`` in ``google.genai.batches`` 3.6.1 have them.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from docglean.extractors.models.base import Reply
from docglean.extractors.models.batch_port import (
    HANDED_IN,
    BatchWire,
    Caller,
    FoundBatch,
    Standing,
    json_lines,
    lost,
)

if TYPE_CHECKING:
    import httpx2

CLOCKS_APART = timedelta(minutes=10)
"""Between this machine and the provider."""
PREFIX = "docglean-"
"""Before our own name of a batch in its ``displayName``."""
STATE = "BATCH_STATE_"

HTTP_STATUS = {
    2: 500, 3: 400, 5: 404, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501, 13: 500,
    14: 503, 15: 500, 16: 401,
}  # fmt: skip
"""By google.rpc.Code, in which a result's error is told (googleapis, google/rpc/code.proto)."""

_UNANSWERED = {1: ("canceled", "was cancelled"), 4: ("expired", "expired")}
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


class GeminiCaller(Caller, Protocol):
    """What this needs of the client of the wire."""

    version: str

    async def ask(
        self, method: str, path: str, *, timeout: float | None = None, **told: Any
    ) -> httpx2.Response:
        """As in `GeminiClient`."""

    def stream(self, path: str) -> AbstractAsyncContextManager[httpx2.Response]:
        """As in `GeminiClient`."""


class GeminiBatches(BatchWire):
    """See the module."""

    most_requests = 1_000_000
    most_bytes = min(2_000_000_000, HANDED_IN)
    names_ours = True

    def __init__(self, client: GeminiCaller, timeout: float) -> None:
        super().__init__(client)
        self._version = client.version
        self._ask = client.ask
        self._stream = client.stream
        self._timeout = timeout

    def line(self, custom_id: str, body: Mapping[str, Any]) -> bytes:
        return json.dumps({"key": custom_id, "request": body}).encode() + b"\n"

    async def submit(self, lines: IO[bytes], batch: str) -> str:
        with self.without_batch():
            file = await self._upload(lines, batch)
        model = self.client.engine.model
        with self.told(making=True):
            made = await self._ask(
                "POST",
                f"models/{model}:batchGenerateContent",
                json={
                    "batch": {
                        "displayName": f"{PREFIX}{batch}",
                        "inputConfig": {"fileName": file},
                    }
                },
                timeout=self._timeout,
            )
        return str(made.json()["name"])

    async def _upload(self, lines: IO[bytes], batch: str) -> str:
        """Name of the file made of the lines: ``google.genai`` uploads in the same two steps."""
        size = lines.seek(0, os.SEEK_END)
        lines.seek(0)
        begun = await self._ask(
            "POST",
            f"{self.client.engine.url}/upload/{self._version}/files",
            json={"file": {"displayName": f"{PREFIX}{batch}"}},
            headers={
                "x-goog-upload-protocol": "resumable",
                "x-goog-upload-command": "start",
                "x-goog-upload-header-content-length": str(size),
                "x-goog-upload-header-content-type": "application/jsonl",
            },
            timeout=self._timeout,
        )
        made = await self._ask(
            "POST",
            self._of_ours(begun.headers["x-goog-upload-url"]),
            content=lines.read(),
            headers={"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"},
            timeout=self._timeout,
        )
        return str(made.json()["file"]["name"])

    def _of_ours(self, url: str) -> str:
        """The URL at the engine's own host: pages go nowhere else, whatever a server says."""
        home = urlsplit(self.client.engine.url or "")
        return urlunsplit(urlsplit(url)._replace(scheme=home.scheme, netloc=home.netloc))

    async def find(
        self, batch: str, since: datetime, requests: int, custom_ids: frozenset[str]
    ) -> list[FoundBatch]:
        token = ""
        while True:
            query = {"pageSize": "100"} | ({"pageToken": token} if token else {})
            with self.told():
                listed = (await self._ask("GET", "batches", params=query)).json()
            for one in listed.get("operations") or ():
                told = one.get("metadata") or {}
                if told.get("displayName") == f"{PREFIX}{batch}" and _is_since(told, since):
                    return [FoundBatch(str(one["name"]), True)]
            token = str(listed.get("nextPageToken") or "")
            if not token:
                return []

    async def look(self, remote: str) -> Standing:
        one = await self._batch(remote)
        told = one.get("metadata") or {}
        state = str(told.get("state") or "").removeprefix(STATE)
        stats = told.get("batchStats") or {}
        total, pending = (
            int(stats.get(name) or 0) for name in ("requestCount", "pendingRequestCount")
        )
        failed = None
        if state == "FAILED":
            failed = str((one.get("error") or {}).get("message") or "no reason")
        return Standing(remote, state in _ENDED, failed, done=total - pending, total=total)

    async def results(self, remote: str) -> AsyncIterator[tuple[str, Reply]]:
        one = await self._batch(remote)
        output = (one.get("metadata") or {}).get("output") or one.get("response") or {}
        file = output.get("responsesFile")
        if not file:
            return
        with self.told():
            async with self._stream(f"{file}:download?alt=media") as response:
                async for told in json_lines(response.aiter_bytes()):
                    yield str(told.get("key")), self._result(told)

    def _result(self, told: Mapping[str, Any]) -> Reply:
        error = told.get("error")
        if not error:
            return self.reply(told.get("response") or {})
        code = int(error.get("code") or 0)
        if code in _UNANSWERED:
            kind, what = _UNANSWERED[code]
            return lost(kind, f"the batch {what} before this request was worked on")
        return self.fault(HTTP_STATUS.get(code, code if code >= 400 else 500), {"error": error})

    async def cancel(self, remote: str) -> None:
        with self.told():
            await self._ask("POST", f"{remote}:cancel")

    async def _batch(self, remote: str) -> dict[str, Any]:
        with self.told():
            return dict((await self._ask("GET", remote)).json())


def _is_since(told: Mapping[str, Any], since: datetime) -> bool:
    made = datetime.fromisoformat(str(told.get("createTime")).replace("Z", "+00:00"))
    return made.astimezone(UTC) >= since - CLOCKS_APART
