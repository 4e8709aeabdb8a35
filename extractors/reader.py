"""The port of whatever reads documents: a model, rules, or a reader of an installed package.

A reader is made for one document. It is shown what `inputs.build` made of it, and gives the values
of a schema's fields; where they stand is looked up afterwards, unless it says so itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.extraction import (
    Evidence,
    ExampleRecord,
    Spending,
    Usage,
    add_costs,
)
from docglean.extractors.model_input import ModelInput
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader is shown of one document.

    Attributes:
        opened: the document itself, with its words and what is said in it.
        input: its units (pages, stretches of a recording) as a model is shown them.
        pages: numbers of the units to be read; none where nobody speaks in a recording.
        unreadable: pages that can't be shown to a model, for those that draw them.
        problems: of what could not be shown as it was asked for.
        seconds: length of a recording that was gone through.
    """

    opened: OpenDocument
    input: ModelInput
    pages: tuple[int, ...]
    unreadable: Unreadable | None = None
    problems: tuple[Problem, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader found.

    Attributes:
        values: by field, in the schema's shape; what is absent may be left out. None where there
            is no answer.
        evidence: where the values stand, by JSON pointer; None has them looked up.
        hints: page by JSON pointer of a list entry, for looking up.
        signals: what the reader itself knows of how sure a value is, by JSON pointer and name of
            the signal; see `confidence.signals`.
        problems: of the answer as a whole.
    """

    values: dict[str, Any] | None
    evidence: Mapping[str, Evidence] | None = None
    hints: Mapping[str, int] = field(default_factory=dict)
    signals: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """What reading a document has taken so far, whether or not it came to an answer.

    Attributes:
        served: models that answered, as they call themselves.
        problems: of what was lost on the way.
        seconds: by stage.
        examples: labelled documents that models were shown.
    """

    spending: Spending = field(default_factory=Spending)
    served: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    examples: tuple[ExampleRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What reading a document is expected to take; see `calls.estimate.Estimate`.

    Attributes:
        cost: US dollars; None where nobody knows.
    """

    requests: int = 0
    cached: int = 0
    usage: Usage = field(default_factory=Usage)
    thinking_calls: int = 0
    cost: Decimal | None = Decimal(0)
    fields_asked: int = 0
    fields_kept: int = 0

    def __add__(self, other: Expectation) -> Expectation:
        return Expectation(
            self.requests + other.requests,
            self.cached + other.cached,
            self.usage + other.usage,
            max(self.thinking_calls, other.thinking_calls),
            add_costs(self.cost, other.cost),
            self.fields_asked + other.fields_asked,
            self.fields_kept + other.fields_kept,
        )


class Reader(ABC):
    """Reads one document; what a subclass has to give is `read`.

    A SourceError or ModelError that it raises fails this document, a ConfigError ends the run.
    """

    takes_data: ClassVar[bool] = False
    """Values that a file has in data beside its pages go before what this reader reads."""

    def __init__(self, run: RunContext, shown: Shown) -> None:
        self.run = run
        self.shown = shown

    @abstractmethod
    async def read(self, schema: Schema) -> Answer:
        """The values of the schema's fields."""

    async def likelihoods(
        self, schemas: tuple[Schema, ...], pages: Sequence[int]
    ) -> Mapping[str, float] | None:
        """How likely the document is of each of these schemas, by name, from 0 to 1.

        Args:
            pages: the first of those shown, to judge by.

        Returns:
            None to have it judged by the words on the first pages.
        """
        del schemas, pages
        return None

    async def expectation(self, schema: Schema) -> Expectation:
        """What `read` would take. Nothing is sent."""
        del schema
        return Expectation(cost=Decimal(0) if self.run.engine.host is None else None)

    def report(self) -> ReaderReport:
        """What it has taken so far; what a service elsewhere asks is unknown, unless told here."""
        return ReaderReport(Spending(cost=None if self.run.engine.host else Decimal(0)))
