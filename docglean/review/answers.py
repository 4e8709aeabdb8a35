"""Answers of the review server that every route gives alike: pages, JSON, and refusals."""

from __future__ import annotations

import logging
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from docglean.commands.page_templates import environment
from docglean.review.faults import Misdirected, ReviewFault
from docglean.schemas.errors import DocgleanError, SourceError

logger = logging.getLogger("docglean")


def page(name: str, status: int = 200, **told: Any) -> HTMLResponse:
    """A page made of a template."""
    return HTMLResponse(environment().get_template(name).render(**told), status)


def refused(request: Request, error: DocgleanError) -> Response:
    """An error as the page wants it: JSON with ``error`` and ``way_out``; for people a page."""
    status = _status(error)
    if request.url.path.startswith(("/api/", "/static/")) or isinstance(error, Misdirected):
        return JSONResponse({"error": error.message, "way_out": error.way_out}, status)
    return page("refused.html", status, error=error)


def _status(error: DocgleanError) -> int:
    if isinstance(error, ReviewFault):
        return error.status
    return 404 if isinstance(error, SourceError) else 500


async def on_fault(request: Request, error: Exception) -> Response:
    """What was raised on purpose."""
    assert isinstance(error, DocgleanError)
    return refused(request, error)


async def on_http(request: Request, error: Exception) -> Response:
    """What no route is for."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail, "way_out": ""}, error.status_code)


async def on_bug(request: Request, error: Exception) -> Response:
    """What nobody has thought of: told to who runs the server, not to who asks."""
    logger.error("%s failed", request.url.path, exc_info=error)
    return JSONResponse(
        {
            "error": f"Something went wrong in docglean itself: {type(error).__name__}.",
            "way_out": "Where the server was started it says more.",
        },
        500,
    )
