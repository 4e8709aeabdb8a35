"""Children of documents that start warm, in tests: forked from a process that has loaded the code.

What a child loads takes one to two seconds of a processor each time. Here a process beside the
tests (`_Source`) has loaded it once and forks a child whenever multiprocessing would start Python
for one of ours; `warm_commands` gives each command such a process of its own.

As in production: a child is a process of its own and a child of the process that wanted it, which
waits for it; it gets the files that are passed on, in their places, the standard files, the
environment, the current folder and the signals held and ignored of that moment, and does what
`multiprocessing.spawn` has it do, to the end of the interpreter.

Not as in production: modules are loaded before that environment and that path of modules are
known; hashes are seeded alike; the umask and limits set by the tests after their first child are
not handed on; memory that nobody has written to is shared. Tests of how children start, of what
they see or of their memory take `cold_children` (conftest.py), and what is not ours, is on another
system than Linux or can't be had this way starts as ever.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import importlib
import json
import multiprocessing.spawn
import multiprocessing.util
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LOADED = (
    "PIL.Image", "numpy", "cv2", "docglean.extractors.documents.workers",
    "docglean.extractors.documents.first_look", "docglean.extractors.documents.words",
    "docglean.extractors.documents.render", "docglean.extractors.documents.ocr", "rapidocr",
    "rapidocr.ch_ppocr_cls", "rapidocr.ch_ppocr_det", "rapidocr.ch_ppocr_rec.utils", "pyclipper",
    "shapely",
)  # fmt: skip
"""What children load beside `get_ready`."""
FORK_SERVER = "from multiprocessing.forkserver import main"
"""How the code begins that such a process runs."""
MOST_BYTES = 150_000
"""Of one request: mostly the environment."""
MOST_FILES = 64
MOST_SECONDS = 240.0
"""Until a child is there, the first time with all that is loaded; a busy machine is no failure."""
_SET_SUBREAPER, _GET_SUBREAPER = 36, 37  # linux/prctl.h


class _Warm:
    """Stands for `multiprocessing.util.spawnv_passfds` in one process.

    Args:
        beside: the way to a process that forks, if it is there already.
    """

    def __init__(self, beside: socket.socket | None = None) -> None:
        self._cold_start = multiprocessing.util.spawnv_passfds
        self._environment = dict(os.environ)
        if beside is not None:
            beside.settimeout(MOST_SECONDS)
        self._beside = beside
        self._process = os.getpid()
        self._lock = threading.Lock()
        self.cold = 0

    def __call__(self, program: Any, words: Sequence[str], files: Sequence[int]) -> int:
        ours = "-P" in words and (
            "--multiprocessing-fork" in words or words[-1].startswith(FORK_SERVER)
        )
        if ours and not self.cold and os.getpid() == self._process:
            with self._lock, suppress(OSError):
                return self._forked(program, words, files)
        return self._cold_start(program, words, files)

    def _forked(self, program: Any, words: Sequence[str], files: Sequence[int]) -> int:
        """Have one forked.

        Raises:
            OSError: it can't be had.
        """
        if self._beside is None:
            self._beside = self._begun(program, words[1 : words.index("-c")])
        numbers = [number for number in {0, 1, 2, *map(int, files)} if _is_open(number)]
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        told = {
            "words": words[words.index("-c") + 1 :],
            "numbers": numbers,
            "env": dict(os.environ),
            "cwd": str(Path.cwd()),
            "held": [int(one) for one in mask],
            "deaf": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        }
        try:
            with _adopting():
                socket.send_fds(self._beside, [json.dumps(told).encode()], numbers)
                answer = self._beside.recv(100)
            if not answer:
                raise BrokenPipeError("what forks is gone")
            os.waitid(os.P_PID, int(answer), os.WEXITED | os.WNOHANG | os.WNOWAIT)  # ours
        except BaseException:  # an answer may still come, and be taken for that to the next
            self.cold += 1
            raise
        return int(answer)

    def _begun(self, program: Any, options: Sequence[str]) -> socket.socket:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(MOST_SECONDS)
        with its:
            process = subprocess.Popen(
                [program, *options, __file__, str(its.fileno())],
                stdin=subprocess.DEVNULL, cwd="/", env=self._environment,
                pass_fds=[its.fileno()],
            )  # fmt: skip

        def end() -> None:
            if os.getpid() == self._process:
                process.kill()
                process.wait()
                ours.close()

        atexit.register(end)
        return ours


_installed: _Warm | None = None


def install(beside: socket.socket | None = None) -> None:
    """Have children of this process start warm."""
    global _installed
    if sys.platform == "linux":
        _installed = _Warm(beside)
        multiprocessing.util.spawnv_passfds = _installed


@contextmanager
def cold() -> Iterator[None]:
    """Children that start in this block do so as in production."""
    if _installed is not None:
        _installed.cold += 1
    try:
        yield
    finally:
        if _installed is not None:
            _installed.cold -= 1


def load() -> None:
    """What children load."""
    from docglean.extractors.documents.child_start import get_ready
    from docglean.extractors.opt_outs import load_onnxruntime

    get_ready()
    with suppress(ImportError):
        load_onnxruntime()
    for name in LOADED:
        with suppress(ImportError):  # in children, too, where it is not installed
            importlib.import_module(name)


def begin_beside() -> None:
    """Fork a process that forks the children of this one, which has no thread yet."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        its.close()
        install(ours)
        return
    ours.close()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # whoever reads what the command prints waits for nobody else
        os.dup2(null, number)
    os.close(null)
    _Source(its).serve()


class _Source:
    """The process that forks: it does nothing else, and ends with the one that asks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def serve(self) -> None:
        """Until the other end is closed. In a child, be that: comes to its end as `SystemExit`."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            request, files, _, _ = socket.recv_fds(self._connection, MOST_BYTES, MOST_FILES)
            if not request:
                os._exit(0)
            reading, writing = os.pipe()
            between = os.fork()
            if not between:
                # The child of a process that ends goes over to the next above it that adopts.
                child = os.fork()
                if child:
                    os.write(writing, str(child).encode())
                    os._exit(0)
                for number in (reading, writing, self._connection.detach()):
                    os.close(number)
                _becomes(json.loads(request), files)
            for number in (writing, *files):
                os.close(number)
            os.waitpid(between, 0)
            with suppress(BrokenPipeError):
                self._connection.send(os.read(reading, 100))
            os.close(reading)


def _becomes(told: Mapping[str, Any], files: Sequence[int]) -> None:
    """Be the child that was asked for; it ends as `SystemExit`."""
    signal.pthread_sigmask(signal.SIG_SETMASK, told["held"])
    signal.signal(signal.SIGINT, signal.SIG_IGN if told["deaf"] else signal.default_int_handler)
    above = max(told["numbers"]) + 1
    kept = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, above) for file in files]
    for file in files:
        os.close(file)
    for file, number in zip(kept, told["numbers"], strict=True):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    code, *words = told["words"]
    sys.argv[:] = ["-c", *words]
    importlib.invalidate_caches()
    exec(code, {"__name__": "__main__"})
    sys.exit()


@contextmanager
def _adopting() -> Iterator[None]:
    """Children whose parents end while this goes on become children of this process.

    https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
    """
    control = ctypes.CDLL(None).prctl
    before = ctypes.c_int()
    control(_GET_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    control(_SET_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        control(_SET_SUBREAPER, before.value, 0, 0, 0)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    load()
    gc.freeze()  # no fork writes to the memory that it shares, looking for garbage
    _Source(socket.socket(fileno=int(sys.argv[1]))).serve()
