"""What a document would cost: the straight line with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from docglean.extractors.ask import Inquiry
from docglean.extractors.engines import Engine
from docglean.extractors.extraction import SchemaRecord, SourceRecord, Usage, add_costs
from docglean.extractors.models.base import Reply
from docglean.extractors.models.prices import price
from docglean.extractors.plan import Request
from docglean.extractors.templates import frame_tokens
from docglean.extractors.views import text_tokens
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from pydantic import BaseModel, ConfigDict

LEAF_TOKENS = 14
"""Of one field in an answer: its name, its value, the marks between."""
LIST_SHARE = 1.5
"""Tokens of lists in an answer for each token of the page's text: a table repeats the names of
its columns in every row, prose that surrounds it does not come back."""
PAGE_TOKENS = 500
"""Of the text of a page that nobody has read yet."""


class Estimate(BaseModel):
    """What a document would cost: what plan made, less what the ledger holds. Nothing is sent.

    Input tokens are those of the page images by the model family's own formula, and a token for
    three characters of all text. Output tokens are `LEAF_TOKENS` for each field outside lists
    and, where lists are asked for, `LIST_SHARE` of the pages' text. Halves of answers that will
    turn out too long, and answers asked for again, cannot be foreseen.

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
        missing: the requests that would be sent.
    """

    engine: Engine | None = None
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
            one = self.usage_of(request)
            total += one
            if self.engine is not None:
                cost = add_costs(cost, price(self.engine, one))
        return total, cost

    def usage_of(self, request: Request) -> Usage:
        """Tokens of one request and its answer, by the rules in `Estimate`."""
        shown = sum(unit.tokens for unit in self.view.units(request.pages))
        return Usage(
            input_tokens=frame_tokens(request) + shown,
            output_tokens=min(request.max_tokens, self._output(request)),
        )

    def _output(self, request: Request) -> int:
        leaves, lists = _count(request.schema.root, request.wire.paths)
        text = sum(text_tokens(self.view.text(page)) or PAGE_TOKENS for page in request.pages)
        return leaves * LEAF_TOKENS + (round(LIST_SHARE * text) if lists else 0)


def _count(field: Field, paths: frozenset[str]) -> tuple[int, bool]:
    """Fields outside lists, and whether there are lists."""
    asked = [leaf.path for leaf in field.leaves() if leaf.path in paths]
    single = [path for path in asked if "*" not in path.split("/")]
    return len(single), len(single) < len(asked)
