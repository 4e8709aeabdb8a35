"""The queue of a service: nothing is lost, nothing is read by two, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import sqlalchemy as sa
from docglean.extractors.ledger import jobs, retention
from docglean.extractors.ledger.jobs import Job
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.tables import PROCESSES
from docglean.schemas.errors import DocgleanError

SERVICE, ANN = "s1", "ann"
DIED = DocgleanError("reader_died", "It died.", "Look.")


@pytest.fixture
async def ledger(where: str) -> AsyncIterator[Ledger]:
    async with await Ledger.open(where) as opened:
        yield opened


def job(id: str, **told: object) -> Job:
    plain = {"service": SERVICE, "owner": ANN, "name": f"{id}.pdf", "document": "ab", "bytes": 1,
             "created": datetime.now(UTC)}  # fmt: skip
    return Job(id=id, **{**plain, **told})  # type: ignore[arg-type]


async def accept(ledger: Ledger, *told: Job, most: int = 9) -> list[bool]:
    return [await ledger.change(jobs.accept, one, most) for one in told]


async def take(ledger: Ledger, process: str = "p", claim: str = "") -> Job | None:
    return await ledger.change(jobs.take, SERVICE, process, claim or uuid4().hex)


async def test_the_oldest_is_read_first_and_by_one_only(ledger: Ledger) -> None:
    ids = [jobs.new_id() for _ in range(6)]
    assert all(await accept(ledger, *map(job, ids)))
    await accept(ledger, job("other", service="s2"))
    taken = await asyncio.gather(*(take(ledger) for _ in range(9)))
    assert sorted(one.id for one in taken if one is not None) == sorted(ids)
    assert {one.state for one in taken if one is not None} == {"running"}
    assert await ledger.look(jobs.counts, SERVICE) == {
        "queued": 0, "running": 6, "done": 0, "failed": 0,
    }  # fmt: skip


async def test_what_is_done_twice_comes_to_the_same(ledger: Ledger) -> None:
    """As where a commit was cut off after all was written."""
    assert await accept(ledger, job("a"), job("a"), most=1) == [True, True]
    first, again = await take(ledger, claim="c"), await take(ledger, claim="c")
    assert first == again
    assert first is not None
    assert first.attempts == 1
    for _ in range(2):
        assert await ledger.change(jobs.finish, first, ["ok", "review"], Decimal("0.10"))
    done = await ledger.look(jobs.find, SERVICE, ANN, "a")
    assert done is not None
    assert (done.state, done.statuses, done.cost) == ("done", ("ok", "review"), Decimal("0.10"))
    assert done.began is not None
    assert done.ended is not None
    assert done.created <= done.began <= done.ended


async def test_a_full_queue_takes_no_more(ledger: Ledger) -> None:
    assert await accept(ledger, job("a"), job("b"), job("c"), most=2) == [True, True, False]
    await take(ledger)
    assert await accept(ledger, job("c"), most=2) == [True]


async def test_what_is_put_back_or_taken_away_is_not_finished_by_who_had_it(
    ledger: Ledger,
) -> None:
    await accept(ledger, job("a"))
    first = await take(ledger)
    assert first is not None
    assert await ledger.change(jobs.release, first)
    second = await take(ledger)
    assert second is not None
    assert second.attempts == 1  # it was not its fault
    assert not await ledger.change(jobs.finish, first, ["ok"], None)
    await ledger.change(jobs.remove, SERVICE, "a")
    assert not await ledger.change(jobs.fail, second, DIED)
    assert await ledger.look(jobs.find, SERVICE, ANN, "a") is None


async def test_what_a_dead_process_had_goes_back_and_is_given_up_in_the_end(
    ledger: Ledger,
) -> None:
    await accept(ledger, job("a"))
    for _ in range(jobs.MOST_ATTEMPTS):
        assert await take(ledger, "gone") is not None
        assert await ledger.look(jobs.readers, SERVICE) == {"gone"}
        assert not await ledger.lives("gone")
        await ledger.change(jobs.abandon, SERVICE, "gone", DIED)
    failed = await ledger.look(jobs.find, SERVICE, ANN, "a")
    assert failed is not None
    assert (failed.state, failed.code, failed.way_out) == ("failed", "reader_died", "Look.")
    again = await ledger.change(jobs.retry, SERVICE, ANN, "a")
    assert again is not None
    assert (again.state, again.attempts, again.code) == ("queued", 0, "")


async def test_a_process_that_lives_keeps_what_it_reads(ledger: Ledger) -> None:
    mine = await ledger.entered()
    await accept(ledger, job("a"))
    taken = await take(ledger, mine)
    assert await ledger.look(jobs.held, SERVICE, mine) == [taken]
    assert await ledger.lives(mine)
    entered = await ledger.look(
        lambda connection: connection.execute(sa.select(PROCESSES.c.id)).scalars().all()
    )
    assert entered == [mine]


async def test_each_sees_his_own(ledger: Ledger) -> None:
    await accept(ledger, job("a"), job("b", owner="bo"), job("c"), job("d", service="s2"))
    first = await ledger.look(jobs.listed, SERVICE, ANN, limit=1)
    rest = await ledger.look(jobs.listed, SERVICE, ANN, after=first[-1].id, limit=9)
    assert [one.id for one in (*first, *rest)] == ["a", "c"]
    assert await ledger.look(jobs.find, SERVICE, "bo", "a") is None
    assert await ledger.change(jobs.retry, SERVICE, "bo", "a") is None
    assert await ledger.look(jobs.known, SERVICE) == {"a", "b", "c"}
    only = await ledger.look(jobs.listed, SERVICE, ANN, state="running", limit=9)
    assert only == []


async def test_only_what_has_ended_grows_old(ledger: Ledger) -> None:
    await accept(ledger, job("a"), job("b"))
    taken = await take(ledger)
    assert taken is not None
    await ledger.change(jobs.finish, taken, ["ok"], None)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await ledger.look(jobs.ended_before, SERVICE, later) == [taken.id]
    assert await ledger.look(jobs.ended_before, SERVICE, later - timedelta(hours=1)) == []


async def test_what_is_forgotten_is_in_no_queue(ledger: Ledger) -> None:
    """Where it is read; its service removes the files of what is in none."""
    await accept(ledger, job("a"), job("b"), job("c", document="cd"))
    for _ in range(2):
        taken = await take(ledger)
        assert taken is not None
        if taken.id == "a":
            await ledger.change(jobs.finish, taken, ["ok"], None)
    assert await ledger.look(retention.held, ["ab"], None) == retention.Held(0, 1)
    await ledger.change(retention.forget, ["ab"], None)
    assert await ledger.look(jobs.known, SERVICE) == {"b", "c"}
    await ledger.change(retention.forget, None, datetime.now(UTC) + timedelta(minutes=1))
    assert await ledger.look(jobs.known, SERVICE) == {"b", "c"}  # to be read yet


def test_ids_sort_by_the_time_at_which_they_were_made() -> None:
    early = jobs.new_id()
    assert len(early) == 32
    assert early[:12] <= jobs.new_id()[:12]
