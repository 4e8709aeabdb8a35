"""A client that is kept: started once, called from threads, ended with its block, and strict about
it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docglean.extractors.ledger import budget
from docglean.schemas import Invoice
from servers.billing import COST, paying, slips
from test_api import Slip

from docglean import AsyncExtractor, BudgetExceeded, ConfigError, Extractor, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), concurrency=2)


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    """Slips with the numbers 0 to 3."""
    return sorted(slips(tmp_path / "papers", 4).iterdir())


@pytest.fixture
def client(settings: Settings) -> Iterator[Extractor]:
    with Extractor(Slip, settings=settings) as made:
        yield made


def test_it_opens_once_for_all_documents_and_schemas(client: Extractor, papers: list[Path]) -> None:
    kept = client._open._context
    assert kept is not None
    assert client.extract(papers[1]).data.number == "1"
    assert client.extract(papers[2], Invoice).schema_used.name == "invoice"  # type: ignore[union-attr]
    assert [one.data.number for one in client.extract_many(papers)] == ["0", "1", "2", "3"]
    assert client._open._context is kept
    assert kept.options.run == client.extract(papers[3]).run


def test_several_threads_may_ask_at_once(client: Extractor, papers: list[Path]) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda path: client.extract(path).data.number, papers * 4))
    assert found == ["0", "1", "2", "3"] * 4


def test_a_page_range_and_a_password_are_of_one_call(client: Extractor, papers: list[Path]) -> None:
    with pytest.raises(ConfigError, match="page"):
        client.extract(papers[0], pages="no")
    assert client.extract(papers[0], pages="7").problems[0].code == "no_such_page"
    assert client.extract(papers[0], password="x").data.number == "0"


def test_once_closed_it_says_so(settings: Settings, papers: list[Path]) -> None:
    with Extractor(Slip, settings=settings) as client:
        many = client.extract_many(papers)
        assert next(many).data.number == "0"
    client.close()
    for ask in (lambda: client.extract(papers[0]), lambda: next(many), client.__enter__):
        with pytest.raises(ConfigError) as refused:
            ask()
        assert refused.value.code == "client_closed"
    with pytest.raises(ConfigError, match="is closed"):
        list(client.extract_many(papers))


def test_what_is_wrong_is_told_when_it_opens(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="no provider 'nosuch'"), Extractor(engine="nosuch:model"):
        pytest.fail("it has opened")
    with pytest.raises(ConfigError, match="no amount"):
        Extractor(budget="much")
    threads = [one.name for one in threading.enumerate()]
    assert "docglean" not in threads


def test_closing_ends_what_other_threads_wait_for(tmp_path: Path, papers: list[Path]) -> None:
    with paying() as server, ThreadPoolExecutor(1) as threads:
        server.seconds = 2.0
        told = Settings(engine=server.engine(), ledger=str(tmp_path / "l.sqlite"))
        client = Extractor(Slip, settings=told)
        waiting = threads.submit(client.extract, papers[0])
        while not server.under_way:
            assert not waiting.done(), waiting.result()
        client.close()
        with pytest.raises(ConfigError, match="is closed"):
            waiting.result()
        # It was paid for, so its answer was waited for and kept.
        with Extractor(Slip, settings=told) as again:
            assert again.extract(papers[0]).spending.cached == 1
        assert server.questions == 1


def test_a_budget_is_that_of_its_life(tmp_path: Path, papers: list[Path]) -> None:
    with paying() as server:
        told = Settings(engine=server.engine(), ledger=str(tmp_path / "l.sqlite"))
        with Extractor(Slip, settings=told, budget=3 * COST) as client:
            client.extract(papers[0])
            with pytest.raises(BudgetExceeded, match="this run"):
                list(map(client.extract, papers[1:]))


def test_a_daily_budget_begins_anew(
    tmp_path: Path, papers: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=1)

    with paying() as server:
        told = Settings(engine=server.engine(), ledger=str(tmp_path / "l.sqlite"))
        with Extractor(Slip, settings=told, daily_budget=3 * COST) as client:
            with pytest.raises(BudgetExceeded):
                list(map(client.extract, papers))
            with pytest.raises(BudgetExceeded):
                client.extract(papers[3])
            monkeypatch.setattr(budget, "datetime", Tomorrow)
            assert client.extract(papers[3]).data.number == "3"


def test_it_may_not_wait_for_itself(settings: Settings, papers: list[Path]) -> None:
    asked: list[str] = []

    def again(_: object) -> None:
        if not asked:
            asked.append("")
            try:
                client.extract(papers[1])
            except ConfigError as error:
                asked.append(error.code)

    with Extractor(Slip, settings=settings, on_progress=again) as client:
        client.extract(papers[0])
    assert asked == ["", "client_waits"]


def test_one_that_is_forgotten_is_closed_and_said_to_be(
    settings: Settings, papers: list[Path]
) -> None:
    forgotten = [Extractor(Slip, settings=settings)]
    forgotten[0].extract(papers[0])
    kept, thread = forgotten[0]._open, forgotten[0]._thread
    with pytest.warns(ResourceWarning, match="never closed"):
        forgotten.clear()
    thread.join()
    assert kept.closed
    assert not kept.is_open


async def test_with_await(settings: Settings, papers: list[Path]) -> None:
    async with AsyncExtractor(Slip, settings=settings) as client:
        found = await asyncio.gather(*(client.extract(path) for path in papers))
        assert [one.data.number for one in found] == ["0", "1", "2", "3"]
        many = [one.data.number async for one in client.extract_many(papers)]
        assert many == ["0", "1", "2", "3"]
        with pytest.raises(ConfigError, match="another event loop"):
            await asyncio.to_thread(asyncio.run, client.extract(papers[0]))
    with pytest.raises(ConfigError, match="is closed"):
        await client.extract(papers[0])


async def test_who_stops_waiting_ends_the_work(settings: Settings, papers: list[Path]) -> None:
    async with AsyncExtractor(Slip, settings=settings) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.extract(papers[0]), 0.001)
        assert not client._open._under_way
        assert (await client.extract(papers[0])).data.number == "0"


SCRIPT = """
import os, signal, sys, threading, time
import psutil
from docglean import ConfigError, Extractor, Settings

paper, ledger, part = sys.argv[1:]
client = Extractor("invoice", settings=Settings(engine="local", ledger=ledger))
first = client.extract(paper)
children = [  # without multiprocessing's own, which stays as long as the parent
    one for one in psutil.Process().children() if "resource_tracker" not in str(one.cmdline())
]
assert children
if part == "forked":
    child = os.fork()
    if not child:
        try:
            client.extract(paper)
        except ConfigError as error:
            client.close()
            os._exit(error.code == "client_forked" and 7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert client.extract(paper).values == first.values  # its parent's is as it was
    client.close()
elif part == "interrupted":
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with client:
            while True:
                client.extract(paper)
    except KeyboardInterrupt:
        pass
elif part == "raised":
    try:
        with client:
            raise RuntimeError
    except RuntimeError:
        pass
if part != "left":  # open, at the end of the program
    left = psutil.wait_procs(children, 10)[1]
    assert not [one for one in left if one.status() != psutil.STATUS_ZOMBIE], left
print("done", os.getpid())
"""


@pytest.mark.slow
@pytest.mark.parametrize("part", ["forked", "interrupted", "raised", "left"])
def test_its_processes_end_with_it(part: str, papers: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    done = subprocess.run(
        # From 3.12 on Python warns of every fork beside threads, which is what one part does.
        [
            sys.executable,
            "-W",
            "ignore:This process",
            str(script),
            str(papers[0]),
            str(tmp_path / "l.sqlite"),
            part,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.startswith("done"), done.stderr
    assert not done.stderr
