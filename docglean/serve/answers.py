"""What the service answers, as OpenAPI tells it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from docglean.extractors.extraction import Status
from docglean.extractors.ledger.jobs import Job, JobState
from docglean.schemas.schema import Schema


class FailureAnswer(BaseModel):
    """Why a document could not be read."""

    code: str
    message: str
    way_out: str


class DocumentAnswer(BaseModel):
    """A document that was handed in.

    Attributes:
        state: ``done`` also where a document of it has status ``failed``: then the result says
            why. ``failed``: there is no result, `failure` says why.
        schema_name, pages: as they were asked for.
        sha256, bytes: of the file.
        attempts: times that it was begun.
        statuses: how its documents ended: ``ok``, ``review``, ``partial``, ``failed``.
        cost: US dollars, null where it is not known (yet).
    """

    id: str
    name: str
    state: JobState
    schema_name: str | None
    pages: str | None
    sha256: str
    bytes: int
    attempts: int
    created: datetime
    began: datetime | None
    ended: datetime | None
    statuses: list[Status]
    cost: Decimal | None
    failure: FailureAnswer | None

    @classmethod
    def of(cls, job: Job) -> DocumentAnswer:
        """What is told of a job."""
        failure = FailureAnswer(code=job.code, message=job.message, way_out=job.way_out)
        return cls(
            id=job.id,
            name=job.name,
            state=job.state,
            schema_name=job.schema_name or None,
            pages=job.pages or None,
            sha256=job.document,
            bytes=job.bytes,
            attempts=job.attempts,
            created=job.created,
            began=job.began,
            ended=job.ended,
            statuses=list(job.statuses),  # type: ignore[arg-type]  # checked by pydantic
            cost=job.cost,
            failure=failure if job.code else None,
        )


class ListAnswer(BaseModel):
    """Documents, the oldest first.

    Attributes:
        next: what `after` is to be for those that follow; null where none do.
    """

    documents: list[DocumentAnswer]
    next: str | None


class SchemaAnswer(BaseModel):
    """What may be asked for.

    Attributes:
        hash: SHA-256 of what is declared; results name it.
        json_schema: of the values.
    """

    name: str
    description: str
    hash: str
    json_schema: dict[str, Any]

    @classmethod
    def of(cls, schema: Schema) -> SchemaAnswer:
        """What is told of a schema."""
        return cls(
            name=schema.name,
            description=schema.description,
            hash=schema.hash,
            json_schema=schema.model.model_json_schema(),
        )


class HealthAnswer(BaseModel):
    """Whether documents are read.

    Attributes:
        queued, running: of all who use the service.
    """

    status: Literal["ok"]
    version: str
    queued: int
    running: int
