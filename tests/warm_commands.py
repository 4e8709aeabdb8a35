"""Commands that start warm: each is a process of its own, forked from one that has loaded the code.

Most of what a short command takes is to load modules. Where a test is about what a command does,
and not about how it starts, its process is the fork of a server that loads them once. It has a
process id, an environment, a folder, an output and an end as any other. What the server has not
loaded is loaded as ever. Children of documents start as `warm_children` says, where the server is
told of them. Tests of Ctrl-C start commands as a shell does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TextIO

DOCGLEAN = "import sys; from docglean.cli.app import main; sys.exit(main())"
COMMANDS = (
    "docglean.cli.all_commands", "docglean.api", "docglean.commands.extract",
    "docglean.commands.show",
    "docglean.commands.export", "docglean.commands.review", "docglean.flows.run",
    "docglean.extractors.rules.rule_reader",
    "docglean.extractors.documents.workers", "docglean.extractors.models.openai",
    "docglean.extractors.models.anthropic", "openai.resources.chat", "openai.resources.responses",
    "anthropic.resources.messages", "anthropic.resources.beta", "httpcore2", "h2.connection",
    "sqlalchemy.dialects.sqlite", "jinja2", "xlsxwriter", "cyclopts.bind",
)  # fmt: skip
"""What commands load, one or another."""
MODULE = """
import os, runpy, sys
sys.executable, _, name, *words = sys.argv
sys.argv[:] = [name, *words]
sys.path[:0] = [os.getcwd(), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""
"""What `python -m` does; children that it starts by `sys.executable` start as it did."""
AS, AS_PYTHON = "--as", "--as-python"
CHILDREN = "warm_children"
"""Among what is loaded; it stands beside this file."""
MOST_BYTES = 150_000
"""Of one request: its words and its environment."""


class WarmProcess:
    """As `subprocess.Popen` with text, of a command that a `WarmServer` has forked.

    Attributes:
        pid: its process id.
        returncode: as there; None as long as it runs.
        stdout, stderr: to be read; None where they go elsewhere.
    """

    def __init__(self, connection: socket.socket, pid: int, outputs: Sequence[int]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        files = [os.fdopen(number, encoding="utf-8", errors="replace") for number in outputs]
        self.stdout = files[0] if files else None
        self.stderr = files[1] if len(files) > 1 else None
        self._connection = connection
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with self._connection:
            told = self._connection.recv(100)
        self.returncode = int(told) if told else -signal.SIGKILL  # the server itself is gone
        self._ended.set()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote, once it has ended and nobody can write there any more."""
        end = None if timeout is None else time.monotonic() + timeout
        said = ["", ""]

        def read(place: int, file: TextIO) -> None:
            with file:
                said[place] = file.read()

        files = enumerate(one for one in (self.stdout, self.stderr) if one and not one.closed)
        readers = [threading.Thread(target=read, args=pair, daemon=True) for pair in files]
        for thread in readers:
            thread.start()
        for thread in readers:
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
            if thread.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.wait(None if end is None else max(1.0, end - time.monotonic()))
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class WarmServer:
    """The way to a process that has loaded the code; see `warm_server`."""

    def __init__(self, address: Path, process: subprocess.Popen[bytes]) -> None:
        self.address = address
        self._process = process  # ends when nobody has its standard input any more

    def start(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str],
        code: str = DOCGLEAN,
        merged: bool = False,
        shown: bool = False,
        session: bool = False,
        log: Sequence[Path] = (),
    ) -> WarmProcess:
        """Begin a command; its outputs are kept for `WarmProcess.communicate`.

        Args:
            words: behind the name of the program.
            env: all of its environment.
            code: Python that is the program.
            merged: errors are written where all else is.
            shown: errors are written where those of this process are.
            session: it leads a session, and a group, of processes.
            log: a file to whose end all is written, or one for errors behind it; nothing is kept.
        """
        told = {"words": ["command", *words], "cwd": str(cwd or Path.cwd()), "env": dict(env)}
        told |= {"code": code, "session": session}
        pipes = [os.pipe() for _ in range(0 if log else 1 if merged or shown else 2)]
        writing = [pipe[1] for pipe in pipes]
        writing += [os.open(one, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for one in log]
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            errors = 2 if shown else writing[-1]
            connection, pid = _asked(self.address, told, [null, writing[0], errors])
        finally:
            for number in (null, *writing):
                os.close(number)
        return WarmProcess(connection, pid, [pipe[0] for pipe in pipes])

    def takes_over(self, program: Path) -> None:
        """Write a program that has the server do what it is asked, in the place of another."""
        self._writes(program, AS, str(self.address))

    def is_python(self, program: Path) -> None:
        """Write a program that stands for Python, of which it knows ``-m MODULE``."""
        self._writes(program, AS_PYTHON, str(self.address), str(program))

    def _writes(self, program: Path, *words: str) -> None:
        script = (sys.executable, "-S", "-I", str(Path(__file__)), *words)
        program.write_text(f'#!/bin/sh\nexec {shlex.join(script)} "$@"\n', "utf-8")
        program.chmod(0o755)

    def run(self, words: Sequence[str], **told: Any) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        process = self.start(words, **told)
        said, wrong = process.communicate()
        return subprocess.CompletedProcess(list(words), process.wait(), said, wrong)


def _asked(
    address: Path, told: Mapping[str, Any], files: Sequence[int]
) -> tuple[socket.socket, int]:
    """Have the server fork; the connection over which it tells the end, and the process id."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(str(address))
    request = json.dumps(told).encode()
    assert len(request) <= MOST_BYTES
    socket.send_fds(connection, [request], list(files))
    return connection, int(connection.recv(100))


def warm_server(
    loaded: Sequence[str],
    *,
    children: bool = False,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
) -> WarmServer:
    """A server that ends with this process.

    Args:
        loaded: names of modules.
        children: its commands have children of documents, which start warm.
        python: whose packages they are.
        env: the environment in which they are loaded; that of commands is their own.
    """
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = folder / "commands"
    what = [CHILDREN] * children + list(loaded)
    words = [python, "-P", str(Path(__file__)), str(address), *what]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, cwd=folder, env=env)
    while not address.exists():
        assert process.poll() is None, "the server of commands has not started"
        time.sleep(0.02)
    return WarmServer(address, process)


@cache
def warm() -> WarmServer:
    """That of docglean's commands, for all tests of this process."""
    return warm_server(COMMANDS, children=True)


class _Forks:
    """The server: forks when it is asked, and tells how forks end."""

    def __init__(self, address: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(f"{address}.new")
        self._listening.listen(64)
        Path(f"{address}.new").rename(address)  # there once it listens
        self._going_on: dict[int, socket.socket] = {}
        self._died, self._wakeup = socket.socketpair()
        for one in (self._died, self._wakeup):
            one.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)

    def serve(self) -> dict[str, Any]:
        """Until standard input ends; in a fork, what that is to do."""
        watched = [self._listening, self._died, sys.stdin.buffer]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if self._died in ready:
                with suppress(BlockingIOError):
                    self._died.recv(1000)
                self._reap()
            if self._listening in ready:
                connection, _ = self._listening.accept()
                request, files, _, _ = socket.recv_fds(connection, MOST_BYTES, 3)
                told = json.loads(request)
                pid = os.fork()
                if not pid:
                    self._forget(connection)
                    for number, file in enumerate(files):
                        os.dup2(file, number)
                for file in files:
                    os.close(file)
                if not pid:
                    return dict(told)
                self._going_on[pid] = connection
                connection.send(str(pid).encode())
            if sys.stdin.buffer in ready:
                raise SystemExit

    def _reap(self) -> None:
        while self._going_on:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._going_on.pop(pid) as connection, suppress(BrokenPipeError):
                connection.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _forget(self, connection: socket.socket) -> None:
        """Leave a fork nothing of the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (
            connection,
            *self._going_on.values(),
            self._listening,
            self._died,
            self._wakeup,
        ):
            one.close()


def _becomes(told: Mapping[str, Any]) -> NoReturn:
    """Be the command that was asked for."""
    if told["session"]:
        os.setsid()
    # Whatever those who started the tests ignore.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if CHILDREN in sys.modules:
        sys.modules[CHILDREN].begin_beside()
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    sys.argv[:] = told["words"]
    ended: int | str | None = 0
    try:
        exec(told["code"], {"__name__": "__main__"})
    except SystemExit as end:
        ended = end.code
    _ends(ended)


def _ends(code: int | str | None) -> NoReturn:
    """End as Python does, but for its last step: to take thousands of shared modules apart, which
    nobody sees, takes longer than most commands."""
    if isinstance(code, int | None):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        with suppress(OSError):  # it is told below
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit((code or 0) & 0xFF)
    sys.exit(code)


def _stands_for(address: str, words: Sequence[str], code: str) -> NoReturn:
    """Have the server do it with the files and the environment of this process, which hands on
    what it is told to end by."""
    told = {"words": list(words), "cwd": str(Path.cwd()), "env": dict(os.environ)}
    told |= {"code": code, "session": False}
    connection, pid = _asked(Path(address), told, [0, 1, 2])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: os.kill(pid, number))
    sys.exit(int(connection.recv(100)))


if __name__ == "__main__" and sys.argv[1] == AS:
    _stands_for(sys.argv[2], ["docglean", *sys.argv[3:]], DOCGLEAN)
if __name__ == "__main__" and sys.argv[1] == AS_PYTHON:
    _stands_for(sys.argv[2], sys.argv[3:], MODULE)
if __name__ == "__main__":
    for name in sys.argv[2:]:
        if name == CHILDREN:
            sys.path.insert(0, str(Path(__file__).parent))
        __import__(name)
        if name == CHILDREN:
            del sys.path[0]  # commands see nothing of this folder
            sys.modules[CHILDREN].load()
    gc.freeze()  # no fork writes to the memory that it shares, looking for garbage
    _becomes(_Forks(sys.argv[1]).serve())
