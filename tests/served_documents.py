"""`docglean serve` within a test: the real application over a real client, at a port of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pymupdf
from docglean.extractors.document_limits import Limits
from docglean.extractors.settings import Settings
from docglean.schemas.schema import load_schemas, schema_of
from pydantic import BaseModel
from starlette.types import ASGIApp

from docglean.client.open_client import OpenClient
from docglean.http_server import HttpServer, bind
from docglean.serve.app import build
from docglean.serve.folder import ServiceFolder
from docglean.serve.guard import Door, Rates
from docglean.serve.service import Service, ServiceLimits
from docglean.serve.tokens import Tokens

ANN, BO = "a" * 32, "b" * 32
TOKENS = Tokens((("ann", ANN), ("bo", BO)))


class Parcel(BaseModel):
    """A parcel note."""

    number: str | None = None
    weight: str | None = None
    colour: str | None = None


def parcel_note(number: str = "P-4711") -> bytes:
    """A page that says the number and the weight, and nothing of a colour."""
    pdf = pymupdf.open()
    pdf.new_page().insert_text((72, 72), f"Number: {number}\n\nWeight: 12.5 kg")
    return bytes(pdf.tobytes())


@dataclass
class Served:
    """A service that runs.

    Attributes:
        app: its application, without the socket.
    """

    url: str
    app: ASGIApp
    folder: ServiceFolder
    service: Service

    def client(self, token: str | None = ANN, **headers: str) -> httpx2.Client:
        """Somebody with a token."""
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=self.url, headers={**bearer, **headers}, timeout=60)


def settings(folder: Path, **told: Any) -> Settings:
    plain = {"engine": "local", "ledger": str(folder / "ledger.sqlite"), "concurrency": 2,
             "limits": Limits(workers=1, max_bytes=3_000_000), "grace": 0.5}  # fmt: skip
    return Settings(**{**plain, **told})


@contextmanager
def serving(
    folder: Path,
    *,
    tokens: Tokens = TOKENS,
    rate: int = 100_000,
    limits: ServiceLimits | None = None,
    options: Mapping[str, Any] | None = None,
    schemas: Sequence[str] = ("invoice",),
    split: str = "auto",
) -> Iterator[Served]:
    """A service of notes and of these built-in schemas, until the block ends."""
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    door = Door(port, tokens, Rates(rate))
    told: dict[str, Any] = {}
    begun = threading.Event()

    async def run() -> None:
        known = (schema_of(Parcel), *load_schemas(schemas))
        client = OpenClient(
            [one.model for one in known],
            {"settings": settings(folder, **(options or {})), "split": split},
        )
        kept = ServiceFolder(folder / "service")
        async with Service.opened(client, kept, known, limits or ServiceLimits()) as service:
            app = build(service, door)
            server = HttpServer(app)
            told.update(
                server=server, served=Served(f"http://127.0.0.1:{port}", app, kept, service)
            )
            begun.set()
            await server.serve(sockets=[listening])

    def begin() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            told["error"] = error
        finally:
            begun.set()

    thread = threading.Thread(target=begin)
    thread.start()
    begun.wait()
    try:
        if "error" in told:
            raise told["error"]
        yield told["served"]
    finally:
        if "server" in told:
            told["server"].should_exit = True
        thread.join()
    assert "error" not in told, told["error"]


def handed_in(client: httpx2.Client, content: bytes, **query: str) -> str:
    """The id of a document that was accepted."""
    answer = client.post("/documents", content=content, params={"name": "note.pdf", **query})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def ended(client: httpx2.Client, id: str, seconds: float = 90) -> dict[str, Any]:
    """A document, once it is done or has failed."""
    end = time.monotonic() + seconds
    while True:
        told: dict[str, Any] = client.get(f"/documents/{id}").json()
        if told["state"] in ("done", "failed"):
            return told
        assert time.monotonic() < end, told
        time.sleep(0.05)
