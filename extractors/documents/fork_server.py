"""A process that has loaded what files are opened with, and forks the children that open them.

Loading takes half a second of a processor; a fork takes milliseconds, and what was loaded lies in
memory once. The server is multiprocessing's own. It has no threads of ours, opens no file and
begins before it is needed (`begin`), beside what its parent loads. Only on Linux: elsewhere
libraries of the system do not bear a fork.
https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import connection, context, forkserver, popen_forkserver, reduction, spawn
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize

from docglean.extractors.documents.process_start import interrupts_held, start_of_ours

WAITING = 0.05
"""Seconds between two looks whether a child that is waited for is still wanted."""
PRELOADED = "docglean.extractors.documents.preloaded"

_begun: list[ForkServer] = []
_lock = threading.Lock()


class ForkServer(forkserver.ForkServer):
    """One fork server, for the pools of one parent; starts when it is first needed."""

    def __init__(self) -> None:
        super().__init__()
        self._has_loaded = False
        self.set_forkserver_preload([PRELOADED])

    def ensure_running(self) -> None:
        """Start it, if it does not run.

        Raises:
            OSError: it can't be started, or not be reached: ``TMPDIR`` is too long for a socket.
        """
        with interrupts_held(), start_of_ours():
            super().ensure_running()

    def child(self, files: list[int], wanted: Callable[[], bool]) -> tuple[int, int, int]:
        """Have a child forked.

        Args:
            files: that it gets.
            wanted: asked while the server still loads.

        Returns:
            Its number, and two files: where that and its exit code are told, and where what it
            is to do is written.

        Raises:
            OSError: it is not wanted any more, or the server can't be had.
        """
        told, writing = self.connect_to_new_process(files)
        try:
            while not connection.wait([told], WAITING):
                if not wanted() and not self._has_loaded:
                    self.end()
            pid = int(forkserver.read_signed(told))
            self._has_loaded = True
            if not wanted():
                os.kill(pid, signal.SIGKILL)  # before it finds that nobody tells it anything
                raise OSError("the pool is being closed")
            return pid, told, writing
        except BaseException as error:
            os.close(told)
            os.close(writing)
            if isinstance(error, EOFError):
                raise OSError("the fork server has ended") from error
            raise

    def end(self) -> None:
        """End it at once; its children go on."""
        pid = self._forkserver_pid  # type: ignore[attr-defined]
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):  # another has waited for it, or tidied up
                self._stop()  # type: ignore[attr-defined]


class ForkedProcess(popen_forkserver.Popen):
    """A child of a fork server, as multiprocessing wants it.

    Args:
        process: what it is to be.
        server: that forks it.
        wanted: asked while the server still loads.

    Raises:
        OSError: see `ForkServer.child`.
    """

    def __init__(
        self, process: BaseProcess, server: ForkServer, wanted: Callable[[], bool]
    ) -> None:
        self._server, self._wanted = server, wanted
        super().__init__(process)

    def _launch(self, process: BaseProcess) -> None:
        sent = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(spawn.get_preparation_data(process.name), sent)
            reduction.dump(process, sent)
        finally:
            context.set_spawning_popen(None)
        self.pid, self.sentinel, writing = self._server.child(
            self._fds,  # type: ignore[attr-defined]
            self._wanted,
        )
        # The child sees that its parent has ended when nobody holds this end any more.
        held = os.dup(writing)
        self.finalizer = Finalize(self, _close, (held, self.sentinel))
        with os.fdopen(writing, "wb") as stream:
            stream.write(sent.getbuffer())


def _close(*files: int) -> None:
    for file in files:
        os.close(file)


def begin() -> None:
    """Start a fork server that the next pool takes, beside what the caller does meanwhile."""
    if not offered():
        return
    with _lock:
        if not _begun:
            server = ForkServer()
            with contextlib.suppress(OSError):
                server.ensure_running()
                _begun.append(server)


def taken() -> ForkServer | None:
    """The one that was begun, or a new one; None where children are started anew each."""
    with _lock:
        return _begun.pop() if _begun else ForkServer() if offered() else None


def offered() -> bool:
    """Whether this system bears it."""
    return sys.platform == "linux"


def _end_begun() -> None:
    with _lock:
        while _begun:
            _begun.pop().end()


atexit.register(_end_begun)
