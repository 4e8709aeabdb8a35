"""The programs of docs/examples, each as its page says to run it."""

from __future__ import annotations

import hashlib
import importlib.util
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2 as httpx
import nbformat
import psutil
import pytest
import uvicorn
from bs4 import BeautifulSoup
from checkouts import REPOSITORY
from docglean.schemas import Invoice
from nbclient import NotebookClient
from processes import still_running

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


QUEUE = """
import sys

sys.path.insert(0, {examples!r})
from task_queue import app

app.conf.broker_transport_options = dict.fromkeys(("data_folder_in", "data_folder_out"), {sent!r})
"""


def test_a_task_queue_reads_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a worker that forks, as Celery's do by default; the broker is a folder."""
    sent, done = tmp_path / "sent", tmp_path / "done"
    sent.mkdir()
    done.mkdir()
    monkeypatch.setenv("BROKER", "filesystem://")
    monkeypatch.setenv("BACKEND", done.as_uri())
    setting = QUEUE.format(examples=str(EXAMPLES), sent=str(sent))
    (tmp_path / "queue_here.py").write_text(setting)
    words = ["-m", "celery", "-A", "queue_here", "worker", "--concurrency", "1"]
    worker = subprocess.Popen(
        [sys.executable, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        queue = example("task_queue")
        folders = dict.fromkeys(("data_folder_in", "data_folder_out"), str(sent))
        queue.app.conf.broker_transport_options = folders
        for _ in range(2):
            told = queue.read.delay(str(PAPER)).get(timeout=150)
            looks_right(Extraction[Any].model_validate(told), PAPER.name)
        forked = [one for one in psutil.Process(worker.pid).children() if one.children()]
        readers = [one for child in forked for one in child.children()]
        assert readers
    finally:
        worker.terminate()
        said, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, said.decode()
    assert not still_running(readers)


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
