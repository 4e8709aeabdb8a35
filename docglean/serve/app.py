"""The routes of the service, and what OpenAPI tells of them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from docglean.extractors.ledger.jobs import JobState
from docglean.schemas.errors import ConfigError, DocgleanError
from docglean.serve.answers import DocumentAnswer, HealthAnswer, ListAnswer, SchemaAnswer
from docglean.serve.faults import (
    MEDIA_TYPE,
    ProblemAnswer,
    ServiceFault,
    on_bug,
    on_fault,
    problem,
)
from docglean.serve.guard import OPEN_PATHS, Door, Guard
from docglean.serve.results import ResultAnswer
from docglean.serve.service import Service
from docglean.serve.uploads import FIELD, FORM, uploaded
from docglean.value_answers import ValueAnswer

TITLE = "docglean"
ABOUT = """Documents in, validated JSON out: hand one in, ask for its state, fetch what was read.
Every value comes with where it stands, how sure it is, and what speaks against it."""
VERSION = version("docglean")
PAGES = r"^[1-9][0-9]{0,8}(-([1-9][0-9]{0,8})?)?(,[1-9][0-9]{0,8}(-([1-9][0-9]{0,8})?)?)*$"
"""Pages as ``--pages`` takes them."""
LIST, MOST_LIST = 100, 1000
"""Documents that are told at once: by default, and at the most."""
REFUSED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
    }
    for status, text in (
        ("4XX", "It can't be done as it was asked: `code` says why."),
        ("5XX", "It can't be done now: `code` says why."),
    )
}
CONTENT = {"type": "string", "format": "binary", "minLength": 1}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": CONTENT},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: CONTENT},
                }
            },
        },
    }
}

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of a document.")]
Wanted = Annotated[
    str | None,
    Query(
        alias="schema",
        max_length=200,
        description="What to read it by; else it is sorted to one of those that are offered.",
    ),
]
Pages = Annotated[
    str | None, Query(pattern=PAGES, max_length=200, description="To read, such as 1-3,7.")
]


def build(service: Service, door: Door) -> ASGIApp:
    """The application."""
    handlers: dict[Any, Any] = {
        DocgleanError: on_fault,
        HTTPException: _on_http,
        RequestValidationError: _on_invalid,
        Exception: on_bug,
    }
    # No pages of documentation: FastAPI's load their script from another host.
    app = FastAPI(
        title=TITLE,
        description=ABOUT,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers,
        responses=REFUSED,
        separate_input_output_schemas=False,
    )
    _add_documents(app, service)
    _add_results(app, service)
    _add_rest(app, service)
    app.openapi_schema = _openapi(app, list(service.schemas), bool(door.tokens.by_name))
    return Guard(app, door)


def _add_documents(app: FastAPI, service: Service) -> None:
    @app.post("/documents", status_code=202, openapi_extra=BODY, operation_id="add")
    async def add(
        request: Request,
        response: Response,
        name: Annotated[
            str | None, Query(max_length=255, description="Of the file, with its ending.")
        ] = None,
        schema: Wanted = None,
        pages: Pages = None,
    ) -> DocumentAnswer:
        """Hand in a document: its content as the body, or as `file` of a form."""
        await service.check(schema, pages)
        async with uploaded(request, name, service.most_bytes) as (called, content):
            job = await service.accept(
                request.state.owner, called, content, schema=schema, pages=pages
            )
        response.headers["Location"] = f"/documents/{job.id}"
        return DocumentAnswer.of(job)

    @app.get("/documents", operation_id="list")
    async def listed(
        request: Request,
        state: Annotated[JobState | None, Query(description="Only those that are so.")] = None,
        after: Annotated[
            str, Query(pattern="^[0-9a-f]{0,32}$", description="`next` of the list before.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_LIST)] = LIST,
    ) -> ListAnswer:
        """Your documents, the oldest first."""
        found = await service.listed(request.state.owner, state, after, limit)
        following = found[-1].id if len(found) == limit else None
        return ListAnswer(documents=[DocumentAnswer.of(job) for job in found], next=following)

    @app.get("/documents/{id}", operation_id="status")
    async def status(request: Request, id: Id) -> DocumentAnswer:
        """How far a document is."""
        return DocumentAnswer.of(await service.job(request.state.owner, id))

    @app.post("/documents/{id}/retry", status_code=202, operation_id="retry")
    async def retry(request: Request, id: Id) -> DocumentAnswer:
        """Read a document again that failed; what was paid for is not paid again."""
        return DocumentAnswer.of(await service.retry(request.state.owner, id))

    @app.delete("/documents/{id}", status_code=204, operation_id="delete")
    async def delete(request: Request, id: Id) -> None:
        """Stop reading a document, and keep neither it nor its result."""
        await service.delete(request.state.owner, id)


def _add_results(app: FastAPI, service: Service) -> None:
    @app.get("/documents/{id}/result", response_model=ResultAnswer, operation_id="result")
    async def result(request: Request, id: Id) -> FileResponse:
        """What was read: values with evidence, confidence, problems and cost."""
        path = await service.result(request.state.owner, id)
        return FileResponse(path, media_type="application/json")

    @app.get("/documents/{id}/value", operation_id="value")
    async def value(
        request: Request,
        id: Id,
        pointer: Annotated[
            str, Query(max_length=1000, description="JSON pointer, such as /lines/0/amount.")
        ],
        part: Annotated[
            int | None,
            Query(ge=1, le=100_000, description="Which document of a file that holds several."),
        ] = None,
    ) -> ValueAnswer:
        """One value and where it stands; what stands nowhere is not found."""
        return await service.value(request.state.owner, id, pointer, part)


def _add_rest(app: FastAPI, service: Service) -> None:
    @app.get("/schemas", operation_id="schemas")
    async def schemas() -> list[SchemaAnswer]:
        """What documents can be read by."""
        return [SchemaAnswer.of(one) for one in service.schemas.values()]

    @app.get("/health", operation_id="health")
    async def health() -> HealthAnswer:
        """Whether documents are read; needs no token."""
        try:
            counts = await service.counts()
        except ConfigError as error:
            raise ServiceFault(503, error.code, "The ledger cannot be reached.") from error
        if not service.is_well:
            raise ServiceFault(503, "not_reading", "No documents are read any more.")
        return HealthAnswer(
            status="ok", version=VERSION, queued=counts["queued"], running=counts["running"]
        )


def _openapi(app: FastAPI, schemas: list[str], wants_token: bool) -> dict[str, Any]:
    told = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    asked = told["paths"]["/documents"]["post"]["parameters"]
    next(one for one in asked if one["name"] == "schema")["schema"] = {"enum": schemas}
    parts = told.setdefault("components", {})
    parts.setdefault("schemas", {})["ProblemAnswer"] = ProblemAnswer.model_json_schema()
    if wants_token:
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        told["security"] = [{"token": []}]
        for path in OPEN_PATHS & told["paths"].keys():
            for operation in told["paths"][path].values():
                operation["security"] = []
    return told


async def _on_http(request: Request, error: Exception) -> Response:
    """What no route is for."""
    assert isinstance(error, HTTPException)
    code = {404: "no_such_address", 405: "no_such_method"}.get(error.status_code, "refused")
    return problem(error.status_code, code, f"{error.detail}.", "", error.headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """A part of an address or query that is not of its type."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return problem(422, "bad_request", f"{where}: {first['msg']}.", "See /openapi.json.")
