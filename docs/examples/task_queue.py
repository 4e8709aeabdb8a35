"""Documents are read by Celery's workers, each with a client of its own."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from docglean import Extractor

app = Celery(
    "papers",
    broker=os.environ.get("BROKER", "memory://"),
    backend=os.environ.get("BACKEND", "cache+memory://"),
)
client: Extractor | None = None


@worker_process_init.connect
def start(**_: Any) -> None:
    """In each process, after it was forked."""
    global client
    client = Extractor("invoice", engine="local")


@worker_process_shutdown.connect
def stop(**_: Any) -> None:
    """Its own processes end with it."""
    if client is not None:
        client.close()


@app.task
def read(path: str) -> dict[str, Any]:
    """The stored form of what was found, which Celery can send as JSON."""
    assert client is not None, "runs in a worker only"
    return client.extract(path).to_dict()
