"""Several pieces of work at once: errors as they were raised, drawing before OCR."""

from __future__ import annotations

import asyncio

import pytest
from docglean.extractors.tasks import Turns, alongside, together
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
