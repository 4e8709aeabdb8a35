"""What the review page sends: read within a limit, and of the shape that is meant."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from docglean.extractors.extraction import Box
from docglean.review.faults import ReviewFault, TooLarge

MOST_BYTES = 8_000_000
"""Of one request: a spreadsheet of thousands of rows, pasted."""

BodyT = TypeVar("BodyT", bound=BaseModel)
Percent = Annotated[float, Field(ge=-1, le=101, allow_inf_nan=False)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BoxBody(_Body):
    """A box drawn on a page for a value or, of a list, for a row.

    Attributes:
        box: left, top, width and height in per cent of the page.
    """

    page: int = Field(ge=1)
    box: tuple[Percent, Percent, Percent, Percent]
    pointer: str

    def points(self, width: float, height: float) -> Box:
        """The box in points of a page of this size: left, top, right, bottom."""
        left, top, across, down = self.box
        x0, y0 = left * width / 100, top * height / 100
        return x0, y0, x0 + across * width / 100, y0 + down * height / 100


class TextBody(_Body):
    """What somebody typed, or pasted, for a value or a list."""

    pointer: str
    text: str


class EventsBody(_Body):
    """What somebody said, and on which revision of the document."""

    revision: int = Field(ge=0)
    events: list[dict[str, Any]] = Field(min_length=1)


async def read(request: Request, shape: type[BodyT]) -> BodyT:
    """The body of a request.

    Raises:
        TooLarge: it is longer than any that is meant.
        ReviewFault: it is of another shape.
    """
    try:
        return shape.model_validate_json(await read_bytes(request))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the request"
        raise ReviewFault(
            "bad_request", f"{where}: {first['msg']}.", "Load the page again."
        ) from error


async def read_bytes(request: Request) -> bytes:
    """The body of a request.

    Raises:
        TooLarge: it is longer than any that is meant.
    """
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(
        "too_large", f"More than {MOST_BYTES // 1_000_000} MB at once.", "Send less at a time."
    )
