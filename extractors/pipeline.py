"""The straight line: one document in, one Extraction out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Usage, add_costs
from docglean.extractors.ledger import Ledger
from docglean.extractors.settings import Settings
from docglean.extractors.workers import Workers
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema
from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller says about every document of a run.

    Attributes:
        pages: such as ``1-3,7``; None for all.
        passwords: tried on a PDF that wants one.
        instructions: the user's own words for the model.
        speech: spec of the speech engine; None takes that of the settings.
        language: of recordings, as ``de``; None lets the speech engine find out.
        run: names the run in the ledger's accounts.
    """

    pages: str | None = None
    passwords: tuple[str, ...] = ()
    instructions: str = ""
    speech: str | None = None
    language: str | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What has just happened to one document; counts are new ones, to be added up.

    Attributes:
        step: ``opened`` (`pages` are to be read), ``read`` (`pages` have been read, `cost`
            spent), ``transcribed`` (`seconds` of a recording), ``done`` (see `status`).
        cost: US dollars just spent; None where the price is unknown.
    """

    document: str
    step: Literal["opened", "read", "transcribed", "done"]
    pages: int = 0
    cost: Decimal | None = Decimal(0)
    seconds: float = 0.0
    status: Literal["ok", "partial", "failed"] | None = None


class Estimate(BaseModel):
    """What a document would cost: what plan made, less what the ledger holds. Nothing is sent.

    Attributes:
        requests: calls that would be sent.
        cached: calls that the ledger already holds the reply of.
        usage: tokens of the calls that would be sent, by the rules in `estimate`.
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
class Extractor:
    """Everything that the documents of one run share. Get it from `Extractor.open`.

    Attributes:
        engine: what was resolved from the settings' spec.
        notice: the sentence that says which engine was taken and where the pages go.
        ledger: see there `interrupted`, the calls that an earlier, killed run left behind.
    """

    settings: Settings
    workers: Workers
    ledger: Ledger
    schemas: tuple[Schema, ...]
    options: Options = field(default_factory=Options)
    notice: str = ""
    on_progress: Callable[[Progress], None] | None = None

    @classmethod
    async def open(
        cls,
        settings: Settings,
        schemas: Sequence[Schema],
        *,
        options: Options | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Extractor:
        """Resolve the engine, open the ledger and connect; the caller has to `close`.

        The engine is `settings.engine`, checked against private mode.

        Raises:
            ConfigError: the engine, its key, the ledger or a page range is wrong.
            SchemaError: the engine's provider would not take a schema.
        """
        raise NotImplementedError

    async def __aenter__(self) -> Extractor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection, the ledger and the workers."""
        raise NotImplementedError

    async def extract(
        self, path: Path, *, name: str | None = None, uri: str | None = None
    ) -> Extraction[Any]:
        """Read one document. Trouble with it ends in an Extraction that says so.

        Raises:
            ConfigError: a key, the engine or the ledger fails: the run has to end.
        """
        raise NotImplementedError

    async def estimate(
        self, path: Path, *, name: str | None = None, uri: str | None = None
    ) -> Estimate:
        """What `extract` would send and pay. Sends nothing.

        Raises:
            SourceError: the document can't be opened.
            ConfigError: as `extract`.
        """
        raise NotImplementedError
