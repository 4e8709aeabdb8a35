"""What a document would cost: read as by a model, with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from docglean.extractors.calls.model_reader import ModelReader
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.extraction import SchemaRecord, SourceRecord, Usage, add_costs
from docglean.extractors.ledger.accounts import thinking
from docglean.extractors.models.base import Reply
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.prices import price
from docglean.extractors.reader import Expectation
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema
from pydantic import BaseModel, ConfigDict


class Estimate(BaseModel):
    """What a document would cost: what plan made, less what the ledger holds. Nothing is sent.

    Tokens are told by `token_estimate`, thinking by the last calls of the engine and schema. Halves
    of answers that will turn out too long, and answers asked for again, cannot be foreseen.

    Attributes:
        requests: calls that would be sent.
        cached: calls that the ledger already holds the reply of.
        usage: tokens of the calls that would be sent; `reasoning_tokens` of them are thinking.
        thinking_calls: answers that told how much thinking there is to expect; 0: it is a guess.
        cost: US dollars of those; None where the price is unknown.
    """

    model_config = ConfigDict(frozen=True)

    documents: int = 1
    document: SourceRecord | None = None
    schema_used: SchemaRecord | None = None
    engine: str = ""
    pages: int = 0
    requests: int = 0
    cached: int = 0
    usage: Usage = Usage()
    thinking_calls: int = 0
    cost: Decimal | None = Decimal(0)
    problems: list[Problem] = []

    def __add__(self, other: Estimate) -> Estimate:
        """Both together, without the names of either."""
        return Estimate(
            documents=self.documents + other.documents,
            engine=self.engine,
            pages=self.pages + other.pages,
            requests=self.requests + other.requests,
            cached=self.cached + other.cached,
            usage=self.usage + other.usage,
            thinking_calls=max(self.thinking_calls, other.thinking_calls),
            cost=add_costs(self.cost, other.cost),
            problems=[*self.problems, *other.problems],
        )

    def thinking(self) -> str:
        """What the tokens of answers are made of, for people; empty where nothing is thought."""
        thought = self.usage.reasoning_tokens
        if not thought:
            return ""
        source = (
            f"from {self.thinking_calls} answers"
            if self.thinking_calls
            else "a guess: no call of this engine and schema has told yet"
        )
        answer = self.usage.output_tokens - thought
        return f"Tokens out: answers {answer:,} + thinking about {thought:,} ({source})."


@dataclass
class EstimateSession(DocumentSession):
    """A session that counts what it would send.

    Attributes:
        engine: for its prices; None where nothing is sent.
        halved: it would be sent at the price of batches.
        missing: the requests that would be sent.
    """

    engine: Engine | None = None
    halved: bool = False
    missing: list[Request] = field(default_factory=list)

    async def reply(self, request: Request) -> tuple[Request, Reply | None]:
        """The stored reply; where there is none, that is noted."""
        request = self.readable(request)
        if not request.pages:
            return request, None
        stored = await self.gateway.ledger.reply(request.key)
        if stored is not None:
            return request, self.saved(stored)
        self.missing.append(request)
        return request, Reply(outcome="failed", code="estimated", attempts=0)

    async def usage(self) -> tuple[Usage, Decimal | None, int]:
        """Tokens and US dollars of what would be sent, and of how many answers thinking is told."""
        total, cost = Usage(), Decimal(0) if self.engine is not None else None
        most = 0
        for request in self.missing:
            thought, answers = await self._thinking(request)
            one = expected_usage(request, self.input, (thought, answers))
            total += one
            most = max(most, answers)
            if self.engine is not None:
                cost = add_costs(cost, price(self.engine, one, batch=self.halved))
        return total, cost, most

    async def _thinking(self, request: Request) -> tuple[int, int]:
        if self.engine is None:
            return 0, 0
        return await self.gateway.ledger.look(thinking, self.engine.spec, request.schema.hash)


class EstimateReader(ModelReader):
    """Goes through a document as `ModelReader` does, and counts what would be sent."""

    session_type = EstimateSession

    async def expectation(self, schema: Schema) -> Expectation:
        """What is missing in the ledger to read the document by this schema.

        A question which schema fits that was counted before counts here, too.
        """
        assert isinstance(self.session, EstimateSession)
        counting = replace(
            self.session,
            engine=self.run.engine,
            halved=self.run.halved,
            missing=list(self.session.missing),
            problems=[],
        )
        await self.ask(counting, schema, self.requests(schema))
        usage, cost, answers = await counting.usage()
        return Expectation(
            requests=len(counting.missing),
            cached=counting.spending.cached,
            usage=usage,
            thinking_calls=answers,
            cost=cost,
        )
