"""The programs of docs/examples, each as its page says to run it."""

from __future__ import annotations

import hashlib
import importlib.util
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2 as httpx
import nbformat
import pytest
import uvicorn
from bs4 import BeautifulSoup
from celery.contrib.testing.worker import start_worker
from checkouts import REPOSITORY
from docglean.schemas import Invoice
from nbclient import NotebookClient

from docglean import Extraction

EXAMPLES = REPOSITORY / "docs" / "examples"
PAPER = REPOSITORY / "samples" / "documents" / "invoice-scan.pdf"

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Its address, while a uvicorn of its own serves it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.05)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def looks_right(found: Extraction[Any], name: str) -> None:
    assert found.document.name == name
    assert found.document.sha256 == hashlib.sha256(PAPER.read_bytes()).hexdigest()
    assert found.bind(Invoice).values is not None
    assert found.value("/grand_total").evidence is not None


def test_a_web_application_reads_uploads() -> None:
    with served(example("fastapi_app").app) as address, httpx.Client(timeout=120) as http:
        for name in ("first.pdf", "second.pdf"):
            answer = http.put(f"{address}/invoices/{name}", content=PAPER.read_bytes())
            assert answer.status_code == 200, answer.text
            looks_right(Extraction[Any].model_validate(answer.json()), name)
        refused = http.put(f"{address}/invoices/broken.pdf", content=b"%PDF-1.7 and no more")
        assert refused.status_code == 422
        assert "broken.pdf" in refused.json()["detail"][0]


def test_a_task_queue_reads_documents() -> None:
    queue = example("task_queue")
    with start_worker(queue.app, pool="solo", perform_ping_check=False):
        told = queue.read.delay(str(PAPER)).get(timeout=120)
        client = queue.client
    looks_right(Extraction[Any].model_validate(told), PAPER.name)
    queue.stop()
    assert client._open.closed


def test_a_notebook_shows_what_was_found() -> None:
    text = (EXAMPLES / "notebook.py").read_text("utf-8")
    cells = [cell.partition("\n")[2] for cell in text.split("# %%")[1:]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    run = NotebookClient(notebook, resources={"metadata": {"path": str(REPOSITORY)}}, timeout=180)
    run.execute()
    shown = [
        output["data"]
        for cell in notebook.cells
        for output in cell["outputs"]
        if output["output_type"] == "execute_result"
    ]
    page, values, entries, evidence = shown
    frame = BeautifulSoup(page["text/html"], "html.parser").find("iframe")
    assert frame is not None
    assert BeautifulSoup(str(frame["srcdoc"]), "html.parser").select(".paper a.box")
    assert page["text/plain"].startswith("<Extraction invoice-scan.pdf: ")
    assert "confidence" in values["text/plain"]
    assert "number" in entries["text/plain"]
    assert "page=1" in evidence["text/plain"]
