"""Errands that share a trip to the ledger: one transaction, and what becomes of each its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.accounts import spent_of
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Reply
from docglean.schemas.errors import BudgetExceeded, ConfigError

FACTS = RequestMeta(name="a.pdf", pages="1")
CENT = Expected(Usage(input_tokens=9, output_tokens=9), Decimal("0.01"))
OK = Reply(outcome="ok", text="{}", cost=Decimal("0.01"), usage=Usage(input_tokens=9))
BUDGET = (Budget("run 1", Decimal("0.10"), "this run"),)


def key(number: int) -> str:
    return f"{number:064}"


async def begun(ledger: Ledger, number: int) -> Flight:
    flight = await ledger.begin(key(number), FACTS)
    assert isinstance(flight, Flight)
    return flight


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger that has seen a call of this process."""
    async with await Ledger.open(tmp_path / "l.sqlite") as ledger:
        await ledger.entered()
        yield ledger


@asynccontextmanager
async def one_trip(ledger: Ledger) -> AsyncIterator[list[str]]:
    """What is asked for inside waits for one trip; gives how the database was used by then."""
    gone = threading.Event()
    used: list[str] = []
    holding = asyncio.create_task(ledger.look(lambda _: gone.wait(60)))
    await asyncio.sleep(0.05)

    def use(how: str) -> Any:
        return lambda *_: used.append(how)

    for how in ("begin", "commit", "rollback"):
        sqlalchemy.event.listen(ledger._engine, how, use(how))
    yield used
    used.clear()
    gone.set()
    await holding


def rows(ledger: Ledger, query: str) -> list[Any]:
    with closing(sqlite3.connect(ledger.where)) as connection, connection:
        return connection.execute(query).fetchall()


async def test_calls_that_begin_and_end_together_are_one_transaction(ledger: Ledger) -> None:
    flights = [await begun(ledger, number) for number in range(20)]
    async with one_trip(ledger) as used:
        ends = [asyncio.create_task(ledger.finish(flight, OK)) for flight in flights]
        starts = [asyncio.create_task(begun(ledger, number)) for number in range(20, 40)]
        keeps = [asyncio.create_task(ledger.keep("words", str(n), "x")) for n in range(20)]
        await asyncio.sleep(0.05)
    await asyncio.gather(*ends, *starts, *keeps)
    assert used.count("commit") == 1
    assert len(await ledger.replies(map(key, range(40)))) == 20
    assert {flight.key for flight in await ledger.in_flight()} == set(map(key, range(20, 40)))
    assert len(await ledger.kept_many("words", map(str, range(40)))) == 20


async def test_nobody_is_told_before_it_is_committed(ledger: Ledger) -> None:
    told: list[bool] = []
    async with one_trip(ledger):
        starts = [asyncio.create_task(begun(ledger, number)) for number in range(20)]
        await asyncio.sleep(0.05)

        def look(_: object) -> None:
            told.extend(start.done() for start in starts)

        sqlalchemy.event.listen(ledger._engine, "commit", look)
    for start in asyncio.as_completed(starts):
        flight = await start
        assert rows(ledger, f"select 1 from flights where id = '{flight.id}'")
    assert told == [False] * 20


def last_sync(said: list[str]) -> str:
    """How the last transaction goes to the disk."""
    return [one for one in said if one.startswith("PRAGMA synchronous")][-1]


async def test_what_lasts_takes_what_shares_its_trip_to_the_disk(ledger: Ledger) -> None:
    """A power cut may lose what can be read again; nothing that shares a transaction with money."""
    said: list[str] = []
    sqlalchemy.event.listen(
        ledger._engine,
        "before_cursor_execute",
        lambda _, cursor, statement, *rest: said.append(statement),
    )
    flight = await begun(ledger, 0)
    async with one_trip(ledger):
        end = asyncio.create_task(ledger.finish(flight, OK))
        keep = asyncio.create_task(ledger.keep("words", "a", "x", lasting=False))
        await asyncio.sleep(0.05)
    await asyncio.gather(end, keep)
    assert last_sync(said) == "PRAGMA synchronous=FULL"
    async with one_trip(ledger):
        keeps = [ledger.keep("words", str(n), "x", lasting=False) for n in range(2)]
        tasks = [asyncio.create_task(one) for one in keeps]
        await asyncio.sleep(0.05)
    await asyncio.gather(*tasks)
    assert last_sync(said) == "PRAGMA synchronous=NORMAL"


async def test_of_calls_with_one_key_one_begins(ledger: Ledger) -> None:
    await ledger.finish(await begun(ledger, 0), OK)
    await begun(ledger, 1)
    async with one_trip(ledger):
        asked = [asyncio.create_task(ledger.begin(key(n), FACTS)) for n in (0, 1, 2, 2, 2, 3)]
        await asyncio.sleep(0.05)
    found = await asyncio.gather(*asked)
    assert [type(one).__name__ for one in found] == [
        "Reply", "NoneType", "Flight", "NoneType", "NoneType", "Flight",
    ]  # fmt: skip


async def test_who_asks_after_a_write_finds_it(ledger: Ledger) -> None:
    flight = await begun(ledger, 0)
    async with one_trip(ledger):
        end = asyncio.create_task(ledger.finish(flight, OK))
        first = asyncio.create_task(ledger.keep("words", "a", "old"))
        await asyncio.sleep(0)
        second = asyncio.create_task(ledger.keep("words", "a", "new"))
        reads = asyncio.gather(ledger.reply(key(0)), ledger.begin(key(0), FACTS))
        kept = asyncio.create_task(ledger.kept("words", "a"))
        await asyncio.sleep(0.05)
    await asyncio.gather(end, first, second)
    assert [isinstance(one, Reply) for one in await reads] == [True, True]
    assert await kept == "new"


async def test_who_asks_after_the_only_write_finds_it(ledger: Ledger) -> None:
    flight = await begun(ledger, 0)
    async with one_trip(ledger):
        end = asyncio.create_task(ledger.finish(flight, OK))
        await asyncio.sleep(0)
        end.cancel()
        reads = asyncio.gather(ledger.reply(key(0)), ledger.reply(key(0)))
        await asyncio.sleep(0.05)
    assert await reads == [OK, OK]


async def test_an_error_of_one_is_its_own(ledger: Ledger) -> None:
    flights = [await begun(ledger, number) for number in range(5)]
    nothing: Any = object()  # no database takes it
    async with one_trip(ledger):
        bad = asyncio.create_task(ledger.keep("words", "bad", "x", document=nothing))
        good = asyncio.create_task(ledger.keep("words", "good", "x"))
        worse = asyncio.create_task(ledger.look(lambda _: 1 // 0))
        ends = [asyncio.create_task(ledger.finish(flight, OK)) for flight in flights]
        await asyncio.sleep(0.05)
    await asyncio.gather(good, *ends)
    with pytest.raises(ConfigError) as caught:
        await bad
    assert caught.value.code == "ledger_unusable"
    with pytest.raises(ZeroDivisionError):
        await worse
    assert await ledger.kept_many("words", ["good", "bad"]) == {"good": "x"}
    assert rows(ledger, "select outcome, count(*) from replies group by 1") == [("ok", 5)]


async def test_calls_of_one_trip_do_not_overdraw_a_budget(ledger: Ledger) -> None:
    async def begin(number: int) -> Any:
        return await ledger.begin(key(number), FACTS, CENT, BUDGET)

    await ledger.finish(await begin(99), OK)  # known by now: a call costs what is expected
    async with one_trip(ledger) as used:
        asked = [asyncio.create_task(begin(number)) for number in range(20)]
        await asyncio.sleep(0.05)
    found = await asyncio.gather(*asked, return_exceptions=True)
    began = [one for one in found if isinstance(one, Flight)]
    assert (len(began), used.count("commit")) == (9, 1)
    assert all(isinstance(one, BudgetExceeded) for one in found if one not in began)
    assert {flight.key for flight in await ledger.in_flight()} == {one.key for one in began}
    assert await ledger.look(spent_of, "run 1") == (Decimal("0.01"), Decimal("0.09"))
    async with one_trip(ledger):
        ends = [asyncio.create_task(ledger.finish(one, OK)) for one in began[1:]]
        ends.append(asyncio.create_task(ledger.interrupt(began[0])))
        await asyncio.sleep(0.05)
    await asyncio.gather(*ends)
    assert await ledger.look(spent_of, "run 1") == (Decimal("0.10"), Decimal(0))
    outcomes = rows(ledger, "select outcome, count(*) from replies group by 1 order by 1")
    assert outcomes == [("interrupted", 1), ("ok", 9)]


async def test_a_call_that_was_taken_for_dead_holds_no_other_up(ledger: Ledger) -> None:
    flights = [await begun(ledger, number) for number in range(6)]
    with closing(sqlite3.connect(ledger.where)) as connection, connection:
        connection.execute("delete from flights where id = ?", (flights[0].id,))
    async with one_trip(ledger):
        ends = [asyncio.create_task(ledger.finish(flight, OK)) for flight in flights]
        await asyncio.sleep(0.05)
    await asyncio.gather(*ends)
    assert rows(ledger, "select count(*) from replies") == [(6,)]


async def test_who_is_gone_before_the_trip_leaves_sends_nothing(ledger: Ledger) -> None:
    async with one_trip(ledger):
        asked = [asyncio.create_task(begun(ledger, number)) for number in range(4)]
        await asyncio.sleep(0.05)
        asked[0].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*asked[1:])
    assert {flight.key for flight in await ledger.in_flight()} == set(map(key, range(1, 4)))


async def test_threads_with_loops_of_their_own(ledger: Ledger) -> None:
    async def call(number: int) -> None:
        await ledger.finish(await begun(ledger, number), OK)

    async def some(thread: int) -> None:
        await asyncio.gather(*(call(50 * thread + n) for n in range(50)))

    def run(thread: int) -> None:
        asyncio.run(some(thread))

    await asyncio.gather(*(asyncio.to_thread(run, thread) for thread in range(5)))
    assert len(await ledger.replies(map(key, range(250)))) == 250
    assert rows(ledger, "select count(*), count(distinct call) from replies") == [(250, 250)]


async def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "l.sqlite")
    await ledger.close()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(ledger.reply(key(1)), 10)


PROCESS = """
import asyncio, json, os, sys
from decimal import Decimal
import sqlalchemy
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.budget import Budget, Crowded, Expected
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.models.base import Reply

WHERE, KEYS, END = sys.argv[1], range(*json.loads(sys.argv[2])), sys.argv[3]
BUDGET = (Budget("all", Decimal(9), "all"),)
EXPECTED = Expected(Usage(input_tokens=9, output_tokens=9), Decimal("0.01"))
OK = Reply(outcome="ok", text="{}", cost=Decimal("0.01"), usage=Usage(input_tokens=9))

async def begun(ledger, number):
    while True:
        try:
            facts = RequestMeta(name=str(number))
            flight = await ledger.begin(f"{number:064}", facts, EXPECTED, BUDGET)
            if flight is not None:
                return flight
        except Crowded:
            pass
        await asyncio.sleep(0.01)

async def call(ledger, number):
    await asyncio.sleep(number * 0.01)
    flight = await begun(ledger, number)
    if isinstance(flight, Flight):
        print("sent", number, flush=True)
        await asyncio.sleep(0.02)
        await ledger.finish(flight, OK)
        print("read", number, flush=True)

async def main():
    async with await Ledger.open(WHERE) as ledger:
        commits = 0
        def dies(_):
            nonlocal commits
            commits += 1
            if commits == int(END):
                os.kill(os.getpid(), 9)
        if int(END):
            sqlalchemy.event.listen(ledger._engine, "commit", dies)
        await asyncio.gather(*(call(ledger, number) for number in KEYS))

asyncio.run(main())
"""


def process(where: Path, first: int, last: int, dies: int = 0) -> subprocess.Popen[str]:
    """Calls with these keys at once; killed where it would commit for this time."""
    words = [sys.executable, "-c", PROCESS, str(where), json.dumps([first, last]), str(dies)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
async def test_processes_at_once_pay_once_and_keep_one_budget(tmp_path: Path) -> None:
    where = tmp_path / "l.sqlite"
    async with await Ledger.open(where):
        pass
    told = [process(where, 0, 150), process(where, 100, 250)]
    said = [(await asyncio.to_thread(one.communicate))[0] for one in told]
    assert [one.returncode for one in told] == [0, 0]
    sent = [line for one in said for line in one.splitlines() if line.startswith("sent")]
    assert sorted(sent) == sorted(f"sent {number}" for number in range(250))
    async with await Ledger.open(where) as ledger:
        assert await ledger.look(spent_of, "all") == (Decimal("2.50"), Decimal(0))
        assert rows(ledger, "select count(*) from replies") == [(250,)]


@pytest.mark.slow
@pytest.mark.parametrize("commit", [2, 3, 4, 5, 6])
async def test_killed_at_a_commit_all_that_was_said_holds(tmp_path: Path, commit: int) -> None:
    """What was sent is in the accounts, what was read is there; money is set aside for neither."""
    where = tmp_path / "l.sqlite"
    killed = process(where, 0, 120, commit)
    said = (await asyncio.to_thread(killed.communicate))[0].splitlines()
    assert killed.returncode == -9
    sent = {line.split()[1] for line in said if line.startswith("sent")}
    read = {line.split()[1] for line in said if line.startswith("read")}
    async with await Ledger.open(where) as ledger:
        booked = dict(rows(ledger, "select name, outcome from replies"))
        assert sent <= booked.keys()
        assert {booked[name] for name in read} <= {"ok"}
        spent, reserved = await ledger.look(spent_of, "all")
        assert (spent, reserved) == (len(booked) * Decimal("0.01"), 0)
