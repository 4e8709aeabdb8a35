"""Requests handed in as batches: the way to a model at half the price, for answers in hours."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from docglean.extractors.extraction import Usage, add_all
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.batch_book import BatchRow
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.extractors.ledger.rows import Flight
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Call
from docglean.extractors.models.batch_port import NotSubmitted
from docglean.schemas.errors import BudgetExceeded, ConfigError, ModelError

if TYPE_CHECKING:
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.models.client import Client


@dataclass(frozen=True, slots=True)
class _Draft:
    flight: Flight
    start: int
    length: int


@dataclass
class BatchSubmitter:
    """Collects requests and hands them in as batches within the provider's limits.

    What is collected lies in a file without a name, so that a killed process leaves no pages.

    Args:
        price: what a request of this usage is expected to cost in a batch.
        budgets: what a batch handed in now counts against.

    Attributes:
        made: batches handed in so far, with the requests that each took.
        trouble: why the provider did not take a batch; until that is forgotten, no more is tried.
        spent_up: the budget that let a part only be handed in; nothing is taken any more.
    """

    client: Client
    ledger: Ledger
    run: str
    price: Callable[[Usage], Expected]
    budgets: Callable[[], Sequence[Budget]] = lambda: ()
    made: list[BatchRow] = field(default_factory=list)
    trouble: ModelError | None = None
    spent_up: BudgetExceeded | None = None

    def __post_init__(self) -> None:
        self.wire = self.client.batches()
        self._drafts: list[_Draft] = []
        self._keys: set[str] = set()
        self._file: IO[bytes] | None = None
        self._size = 0
        self._turn = asyncio.Lock()
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def shut(self) -> bool:
        """Whether nothing can be handed in now."""
        return self.trouble is not None or self.spent_up is not None

    def try_again(self) -> None:
        """Take requests again: there may be money or room by now."""
        self.trouble = self.spent_up = None

    def has(self, key: str) -> bool:
        """Whether a request was taken and is not handed in yet."""
        return key in self._keys

    def expected(self, usage: Usage) -> Expected:
        """This usage with what it costs in a batch."""
        return self.price(usage)

    async def add(self, key: str, facts: RequestMeta, call: Call, expected: Expected) -> None:
        """Take a request; what is full is handed in.

        Raises:
            ConfigError: the key or the model is refused, or the ledger fails.
        """
        self._keys.add(key)
        flight = Flight(uuid.uuid4().hex, key, facts, "", os.getpid(), datetime.now(UTC), expected)
        body = self.client.body(call)
        line = await asyncio.to_thread(self.wire.line, flight.id, body)
        async with self._turn:
            full = self._size + len(line) > self.wire.most_bytes
            if full or len(self._drafts) >= self.wire.most_requests:
                await self._submit()
            if self.shut:
                self._keys.discard(key)
                return
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 (until it is handed in)
            await asyncio.to_thread(self._file.write, line)
            self._drafts.append(_Draft(flight, self._size, len(line)))
            self._size += len(line)

    async def flush(self) -> None:
        """Hand in what is left. Look at `trouble` and `spent_up` afterwards.

        Raises:
            ConfigError: the key or the model is refused, or the ledger fails.
        """
        async with self._turn:
            await self._submit()

    async def close(self, grace: float) -> None:
        """Forget what was not handed in; wait `grace` seconds for what is being handed in."""
        if self._sending:
            _, left = await asyncio.wait(self._sending, timeout=grace)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        if self._file is not None:
            self._file.close()
        self._file, self._size, self._drafts = None, 0, []
        self._keys.clear()

    async def _submit(self) -> None:
        drafts, file = self._drafts, self._file
        if not drafts or file is None or self.shut:
            return
        self._drafts, self._file, self._size = [], None, 0
        try:
            await self._hand_in(drafts, file)
        except ModelError as error:
            self.trouble = error
        finally:
            file.close()
            self._keys.difference_update(draft.flight.key for draft in drafts)

    async def _hand_in(self, drafts: list[_Draft], file: IO[bytes]) -> None:
        budgets = tuple(self.budgets())
        over: BudgetExceeded | None = None
        while True:
            batch = BatchRow(
                id=uuid.uuid4().hex,
                engine=self.client.engine.spec,
                run=self.run,
                state="submitting",
                process=await self.ledger.entered(),
                requests=len(drafts),
                bytes=sum(draft.length for draft in drafts),
                created=datetime.now(UTC),
            )
            try:
                flights = [draft.flight for draft in drafts]
                claim = partial(batch_book.claim, since=self.ledger.since)
                claimed = set(await self.ledger.change(claim, batch, flights, budgets))
                break
            except BudgetExceeded as error:
                over = over or error
                costs = [draft.flight.expected.counted for draft in drafts]
                fits = await self.ledger.look(batch_book.affordable, budgets, costs)
                # Fewer each time, also where another process spends at the same time.
                drafts = drafts[: min(fits, len(drafts) - 1)]
                if not drafts:
                    self.spent_up = over
                    return
        self.spent_up = over
        if claimed:
            mine = [draft for draft in drafts if draft.flight.id in claimed]
            lines = await asyncio.to_thread(_picked, file, mine)
            # What is on its way is followed to its end: cut off, nobody would know whether the
            # provider has it.
            task = asyncio.create_task(self._send(batch, lines))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            await asyncio.shield(task)
            cost = add_all(draft.flight.expected.cost for draft in mine)
            self.made.append(replace(batch, requests=len(mine), expected_cost=cost))

    async def _send(self, batch: BatchRow, lines: IO[bytes]) -> None:
        with lines, self.ledger.busy(batch.id):
            try:
                remote = await self.wire.submit(lines, batch.id)
            except (NotSubmitted, ConfigError) as error:
                await self.ledger.change(batch_book.drop, batch.id, error.message)
                raise
            except BaseException:
                await self.ledger.change(batch_book.abandon, batch.id)
                raise
            await self.ledger.change(batch_book.submitted, batch.id, remote)


def _picked(file: IO[bytes], drafts: Sequence[_Draft]) -> IO[bytes]:
    """A file with the lines of these drafts only, to be read from its beginning."""
    picked = TemporaryFile()  # noqa: SIM115 (the caller's)
    for draft in drafts:
        file.seek(draft.start)
        picked.write(file.read(draft.length))
    picked.seek(0)
    return picked
