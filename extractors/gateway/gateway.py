"""The way to the model that all documents of a run share: bounded, paid once, within budgets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.fair_slots import FairSlots
from docglean.extractors.gateway.retries import is_slow, pause_before_next
from docglean.extractors.gateway.sent import DeadlineClock, Sent, Wait, paid_for
from docglean.extractors.ledger.accounts import reckon
from docglean.extractors.ledger.budget import Budget, BudgetLimits, Crowded, Expected, runaway
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import Flight
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Call, ModelClient, Reply
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.pace import Pace
from docglean.extractors.models.prices import price
from docglean.schemas.errors import BudgetExceeded, ConfigError

logger = logging.getLogger("docglean")

RateSlot = Callable[[int], Awaitable[None]]

TOLD_SECONDS = 2.0
"""A shorter pause is not worth a word."""
LOOK_AGAIN_SECONDS = 1.0
"""Between looks at the ledger for a reply that another process is waiting for."""
REFUSED_SECONDS = 1.0
"""For so long what every call would meet is not asked again. The run that met it ends meanwhile;
who keeps the way open may have mended it."""
READY = 2
"""Requests drawn and waiting for each one that is under way, so that no call waits for pages."""


class ModelGateway:
    """The way to the model that all documents of a run share: bounded, through the ledger.

    A call that was sent is waited for even when nobody wants its answer any more: it is paid
    for, so its reply goes into the ledger. `close` waits for those that are left.

    Args:
        client: the connection; None where nothing is to be sent.
        ledger: where replies are stored before use.
        concurrency: calls under way at once.
        pace: how fast calls go to the server; None is as fast as `concurrency` lets.
        turn: waited for before each call, told the tokens that it will take: where several
            processes share a rate.
        price: US dollars that a call of this usage is expected to cost, None where unknown.
        budgets: what a call made now counts against.
        host: of the server, for people.
        on_wait: told when the server has calls wait.

    Attributes:
        unclaimed: what was paid for answers that nobody wanted any more when they came.
        noted: shapes of requests that the ledger knows, see `earlier_answers`.
    """

    def __init__(
        self,
        client: ModelClient | None,
        ledger: Ledger,
        concurrency: int,
        *,
        price: Callable[[Usage], Decimal | None] = lambda _: None,
        budgets: Callable[[], Sequence[Budget]] = lambda: (),
        pace: Pace | None = None,
        turn: RateSlot | None = None,
        host: str = "",
        on_wait: Callable[[Wait], None] = lambda _: None,
    ) -> None:
        self.client = client
        self.host = host
        self.ledger = ledger
        self.slots = asyncio.Semaphore(concurrency)
        self.ready = FairSlots(READY * concurrency)
        self.calls: set[asyncio.Task[Sent | None]] = set()
        self._over: tuple[BudgetExceeded, Sequence[Budget]] | None = None
        self._refused: tuple[ConfigError, float] | None = None
        self.unclaimed = Spending()
        self.noted: set[str] = set()
        self._price = price
        self._budgets = budgets
        self._pace = pace or Pace()
        self._turn = turn
        self._on_wait = on_wait
        self._told_until = 0.0
        self._sending: set[asyncio.Task[Any]] = set()
        self._begun: set[asyncio.Task[Any]] = set()
        self._admission = asyncio.Lock()
        self._closing = False
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._counted = self._expected = Usage()
        self._alarmed = False

    @property
    def under_way(self) -> int:
        """Calls that were sent and are not answered."""
        return len(self._sending)

    @property
    def spent_up(self) -> BudgetExceeded | None:
        """Why nothing is sent any more; what was a day's budget is so until the day is over."""
        if self._over is None or self._over[1] != self.budgets:
            return None
        return self._over[0]

    def alone(self, key: str) -> AbstractAsyncContextManager[None]:
        """Holds the same request of another document back until this one is answered."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    @property
    def budgets(self) -> Sequence[Budget]:
        """What a call made now counts against."""
        return self._budgets()

    def expected(self, usage: Usage) -> Expected:
        """This usage with what it is expected to cost."""
        return Expected(usage, self._price(usage))

    async def send(
        self, key: str, facts: RequestMeta, call: Call, expected: Expected, clock: DeadlineClock
    ) -> Sent | None:
        """Send a call; None where another process has sent just this.

        Args:
            clock: runs while the server has the call.

        Raises:
            ConfigError: the key or the model is refused, or the ledger fails.
            BudgetExceeded: this call, and so every later one, would cross a budget.
        """
        if self.spent_up is not None:
            raise self.spent_up
        failed: list[Reply] = []
        in_vain, taken = 0, self._pace.taken
        try:
            while True:
                sent = await self._waited_for(self._sent(key, facts, call, expected, clock))
                if sent is None or sent.saved:
                    return sent
                in_vain = in_vain + 1 if taken == self._pace.taken else 1
                taken = self._pace.taken
                pause = pause_before_next(sent.reply, 1 + len(failed), in_vain)
                if pause is None or clock.left <= 0:
                    return replace(sent, failed=tuple(failed))
                failed.append(sent.reply)
                self._tell_wait(sent.reply)
                await asyncio.sleep(pause)
        except BaseException as error:
            self.unclaimed += paid_for(failed, expected)
            if isinstance(error, BudgetExceeded):
                first = self.spent_up or error
                self._over = first, self.budgets
                raise first from None
            raise

    async def _waited_for(self, sending: Coroutine[Any, Any, Sent | None]) -> Sent | None:
        """What comes of a call, which goes on where nobody waits for it any more."""
        task = asyncio.create_task(sending)
        self.calls.add(task)
        task.add_done_callback(self._ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._not_claimed)
            raise

    async def _sent(
        self, key: str, facts: RequestMeta, call: Call, expected: Expected, clock: DeadlineClock
    ) -> Sent | None:
        async with self._pace.slot(expected.usage.total):
            if self._turn is not None:
                await self._turn(expected.usage.total)
            self._check_refused()
            task = asyncio.current_task()
            assert task is not None
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            return await self._through_ledger(key, facts, call, expected, clock)

    def _check_refused(self) -> None:
        """Who waited for a turn while another was refused meets its error without asking."""
        if self._refused is not None and time.monotonic() < self._refused[1]:
            raise self._refused[0]

    def _tell_wait(self, reply: Reply) -> None:
        """Say, once a pause, that a server wants one."""
        left = self._pace.shut_for
        if not is_slow(reply) or left < TOLD_SECONDS or time.monotonic() < self._told_until:
            return
        self._told_until = time.monotonic() + left
        self._on_wait(Wait(self.host, reply.code, left, self._pace.refused_for, len(self.calls)))

    async def _through_ledger(
        self, key: str, facts: RequestMeta, call: Call, expected: Expected, clock: DeadlineClock
    ) -> Sent | None:
        ceiling = self._price(longest_answer(expected.usage, call.max_tokens))
        told = replace(expected, ceiling=ceiling)
        flight = await self._begin(key, facts, told)
        if flight is None:
            return None
        if isinstance(flight, Reply):
            return Sent(flight, expected, saved=True)
        assert self.client is not None
        task = asyncio.current_task()
        assert task is not None
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        try:
            with clock:
                reply = await self.client.send(call)
        except ConfigError as error:
            self._refused = error, time.monotonic() + REFUSED_SECONDS
            await self.ledger.finish(
                flight, Reply(outcome="failed", code=error.code, cost=Decimal(0))
            )
            raise
        except BaseException:
            await self.ledger.interrupt(flight)
            raise
        await self.ledger.finish(flight, reply)
        self._watch(reply, expected.usage)
        return Sent(reply, expected)

    async def _begin(
        self, key: str, facts: RequestMeta, expected: Expected
    ) -> Flight | Reply | None:
        """Begin a call in the ledger, when the budgets let it; one after the other.

        Raises:
            BudgetExceeded: they never will.
        """
        if not self.budgets:
            return await self.ledger.begin(key, facts, expected)
        async with self._admission:
            while True:
                if self.spent_up is not None:
                    raise self.spent_up
                if self._closing:
                    raise asyncio.CancelledError
                try:
                    return await self.ledger.begin(key, facts, expected, self.budgets)
                except Crowded:
                    await self._wait_for_one()

    async def _wait_for_one(self) -> None:
        """Until a call that was begun has ended; one of another process may be it."""
        if self._begun:
            await asyncio.wait(
                self._begun, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        else:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            await self.ledger.sweep()

    def _ended(self, task: asyncio.Task[Sent | None]) -> None:
        self.calls.discard(task)
        if not task.cancelled():
            task.exception()  # there may be nobody left to hear it

    def _not_claimed(self, task: asyncio.Task[Sent | None]) -> None:
        if task.cancelled() or task.exception() is not None:
            return
        sent = task.result()
        if sent is not None and not sent.saved:
            self.unclaimed += sent.spending

    async def settled(self, grace: float) -> None:
        """Until calls that were sent have ended, `grace` seconds at the most."""
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=grace)

    def _watch(self, reply: Reply, expected: Usage) -> None:
        """Raise the alarm, once, when tokens are far above what was estimated."""
        if not reply.usage.total:
            return
        self._counted += reply.usage
        self._expected += expected
        if not self._alarmed:
            alarm = runaway(reply.model, self._counted, self._expected)
            if alarm:
                self._alarmed = True
                logger.warning("%s", alarm)

    async def close(self, grace: float) -> None:
        """Wait for calls under way, `grace` seconds at the most, and close the connection.

        Those that take longer are given up: they stand in the accounts as interrupted. Those that
        wait for their turn are not sent any more.
        """
        self._closing = True
        calls = set(self.calls)
        for call in calls - self._sending:
            call.cancel()
        try:
            if calls:
                await asyncio.wait(calls, timeout=grace)
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            if self.client is not None:
                await self.client.close()


async def open_gateway(
    client: ModelClient | None,
    ledger: Ledger,
    engine: Engine,
    concurrency: int,
    *,
    budget_limits: BudgetLimits = BudgetLimits(),
    run: str = "",
    pace: Pace | None = None,
    turn: RateSlot | None = None,
    on_wait: Callable[[Wait], None] = lambda _: None,
) -> ModelGateway:
    """The way to an engine's model, within the budgets of a run.

    Raises:
        ConfigError: ``no_price``.
    """

    def budgets() -> tuple[Budget, ...]:
        return budget_limits.budgets(run)

    if budget_limits and engine.host is not None and not engine.is_model:
        raise ConfigError(
            "no_price",
            f"What {engine.spec} asks for its answers is not known, so no budget can be kept.",
            "Leave the budget out.",
        )
    if client is None:
        return ModelGateway(client, ledger, concurrency, budgets=budgets)
    if budget_limits and price(engine, Usage(input_tokens=1000, output_tokens=1000)) is None:
        raise ConfigError(
            "no_price",
            f"The price of {engine.spec} is not known, so no budget can be kept.",
            "Add ?price=IN/OUT to the engine, in US dollars for a million tokens, or leave the "
            "budget out.",
        )
    return ModelGateway(
        client,
        ledger,
        concurrency,
        price=partial(price, engine),
        budgets=budgets,
        pace=pace,
        turn=turn,
        host=engine.host or "",
        on_wait=on_wait,
    )


def longest_answer(usage: Usage, most: int) -> Usage:
    """The usage of an answer that is as long as it may be."""
    return usage.model_copy(update={"output_tokens": max(usage.output_tokens, most)})


async def batch_price(ledger: Ledger, engine: Engine) -> Callable[[Usage], Expected]:
    """What a call in a batch is expected to cost, as the engine's last ones turned out."""
    known = await ledger.look(reckon, engine.spec)

    def expected(usage: Usage) -> Expected:
        cost = price(engine, usage, batch=True)
        return Expected(usage, cost, None if cost is None else round(cost * known.mean, 9))

    return expected
