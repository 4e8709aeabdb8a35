"""Rates that are kept, and calls that slow down when a server says so."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import pytest
from docglean.extractors.models import pace
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.pace import Pace, Rate, pace_of
from docglean.extractors.settings import Settings


class Clock:
    """Time that only passes when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(pace.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(pace.asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def times(one: Pace, clock: Clock, count: int, tokens: int = 0) -> list[float]:
    """When each of so many calls may begin, in seconds from the first."""
    start, found = clock.now, []
    for _ in range(count):
        async with one.slot(tokens):
            found.append(clock.now - start)
    return found


async def test_requests_keep_to_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    found = await times(Pace(Rate(requests=60)), clock, 200)
    assert found[9] == 0  # ten seconds' worth at once
    for index in range(20, 200):
        assert found[index] == pytest.approx(index - 10, abs=1.1)


async def test_tokens_keep_to_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    found = await times(Pace(Rate(tokens=6_000)), clock, 30, tokens=1_000)
    assert found[-1] == pytest.approx(29 * 10 - 10, abs=10.1)
    # One call larger than a whole minute's rate goes through too, and is paid for after.
    assert await times(Pace(Rate(tokens=100)), clock, 2, tokens=1_000) == [0, 590]


async def test_a_pause_refills_no_more_than_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    one = Pace(Rate(requests=60))
    await times(one, clock, 30)
    clock.now += 3600
    found = await times(one, clock, 30)
    assert sum(moment == 0 for moment in found) <= 11


async def test_a_refusal_is_obeyed_by_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    one = Pace()
    start = clock.now
    assert one.shut_for == 0
    one.answered(200)
    assert one.shut_for == 0
    one.answered(429, 7.0)
    assert one.shut_for == pytest.approx(7)
    await one.open()
    assert clock.now - start == pytest.approx(7)
    async with one.slot(1):
        assert clock.now - start >= 7


async def test_without_a_time_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    one = Pace()
    pauses = []
    for _ in range(9):
        one.answered(529)
        start = clock.now
        await one.open()
        pauses.append(clock.now - start)
        clock.now += pace.EPISODE
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    one.answered(200)
    one.answered(429)
    start = clock.now
    await one.open()
    assert clock.now - start == 1


async def test_no_pause_is_longer_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    one = Pace(longest_pause=5)
    one.answered(429, 1e12)
    start = clock.now
    await one.open()
    assert clock.now - start == 5


async def test_the_window_halves_and_grows_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    one = Pace()
    assert one.window == math.inf
    slots = [one.slot(1) for _ in range(8)]
    for slot in slots:
        await slot.__aenter__()
    one.answered(429, 0.0)
    one.answered(429, 0.0)  # of the same episode
    assert one.window == 4
    assert one._enter(1) > 0
    for slot in slots:
        await slot.__aexit__(None, None, None)
    clock.now += 1
    for status in (200, 200, 200, 200):
        one.answered(status)
    assert 4 < one.window < 6
    one.answered(400)  # says nothing of how fast
    assert 4 < one.window < 6
    for _ in range(10):
        clock.now += 2 * pace.EPISODE
        one.answered(503, 0.0)
    assert one.window == 1
    assert one._enter(1) == 0  # one call is always let through


async def test_threads_share_one_pace() -> None:
    """Each flow task has an event loop of its own."""
    one = Pace(Rate(requests=600))  # ten a second, a hundred at once

    def work() -> None:
        async def calls() -> None:
            for _ in range(30):
                async with one.slot(0):
                    pass

        asyncio.run(calls())

    started = time.monotonic()
    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(4)))
    assert time.monotonic() - started > 1.5


def test_a_server_and_a_key_have_one_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(rates={"anthropic": Rate(requests=5)})
    monkeypatch.setenv("ANTHROPIC_API_KEY", "pace-1")
    first = pace_of(parse_engine("anthropic:claude-haiku-5-5"), settings)
    assert first.rate.requests == 5
    assert pace_of(parse_engine("ocr+anthropic:claude-opus-5-5"), settings) is first
    monkeypatch.setenv("ANTHROPIC_API_KEY", "pace-2")
    assert pace_of(parse_engine("anthropic:claude-haiku-5-5"), settings) is not first


@pytest.mark.parametrize("rates", ['{"anthropic": {"requests": 0}}', '{"x": {"calls": 1}}', "1"])
def test_rates_that_are_none_are_refused(rates: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from docglean.extractors.settings import load_settings
    from docglean.schemas.errors import ConfigError

    monkeypatch.setenv("DOCGLEAN_RATES", rates)
    with pytest.raises(ConfigError):
        load_settings()


def test_rates_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {"openai": Rate(requests=500, tokens=200_000)}
    monkeypatch.setenv("DOCGLEAN_RATES", '{"openai": {"requests": 500, "tokens": 200000}}')
    assert Settings().rates == told
