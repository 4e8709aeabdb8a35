"""The straight line with a batch at its end: what would be sent is handed in, and read later.

A document goes down the ordinary line. Where its line comes to a request without a stored reply,
that is handed in, and the document waits (`Waiting`). When the batch has ended its replies are in
the ledger, and the document goes down the ordinary line again: this time to the end, or to the
next request (a re-ask, a half) that is not answered yet.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.extraction import Spending, Usage, add_costs
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.batch_book import Answered, BatchRow
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.extractors.ledger.database import RequestMeta
from docglean.extractors.ledger.rows import Flight
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.models.batch_port import NotSubmitted
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.extractors.telemetry.spans import Later
from docglean.schemas.errors import BudgetExceeded, ConfigError, ModelError

if TYPE_CHECKING:
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.models.client import Client

TRIES = 2
"""Times that a request is handed in before its failure is taken for the answer: a batch may expire
or be cancelled, and the provider may have an accident."""


class Waiting(Later):
    """A document has requests in a batch that are not answered yet.

    Attributes:
        document: SHA-256 of its file.
        new: requests that were just handed in.
    """

    def __init__(self, document: str, new: int) -> None:
        super().__init__(document, new)
        self.document = document
        self.new = new


@dataclass
class BatchSession(DocumentSession):
    """An inquiry that hands in what the ledger cannot answer.

    Attributes:
        batcher: where to.
        pending: requests that are waited for.
        new: those of them that this inquiry handed in.
    """

    batcher: BatchSubmitter | None = None
    pending: int = 0
    new: int = 0

    async def reply(self, request: Request) -> tuple[Request, Reply | None]:
        """The stored reply; where there is none, the request is handed in."""
        assert self.batcher is not None
        while True:
            request = self.readable(request)
            if not request.pages:
                return request, None
            async with self.line.alone(request.key):
                known = await self.line.ledger.look(
                    batch_book.answered, request.key, self.facts.run
                )
                if known.reply is not None:
                    return request, self._found(known)
                if known.failed is not None and not _again(known):
                    return request, known.failed
                waits = known.in_batch or known.under_way or self.batcher.has(request.key)
                if waits or self.batcher.shut:
                    self.pending += 1
                    return request, _pending()
                async with self.line.ready.turn():
                    shown = await self._parts(request)
                    if shown is not None:
                        expected = self.batcher.expected(expected_usage(request, self.view))
                        call = self._call(request, shown)
                        await self.batcher.add(request.key, self._facts(request), call, expected)
                        self.pending += 1
                        self.new += 1
                        return request, _pending()

    def halt(self) -> None:
        """End this walk down the line where answers are still to come.

        Raises:
            Waiting: there are some.
        """
        if self.pending:
            raise Waiting(self.facts.document, self.new)

    def _found(self, known: Answered) -> Reply:
        """A stored reply: paid by this run's own batch, or by an earlier run."""
        reply = known.reply
        assert reply is not None
        mine = self.facts.run and (known.run, known.name) == (self.facts.run, self.facts.name)
        if not mine:
            return self.saved(reply)
        into, out = known.expected
        told = Usage(input_tokens=into, output_tokens=out) if reply.usage.total else Usage()
        self.spending += Spending(usage=reply.usage, expected=told, cost=reply.cost, calls=1)
        return reply


def _again(known: Answered) -> bool:
    return known.failed is not None and known.failed.retryable and known.failures < TRIES


def _pending() -> Reply:
    return Reply(outcome="failed", code="pending", attempts=0)


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
                claimed = set(await self.ledger.change(batch_book.claim, batch, flights, budgets))
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


def add_all(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; unknown where one of them is."""
    total: Decimal | None = Decimal(0)
    for cost in costs:
        total = add_costs(total, cost)
    return total


def _picked(file: IO[bytes], drafts: Sequence[_Draft]) -> IO[bytes]:
    """A file with the lines of these drafts only, to be read from its beginning."""
    picked = TemporaryFile()  # noqa: SIM115 (the caller's)
    for draft in drafts:
        file.seek(draft.start)
        picked.write(file.read(draft.length))
    picked.seek(0)
    return picked
