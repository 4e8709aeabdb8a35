"""Somebody who reviews by what the page asks of the server, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2


class HttpReviewer:
    """A browser in which the address that `docglean review` prints was opened."""

    def __init__(self, address: str) -> None:
        self.address = address
        url = address.partition("/?")[0]
        self.client = httpx2.Client(
            base_url=url, headers={"Origin": url, "X-Docglean": "1"}, timeout=60
        )
        assert self.client.get(address.removeprefix(url)).status_code == 303

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self) -> dict[str, str]:
        """The documents, once all are in the queue."""
        told = self.get("/api/queue?open=0")
        while told["indexed"] < told["documents"]:
            told = self.get("/api/queue?open=0")
        return {row["name"]: row["id"] for row in told["rows"]}

    def did(self, id: str, *events: tuple[str, str] | tuple[str, str, Any]) -> httpx2.Response:
        """Do things to a document: action, JSON pointer, and the new value where there is one."""
        document = self.get(f"/api/documents/{id}")
        told = [
            {"id": uuid4().hex, "action": action, "path": path, "seconds": 2.5,
             "result": document["fingerprint"], **({"new": new[0]} if new else {})}
            for action, path, *new in events
        ]  # fmt: skip
        body = {"revision": document["revision"], "events": told}
        return self.client.post(f"/api/documents/{id}/events", json=body)

    def confirm(self, id: str, pointer: str) -> httpx2.Response:
        return self.did(id, ("confirm", pointer))
