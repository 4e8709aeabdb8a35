"""A newcomer with a wheel, a folder of invoices and docs/tutorial.md, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from checkouts import REPOSITORY, copied, environment, wheel_of
from page_servers import first_of_all
from pages import blocks, commands, pages
from review_over_http import HttpReviewer
from servers.anthropic import Anthropic, anthropic
from servers.prefect import free_port

pytestmark = pytest.mark.e2e

HIS_OWN = {
    "python3 -m venv ": "an environment that has the packages of the tests, as there is no index",
    "cp -r ": "he has documents",
}
"""What he need not type, and why."""
DOCUMENTS = ("invoice-scan.pdf", "invoice-three-pages.pdf", "form.pdf")
SERVER = "prefect server start --background"
ORDER = "PO-4711"
"""What the newcomer reads on an invoice, and no engine has found."""


class Newcomer:
    """Somebody in a folder of his own, with a home in which nothing was ever configured."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.port = free_port()
        names = ("PATH", "LANG", "LC_ALL", "TMPDIR")
        self.told = {name: os.environ[name] for name in names if name in os.environ} | {
            "HOME": str(folder / "home"),
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            # A statement that waits for another one to be written is a 500 after ten seconds.
            "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
            "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "120",
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_WORKER_QUERY_SECONDS": "1",  # ten, in which a run waits to be begun
            "DOCGLEAN_LIMITS__WORKERS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            **variables,
        }
        self._going_on: list[subprocess.Popen[str]] = []

    def types(self, command: str) -> str:
        """A command as it stands; only the server's port is another, as tests share a machine."""
        command = command.replace("127.0.0.1:4200", f"127.0.0.1:{self.port}")
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.told[name] = value  # of his shell, as each command here has one of its own
            return ""
        if command.startswith("docglean review "):
            return self._reviews(command)
        if command.endswith("&"):
            self._started(command.removesuffix("&"))
            return ""
        done = subprocess.run(
            self._shell(command), cwd=self.folder, env=self.told, capture_output=True, text=True,
            check=False, input="y\n", timeout=900,
        )  # fmt: skip
        said = f"{command}\nended with {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode in ((0, 1) if " extract " in command else (0,)), said
        assert "Traceback" not in done.stderr, said
        if command == SERVER:
            self._waits_for_the_server()
        return done.stdout

    def _shell(self, command: str) -> list[str]:
        return ["bash", "-c", f"source .venv/bin/activate\n{command}"]

    def _started(self, command: str) -> None:
        with (self.folder / "home" / "background.log").open("a") as log:
            process = subprocess.Popen(
                self._shell(f"exec {command}"), cwd=self.folder, env=self.told, text=True,
                stdout=log, stderr=log,
            )  # fmt: skip
        self._going_on.append(process)

    def _waits_for_the_server(self) -> None:
        until = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=2)
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.5)
            else:
                return

    def _reviews(self, command: str) -> str:
        """Open the page that a command serves, look at every document, and end it with Ctrl-C."""
        process = subprocess.Popen(
            self._shell(f"exec {command} --no-browser --port 0"), cwd=self.folder, env=self.told,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, process.communicate(timeout=60)[1]
            reviewer = HttpReviewer(address)
            for name, id_ in reviewer.ids().items():
                self._looks_at(reviewer, name, id_)
            reviewer.client.close()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
            return said
        finally:
            process.kill()

    def _looks_at(self, reviewer: HttpReviewer, name: str, id_: str) -> None:
        fields = reviewer.get(f"/api/documents/{id_}")["fields"]
        right: list[Any] = [("confirm", one["pointer"]) for one in fields if one["text"]]
        missed = [one for one in fields if one["pointer"] == "/order_number"]
        corrected = [("set", one["pointer"], ORDER) for one in missed if name == DOCUMENTS[0]]
        answer = reviewer.did(id_, *right, *corrected, ("done", ""))
        assert answer.status_code == 200, answer.text

    def leaves(self) -> None:
        """End what goes on, the last begun first."""
        for process in reversed(self._going_on):
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        if "PREFECT_API_URL" in self.told:
            subprocess.run(
                self._shell("prefect server stop"), cwd=self.folder, env=self.told, check=True,
                capture_output=True, timeout=120,
            )  # fmt: skip


@contextmanager
def somebody(folder: Path) -> Iterator[Newcomer]:
    checkout = copied(folder / "elsewhere")
    wheel_of(checkout, folder)
    shutil.copy(checkout / "requirements" / "constraints.txt", folder)
    shutil.rmtree(checkout)
    environment(folder / ".venv")
    (folder / "home").mkdir()
    (folder / "invoices").mkdir()
    for name in DOCUMENTS:
        shutil.copy(REPOSITORY / "samples" / "documents" / name, folder / "invoices")
    server = Anthropic(first_of_all)
    with anthropic(server, "..."):
        newcomer = Newcomer(folder, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="...")
        try:
            yield newcomer
        finally:
            newcomer.leaves()
        assert server.calls
        assert not server.refusals


def typed() -> Sequence[str]:
    """What the tutorial says to type."""
    shell = [text for kind, text in blocks(pages()["tutorial"]) if kind == "sh"]
    told = [command.partition("  #")[0].strip() for text in shell for command in commands(text)]
    assert all(any(command.startswith(start) for command in told) for start in HIS_OWN)
    return [command for command in told if not command.startswith(tuple(HIS_OWN))]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_tutorial_leads_from_a_wheel_to_a_nightly_flow(tmp_path: Path) -> None:
    with somebody(tmp_path) as newcomer:
        said = {command: newcomer.types(command) for command in typed()}
    # Read, and shown.
    assert len(lines(tmp_path / "out" / "results.jsonl")) == len(DOCUMENTS)
    assert (tmp_path / "out" / "show.html").is_file()
    # Labelled by a person, and measured.
    labels = lines(tmp_path / "labels" / "labels.jsonl")
    assert {Path(one["file"]).name for one in labels} == set(DOCUMENTS)
    assert not any(one.get("drafted_by") for one in labels)
    report = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert all(engine in report for engine in ("local", "ocr+anthropic:claude-haiku-5-5"))
    assert (tmp_path / "report-of-now" / "report.html").is_file()
    # Deployed and run by a worker, reviewed, and handed on as the person has it.
    (night,) = (told for command, told in said.items() if "extract/nightly" in command)
    assert any(state in night for state in ("Completed", "NeedsReview"))
    assert len(lines(tmp_path / "nights" / "results.jsonl")) == len(DOCUMENTS)
    assert any(one["action"] == "done" for one in lines(tmp_path / "nights" / "reviews.jsonl"))
    with zipfile.ZipFile(tmp_path / "results.xlsx") as book:
        assert any(ORDER.encode() in book.read(name) for name in book.namelist())
