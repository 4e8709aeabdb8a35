"""What batch protocols share, and those of two vendors, for the stand-in in `servers.billing`.

What comes in and what goes out is held to the vendors' own types (`contracts`). Results stand in
no order. A desk can be told what becomes of each request, to hold batches back, and to fail or to
cut the connection before or after a batch was made.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from contracts import (
    check_anthropic_batch,
    check_anthropic_batch_answer,
    check_anthropic_batch_result,
    check_openai_batch,
    check_openai_batch_answer,
    check_openai_batch_line,
    check_openai_file,
)

from servers.vendor import Refused

if TYPE_CHECKING:
    from servers.billing import PayingServer

Fate = Literal["succeeded", "errored", "canceled", "expired", "missing"]


@dataclass
class Batch:
    """One batch: its requests by custom id, and how far it is."""

    id: str
    made: datetime
    requests: dict[str, dict[str, Any]]
    metadata: dict[str, str] = field(default_factory=dict)
    file: str = ""
    model: str = ""
    ended: bool = False
    state: str = "completed"
    results: list[tuple[str, Fate, Any]] = field(default_factory=list)


class Desk(ABC):
    """What both protocols share.

    Attributes:
        batches: those made, in order.
        hold: batches do not end until this is False.
        fate: what becomes of a request, told its custom id and how many batches there are.
        before, after: called when a batch is to be made and when it has been; may raise.
        ends_as: how an OpenAI batch ends: ``completed``, ``expired``, ``cancelled``, ``failed``.
    """

    def __init__(self, server: PayingServer) -> None:
        self.server = server
        self.batches: dict[str, Batch] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.hold = False
        self.fate: Callable[[str, int], Fate] = lambda custom_id, batches: "succeeded"
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.ends_as = "completed"
        self.numbers = itertools.count(1)

    vendor: str

    @abstractmethod
    def handle(
        self, method: str, path: str, query: dict[str, str], body: bytes, kind: str,
        headers: Mapping[str, str] = {},
    ) -> Any:  # fmt: skip
        """The answer to a request; bytes as they are, all else as JSON."""

    def look(self, batch: Batch) -> Batch:
        """The batch, worked off by now if it may be."""
        with self.server.lock:
            work = not batch.ended and not self.hold
            batch.ended = batch.ended or work
        if work and batch.state != "failed":
            for custom_id, body in reversed(batch.requests.items()):
                fate, answer = self.fate(custom_id, len(self.batches)), None
                if fate == "succeeded":
                    fate, answer = self.answered(body, batch.model)
                batch.results.append((custom_id, fate, answer))
        return batch

    def answered(self, body: dict[str, Any], model: str) -> tuple[Fate, Any]:
        """What becomes of a request: all vendors look at what is in a batch only when its turn
        has come, and a refusal is its result."""
        try:
            return "succeeded", self.server.reply(self.vendor, body, *((model,) if model else ()))
        except Refused as error:
            return "errored", error

    def error(self, error: Refused | None) -> Any:
        """The error of a request that came to nothing, in the vendor's form."""
        told = error or Refused(500, "", "told to fail")
        return self.server.strict[self.vendor].error(told)

    def page(self, query: dict[str, str]) -> tuple[list[Batch], bool]:
        """The newest first, behind the one that the caller has seen."""
        listed = list(reversed(self.batches.values()))
        seen = query.get("after_id") or query.get("after")
        if seen:
            listed = listed[[one.id for one in listed].index(seen) + 1 :]
        limit = int(query.get("limit", 20))
        return listed[:limit], len(listed) > limit


class AnthropicDesk(Desk):
    """/v1/messages/batches"""

    vendor = "anthropic"

    def handle(
        self, method: str, path: str, query: dict[str, str], body: bytes, kind: str,
        headers: Mapping[str, str] = {},
    ) -> Any:  # fmt: skip
        parts = path.strip("/").split("/")[3:]
        if method == "POST" and not parts:
            return self.told(self.make(json.loads(body)))
        if method == "GET" and not parts:
            listed, more = self.page(query)
            return {
                "data": [self.told(self.look(one)) for one in listed],
                "has_more": more,
                "first_id": listed[0].id if listed else None,
                "last_id": listed[-1].id if listed else None,
            }
        batch = self.look(self.batches[parts[0]])
        if parts[1:] == ["cancel"]:
            batch.ended = True
            batch.results = [(custom_id, "canceled", None) for custom_id in batch.requests]
        if parts[1:] == ["results"]:
            assert batch.ended
            return b"".join(self.line(*result) for result in batch.results)
        return self.told(batch)

    def make(self, body: dict[str, Any]) -> Batch:
        self.before()
        check_anthropic_batch(body)
        requests = {one["custom_id"]: one["params"] for one in body["requests"]}
        assert len(requests) == len(body["requests"])
        batch = Batch(f"msgbatch_{next(self.numbers)}", datetime.now(UTC), requests)
        self.batches[batch.id] = batch
        self.after()
        return batch

    def told(self, batch: Batch) -> dict[str, Any]:
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        for _, fate, _ in batch.results:
            counts["expired" if fate == "missing" else fate] += 1
        if not batch.ended:
            counts["processing"] = len(batch.requests)
        answer = {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if batch.ended else "in_progress",
            "request_counts": counts,
            "created_at": batch.made.isoformat(),
            "expires_at": (batch.made + timedelta(days=1)).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if batch.ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": (
                f"{self.server.url}/v1/messages/batches/{batch.id}/results" if batch.ended else None
            ),
        }
        check_anthropic_batch_answer(answer)
        return answer

    def line(self, custom_id: str, fate: Fate, answer: Any) -> bytes:
        if fate == "missing":
            return b""
        result: dict[str, Any] = {"type": fate}
        if fate == "succeeded":
            result["message"] = answer
        if fate == "errored":
            result["error"] = self.error(answer)
        told = {"custom_id": custom_id, "result": result}
        check_anthropic_batch_result(told)
        return json.dumps(told).encode() + b"\n"


class OpenAIDesk(Desk):
    """/v1/files and /v1/batches"""

    vendor = "openai"

    def handle(
        self, method: str, path: str, query: dict[str, str], body: bytes, kind: str,
        headers: Mapping[str, str] = {},
    ) -> Any:  # fmt: skip
        what, *parts = path.strip("/").split("/")[1:]
        if what == "files":
            return self.of_files(method, parts, query, body, kind)
        if method == "POST" and not parts:
            return self.told(self.make(json.loads(body)))
        if method == "GET" and not parts:
            listed, more = self.page(query)
            return {
                "object": "list",
                "data": [self.told(self.look(one)) for one in listed],
                "has_more": more,
                "first_id": listed[0].id if listed else None,
                "last_id": listed[-1].id if listed else None,
            }
        batch = self.look(self.batches[parts[0]])
        if parts[1:] == ["cancel"]:
            batch.ended, batch.state, batch.results = True, "cancelled", []
        return self.told(batch)

    def of_files(
        self, method: str, parts: list[str], query: dict[str, str], body: bytes, kind: str
    ) -> Any:
        if method == "POST":
            fields = form(body, kind)
            assert fields["purpose"][1] == b"batch"
            name, content = fields["file"]
            number = f"file-{next(self.numbers)}"
            self.files[number] = (name, content)
            return self.file(number)
        if method == "GET" and not parts:
            return {"object": "list", "data": [self.file(one) for one in self.files],
                    "has_more": False}  # fmt: skip
        if method == "DELETE":
            del self.files[parts[0]]
            return {"id": parts[0], "object": "file", "deleted": True}
        if parts[1:] == ["content"]:
            return self.files[parts[0]][1]
        return self.file(parts[0])

    def file(self, number: str) -> dict[str, Any]:
        name, content = self.files[number]
        answer = {
            "id": number,
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": "batch" if name.startswith("docglean") else "batch_output",
            "status": "processed",
        }
        check_openai_file(answer)
        return answer

    def make(self, body: dict[str, Any]) -> Batch:
        self.before()
        check_openai_batch(body)
        lines = [json.loads(line) for line in self.files[body["input_file_id"]][1].splitlines()]
        for line in lines:
            check_openai_batch_line(line)
            assert line["url"] == body["endpoint"]
        requests = {line["custom_id"]: line["body"] for line in lines}
        assert len(requests) == len(lines)
        batch = Batch(
            f"batch_{next(self.numbers)}",
            datetime.now(UTC),
            requests,
            body.get("metadata") or {},
            body["input_file_id"],
        )
        batch.state = self.ends_as
        self.batches[batch.id] = batch
        self.after()
        return batch

    def told(self, batch: Batch) -> dict[str, Any]:
        out = b"".join(self.line(*one) for one in batch.results if one[1] == "succeeded")
        bad = b"".join(self.line(*one) for one in batch.results if one[1] != "succeeded")
        failed = batch.ended and batch.state == "failed"
        if batch.ended and not failed:
            self.files[f"{batch.id}-out"] = ("out.jsonl", out)
            self.files[f"{batch.id}-err"] = ("err.jsonl", bad)
        errors = [{"code": "token_limit_exceeded", "message": "told to fail", "line": None,
                   "param": None}]  # fmt: skip
        answer = {
            "id": batch.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": batch.file,
            "completion_window": "24h",
            "status": batch.state if batch.ended else "in_progress",
            "created_at": int(batch.made.timestamp()),
            "metadata": batch.metadata,
            "output_file_id": f"{batch.id}-out" if batch.ended and not failed and out else None,
            "error_file_id": f"{batch.id}-err" if batch.ended and not failed and bad else None,
            "errors": {"object": "list", "data": errors} if failed else None,
            "request_counts": {
                "total": len(batch.requests),
                "completed": sum(one[1] == "succeeded" for one in batch.results),
                "failed": sum(one[1] == "errored" for one in batch.results),
            },
        }
        check_openai_batch_answer(answer)
        return answer

    def line(self, custom_id: str, fate: Fate, answer: Any) -> bytes:
        if fate == "missing":
            return b""
        told: dict[str, Any] = {"id": f"batch_req_{custom_id}", "custom_id": custom_id}
        told |= {"response": None, "error": None}
        if fate == "succeeded":
            told["response"] = {"status_code": 200, "request_id": "req_1", "body": answer}
        elif fate == "errored":
            status = answer.status if answer else 500
            told["response"] = {
                "status_code": status, "request_id": "req_1", "body": self.error(answer),
            }  # fmt: skip
        else:
            code = {"expired": "batch_expired", "canceled": "batch_cancelled"}[fate]
            told["error"] = {"code": code, "message": "told to fail"}
        return json.dumps(told).encode() + b"\n"


def form(body: bytes, kind: str) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form: file name and content of each."""
    head = f"content-type: {kind}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    fields: dict[str, tuple[str, bytes]] = {}
    for part in message.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[str(name)] = (part.get_filename() or "", content)
    return fields
