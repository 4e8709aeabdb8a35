"""Mistral's batch API, for the stand-in in `servers.billing`.

Documented behaviour that is imitated here (docs.mistral.ai/capabilities/batch, and the types of
`mistralai` 3.7.0 whose fields are written down below: `CreateBatchJobRequest`, `BatchJob`,
`ListBatchJobsResponse`, `CreateFileResponse`):

* A file is uploaded with purpose ``batch``; its lines are ``{"custom_id", "body"}``.
* A job is for one model, which it names; a line that names another is refused.
* Jobs are listed by page; results stand in the files ``output_file`` and ``error_file``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from servers.batch_desk import Batch, Fate, OpenAIDesk, form

JOB = {"endpoint", "input_files", "requests", "model", "agent_id", "metadata", "timeout_hours"}
QUERY = {
    "page", "page_size", "model", "agent_id", "metadata", "created_after", "created_by_me",
    "status", "order_by",
}  # fmt: skip
STATES = {
    "completed": "SUCCESS", "expired": "TIMEOUT_EXCEEDED", "cancelled": "CANCELLED",
    "failed": "FAILED",
}  # fmt: skip


class MistralDesk(OpenAIDesk):
    """/v1/files and /v1/batch/jobs"""

    vendor = "mistral"

    def handle(
        self, method: str, path: str, query: dict[str, str], body: bytes, kind: str,
        headers: Mapping[str, str] = {},
    ) -> Any:  # fmt: skip
        what, *parts = path.strip("/").split("/")[1:]
        if what == "files":
            return self.of_files(method, parts, query, body, kind)
        assert (what, parts[0]) == ("batch", "jobs")
        if method == "POST" and len(parts) == 1:
            return self.told(self.make(json.loads(body)))
        if method == "GET" and len(parts) == 1:
            return self.listed(query)
        batch = self.look(self.batches[parts[1]])
        if parts[2:] == ["cancel"]:
            assert method == "POST"
            batch.ended, batch.state, batch.results = True, "cancelled", []
        return self.told(batch)

    def file(self, number: str) -> dict[str, Any]:
        name, content = self.files[number]
        ours = name.startswith("docglean")
        return {
            "id": number, "object": "file", "bytes": len(content), "created_at": int(time.time()),
            "filename": name, "purpose": "batch", "source": "upload" if ours else "mistral",
            "sample_type": "batch_request" if ours else "batch_result",
        }  # fmt: skip

    def of_files(
        self, method: str, parts: list[str], query: dict[str, str], body: bytes, kind: str
    ) -> Any:
        if method == "POST":
            _only(form(body, kind), {"file", "purpose", "expiry", "visibility"})
        return super().of_files(method, parts, query, body, kind)

    def make(self, body: dict[str, Any]) -> Batch:
        self.before()
        _only(body, JOB)
        assert body["endpoint"] == "/v1/chat/completions"
        assert 1 <= body["timeout_hours"] <= 24 * 7
        assert all(isinstance(value, str) for value in body["metadata"].values())
        (file,) = body["input_files"]
        lines = [json.loads(line) for line in self.files[file][1].split(b"\n") if line]
        for line in lines:
            _only(line, {"custom_id", "body"})
            assert line["body"]["model"] == body["model"]
        requests = {line["custom_id"]: line["body"] for line in lines}
        assert len(requests) == len(lines)
        name = f"job-{next(self.numbers)}"
        batch = Batch(name, datetime.now(UTC), requests, body["metadata"], file, state=self.ends_as)
        self.batches[name] = batch
        self.after()
        return batch

    def listed(self, query: dict[str, str]) -> dict[str, Any]:
        _only(query, QUERY)
        ones = list(self.batches.values())  # the vendor tells of no order
        if "created_after" in query:
            after = datetime.fromisoformat(query["created_after"])
            ones = [one for one in ones if one.made > after]
        size = int(query.get("page_size", 100))
        start = int(query.get("page", 0)) * size
        shown = [self.told(self.look(one)) for one in ones[start : start + size]]
        return {"object": "list", "total": len(ones), "data": shown}

    def told(self, batch: Batch) -> dict[str, Any]:
        good = [one for one in batch.results if one[1] == "succeeded"]
        bad = [one for one in batch.results if one[1] not in ("succeeded", "missing")]
        files: dict[str, str | None] = {"output_file": None, "error_file": None}
        if batch.ended and batch.state != "failed":
            for name, some in (("output_file", good), ("error_file", bad)):
                if some:
                    files[name] = f"{batch.id}-{name.partition('_')[0][:3]}"
                    content = b"".join(self.line(*one) for one in some)
                    self.files[str(files[name])] = (f"{name}.jsonl", content)
        failed = batch.ended and batch.state == "failed"
        return {
            "id": batch.id,
            "object": "batch",
            "input_files": [batch.file],
            "endpoint": "/v1/chat/completions",
            "model": next(iter(batch.requests.values()))["model"],
            "metadata": batch.metadata,
            "errors": [{"message": "told to fail", "count": 1}] if failed else [],
            "status": STATES[batch.state] if batch.ended else "RUNNING",
            "created_at": int(batch.made.timestamp()),
            "total_requests": len(batch.requests),
            "completed_requests": len(good) + len(bad),
            "succeeded_requests": len(good),
            "failed_requests": len(bad),
            **files,
        }

    def line(self, custom_id: str, fate: Fate, answer: Any) -> bytes:
        told = json.loads(super().line(custom_id, fate, answer) or b"null")
        return b"" if told is None else json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _only(told: Mapping[str, Any], names: set[str]) -> None:
    assert set(told) <= names, f"extra_forbidden: {set(told) - names}"
