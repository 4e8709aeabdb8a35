"""Documents of a run folder that are there twice: what is paid or counted twice costs money.

The same content under two addresses, or the same number and amount from one seller in two files
(scanned again, sent again). The later one is told, naming the first. Which fields these are is
known of any schema by its fields' names, see `identity_fields`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, status_of
from docglean.extractors.rules.fields.telling import Telling
from docglean.flows.schema_shape import SchemaShape
from docglean.schemas.errors import Problem
from docglean.schemas.pointers import value_at
from docglean.schemas.reading.texts import code_fold, fold, likeness
from docglean.schemas.schema import Schema

CODE = "duplicate"
SAME_NAME = 0.8
"""Likeness of two sellers' names from which they are one: OCR may differ by a letter in five."""

Identity = Mapping[Telling, str]
"""Paths of the fields that tell a document from another."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A document by what tells it from another."""

    name: str
    uri: str
    seller: str = ""
    date: str = ""

    def is_of(self, other: _Seen) -> bool:
        """Whether seller and date are the same, as far as they are known, and one of them is.

        Two sellers may count alike, and one may begin anew each year.
        """
        sellers, dates = (self.seller, other.seller), (self.date, other.date)
        if all(dates) and self.date != other.date:
            return False
        if all(sellers):
            return likeness(*sellers) >= SAME_NAME
        return all(dates)


@dataclass(slots=True)
class Duplicates:
    """What was seen so far: some hundred bytes a document.

    Attributes:
        identities: by hash of the schema; documents of another are known by their content only.
    """

    identities: Mapping[str, Identity]
    _content: dict[tuple[Any, ...], _Seen] = field(default_factory=dict)
    _numbers: dict[tuple[str, str, Decimal], list[_Seen]] = field(default_factory=dict)

    @classmethod
    def of_schemas(cls, schemas: Iterable[Schema]) -> Duplicates:
        """With nothing seen so far, where documents are read by these schemas."""
        return cls({one.hash: SchemaShape.of(one).identity for one in schemas})

    def look(
        self, document: SourceRecord, schema: SchemaRecord | None, values: Any
    ) -> Problem | None:
        """The problem of a document that was seen before; another one is kept in mind."""
        if values is None:
            return None
        one = _Seen(document.name, document.uri)
        if document.sha256:
            part = document.part
            pages = None if part is None or part.whole else (part.first, part.last)
            first = self._content.setdefault((document.sha256, pages), one)
            if first is not one:
                return _problem("It is the same document as", one, first)
        return self._by_number(one, schema, values)

    def of(self, extraction: Extraction[Any]) -> Extraction[Any]:
        """The same document, told to be a duplicate where it is one."""
        problem = self.look(extraction.document, extraction.schema_used, extraction.values)
        return extraction if problem is None else _with(extraction, problem)

    def _by_number(self, one: _Seen, schema: SchemaRecord | None, values: Any) -> Problem | None:
        paths = {} if schema is None else self.identities.get(schema.hash, {})
        told = {name: value_at(values, path) for name, path in paths.items()}
        number, total = code_fold(str(told.get("number") or "")), _amount(told.get("total"))
        if schema is None or not number or total is None:
            return None
        one = _Seen(
            one.name, one.uri, fold(str(told.get("seller") or "")), str(told.get("date") or "")
        )
        alike = self._numbers.setdefault((schema.name, number, total), [])
        first = next((other for other in alike if one.is_of(other)), None)
        if first is None:
            alike.append(one)
            return None
        shared: list[Telling] = ["number", "total"]
        shared += ["seller"] * bool(one.seller and first.seller)
        shared += ["date"] * bool(one.date and first.date)
        named = f"{', '.join(shared[:-1]).capitalize()} and {shared[-1]} are those of"
        return _problem(named, one, first, tuple(paths[name] for name in shared))


def told_anew(told: dict[str, Any], seen: Duplicates) -> Extraction[Any] | None:
    """A stored document with what is now known of it; None where it says so already.

    Args:
        told: as it stands in the run folder; what an earlier run said of it may be outdated.
    """
    used = told.get("schema")
    problem = seen.look(
        SourceRecord.model_validate(told["document"]),
        None if used is None else SchemaRecord.model_validate(used),
        told.get("data"),
    )
    said = [one for one in told.get("problems", ()) if one["code"] == CODE]
    if said == ([] if problem is None else [problem.model_dump(mode="json")]):
        return None
    return _with(Extraction[Any].model_validate(told), problem)


def _with(extraction: Extraction[Any], problem: Problem | None) -> Extraction[Any]:
    problems = [one for one in extraction.problems if one.code != CODE]
    problems += [] if problem is None else [problem]
    status = status_of(extraction.values, problems)
    return extraction.model_copy(update={"problems": problems, "status": status})


def _problem(what: str, one: _Seen, first: _Seen, paths: tuple[str, ...] = ()) -> Problem:
    """In words that quote no value: they may end up in a log."""
    where = first.name if first.name != one.name else first.uri
    return Problem(
        code=CODE,
        message=f"{what} {where}, which was read before.",
        paths=paths,
        way_out="Count and pay one of them only.",
    )


def _amount(told: Any) -> Decimal | None:
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None
    return amount.normalize() if amount.is_finite() else None
