"""Gemini's batch API, for the stand-in in `servers.billing`.

Documented behaviour that is imitated here (ai.google.dev/gemini-api/docs/batch-api and /files; the
converters ``_*_mldev`` in `google.genai.batches` and `prepare_resumable_upload` of 3.6.1):

* A file comes in two steps: ``start`` with its length and kind, answered by a URL in the header
  ``x-goog-upload-url``; then ``upload, finalize`` to that URL, of just that length.
* Lines of it are ``{"key", "request"}``.
* ``models/NAME:batchGenerateContent`` takes ``{"batch": {"displayName", "inputConfig"}}`` and is
  answered by an operation, whose ``metadata`` is the batch; counts are strings.
* The file of results holds ``{"key", "response"}`` or ``{"key", "error"}`` with a code of
  google.rpc; a batch that expired or failed has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from servers.batch_desk import Batch, Desk, Fate
from servers.vendor import Response

STATES = {
    "completed": "SUCCEEDED", "expired": "EXPIRED", "cancelled": "CANCELLED", "failed": "FAILED",
}  # fmt: skip
CODES = {"canceled": 1, "expired": 4}
RPC = {
    "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8, "INTERNAL": 13, "UNAVAILABLE": 14, "UNAUTHENTICATED": 16,
}  # fmt: skip
"""google.rpc.Code"""


class GeminiDesk(Desk):
    """/upload/v1beta/files, /v1beta/files and /v1beta/batches"""

    vendor = "gemini"

    def handle(
        self, method: str, path: str, query: dict[str, str], body: bytes, kind: str,
        headers: Mapping[str, str] = {},
    ) -> Any:  # fmt: skip
        if path.startswith("/upload/"):
            return self.upload(query, body, headers)
        name = path.removeprefix("/v1beta/")
        made = re.fullmatch(r"models/([\w.-]+):batchGenerateContent", name)
        if method == "POST" and made:
            return self.told(self.make(made[1], json.loads(body)))
        if method == "GET" and name == "batches":
            return self.listed(query)
        if name.startswith("files/"):
            assert method == "GET"
            assert name.endswith(":download")
            assert query == {"alt": "media"}
            return self.files[name.removesuffix(":download")][1]
        batch = self.look(self.batches[name.removesuffix(":cancel")])
        if name.endswith(":cancel"):
            assert method == "POST"
            batch.ended, batch.state, batch.results = True, "cancelled", []
            return {}
        return self.told(batch)

    def upload(self, query: dict[str, str], body: bytes, headers: Mapping[str, str]) -> Any:
        if "upload_id" not in query:
            assert headers["x-goog-upload-protocol"] == "resumable"
            assert headers["x-goog-upload-command"] == "start"
            assert headers["x-goog-upload-header-content-type"] == "application/jsonl"
            told = json.loads(body)["file"]
            assert set(told) == {"displayName"}
            number = f"files/{next(self.numbers)}"
            length = headers["x-goog-upload-header-content-length"]
            self.files[number] = (told["displayName"], length.encode())
            # The URL's host is the vendor's own, whichever way the request came.
            url = "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id="
            return Response(
                {}, {"x-goog-upload-url": url + number, "x-goog-upload-status": "active"}
            )
        number = query["upload_id"]
        name, length = self.files[number]
        assert headers["x-goog-upload-command"] == "upload, finalize"
        assert (headers["x-goog-upload-offset"], len(body)) == ("0", int(length))
        self.files[number] = (name, body)
        file = {
            "name": number, "displayName": name, "mimeType": "application/jsonl",
            "sizeBytes": str(len(body)), "state": "ACTIVE", "createTime": _now(),
        }  # fmt: skip
        return Response({"file": file}, {"x-goog-upload-status": "final"})

    def make(self, model: str, body: dict[str, Any]) -> Batch:
        self.before()
        assert set(body) == {"batch"}
        assert set(body["batch"]) == {"displayName", "inputConfig"}
        assert set(body["batch"]["inputConfig"]) == {"fileName"}
        file = body["batch"]["inputConfig"]["fileName"]
        lines = [json.loads(line) for line in self.files[file][1].split(b"\n") if line]
        for line in lines:
            assert set(line) == {"key", "request"}
        requests = {line["key"]: line["request"] for line in lines}
        assert len(requests) == len(lines)
        name = f"batches/{next(self.numbers)}"
        told = {"displayName": body["batch"]["displayName"], "model": f"models/{model}"}
        batch = Batch(name, datetime.now(UTC), requests, told, file, model, state=self.ends_as)
        self.batches[name] = batch
        self.after()
        return batch

    def listed(self, query: dict[str, str]) -> dict[str, Any]:
        start, size = int(query.get("pageToken", 0)), int(query.get("pageSize", 10))
        ones = list(reversed(self.batches.values()))
        answer: dict[str, Any] = {
            "operations": [self.told(self.look(one)) for one in ones[start : start + size]]
        }
        if start + size < len(ones):
            answer["nextPageToken"] = str(start + size)
        return answer

    def told(self, batch: Batch) -> dict[str, Any]:
        state = STATES[batch.state] if batch.ended else "RUNNING"
        count, pending = len(batch.requests), 0 if batch.ended else len(batch.requests)
        metadata: dict[str, Any] = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
            **batch.metadata,
            "name": batch.id,
            "createTime": batch.made.isoformat().replace("+00:00", "Z"),
            "state": f"BATCH_STATE_{state}",
            "batchStats": {"requestCount": str(count), "pendingRequestCount": str(pending)},
        }
        answer: dict[str, Any] = {"name": batch.id, "metadata": metadata}
        if batch.ended:
            answer["done"] = True
        if state == "FAILED":
            answer["error"] = {"code": 3, "message": "told to fail"}
        if state in ("SUCCEEDED", "CANCELLED") and batch.results:
            file = f"files/batch-{batch.id.rpartition('/')[2]}"
            content = b"".join(self.line(*one) for one in batch.results)
            self.files[file] = ("results", content)
            metadata["output"] = {"responsesFile": file}
        return answer

    def line(self, custom_id: str, fate: Fate, answer: Any) -> bytes:
        if fate == "missing":
            return b""
        told: dict[str, Any] = {"key": custom_id}
        if fate == "succeeded":
            told["response"] = answer
        elif fate == "errored":
            error = self.error(answer)["error"]
            told["error"] = {"code": RPC[error["status"]], "message": error["message"]}
        else:
            told["error"] = {"code": CODES[fate], "message": "told to fail"}
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
