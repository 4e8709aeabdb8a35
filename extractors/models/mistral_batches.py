"""Mistral's batch API over chat completions.

A million requests or 512 MB an input file, ended within the hours that are asked for (24 here, 7
days at the most), half the price (https://docs.mistral.ai/capabilities/batch). Files and lines are
those of OpenAI; jobs are its own (``mistralai`` 3.7.0: ``CreateBatchJobRequest``, ``BatchJob``). A
job carries our name in its metadata, so one whose making is unclear is found at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

from docglean.extractors.models.batch_port import HANDED_IN, FoundBatch, Standing
from docglean.extractors.models.openai_batches import CLOCKS_APART, NAME, OpenAIBatches

JOBS = "/batch/jobs"
PAGE = 100

_ENDED = ("SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED")


class MistralBatches(OpenAIBatches):
    """See the module."""

    most_requests = 1_000_000
    most_bytes = min(512_000_000, HANDED_IN)

    def line(self, custom_id: str, body: Mapping[str, Any]) -> bytes:
        return json.dumps({"custom_id": custom_id, "body": body}).encode() + b"\n"

    async def submit(self, lines: IO[bytes], batch: str) -> str:
        file = await self.upload(lines, batch)
        with self.told(making=True):
            made = await self._once.post(
                JOBS,
                body={
                    "endpoint": "/v1/chat/completions",
                    "input_files": [file],
                    "model": self.client.engine.model,
                    "metadata": {NAME: batch},
                    "timeout_hours": 24,
                },
                cast_to=dict[str, Any],
            )
        return str(made["id"])

    async def find(
        self, batch: str, since: datetime, requests: int, custom_ids: frozenset[str]
    ) -> list[FoundBatch]:
        page = 0
        while True:
            query = {
                "page": page,
                "page_size": PAGE,
                "created_after": (since - CLOCKS_APART).astimezone(UTC).isoformat(),
            }
            with self.told():
                listed = await self._sdk.get(
                    JOBS, cast_to=dict[str, Any], options={"params": query}
                )
            jobs = listed.get("data") or []
            for one in jobs:
                if (one.get("metadata") or {}).get(NAME) == batch:
                    return [FoundBatch(str(one["id"]), True)]
            page += 1
            if len(jobs) < PAGE:
                return []

    async def look(self, remote: str) -> Standing:
        one = await self._job(remote)
        status = str(one.get("status"))
        failed = None
        # A job that failed as a whole has no results; the others may have some.
        if status == "FAILED" and not one.get("output_file"):
            told = [str(error.get("message")) for error in one.get("errors") or ()]
            failed = "; ".join(told[:3]) or "no reason"
        done, total = one.get("completed_requests") or 0, one.get("total_requests") or 0
        return Standing(remote, status in _ENDED, failed, done=done, total=total)

    async def files(self, remote: str) -> tuple[str | None, ...]:
        one = await self._job(remote)
        return one.get("output_file"), one.get("error_file")

    async def cancel(self, remote: str) -> None:
        with self.told():
            await self._sdk.post(f"{JOBS}/{remote}/cancel", cast_to=dict[str, Any])

    async def _job(self, remote: str) -> dict[str, Any]:
        with self.told():
            return await self._sdk.get(f"{JOBS}/{remote}", cast_to=dict[str, Any])
