"""A real Prefect server for tests, and the way to its command line."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from warm_commands import WarmProcess, WarmServer, warm_server

from servers.billing import KEYS

PREFECT = [sys.executable, "-m", "prefect"]
DATABASE = "prefect.db"
COMMAND = "from prefect.cli import app; app()"
WORKER = """
import sys
sys.executable = sys.argv.pop(1)
from prefect.cli import app
app()
"""
LOADED = (
    "prefect.main", "prefect.cli.deploy", "prefect.cli.deployment", "prefect.cli.work_pool",
    "prefect.cli.flow_run", "prefect.cli.artifact", "prefect.cli.flow_runs_watching",
    "prefect.cli.worker", "prefect.workers.process", "prefect.runner._workspace_supervisor",
    "prefect.engine", "prefect.flow_engine", "prefect.task_engine",
    "docglean.flows.extract", "docglean.flows.evaluate", "docglean.flows.collect",
    "docglean.flows.review_queue", "docglean.flows.send_results", "docglean.flows.drift",
    "docglean.extractors.rules.rule_reader", "docglean.extractors.documents.workers",
    "docglean.extractors.models.openai", "openai.resources.chat", "openai.resources.responses",
    "httpcore2", "h2.connection", "sqlalchemy.dialects.sqlite",
)  # fmt: skip
"""What its command line, a worker and the flows load, and what `deploy` looks at."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, fresh: Path) -> Iterator[dict[str, str]]:
    """A server with its state in `home`; the environment that reaches it.

    Args:
        fresh: the database of a server that has just started. Prefect makes it in dozens of steps,
            which take longer than all else of a start: who comes first keeps it there for others.
    """
    home.mkdir(exist_ok=True)
    if fresh.exists():
        shutil.copy(fresh, home / DATABASE)
    port = free_port()
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A statement that waits for another one to be written is a 500 after ten seconds.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "120",
        "DO_NOT_TRACK": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",  # ten, in which a run waits to be begun
        "PREFECT_CLI_COLORS": "false",
        "COLUMNS": "200",
        "DOCGLEAN_ENGINE": "local",
        "DOCGLEAN_LIMITS__WORKERS": "1",
        "DOCGLEAN_LEDGER": str(home / "ledger.sqlite"),
        **KEYS,  # of the server that bills, which flows are pointed to
    }
    try:
        start(environment)
        if not fresh.exists():
            _keep(home / DATABASE, fresh)
        yield environment
    finally:  # also where it came too late
        process = _servers.pop(environment["PREFECT_API_URL"])
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=30)


def _keep(database: Path, fresh: Path) -> None:
    """A copy of a database in use, whole from the moment that it is there."""
    own = fresh.with_name(f"{fresh.name}-{os.getpid()}")
    with closing(sqlite3.connect(database)) as used, closing(sqlite3.connect(own)) as copy:
        used.backup(copy)
    own.replace(fresh)


_servers: dict[str, subprocess.Popen[bytes]] = {}
"""Those that run, by their URL."""


def start(environment: dict[str, str]) -> None:
    """Start a server at the place that an environment names, also one that was killed."""
    url = environment["PREFECT_API_URL"]
    port = url.rpartition(":")[2].removesuffix("/api")
    command = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", port]
    log = Path(environment["PREFECT_HOME"]) / "server.log"
    with log.open("a") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    _servers[url] = process
    until = time.monotonic() + 240  # a busy machine is no failure
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.5)


def pause(environment: dict[str, str], *, over: bool = False) -> None:
    """Have the server stand still, until that is over."""
    process = _servers[environment["PREFECT_API_URL"]]
    process.send_signal(signal.SIGCONT if over else signal.SIGSTOP)


def kill(environment: dict[str, str]) -> None:
    """Kill -9 the server, until `start`."""
    process = _servers[environment["PREFECT_API_URL"]]
    process.kill()
    process.wait(timeout=30)


def prefect(
    environment: dict[str, str], folder: Path, *words: str, fails: bool = False
) -> subprocess.CompletedProcess[str]:
    """A command, in a process that has loaded Prefect for this environment."""
    done = run_code(environment, folder, COMMAND, *words)
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done


def run_code(
    environment: dict[str, str], folder: Path, code: str, *words: str
) -> subprocess.CompletedProcess[str]:
    """Python that runs flows, in a process that has loaded them for this environment."""
    process = start_code(environment, folder, code, *words)
    try:
        said = process.communicate(timeout=600)  # a busy machine is no failure
    finally:
        process.kill()
    assert process.returncode is not None
    return subprocess.CompletedProcess(words, process.returncode, *said)


def start_code(
    environment: dict[str, str], folder: Path, code: str, *words: str, **more: Any
) -> WarmProcess:
    """The same, begun; see `WarmServer.start`."""
    # A shell sets PWD, which prefect.yaml asks for.
    told = {**environment, "PWD": str(folder)}
    return _warm(environment).start(words, cwd=folder, env=told, code=code, **more)


def start_worker(environment: dict[str, str], folder: Path, *words: str) -> WarmProcess:
    """A worker of the pool that runs flows in processes, which start as warm as itself.

    It writes to ``worker.log`` in the folder.
    """
    python = Path(environment["PREFECT_HOME"]) / "python"
    _warm(environment).is_python(python)
    told = (str(python), "worker", "start", "--pool", "docglean", *words)
    return start_code(environment, folder, WORKER, *told, log=[folder / "worker.log"])


def _warm(environment: dict[str, str]) -> WarmServer:
    """Prefect reads its settings as it is loaded: one for each server."""
    url = environment["PREFECT_API_URL"]
    if url not in _warm_servers:
        _warm_servers[url] = warm_server(LOADED, children=True, env=environment)
    return _warm_servers[url]


_warm_servers: dict[str, WarmServer] = {}
