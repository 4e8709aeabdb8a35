"""A child that crashes, hangs or eats memory costs one task; nothing is left behind."""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import pickle
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child import is_exhaustion
from docglean.extractors.documents.faults import is_own
from docglean.extractors.documents.formats import pixels
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from PIL import ImageColor

pytestmark = pytest.mark.usefixtures("cold_children")


@pytest.fixture(scope="module")
def workers(cold_children: None, limits: Limits) -> Iterator[Workers]:
    """None of the session's, whose children start warm."""
    pool = Workers(limits)
    yield pool
    pool.close()


async def test_results_and_stages_come_back(workers: Workers) -> None:
    assert await workers.run(math.sqrt, 9.0, source="a.pdf") == 3.0


@pytest.mark.parametrize(
    ("function", "argument", "code"),
    [
        (exec, "while True: pass", "too_slow"),  # computes
        (math.factorial, 10_000_000, "too_slow"),  # in C, which never comes back to Python
        (os._exit, 3, "parser_crashed"),
        (ctypes.string_at, 8, "parser_crashed"),
        (bytearray, 8_000_000_000, "too_much_memory"),
        (ImageColor.getrgb, "no colour", "parser_failed"),
        (math.sqrt, -1.0, "internal_error"),
    ],
)
async def test_whatever_ends_a_child_is_an_error_of_that_document(
    workers: Workers, function: Callable[[Any], Any], argument: Any, code: str
) -> None:
    if code == "too_much_memory" and sys.platform != "linux":
        pytest.skip("only Linux limits the memory of a process")
    with pytest.raises(SourceError) as caught:
        await workers.run(function, argument, source="nasty.pdf", seconds=1)
    assert caught.value.code == code
    assert "nasty.pdf" in caught.value.message
    assert caught.value.way_out
    assert await workers.run(math.sqrt, 4.0, source="good.pdf") == 2.0


async def test_waiting_is_not_computing(workers: Workers) -> None:
    """On a busy machine a task waits for its turn: asleep, it takes no processor time at all."""
    await workers.run(time.sleep, 1.5, source="good.pdf", seconds=0.5)


async def test_what_hangs_without_computing_ends_by_the_clock(workers: Workers) -> None:
    with pytest.raises(SourceError) as caught:
        await workers.run(time.sleep, 60, source="nasty.pdf", seconds=0.2)
    assert caught.value.code == "too_slow"


async def test_each_task_has_its_own_time(limits: Limits) -> None:
    async with Workers(limits.model_copy(update={"workers": 1})) as own:
        for _ in range(6):
            await own.run(exec, BUSY, source="good.pdf", seconds=1)


BUSY = """
import time
while time.process_time() % 0.4 < 0.39: pass
"""
"""Computes for up to 0.4 s."""


async def test_a_fault_of_ours_is_told_with_its_trace(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    source = SourceFile("good.png", "/nowhere", None)  # type: ignore[arg-type]
    with pytest.raises(SourceError) as caught:
        await workers.run(pixels, source, "no page", 1, 1, source="good.png")  # type: ignore[arg-type]
    assert caught.value.code == "internal_error"
    assert "AttributeError" in caught.value.message
    assert "damaged" not in str(caught.value)
    assert "formats.py" in caplog.text
    assert "AttributeError" in caplog.text


def test_whose_fault_it_is() -> None:
    def told(function: Callable[..., Any], *args: Any) -> bool:
        try:
            function(*args)
        except Exception as error:
            return is_own(error)
        raise AssertionError("nothing was raised")

    own: dict[str, Any] = {"__name__": "docglean.extractors.documents.audio"}
    exec(OURS, own)
    library: dict[str, Any] = {"__name__": "av.container.input", "ours": own["convert"]}
    exec("def convert(value): return int(value)\ndef read(): ours('x')", library)
    own["library"] = library["convert"]
    assert told(own["convert"], "x")  # a builtin that we called
    assert told(own["loaded"], "[")  # the standard library, called by us
    assert told(own["unknown"])
    assert not told(own["missing"])  # the system
    assert not told(own["asked"], "x")  # a library, called by us
    assert not told(own["refused"])  # raised on purpose
    assert told(library["read"])  # called back by a library


OURS = """
import json
from docglean.schemas.errors import SourceError
def convert(value): return int(value)
def loaded(text): return json.loads(text)
def unknown(): return open("x", wrong=1)
def missing(): return open("/no/such/file")
def asked(value): return library(value)
def refused(): raise SourceError("damaged", "It is damaged.")
"""


async def test_what_parsers_warn_of_is_not_shown(
    limits: Limits, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Workers(limits) as own:
        await own.run(warnings.warn, "old tag", source="old.tiff")
        await own.run(os.write, 2, b"seen\n", source="old.tiff")
    shown = capfd.readouterr().err
    assert "seen" in shown
    assert "old tag" not in shown


async def test_others_go_on_while_one_hangs(workers: Workers) -> None:
    nasty = [workers.run(exec, "while True: pass", source="nasty.pdf", seconds=1)]
    good = [workers.run(math.sqrt, float(n), source="good.pdf") for n in range(50)]
    results = await asyncio.gather(*nasty, *good, return_exceptions=True)
    assert isinstance(results[0], SourceError)
    assert results[1:] == [math.sqrt(n) for n in range(50)]


class Shy:
    """Something that pickles but doesn't unpickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return math.sqrt, (-1.0,)


async def test_what_does_not_pickle_costs_only_its_task(workers: Workers) -> None:
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        await workers.run(lambda: 1, source="a.pdf")
    with pytest.raises(SourceError, match="math domain"):
        await workers.run(str, Shy(), source="a.pdf")
    with pytest.raises(SourceError, match=r"docglean itself failed.*pickle"):
        await workers.run(threading.Lock, source="a.pdf")
    assert await workers.run(math.sqrt, 4.0, source="b.pdf") == 2.0


def test_from_several_threads(workers: Workers) -> None:
    found: list[float] = []

    def work() -> None:
        found.append(asyncio.run(workers.run(math.sqrt, 16.0, source="a.pdf")))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4.0] * 4


def test_closed_workers_say_so() -> None:
    pool = Workers(Limits(workers=1))
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(pool.run(math.sqrt, 1.0, source="a.pdf"))


SCRIPT = """
import asyncio, math
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers
print("started", flush=True)
async def main():
    async with Workers(Limits(workers=1)) as pool:
        print(await pool.run(math.sqrt, 25.0, source="a"))
asyncio.run(main())
"""
ONE = 'print(await pool.run(math.sqrt, 25.0, source="a"))'
SIX = f"await asyncio.gather(*(pool.run(math.sqrt, 25.0, source='a') for _ in range(6))); {ONE}"


def loaded() -> tuple[int, bool]:
    return os.getpid(), "pymupdf" in sys.modules


async def test_a_child_begun_ahead_takes_the_first_task_and_is_the_only_one() -> None:
    async with Workers(Limits(workers=2)) as own:
        own.start()
        pid, ready = await own.run(loaded, source="a.pdf")
        assert ready
        assert {await own.run(os.getpid, source="a.pdf") for _ in range(4)} == {pid}


def test_children_begun_ahead_end_with_workers_that_do_nothing() -> None:
    own = Workers(Limits(workers=1))
    own.start()
    own.close()
    with pytest.raises(RuntimeError, match="closed"):
        own.start()


async def test_children_are_as_many_as_tasks_at_once() -> None:
    async with Workers(Limits(workers=3)) as own:
        alone = {await own.run(os.getpid, source="a.pdf") for _ in range(4)}
        assert len(alone) == 1
        seen, until = alone, time.monotonic() + 60
        while len(seen) < 3 and time.monotonic() < until:
            tasks = (own.run(_its_number, source="a.pdf") for _ in range(6))
            seen |= set(await asyncio.gather(*tasks))
    assert len(seen) == 3


def _its_number() -> int:
    """Of the child, which takes no second task at once."""
    time.sleep(0.3)
    return os.getpid()


@pytest.mark.e2e
@pytest.mark.parametrize("how", ["file", "stdin", "command"])
def test_a_script_needs_no_guard(how: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    arguments = {"file": [str(script)], "stdin": ["-"], "command": ["-c", SCRIPT]}[how]
    done = subprocess.run(
        [sys.executable, *arguments],
        input=SCRIPT if how == "stdin" else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["started", "5.0"], done.stderr


@pytest.mark.e2e
def test_children_that_still_start_print_nothing_at_the_end(tmp_path: Path) -> None:
    """Some are still starting when the first has done all the work."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("workers=1", "workers=6").replace(ONE, SIX))
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=True
        )
        assert done.stderr == ""


@pytest.mark.e2e
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends a signal to a process group")
def test_children_that_still_start_print_nothing_at_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    # The parent bears it, as the command line does while it waits for calls under way.
    script.write_text(
        "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\n"
        + SCRIPT.replace("workers=1", "workers=4").replace(ONE, SIX)
    )
    for wait in (0.05, 0.1, 0.2, 0.3, 0.5):
        parent = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert parent.stdout is not None
        parent.stdout.readline()
        time.sleep(wait)
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.communicate(timeout=120)[1] == ""


@pytest.mark.e2e
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGKILL"])
def test_no_orphans_when_the_parent_is_ended(signal_name: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        SCRIPT.replace("math.sqrt, 25.0", "time.sleep, 20")
        .replace("math", "math, time")
        # a short task, so that its child ends itself soon after
        .replace('source="a"', 'source="a", seconds=0.2')
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        children = _wait_for(lambda: _children(parent.pid), seconds=20)
        parent.send_signal(getattr(signal, signal_name))
        parent.wait(20)
        assert _wait_for(lambda: not [p for p in children if _alive(p)], seconds=20)
    finally:
        parent.kill()
        parent.communicate()


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(p) for p in listed.read_text().split()] if listed.exists() else []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(p) for p in thread.read_text().split()]
    return sorted(set(found)) if len(set(found)) >= 2 else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _wait_for(condition: Callable[[], Any], *, seconds: float) -> Any:
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return result


def test_what_libraries_say_when_memory_runs_out() -> None:
    assert is_exhaustion(MemoryError())
    assert is_exhaustion(RuntimeError("code=1: malloc (123 bytes) failed"))
    assert is_exhaustion(RuntimeError("std::bad_alloc"))
    assert not is_exhaustion(ValueError("wrong"))


def test_a_pool_beside_is_made_once_and_closed_with_the_first(limits: Limits) -> None:
    first = Workers(limits)
    other = first.beside("large", Limits(workers=1, memory_bytes=2_000_000_000))
    assert first.beside("large", limits) is other
    assert other.limits.memory_bytes == 2_000_000_000
    assert asyncio.run(other.run(math.sqrt, 9.0, source="a")) == 3.0
    first.close()
    with pytest.raises(RuntimeError):
        asyncio.run(other.run(math.sqrt, 9.0, source="a"))
    with pytest.raises(RuntimeError):
        first.beside("more", limits)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="only the kernel of Linux, on these machines, cuts a process off",
)
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
async def test_no_library_in_a_child_reaches_the_network(
    workers: Workers, family: socket.AddressFamily
) -> None:
    with pytest.raises(SourceError, match="PermissionError"):
        await workers.run(_opened, family, source="a.pdf")
    assert await workers.run(_opened, socket.AF_UNIX, source="a.pdf") == "AF_UNIX"


def _opened(family: socket.AddressFamily) -> str:
    with socket.socket(family) as opened:
        return opened.family.name
