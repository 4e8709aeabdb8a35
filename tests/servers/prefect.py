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

from warm_commands import WarmServer, warm_server

from servers.billing import KEYS

PREFECT = [sys.executable, "-m", "prefect"]
DATABASE = "prefect.db"
COMMAND = "from prefect.cli import app; app()"
LOADED = (
    "prefect.main", "prefect.cli.deploy", "prefect.cli.deployment", "prefect.cli.work_pool",
    "prefect.cli.flow_run", "prefect.cli.artifact", "prefect.cli.flow_runs_watching",
    "docglean.flows.extract", "docglean.flows.evaluate", "docglean.flows.collect",
    "docglean.flows.review_queue", "docglean.flows.send_results",
)  # fmt: skip
"""What its command line loads, and what `deploy` looks at."""


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
    # A shell sets PWD, which prefect.yaml asks for.
    told = {**environment, "PWD": str(folder)}
    process = _command_line(environment).start(words, cwd=folder, env=told, code=COMMAND)
    try:
        said = process.communicate(timeout=600)  # a busy machine is no failure
    finally:
        process.kill()
    assert process.returncode is not None
    assert (process.returncode != 0) is fails, "".join(said)
    return subprocess.CompletedProcess(words, process.returncode, *said)


def _command_line(environment: dict[str, str]) -> WarmServer:
    """Prefect reads its settings as it is loaded: one for each server."""
    url = environment["PREFECT_API_URL"]
    if url not in _command_lines:
        _command_lines[url] = warm_server(LOADED, env=environment)
    return _command_lines[url]


_command_lines: dict[str, WarmServer] = {}
