"""The one type everything downstream reads: what was found in one document, and where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar, cast
from urllib.parse import quote

from docglean.extractors.evidence import Box as Box
from docglean.extractors.evidence import Confidence as Confidence
from docglean.extractors.evidence import Evidence as Evidence
from docglean.extractors.evidence import OtherReading as OtherReading
from docglean.extractors.evidence import Place as Place
from docglean.extractors.extraction_faces import ExtractionFaces
from docglean.extractors.value_review import ValueReview
from docglean.schemas.errors import DocgleanError, Problem
from docglean.schemas.problem_codes import PASSING
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

ModelT = TypeVar("ModelT", bound=BaseModel)
FORMAT_VERSION = 1


class PartRecord(BaseModel):
    """Which document of a file that holds several this is; pages are those of the whole file.

    Attributes:
        number: from 1, of `of`.
        first, last: its pages, both included.
        certainty: 0 to 1 that it begins and ends there.
        kind: what its words say it is, as a schema's name; empty where they don't.
        why: what tells that it begins there.
        attachment: the file within the file that it is, or is in, such as ``invoice.pdf``, or
            ``mail.pdf/invoice.pdf``; pages are then those of that file.
        whole: it is all of that attachment.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    of: int
    first: int
    last: int
    certainty: float = 1.0
    kind: str = ""
    why: tuple[str, ...] = ()
    attachment: str = ""
    whole: bool = False

    @property
    def pages(self) -> str:
        """Its pages as people write them, and as ``--pages`` takes them: ``4-6``, or ``4``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def name_in(self, file: str) -> str:
        """Its name in the file of this name."""
        if not self.attachment:
            return f"{file}#p{self.pages}"
        return f"{file}#{self.attachment}" + ("" if self.whole else f"#p{self.pages}")

    def uri_in(self, file: str) -> str:
        """Its uri in the file of this uri, with the page as RFC 8118 writes it."""
        if not self.attachment:
            return f"{file}#page={self.pages}"
        page = "" if self.whole else f"&page={self.pages}"
        return f"{file}#attachment={quote(self.attachment)}{page}"

    def overlaps(self, other: PartRecord) -> bool:
        """Whether both have one page at least."""
        same = self.attachment == other.attachment
        return same and self.first <= other.last and other.first <= self.last


class Usage(BaseModel):
    """Tokens of one call or the sum of many, as the provider counted them.

    Attributes:
        audio_tokens: those of `input_tokens` that were sound, which has a price of its own.
    """

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    audio_tokens: int = 0

    @property
    def total(self) -> int:
        """Input and output tokens."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        if not any(vars(self).values()):
            return other
        return Usage(
            **{name: getattr(self, name) + getattr(other, name) for name in Usage.model_fields}
        )


class Spending(BaseModel):
    """What one document cost.

    Attributes:
        cost: US dollars paid now, None where any price is unknown (never 0 for unknown).
        saved: US dollars that stored replies would have cost again, None where unknown.
        calls: requests sent now.
        cached: requests answered by the ledger.
        saved_usage: tokens that stored replies took when they were paid for.
        saved_seconds: seconds that they took then, one after the other.
        expected: tokens that were estimated for those that `usage` counts.
        fields_asked: fields asked for now by themselves, since a schema has got them or changed
            them; `fields_kept`: those beside them that an earlier answer has.
    """

    model_config = ConfigDict(frozen=True)

    usage: Usage = Usage()
    expected: Usage = Usage()
    cost: Decimal | None = Decimal(0)
    saved: Decimal | None = Decimal(0)
    calls: int = 0
    cached: int = 0
    saved_usage: Usage = Usage()
    saved_seconds: float = 0.0
    fields_asked: int = Field(default=0, exclude_if=lambda count: not count)
    fields_kept: int = Field(default=0, exclude_if=lambda count: not count)

    def __add__(self, other: Spending) -> Spending:
        if self == _NOTHING:
            return other
        if other == _NOTHING:
            return self
        names = Spending.model_fields.keys() - {"cost", "saved"}
        return Spending(
            cost=add_costs(self.cost, other.cost),
            saved=add_costs(self.saved, other.saved),
            **{name: getattr(self, name) + getattr(other, name) for name in names},
        )


_NOTHING = Spending()
"""A document adds a dozen sums up, most of them of this."""


def add_costs(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Sum of two costs; unknown plus anything is unknown."""
    return None if left is None or right is None else left + right


def add_all(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; unknown where one of them is."""
    total: Decimal | None = Decimal(0)
    for cost in costs:
        total = add_costs(total, cost)
    return total


class SourceRecord(BaseModel):
    """Which file this was.

    Attributes:
        pages: 0 for recordings.
        seconds: None for pages.
        stamp: size and time of change when it was read, as its storage tells them.
        part: which document of the file, where it holds several; `uri` then ends in the pages
            (``#page=4-6``) or the attachment (``#attachment=invoice.pdf``), `pages` counts its own
            and `sha256` is of the attachment.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    uri: str
    sha256: str = ""
    media_type: str = ""
    pages: int = 0
    seconds: float | None = None
    stamp: str = ""
    part: PartRecord | None = None

    @property
    def file_name(self) -> str:
        """The file's name, also where this is a part of it."""
        part = self.part
        return self.name if part is None else self.name.removesuffix(part.name_in(""))

    @property
    def file_uri(self) -> str:
        """The file's uri, also where this is a part of it."""
        part = self.part
        return self.uri if part is None else self.uri.removesuffix(part.uri_in(""))


class ExampleRecord(BaseModel):
    """A labelled document that a model was shown before another."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str


class SchemaRecord(BaseModel):
    """Which schema was used, and how it was chosen where there was a choice.

    Attributes:
        certainty: 0 to 1 where docglean chose among several schemas, None where told.
        alternatives: the other candidates with their certainty, best first.
        looks_like: kinds that the document's words speak for, by built-in schema, from 0 to 1, the
            likeliest first; told whether or not there was a choice.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    hash: str
    certainty: float | None = None
    alternatives: dict[str, float] = Field(default_factory=dict)
    looks_like: dict[str, float] = Field(default_factory=dict)


Status = Literal["reviewed", "ok", "review", "partial", "failed"]
"""From best to worst; `status_of` tells which, but ``reviewed``: a person has signed it off."""


def status_of(values: dict[str, Any] | None, problems: Iterable[Problem]) -> Status:
    """How a document has ended: ``ok`` only where nothing is known to be wrong."""
    if values is None:
        return "failed"
    severities = {problem.severity for problem in problems}
    if "error" in severities:
        return "partial"
    return "review" if "review" in severities else "ok"


def worst(problems: Iterable[Problem]) -> Problem | None:
    """The first of the most serious problems; None where nothing is wrong or suspected to be."""
    serious = [problem for problem in problems if problem.severity != "warning"]
    return min(serious, key=lambda problem: problem.severity != "error", default=None)


def _empty(value: object) -> bool:
    return not value


class Extraction(ExtractionFaces, Generic[ModelT]):
    """What was found in one document.

    Attributes:
        version: of this format.
        run: names the run that made it.
        document: which file it was, and which part of it.
        schema_used: which schema, and how it was chosen (key ``schema`` on disk).
        engine: its spec.
        served: the models that answered, in their own words.
        examples: what they were shown before the document.
        status: ``ok`` (nothing is known to be wrong), ``review`` (all was read, but something is or
            may be wrong), ``partial`` (some pages or fields are missing or break the schema),
            ``failed`` (nothing usable; `values` is None), ``reviewed``: a person has signed it off.
        values: the JSON data (key ``data`` on disk); `data` is the same as the user's model.
        evidence: where each value stands that is not null, by JSON pointer (RFC 6901).
        confidence: how likely each value is right, nulls too, by pointer.
        readings: those of other engines, by pointer, where the first one was unsure.
        reviews: what people said of values, by pointer; left out where nobody has looked.
        reviewed_by: those who have signed the document off.
        revision: counts what people did to it.
        problems: what a reader should know.
        spending: what it cost.
        seconds: how long its steps took, by name.
        tried: days (UTC) on which it was read without being done, for reasons that may pass.
        transcript: of a recording, what is said and when.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    version: int = FORMAT_VERSION
    run: str = ""
    document: SourceRecord
    schema_used: SchemaRecord | None = Field(default=None, alias="schema")
    engine: str
    served: tuple[str, ...] = ()
    examples: tuple[ExampleRecord, ...] = Field(default=(), exclude_if=_empty)
    status: Status
    values: dict[str, Any] | None = Field(default=None, alias="data")
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    confidence: dict[str, Confidence] = Field(default_factory=dict)
    readings: dict[str, list[OtherReading]] = Field(default_factory=dict)
    reviews: dict[str, ValueReview] = Field(default_factory=dict, exclude_if=_empty)
    reviewed_by: tuple[str, ...] = Field(default=(), exclude_if=_empty)
    revision: int = Field(default=0, exclude_if=_empty)
    problems: list[Problem] = Field(default_factory=list)
    spending: Spending = Spending()
    seconds: dict[str, float] = Field(default_factory=dict)
    tried: tuple[date, ...] = ()
    transcript: dict[str, Any] | None = None

    _model: type[BaseModel] | None = PrivateAttr(default=None)

    def bind(self, model: type[BaseModel]) -> Extraction[ModelT]:
        """Tie the data to `model`, so that `data` can be asked for. Returns self."""
        self._model = model
        return self

    @property
    def model(self) -> type[BaseModel] | None:
        """What `data` is of; None where it was not told."""
        return self._model

    @property
    def not_done(self) -> bool:
        """Whether something was lost for a reason that may pass."""
        return any(one.severity == "error" and one.code in PASSING for one in self.problems)

    @property
    def data(self) -> ModelT:
        """The values as the user's model.

        Raises:
            DocgleanError: ``no_data`` when there are none or they break the schema;
                `values` and `problems` then tell what there is.
        """
        if self._model is None or self.values is None:
            causes = "; ".join(problem.message for problem in self.problems) or "no model bound"
            raise DocgleanError("no_data", f"{self.document.name} has no data: {causes}")
        try:
            return cast(ModelT, self._model.model_validate(self.values))
        except ValueError as error:
            raise DocgleanError(
                "no_data",
                f"{self.document.name} does not satisfy {self._model.__name__}: {error}",
                "Read .values and .problems instead, or make the missing fields optional.",
            ) from error

    def to_json(self, *, indent: int | None = None) -> str:
        """The stored form: keys by alias (``data``, ``schema``)."""
        return self.model_dump_json(by_alias=True, indent=indent)


_OF_ANY = Extraction[Any]
"""Kept, as pydantic forgets a parametrised model that nobody holds, and making it takes as long as
reading a stored document again."""
