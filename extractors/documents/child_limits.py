"""What the kernel holds a child process to: time of each task, and memory of the child."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, LARGE_PIECE = -1, -3, 4 << 20
"""Parameters of mallopt, and from which size in bytes freed memory goes back to the system."""
WAITING = 10.0
"""How much longer than its processor time a task may take by the clock: on a busy machine it waits
for the processor, which is not the file's fault. What hangs without computing ends by this."""
GRACE_SECONDS = 10.0
"""How much later than the pool a child ends itself: only when the pool is no longer there."""


def limit_time(seconds: float, threads: int) -> None:
    """End this process after so many seconds of processor time in each of `threads`, and by the
    clock `WAITING` times as late.

    C code may hold the interpreter for ever, and the parent may be gone: the kernel's own timers
    (their default action ends the process) leave no orphan.
    """
    _alarm(seconds * threads, seconds * WAITING + GRACE_SECONDS)


def lift_time_limit() -> None:
    """End this process no more: its task is done."""
    _alarm(0.0, 0.0)


def _alarm(computing: float, waiting: float) -> None:
    """End this process after seconds of processor time, and after seconds by the clock."""
    if hasattr(signal, "setitimer"):
        # Time of the process and of the system for it, in all threads; unlike RLIMIT_CPU, which
        # counts from the process's beginning, set anew for each task.
        # https://man7.org/linux/man-pages/man2/setitimer.2.html
        signal.setitimer(signal.ITIMER_PROF, computing)
        signal.setitimer(signal.ITIMER_REAL, waiting)


def limit_memory(memory_bytes: int) -> None:
    """Hold what this process may write to `memory_bytes`. Only Linux can."""
    if sys.platform == "linux":
        import resource

        # RLIMIT_DATA counts what is really writable; RLIMIT_AS also counts address space that
        # allocators and threads only reserve. https://man7.org/linux/man-pages/man2/setrlimit.2.html
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        _give_large_pieces_back()


def _give_large_pieces_back() -> None:
    """Have the C library return large pieces of memory to the system once they are freed.

    Left alone, glibc raises the size above which it does so to 32 MB, and what models free in
    between stays in its heap, in pieces that fit nothing: OCR alone takes twice the memory. Once
    told, it also gives back whatever is free at the heap's end, from 128 kB on, and takes it again
    page by page: a fifth of the time of a small document, unless that is told it, too.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        tell = ctypes.CDLL(None).mallopt
        tell(M_MMAP_THRESHOLD, LARGE_PIECE)
        tell(M_TRIM_THRESHOLD, LARGE_PIECE)
