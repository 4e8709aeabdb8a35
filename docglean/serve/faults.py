"""What a request can be refused for, and how that is said: problem JSON (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docglean.schemas.errors import DocgleanError

logger = logging.getLogger("docglean")

MEDIA_TYPE = "application/problem+json"


class ServiceFault(DocgleanError):
    """The request can't be done as it was made; nothing was taken of it.

    Attributes:
        status: of HTTP.
        headers: that go with it, as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        way_out: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message, way_out)
        self.status = status
        self.headers = dict(headers or {})


class ProblemAnswer(BaseModel):
    """Why a request was refused.

    Attributes:
        type: ``about:blank``: `title` says what `status` means, `code` what has happened.
        detail: message and way out in one.
        code: stable, as ``too_large``.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    message: str
    way_out: str


def not_there(id: str) -> ServiceFault:
    """That nobody who asks so has such a document."""
    return ServiceFault(
        404,
        "no_such_document",
        f"There is no document {id}.",
        "It may have been deleted, or have gone after the days for which results are kept.",
    )


def refused(error: ServiceFault) -> Response:
    """A refusal as an answer."""
    return problem(error.status, error.code, error.message, error.way_out, error.headers)


def problem(
    status: int, code: str, message: str, way_out: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Problem JSON."""
    told = ProblemAnswer(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=f"{message} {way_out}".strip(),
        code=code,
        message=message,
        way_out=way_out,
    )
    return JSONResponse(told.model_dump(), status, dict(headers or {}), MEDIA_TYPE)


async def on_fault(request: Request, error: Exception) -> Response:
    """What was raised on purpose; what is none of who asks is told to who runs the server."""
    if isinstance(error, ServiceFault):
        return refused(error)
    assert isinstance(error, DocgleanError)
    logger.error("%s: %s", request.url.path, error)
    told = "The service cannot do that now."
    return problem(503, error.code, told, "Where it was started it says more.")


async def on_bug(request: Request, error: Exception) -> Response:
    """What nobody has thought of: told to who runs the server, not to who asks."""
    logger.error("%s failed", request.url.path, exc_info=error)
    return problem(
        500,
        "internal_error",
        f"Something went wrong in docglean itself: {type(error).__name__}.",
        "Where the server was started it says more.",
    )
