"""The ledger: stored before use, private, shared by processes, truthful after kill -9."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Outcome, Reply
from docglean.schemas.errors import ConfigError

FACTS = RequestMeta(document="d" * 64, name="a.pdf", pages="1-8", engine="x:y", purpose="extract")
KEY = "k" * 64


def reply(text: str = '{"a": 1}', outcome: Outcome = "ok") -> Reply:
    return Reply(
        outcome=outcome,
        text=text,
        usage=Usage(input_tokens=100, output_tokens=7, reasoning_tokens=3),
        cost=Decimal("0.000123456789"),
        model="y-2026",
        request_id="req_1",
        seconds=1.5,
        attempts=2,
        repaired=True,
        message="m",
        code="c",
    )


async def store(ledger: Ledger, key: str, answer: Reply) -> None:
    flight = await ledger.begin(key, FACTS)
    assert isinstance(flight, Flight)
    await ledger.finish(flight, answer)


async def test_a_reply_comes_back_as_it_was(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        assert await ledger.reply(KEY) is None
        await store(ledger, KEY, reply())
    async with await Ledger.open(where) as ledger:
        assert await ledger.reply(KEY) == reply()
        assert await ledger.replies([KEY, "other"]) == {KEY: reply()}
        assert ledger.interrupted == []


@pytest.mark.parametrize("outcome", ["ok", "truncated", "refused", "invalid", "too_large"])
async def test_an_answer_is_replayed_whatever_it_says(tmp_path: Path, outcome: Outcome) -> None:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        await store(ledger, KEY, reply(outcome=outcome))
        found = await ledger.begin(KEY, FACTS)
        assert isinstance(found, Reply)
        assert found.outcome == outcome
        assert await ledger.in_flight() == []


async def test_a_failed_call_is_made_again(tmp_path: Path) -> None:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        await store(ledger, KEY, reply(outcome="failed"))
        assert await ledger.reply(KEY) is None
        await store(ledger, KEY, reply("second"))
        found = await ledger.reply(KEY)
        assert found is not None
        assert found.text == "second"


async def test_calls_under_way_are_known_until_they_end(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        flight = await ledger.begin(KEY, FACTS)
        assert isinstance(flight, Flight)
        [under_way] = await ledger.in_flight()
        assert (under_way.key, under_way.facts, under_way.pid) == (KEY, FACTS, os.getpid())
        # A second ledger of this living process must not take it for dead, nor send it again.
        async with await Ledger.open(where) as other:
            assert other.interrupted == []
            assert await other.begin(KEY, FACTS) is None
        await ledger.finish(flight, reply())
        assert await ledger.in_flight() == []


async def test_an_abandoned_call_is_in_the_accounts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    async with await Ledger.open(path) as ledger:
        flight = await ledger.begin(KEY, FACTS)
        assert isinstance(flight, Flight)
        await ledger.interrupt(flight)
        assert await ledger.in_flight() == []
        assert await ledger.reply(KEY) is None
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("select outcome, cost, name from replies").fetchall()
    assert rows == [("interrupted", None, "a.pdf")]


async def test_a_cancelled_caller_still_stores_the_reply(tmp_path: Path) -> None:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        flight = await ledger.begin(KEY, FACTS)
        assert isinstance(flight, Flight)
        task = asyncio.create_task(ledger.finish(flight, reply()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ledger.reply(KEY) == reply()


async def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    old = os.umask(0o000)
    try:
        async with await Ledger.open(tmp_path / "new" / "ledger.sqlite") as ledger:
            await store(ledger, KEY, reply())
            modes = {
                file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()
            }
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(
        ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"), 0o600
    )


async def test_a_ledger_that_all_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch(0o666)
    path.chmod(0o666)
    async with await Ledger.open(path):
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("where", ["{}/file/ledger.sqlite", "{}", "nosuch://host/db", "sqlite://"])
async def test_an_unusable_place_is_named(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        await Ledger.open(where.format(tmp_path))
    assert caught.value.code == "ledger_unusable"
    assert "DOCGLEAN_LEDGER" in caught.value.way_out


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, not a database at all\n" * 100)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="not a database"):
        await Ledger.open(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644


async def test_a_password_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        await Ledger.open("nosuch://me:secret@host/db")
    assert "secret" not in str(caught.value)


async def test_a_later_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    async with await Ledger.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update ledger set version = 99")
    with pytest.raises(ConfigError) as caught:
        await Ledger.open(path)
    assert caught.value.code == "ledger_newer"


async def test_a_full_disk_ends_the_run_with_a_word_about_it(tmp_path: Path) -> None:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        flight = await ledger.begin(KEY, FACTS)
        assert isinstance(flight, Flight)

        def limit(connection: sqlite3.Connection, _: object) -> None:
            pages = connection.execute("pragma page_count").fetchone()[0]
            connection.execute(f"pragma max_page_count = {pages}")

        # SQLite's own limit gives the error that a full disk gives.
        ledger._engine.dispose()
        sqlalchemy.event.listen(ledger._engine, "connect", limit)
        with pytest.raises(ConfigError) as caught:
            await ledger.finish(flight, reply("x" * 1_000_000))
    assert caught.value.code == "ledger_full"


async def test_what_was_kept_is_found_by_kind_and_key(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        await ledger.keep("words", "a", "ä\n" * 1000)
        await ledger.keep("words", "a", "newer")
        await ledger.keep_many("words", {str(n): f"page {n}" for n in range(1200)})
        assert await ledger.kept("words", "a") == "newer"
        assert await ledger.kept("survey", "a") is None
        found = await ledger.kept_many("words", [str(n) for n in range(1300)])
        assert found == {str(n): f"page {n}" for n in range(1200)}


CHILD = """
import asyncio, json, sys
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.models.base import Reply

async def main(path, number, stay):
    async with await Ledger.open(path) as ledger:
        sent = 0
        for index in range(60):
            key = f"{index:064}"
            while True:
                flight = await ledger.begin(key, RequestMeta(name=f"{index}.pdf", pages="1"))
                if flight is not None:
                    break
                await asyncio.sleep(0.002)
            if isinstance(flight, Flight):
                sent += 1
                if stay and index == 3:
                    print("in flight", flush=True)
                    await asyncio.sleep(60)
                await asyncio.sleep(0.001)
                await ledger.finish(flight, Reply(outcome="ok", text=key))
        print(json.dumps(sent), flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "stay"))
"""


def child(where: Path | str, number: int, how: str = "go") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(where), str(number), how],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("noticed", [True, False], ids=["waited for", "waited for by nobody"])
async def test_after_kill_9_what_came_back_is_there_and_the_rest_is_named(
    tmp_path: Path, noticed: bool
) -> None:
    path = tmp_path / "ledger.sqlite"
    process = child(path, 1, "stay")
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "in flight\n"
    # While it lives, its call is its own.
    async with await Ledger.open(path) as ledger:
        assert ledger.interrupted == []
        assert len(await ledger.in_flight()) == 1
    process.send_signal(signal.SIGKILL)
    # Where nobody waits for it, as in a container whose first process does not, it is a zombie.
    await asyncio.to_thread(process.communicate if noticed else process.stdout.read)
    async with await Ledger.open(path) as ledger:
        [left] = ledger.interrupted
        assert (left.facts.name, left.pid, left.key) == ("3.pdf", process.pid, f"{3:064}")
        assert await ledger.in_flight() == []
        assert len(await ledger.replies([f"{n:064}" for n in range(60)])) == 3
        # It may be sent again.
        assert isinstance(await ledger.begin(left.key, FACTS), Flight)
    async with await Ledger.open(path) as ledger:
        assert ledger.interrupted == []  # told once; this process is alive
    process.wait()
    process.stdout.close()


@pytest.mark.slow
async def test_two_processes_at_once_pay_once(where: str) -> None:
    processes = [child(where, number) for number in range(2)]
    sent = []
    for process in processes:
        out, _ = await asyncio.to_thread(process.communicate)
        assert process.returncode == 0
        sent.append(json.loads(out))
    assert sum(sent) == 60
    async with await Ledger.open(where) as ledger:
        assert len(await ledger.replies([f"{n:064}" for n in range(60)])) == 60
        assert ledger.interrupted == []


async def test_a_process_that_died_meanwhile_holds_nobody_up(where: str) -> None:
    process = child(where, 1, "stay")
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "in flight\n"
    async with await Ledger.open(where) as ledger:
        assert await ledger.begin(f"{3:064}", FACTS) is None
        process.kill()
        await asyncio.to_thread(process.communicate)
        assert isinstance(await ledger.begin(f"{3:064}", FACTS), Flight)
        assert [flight.facts.name for flight in ledger.interrupted] == ["3.pdf"]
