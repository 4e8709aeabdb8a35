"""What a document would cost: read as by a model, with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

from docglean.extractors.calls.added_fields import Kept
from docglean.extractors.calls.model_reader import ModelReader
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.extraction import SchemaRecord, SourceRecord, Usage, add_costs
from docglean.extractors.ledger.accounts import thinking
from docglean.extractors.models.base import Reply
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.prices import price
from docglean.extractors.plurals import counted
from docglean.extractors.reader import Expectation
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema
from pydantic import BaseModel, ConfigDict


class NextEstimate(BaseModel):
    """What an engine that follows would cost, if all of the documents were sent on to it whole.

    Attributes:
        cost: US dollars of that, the most that it may come to; None where the price is unknown.
        sent_on, read: documents that earlier runs with these engines and this condition have sent
            on, of all that they read; 0 of 0 where there was none.
    """

    model_config = ConfigDict(frozen=True)

    engine: str
    requests: int = 0
    cached: int = 0
    usage: Usage = Usage()
    cost: Decimal | None = Decimal(0)
    sent_on: int = 0
    read: int = 0

    @property
    def likely(self) -> Decimal | None:
        """US dollars by the share that earlier runs have sent on; None where nobody knows."""
        return self.cost * self.sent_on / self.read if self.read and self.cost is not None else None

    def __add__(self, other: NextEstimate) -> NextEstimate:
        return self.model_copy(
            update={
                "requests": self.requests + other.requests,
                "cached": self.cached + other.cached,
                "usage": self.usage + other.usage,
                "cost": add_costs(self.cost, other.cost),
            }
        )


class Estimate(BaseModel):
    """What a document would cost: what plan made, less what the ledger holds. Nothing is sent.

    Tokens are told by `token_estimate`, thinking by the last calls of the engine and schema. Halves
    of answers that will turn out too long, and answers asked for again, cannot be foreseen.

    Attributes:
        requests: calls that would be sent.
        cached: calls that the ledger already holds the reply of.
        fields_asked, fields_kept: as in `Spending`.
        usage: tokens of the calls that would be sent; `reasoning_tokens` of them are thinking.
        thinking_calls: answers that told how much thinking there is to expect; 0: it is a guess.
        cost: US dollars of those; None where the price is unknown.
        then: of the engines that follow, which `cost` does not hold.
    """

    model_config = ConfigDict(frozen=True)

    documents: int = 1
    document: SourceRecord | None = None
    schema_used: SchemaRecord | None = None
    engine: str = ""
    pages: int = 0
    requests: int = 0
    cached: int = 0
    fields_asked: int = 0
    fields_kept: int = 0
    usage: Usage = Usage()
    thinking_calls: int = 0
    cost: Decimal | None = Decimal(0)
    then: tuple[NextEstimate, ...] = ()
    problems: list[Problem] = []

    def __add__(self, other: Estimate) -> Estimate:
        """Both together, without the names of either."""
        return Estimate(
            documents=self.documents + other.documents,
            engine=self.engine,
            pages=self.pages + other.pages,
            requests=self.requests + other.requests,
            cached=self.cached + other.cached,
            fields_asked=self.fields_asked + other.fields_asked,
            fields_kept=self.fields_kept + other.fields_kept,
            usage=self.usage + other.usage,
            thinking_calls=max(self.thinking_calls, other.thinking_calls),
            cost=add_costs(self.cost, other.cost),
            then=_both(self.then, other.then),
            problems=[*self.problems, *other.problems],
        )

    def plus(self, other: Expectation) -> Estimate:
        """With what else is asked of the same document."""
        names = [one.name for one in fields(Expectation)]
        both = Expectation(**{name: getattr(self, name) for name in names}) + other
        return self.model_copy(update={name: getattr(both, name) for name in names})

    def sent_on(self) -> list[str]:
        """What the engines that follow may come to on top, for people."""
        return [_sentence(one) for one in self.then]

    def added_fields(self) -> str:
        """What is asked for by itself, for people; empty where nothing is."""
        if not self.fields_asked:
            return ""
        asked = counted(self.fields_asked, "field")
        return f"{asked} would be asked anew, {self.fields_kept:,} would come from the ledger."

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


def _both(
    left: tuple[NextEstimate, ...], right: tuple[NextEstimate, ...]
) -> tuple[NextEstimate, ...]:
    if not left or not right:
        return left or right
    return tuple(mine + theirs for mine, theirs in zip(left, right, strict=True))


def _sentence(one: NextEstimate) -> str:
    most = "at a price that is not known" if one.cost is None else f"at most ${one.cost:.4f} more"
    said = f"If all of it went on to {one.engine}: {one.requests:,} calls, {most}"
    if one.likely is not None:
        share = f"{one.sent_on:,} of {one.read:,} documents"
        return f"{said}; as earlier runs sent on {share}, about ${one.likely:.4f}."
    if one.read:
        return f"{said}; earlier runs sent on {one.sent_on:,} of {one.read:,} documents."
    return f"{said}; no earlier run tells what share of it will be sent on."


@dataclass
class EstimateSession(DocumentSession):
    """A session that counts what it would send.

    Attributes:
        engine: for its prices; None where nothing is sent.
        halved: it would be sent at the price of batches.
        missing: the requests that would be sent.
    """

    of_reading = (*DocumentSession.of_reading, "missing")

    engine: Engine | None = None
    halved: bool = False
    missing: list[Request] = field(default_factory=list)

    async def reply(self, request: Request) -> tuple[Request, Reply | Kept | None]:
        """The stored reply; where there is none, that is noted."""
        request = self.readable(request)
        if not request.pages:
            return request, None
        stored = await self.gateway.ledger.reply(request.key)
        if stored is not None:
            return request, self.saved(stored, request.key)
        if kept := await self.known(request):
            return request, kept
        self.sent |= request.wire.paths
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

    async def expectation(self) -> Expectation:
        """What the ledger lacks, and what it has, of all that was asked."""
        usage, cost, answers = await self.usage()
        return Expectation(
            requests=len(self.missing),
            cached=self.spent.cached,
            fields_asked=self.spent.fields_asked,
            fields_kept=self.spent.fields_kept,
            usage=usage,
            thinking_calls=answers,
            cost=cost,
        )

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
        counting = self._counting()
        await self.ask(counting, schema, await self.requests(schema))
        return await counting.expectation()

    async def asked(self) -> Expectation:
        """What is missing in the ledger of the questions that were counted so far."""
        return await self._counting().expectation()

    def _counting(self) -> EstimateSession:
        """A session that goes on from the reader's own, with prices."""
        assert isinstance(self.session, EstimateSession)
        return replace(
            self.session,
            engine=self.run.engine,
            halved=self.run.halved,
            missing=list(self.session.missing),
            problems=[],
            sent=set(),
            added=set(),
            kept=set(),
            read=set(),
        )
