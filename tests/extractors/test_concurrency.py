"""Several pieces of work at once: errors as they were raised, drawing before OCR."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from functools import partial

import pytest
from docglean.extractors import concurrency
from docglean.extractors.concurrency import Turns, alongside, apart, in_turn, together
from docglean.schemas.errors import SourceError


async def test_results_come_in_order() -> None:
    async def late(value: int) -> int:
        await asyncio.sleep(0.01 * (3 - value))
        return value

    assert await together(late(n) for n in range(3)) == [0, 1, 2]


async def test_when_one_fails_the_others_end_and_its_own_error_is_raised() -> None:
    ended = []

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("long")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise SourceError("damaged", "It is damaged.")

    with pytest.raises(SourceError) as caught:
        await together([long(), together([fail()]), long()])
    assert caught.value.code == "damaged"
    assert ended == ["long", "long"]
    with pytest.raises(SourceError):
        async with alongside(fail()):
            await long()
    with pytest.raises(SourceError):  # noqa: PT012 (the block is what fails)
        async with alongside(long()):
            await asyncio.sleep(0)
            raise SourceError("damaged", "It is damaged.")
    assert ended == ["long"] * 4


async def test_ocr_begins_only_while_nothing_is_to_be_drawn() -> None:
    turns = Turns(2)
    events: list[str] = []

    async def recognise(name: str) -> None:
        async with turns.recognising():
            events.append(name)
            await asyncio.sleep(0.01)

    first = [asyncio.create_task(recognise(f"ocr {n}")) for n in range(2)]
    await asyncio.sleep(0)
    with turns.drawing():
        later = [asyncio.create_task(recognise(f"ocr {n}")) for n in (2, 3)]
        await asyncio.gather(*first)
        with turns.drawing():
            await asyncio.sleep(0.02)
        events.append("drawn")
    await asyncio.gather(*later)
    assert events == ["ocr 0", "ocr 1", "drawn", "ocr 2", "ocr 3"]


async def test_no_more_pages_are_under_ocr_than_there_are_processes() -> None:
    turns, under_way, most = Turns(2), 0, 0

    async def recognise() -> None:
        nonlocal under_way, most
        async with turns.recognising():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(recognise() for _ in range(9)))
    assert most == 2


async def test_in_turn_keeps_to_its_limit_and_gives_each_result_once() -> None:
    under_way = most = 0

    async def work(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (number % 3))
        under_way -= 1
        return number

    found = [one async for one in in_turn([partial(work, n) for n in range(20)], 3)]
    assert sorted(found) == list(range(20))
    assert most == 3


async def test_in_turn_begins_nothing_that_is_not_asked_for() -> None:
    begun: list[int] = []

    async def work(number: int) -> int:
        begun.append(number)
        return number

    async with aclosing(in_turn((partial(work, n) for n in range(100)), 2)) as turns:
        async for _ in turns:
            break
    assert len(begun) <= 5


async def test_when_one_of_many_fails_the_others_are_ended() -> None:
    ended: list[int] = []

    async def work(number: int) -> int:
        if number == 1:
            raise ValueError("no")
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append(number)
            raise
        return number

    with pytest.raises(ValueError, match="no"):
        async for _ in in_turn([partial(work, n) for n in range(3)], 3):
            pass
    assert sorted(ended) == [0, 2]


async def test_work_ends_when_another_thread_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "LOOK_AGAIN", 0.01)
    ended, cleaned = threading.Event(), []

    async def work() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)  # what is under way is brought to its end
            cleaned.append(True)
        return 1

    threading.Timer(0.05, ended.set).start()
    with pytest.raises(asyncio.CancelledError):
        await concurrency.unless(ended, work())
    assert cleaned == [True]

    async def quick() -> int:
        return 2

    assert await concurrency.unless(threading.Event(), quick()) == 2
    assert await concurrency.unless(None, quick()) == 2


async def test_ocr_of_a_short_document_does_not_wait_for_all_that_a_long_one_draws() -> None:
    turns, drawn = Turns(1), 0

    async def draw() -> None:
        nonlocal drawn
        for _ in range(10 * concurrency.DRAWINGS):
            with turns.drawing():
                await asyncio.sleep(0)
            drawn += 1

    async def recognise() -> int:
        async with turns.recognising():
            return drawn

    # Two of them: there is always something to be drawn.
    _, _, began = await asyncio.gather(draw(), draw(), recognise())
    assert concurrency.DRAWINGS - 1 <= began <= 2 * concurrency.DRAWINGS


async def test_what_is_held_up_apart_holds_up_nobody_else() -> None:
    held = threading.Event()
    waiting = asyncio.create_task(apart(held.wait, 60.0))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    held.set()
    assert await waiting
    with pytest.raises(ZeroDivisionError):
        await apart(divmod, 1, 0)


async def test_who_is_cancelled_waits_for_what_is_done_apart_and_the_second_time_no_longer() -> (
    None
):
    held = threading.Event()
    one, other = (asyncio.create_task(apart(held.wait, 60.0)) for _ in range(2))
    await asyncio.sleep(0.05)
    one.cancel()
    other.cancel()
    await asyncio.sleep(0.05)
    assert not one.done()
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    held.set()
    with pytest.raises(asyncio.CancelledError):
        await one
