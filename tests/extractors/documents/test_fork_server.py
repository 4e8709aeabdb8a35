"""Children are forked from a process that has loaded what they need, and start anew where it can't
be had."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import psutil
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents import fork_server
from docglean.extractors.documents.workers import Workers
from processes import runs, still_running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there are they forked")

LOADED = "'pymupdf' in __import__('sys').modules"
SECONDS = 30.0


@pytest.fixture(autouse=True)
def none_begun() -> Iterator[None]:
    fork_server._end_begun()
    yield
    fork_server._end_begun()


def below() -> set[int]:
    """Processes below this one, but the one that tracks resources and those of tests."""
    mine = psutil.Process().children(recursive=True)
    return {one.pid for one in mine if "forkserver" in " ".join(_words(one))}


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def parents(pool: Workers, count: int) -> set[int]:
    asked = [pool.run(eval, "__import__('os').getppid()", source="a.pdf") for _ in range(count)]
    return set(await asyncio.gather(*asked))


async def test_children_of_one_pool_come_from_one_process_that_has_loaded() -> None:
    async with Workers(Limits(workers=2)) as pool:
        assert await pool.run(eval, LOADED, source="a.pdf")
        (parent,) = await parents(pool, 6)
        assert parent != os.getpid()
    assert not runs(parent)


@pytest.mark.usefixtures("cold_children")
async def test_one_that_was_begun_is_taken_by_the_next_pool_and_ends_with_it() -> None:
    before = below()
    fork_server.begin()
    fork_server.begin()
    (begun,) = below() - before
    async with Workers(Limits(workers=1)) as pool:
        assert await parents(pool, 1) == {begun}
    assert below() == before


@pytest.mark.usefixtures("cold_children")
def test_one_that_nobody_took_ends_with_the_process() -> None:
    code = (
        "from docglean.extractors.documents.fork_server import _begun, begin; begin(); "
        "print(_begun[0]._forkserver_pid)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert told.stderr == ""
    assert not still_running([int(told.stdout)])


THREADS = """
import os
from docglean.extractors.documents.child_start import get_ready
get_ready()
import cv2
print(len(os.listdir("/proc/self/task")), cv2.getNumThreads())
"""


def test_what_is_loaded_leaves_no_thread_that_a_fork_would_lose() -> None:
    told = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # its own it looks after when it is forked
    done = subprocess.run([sys.executable, "-c", THREADS], env=told, capture_output=True, text=True)
    threads, of_opencv = map(int, done.stdout.split())
    assert threads == 1
    assert of_opencv == cv2.getNumThreads()


KILLED = """
import asyncio, os
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers
async def main():
    pool = Workers(Limits(workers=1))
    await pool.run(eval, "1", source="a.pdf")
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""


def test_a_parent_that_is_killed_leaves_neither_processes_nor_files(tmp_path: Path) -> None:
    told = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", KILLED], env=told, capture_output=True)
    # Its output is closed when the last of its processes has ended.
    assert done.returncode == -9
    assert list(tmp_path.glob("pymp-*")) == []


async def test_where_it_was_killed_another_one_starts() -> None:
    async with Workers(Limits(workers=1)) as pool:
        (first,) = await parents(pool, 1)
        os.kill(first, 9)
        with pytest.raises(Exception, match=r"crashed|needs more memory"):
            await pool.run(eval, "__import__('os').kill(__import__('os').getpid(), 9)", source="a")
        (second,) = await parents(pool, 1)
        assert second not in {first, os.getpid()}


@pytest.mark.usefixtures("cold_children")
async def test_where_no_socket_can_be_had_children_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("a" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    monkeypatch.setattr("multiprocessing.util.get_temp_dir", lambda: str(deep))
    async with Workers(Limits(workers=1)) as pool:
        assert await parents(pool, 1) == {os.getpid()}


@pytest.mark.usefixtures("cold_children")
async def test_closing_waits_for_no_server_that_still_loads() -> None:
    before = below()
    pool = Workers(Limits(workers=1))
    pool.start()
    until = time.monotonic() + SECONDS
    while below() == before and time.monotonic() < until:
        await asyncio.sleep(0.001)
    await asyncio.to_thread(pool.close)
    assert below() == before
    with pytest.raises(RuntimeError, match="closed"):
        await pool.run(eval, "1", source="a.pdf")
