"""A model read in batches: what would be sent is handed in, and its answer read later.

A document is read as by `ModelReader`. Where that comes to a request without a stored reply, the
request is handed in, and the document waits (`Waiting`). When the batch has ended its replies are
in the ledger, and the document is read again from the start: this time to the end, or to the next
request (a re-ask, a half) that is not answered yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from docglean.extractors.calls.added_fields import Kept
from docglean.extractors.calls.model_reader import ModelReader
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.gateway.batch_submitter import BatchSubmitter
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.batch_book import Answered
from docglean.extractors.models.base import Reply
from docglean.extractors.reader import Shown
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.extractors.run import RunContext
from docglean.extractors.telemetry.spans import Later

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
    """A session that hands in what the ledger cannot answer.

    Attributes:
        submitter: where to.
        pending: requests that are waited for.
        new: those of them that this session handed in.
    """

    submitter: BatchSubmitter | None = None
    pending: int = 0
    new: int = 0

    async def reply(self, request: Request) -> tuple[Request, Reply | Kept | None]:
        """The stored reply; where there is none, the request is handed in."""
        assert self.submitter is not None
        while True:
            request = self.readable(request)
            if not request.pages:
                return request, None
            async with self.gateway.alone(request.key):
                ledger = self.gateway.ledger
                known = await ledger.look(
                    batch_book.answered, request.key, self.meta.run, ledger.since
                )
                if known.reply is not None:
                    return request, self._found(request, known)
                if known.failed is not None and not _again(known):
                    return request, known.failed
                waits = known.in_batch or known.under_way or self.submitter.has(request.key)
                if not waits and (kept := await self.known(request)):
                    return request, kept
                if waits or self.submitter.shut:
                    self.pending += 1
                    return request, _pending()
                async with self.gateway.ready.turn():
                    shown = await self._parts(request)
                    if shown is not None:
                        expected = self.submitter.expected(expected_usage(request, self.input))
                        call = self._call(request, shown)
                        await self.submitter.add(
                            request.key, await self._request_meta(request), call, expected
                        )
                        self.pending += 1
                        self.new += 1
                        return request, _pending()

    def halt(self) -> None:
        """End this reading where answers are still to come.

        Raises:
            Waiting: there are some.
        """
        if self.pending:
            raise Waiting(self.meta.document, self.new)

    def _found(self, request: Request, known: Answered) -> Reply:
        """A stored reply: paid by this run's own batch, or by an earlier run."""
        reply = known.reply
        assert reply is not None
        mine = self.meta.run and (known.run, known.name) == (self.meta.run, self.meta.name)
        if not mine:
            return self.saved(reply, request.key)
        self.sent |= request.wire.paths
        self._heard(reply)
        if request.key in self.paid:
            return reply
        self.paid.add(request.key)
        into, out = known.expected
        told = Usage(input_tokens=into, output_tokens=out) if reply.usage.total else Usage()
        self.spending += Spending(usage=reply.usage, expected=told, cost=reply.cost, calls=1)
        return reply


def _again(known: Answered) -> bool:
    return known.failed is not None and known.failed.retryable and known.failures < TRIES


def _pending() -> Reply:
    return Reply(outcome="failed", code="pending", attempts=0)


class BatchReader(ModelReader):
    """Reads a document by the run's model, in batches.

    `read` and `likelihoods` raise `Waiting` where answers are still to come.
    """

    session_type = BatchSession

    def __init__(self, run: RunContext, shown: Shown) -> None:
        super().__init__(run, shown)
        assert isinstance(self.session, BatchSession)
        self.session.submitter = run.submitter
