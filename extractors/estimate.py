"""What a document would cost: the straight line with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from docglean.extractors.ask import Inquiry
from docglean.extractors.engines import Engine
from docglean.extractors.expectation import expected_usage
from docglean.extractors.extraction import SchemaRecord, SourceRecord, Usage, add_costs
from docglean.extractors.models.base import Reply
from docglean.extractors.models.prices import price
from docglean.extractors.plan import Request
from docglean.schemas.errors import Problem
from pydantic import BaseModel, ConfigDict


class Estimate(BaseModel):
    """What a document would cost: what plan made, less what the ledger holds. Nothing is sent.

    Tokens are told by `expectation`. Halves of answers that will turn out too long, and answers
    asked for again, cannot be foreseen.

    Attributes:
        requests: calls that would be sent.
        cached: calls that the ledger already holds the reply of.
        usage: tokens of the calls that would be sent.
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
            cost=add_costs(self.cost, other.cost),
            problems=[*self.problems, *other.problems],
        )


@dataclass
class Tally(Inquiry):
    """An inquiry that counts what it would send.

    Attributes:
        engine: for its prices.
        batch: it would be sent in batches.
        missing: the requests that would be sent.
    """

    engine: Engine | None = None
    batch: bool = False
    missing: list[Request] = field(default_factory=list)

    async def reply(self, request: Request) -> tuple[Request, Reply | None]:
        """The stored reply; where there is none, that is noted."""
        request = self.readable(request)
        if not request.pages:
            return request, None
        stored = await self.line.ledger.reply(request.key)
        if stored is not None:
            return request, self.saved(stored)
        self.missing.append(request)
        return request, Reply(outcome="failed", code="estimated", attempts=0)

    def usage(self) -> tuple[Usage, Decimal | None]:
        """Tokens and US dollars of what would be sent."""
        total, cost = Usage(), Decimal(0) if self.engine is not None else None
        for request in self.missing:
            one = expected_usage(request, self.view)
            total += one
            if self.engine is not None:
                cost = add_costs(cost, price(self.engine, one, batch=self.batch))
        return total, cost
