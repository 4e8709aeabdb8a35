"""What the tools answer: no value without where it stands, how sure it is, and what it cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from docglean.extractors.evidence import Box
from docglean.extractors.extraction import Extraction, Status
from docglean.schemas.errors import Problem
from docglean.value_answers import ValueAnswer


class DocumentsAnswer(BaseModel):
    """Documents that may be asked about.

    Attributes:
        more: how many there are besides.
    """

    documents: list[str]
    more: int = 0


class ValueRow(BaseModel):
    """One value of a document, in short: `value` tells all of it.

    Attributes:
        pointer: where it stands in the data (RFC 6901), as /lines/0/amount.
        found: it stands on the page; else `value` is null, and `why` tells the cause.
        page, box: where; the box is x0, y0, x1, y1 in points, from the upper left corner.
        text: the words there, as printed.
        how: exact, normalised (same value in another shape), fuzzy (close).
        confidence: 0 to 1, how likely it is right; null where nothing is known of that.
        problems: codes of what speaks against it.
    """

    pointer: str
    found: bool
    value: Any = None
    why: str = ""
    page: int | None = None
    box: Box | None = None
    text: str = ""
    how: str = ""
    confidence: float | None = None
    problems: list[str] = []

    @classmethod
    def of(cls, answer: ValueAnswer) -> ValueRow:
        """A value in short."""
        place = answer.evidence if answer.found else None
        sure = answer.confidence
        return cls(
            pointer=answer.pointer,
            found=answer.found,
            value=answer.value,
            why=answer.why,
            page=place.page if place else None,
            box=place.box if place else None,
            text=place.text if place else "",
            how=place.how if place else "",
            confidence=sure.probability if sure else None,
            problems=[one.code for one in answer.problems],
        )


class ExtractAnswer(BaseModel):
    """What was read in a document.

    Attributes:
        sha256, pages: of the file.
        schema_name: by which it was read; null where none fits.
        status: ok (nothing is known to be wrong), review, partial or failed.
        values: a stretch of them, in the order of the schema; values that are not on the page say
            so.
        next: the `first` for those that follow; null where none do.
        problems: what a reader should know.
        cost: US dollars paid now, null where it is not known.
    """

    document: str
    sha256: str
    pages: int
    schema_name: str | None
    engine: str
    status: Status
    values: list[ValueRow]
    next: int | None
    problems: list[Problem]
    cost: Decimal | None

    @classmethod
    def of(
        cls, name: str, read: Extraction[Any], answers: list[ValueAnswer], first: int, most: int
    ) -> ExtractAnswer:
        """A document with a stretch of its values."""
        shown = answers[first : first + most]
        return cls(
            document=name,
            sha256=read.document.sha256,
            pages=read.document.pages,
            schema_name=read.schema_used.name if read.schema_used else None,
            engine=read.engine,
            status=read.status,
            values=[ValueRow.of(one) for one in shown],
            next=first + most if first + most < len(answers) else None,
            problems=read.problems,
            cost=read.spending.cost,
        )


class CitedPlace(BaseModel):
    """A place where a text stands, or one like it.

    Attributes:
        same: it is the very text, but for case, blanks and the shape of dashes and quotation marks.
        text: what is printed there.
    """

    same: bool
    page: int
    box: Box
    text: str


class CitationAnswer(BaseModel):
    """Whether a text stands where it is said to.

    Attributes:
        verdict: yes; elsewhere (the very text stands in the document, but not there); no.
        places: where it stands; with `no`, where something like it does.
        pages: of the document.
        searched: those that were looked at, as 1-3; `no` says nothing of others.
        unread: of those that were looked at, pages that could not be read.
    """

    verdict: Literal["yes", "elsewhere", "no"]
    why: str
    places: list[CitedPlace]
    document: str
    sha256: str
    pages: int
    searched: str
    unread: list[int]
