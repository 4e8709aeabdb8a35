"""LibreOffice, where it is installed: it draws office files as their programs lay them out.

Each file has a process and a profile of its own, without macros and without links that are brought
up to date; the network is cut off by the sandbox, which it inherits (see `sandbox`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from docglean.extractors.documents.child import allowed_seconds, scratch_folder

VARIABLE = "DOCGLEAN_OFFICE"
"""Environment variable: the path of LibreOffice's `soffice`, or `off`; else it is looked for."""
OFF = "off"
PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
WAITING = 3.0
"""How much longer than its processor time it may take by the clock."""
MOST_STARTS, STARTED_ANEW = 3, 81
"""Starts of one conversion, and the exit code that asks for another (a new profile was made)."""
PARENT_DIED = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
_ITEM = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}"><value>{}</value></prop></item>'
_SETTINGS = (
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Common/Misc", "UseOpenCL", "false"),
)


def office_program() -> str:
    """The path of LibreOffice; empty where there is none, or it is not to be used."""
    told = os.environ.get(VARIABLE, "")
    if told.lower() == OFF:
        return ""
    found = shutil.which(told or "soffice")
    if not found and not told:
        found = next(filter(os.path.exists, PLACES), "")
    return os.path.realpath(found) if found else ""


def office_version() -> str:
    """Changes when another LibreOffice is installed, or none: it lays pages out otherwise."""
    program = office_program()
    if not program:
        return ""
    status = Path(program).stat()
    return f"{program} {status.st_mtime_ns} {status.st_size}"


def drawn_by_office(content: bytes, suffix: str) -> bytes:
    """A file as a PDF by LibreOffice; empty where it fails at it, or takes too long.

    Args:
        suffix: of the file's name, with the dot.
    """
    with TemporaryDirectory(dir=scratch_folder(), prefix="office-") as folder:
        place = Path(folder)
        (place / f"in{suffix}").write_bytes(content)
        shutil.copytree(_profile(), place / "profile")
        _run(place, "--convert-to", "pdf", "--outdir", str(place), str(place / f"in{suffix}"))
        made = place / "in.pdf"
        return made.read_bytes() if made.exists() else b""


def _profile() -> Path:
    """The profile that each process gets a copy of: its first start takes as long as a drawing."""
    from filelock import FileLock

    kept = scratch_folder() / "office-profile"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            with TemporaryDirectory(dir=scratch_folder(), prefix="office-") as folder:
                user = Path(folder) / "profile" / "user"
                user.mkdir(parents=True)
                (user / "registrymodifications.xcu").write_text(_registry(), "utf-8")
                _run(Path(folder), "--terminate_after_init")
                user.parent.rename(kept)
    return kept


def _run(place: Path, *what: str) -> None:
    """Have LibreOffice do this, with the profile in a folder."""
    program = Path(office_program())
    inner = program.with_name("soffice.bin")
    command = [
        str(inner if inner.exists() else program),
        f"-env:UserInstallation={(place / 'profile').as_uri()}",
        "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard", *what,
    ]  # fmt: skip
    surroundings = {
        "HOME": str(place), "TMPDIR": str(place), "PATH": os.environ.get("PATH", ""),
        "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp", "TZ": "UTC",
    }  # fmt: skip
    for _ in range(MOST_STARTS):
        if _ended(command, place, surroundings) != STARTED_ANEW:
            return


def _ended(command: list[str], place: Path, surroundings: dict[str, str]) -> int:
    """The exit code of a process that was held to its time."""
    seconds = allowed_seconds()
    process = subprocess.Popen(
        command,
        env=surroundings,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limited(seconds) if os.name == "posix" else None,
    )
    try:
        return process.wait(seconds * WAITING)
    except subprocess.TimeoutExpired:
        return -signal.SIGTERM
    finally:
        _end(process)


def _limited(seconds: float) -> Callable[[], None]:
    """What the new process does first: end with its parent, and after so much computing."""
    import resource

    die_too = _prctl()

    def begin() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        if die_too is not None:
            die_too(PARENT_DIED, signal.SIGKILL, 0, 0, 0)

    return begin


@cache
def _prctl() -> Callable[..., object] | None:
    return ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it has started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _registry() -> str:
    items = "".join(_ITEM.format(*one) for one in _SETTINGS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/'
        f'registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>'
    )
