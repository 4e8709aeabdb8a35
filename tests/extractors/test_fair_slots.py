"""Slots go round by document."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context

import pytest
from docglean.extractors.fair_slots import DOCUMENT, FairSlots


async def hold(slots: FairSlots, document: str, order: list[str]) -> None:
    DOCUMENT.set(document)
    async with slots.turn():
        order.append(document)
        await asyncio.sleep(0)


async def test_a_short_document_passes_a_long_one() -> None:
    slots, order = FairSlots(2), []
    works = ["long"] * 20 + ["short"] + ["other"] * 2
    await asyncio.gather(*(hold(slots, one, order) for one in works))
    assert len(order) == len(works)
    assert order.index("short") < 6
    assert max(place for place, one in enumerate(order) if one == "other") < 8


async def test_within_a_document_it_is_first_come_first_served() -> None:
    slots, order = FairSlots(1), []

    async def one(number: int) -> None:
        async with slots.turn():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(one, range(10)))
    assert order == list(range(10))


async def test_no_more_are_held_than_there_are() -> None:
    slots, held, most = FairSlots(3), 0, 0

    async def one(number: int) -> None:
        nonlocal held, most
        DOCUMENT.set(str(number % 4))
        async with slots.turn():
            held += 1
            most = max(most, held)
            await asyncio.sleep(0.001)
            held -= 1

    await asyncio.gather(*map(one, range(40)))
    assert most == 3


@pytest.mark.parametrize("steps", range(5))
async def test_who_is_cancelled_loses_no_slot(steps: int) -> None:
    """Also in the moment in which its turn comes."""
    slots, order = FairSlots(1), []
    async with slots.turn():
        waiting = [asyncio.create_task(hold(slots, f"{n}", order)) for n in range(3)]
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)
    await asyncio.wait_for(hold(slots, "last", order), 60)
    assert order[-1] == "last"


def test_threads_with_loops_of_their_own_share_them() -> None:
    slots, held, most, lock = FairSlots(2), [0], [0], threading.Lock()

    async def one() -> None:
        async with slots.turn():
            with lock:
                held[0] += 1
                most[0] = max(most[0], held[0])
            await asyncio.sleep(0.001)
            with lock:
                held[0] -= 1

    async def many() -> None:
        await asyncio.gather(*(one() for _ in range(20)))

    threads = [
        threading.Thread(target=copy_context().run, args=(asyncio.run, many())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == [2]
    assert held == [0]
