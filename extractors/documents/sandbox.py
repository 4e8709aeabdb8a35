"""No network for processes that open files: a library there can neither phone home nor fetch.

Kept by the kernel (a seccomp filter of Linux, on x86-64 and 64-bit ARM), so it also holds for C
code that no variable and no Python hook reaches. It is a guard against libraries, not a prison
for an attacker who runs code of his own. Elsewhere there is only what `opt_outs` says.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import sys

# linux/audit.h, and each machine's number of the system call socket().
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
_AF_INET, _AF_INET6 = 2, 10  # linux/socket.h
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Places in `struct seccomp_data`, all little-endian here."""
_LOAD, _SKIP_UNLESS, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_equal", ctypes.c_uint8),
        ("if_not", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def cut_off_network() -> bool:
    """Refuse this process, and what it starts, every new Internet socket (``EACCES``), for good.

    https://docs.kernel.org/userspace-api/seccomp_filter.html

    Returns:
        Whether the kernel keeps it from now on.
    """
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    architecture, socket_call = known
    steps = (
        _Step(_LOAD, 0, 0, _ARCHITECTURE),
        _Step(_SKIP_UNLESS, 0, 5, architecture),
        _Step(_LOAD, 0, 0, _NUMBER),
        _Step(_SKIP_UNLESS, 0, 3, socket_call),
        _Step(_LOAD, 0, 0, _FIRST_ARGUMENT),
        _Step(_SKIP_UNLESS, 2, 0, _AF_INET),
        _Step(_SKIP_UNLESS, 1, 0, _AF_INET6),
        _Step(_RETURN, 0, 0, _ALLOW),
        _Step(_RETURN, 0, 0, _REFUSE),
    )
    array = (_Step * len(steps))(*steps)
    program = _Program(len(steps), array)
    control = ctypes.CDLL(None, use_errno=True).prctl
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(control(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
