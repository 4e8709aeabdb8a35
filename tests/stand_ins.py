"""A model that a test answers for, and a bench that opens the straight line with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, Usage
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.options import RunOptions
from docglean.extractors.progress import Progress
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.kinds import Money
from docglean.schemas.schema import schema_of
from pydantic import BaseModel


class Line(BaseModel):
    text: str | None = None
    amount: Annotated[Decimal | None, Money()] = None


class Bill(BaseModel):
    """A bill with its lines."""

    number: str
    total: Annotated[Decimal | None, Money()] = None
    lines: list[Line] = []


LINES = [{"text": "Pears", "amount": "2.00"}, {"text": "Plums", "amount": "3.50"}]
BILL: dict[str, Any] = {"number": "R-17", "total": "5.50", "lines": LINES}
PRICE = Decimal("0.25")
Answer = Callable[[Call], Reply]


def ok(data: Any) -> Reply:
    return Reply(outcome="ok", text=json.dumps(data), usage=Usage(input_tokens=10), cost=PRICE)


@dataclass
class StandInModel:
    """Answers every call by one function, and keeps the calls."""

    answer: Answer
    calls: list[Call] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.answer(call)

    async def close(self) -> None:
        pass


@dataclass
class Bench:
    """Opens Extractors over one ledger."""

    folder: Path
    workers: Workers
    heard: list[Progress] = field(default_factory=list)

    async def open(
        self,
        answer: Answer | None,
        *schemas: type[BaseModel],
        engine: str = "anthropic:claude-haiku-5-5?edge=400",
        **options: Any,
    ) -> tuple[RunContext, StandInModel]:
        context = await RunContext.open(
            load_settings(engine=engine, ledger=str(self.folder / "ledger.sqlite")),
            [schema_of(schema) for schema in schemas or (Bill,)],
            options=RunOptions(**options),
            on_progress=self.heard.append,
            sending=False,
            workers=self.workers,
        )
        model = StandInModel(answer or (lambda call: ok(BILL)))
        if context.engine.is_model and answer is not None:
            context.gateway.client = model
        return context, model

    async def extract(
        self, path: Path, answer: Answer, *schemas: type[BaseModel], **told: Any
    ) -> tuple[Extraction[Any], StandInModel]:
        context, model = await self.open(answer, *schemas, **told)
        async with context:
            return await pipeline.extract(context, path), model
