"""A document in the body of a request, as it is or as the file of a form: no more than is let."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from docglean.extractors.printable import printable
from docglean.serve.faults import ServiceFault

BLOCK = 1 << 20
"""Bytes that are copied at once."""
FORM = "multipart/form-data"
FIELD = "file"
"""Of a form: the document."""
MOST_FIELDS = 100
"""Of a form, beside its file: nobody reads them."""
AROUND = 100_000
"""Bytes of a form beside its file."""
IDLE_SECONDS = 30.0
"""In which something of a body has to come."""
MOST_NAME = 255
"""Characters of a file's name."""
NAMELESS = "document"


@asynccontextmanager
async def uploaded(
    request: Request, name: str | None, most: int
) -> AsyncIterator[tuple[str, AsyncGenerator[bytes, None]]]:
    """Name and content of the document that a request brings.

    Args:
        name: what it is to be called; a form tells the name of its file.
        most: bytes that it may have.

    Raises:
        ServiceFault: ``too_large``, before all of it is read; ``no_file``, a form has none, or
            several; ``bad_form``; ``too_slow``, ``cut_off``: also by reading the content.
    """
    is_form = request.headers.get("content-type", "").lower().startswith(FORM)
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > most + AROUND * is_form:
        raise _too_large(most)
    body = _body(request, most + AROUND * is_form, most)
    if not is_form:
        yield _named(name), body
        return
    form = await _form(request, body)
    try:
        file = _file(form)
        if (file.size or 0) > most:
            raise _too_large(most)
        yield _named(name or file.filename), _blocks(file)
    finally:
        await form.close()


async def _body(request: Request, most: int, told: int) -> AsyncGenerator[bytes, None]:
    """What comes, block by block.

    Args:
        most: bytes of it that are read; `told` is what a document may have.

    Raises:
        ServiceFault: ``too_large``, ``too_slow``, ``cut_off``.
    """
    size, stream = 0, aiter(request.stream())
    while True:
        try:
            block = await asyncio.wait_for(anext(stream), IDLE_SECONDS)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise ServiceFault(
                408, "too_slow", "The document stopped coming.", "Send it again."
            ) from error
        except ClientDisconnect as error:
            raise ServiceFault(
                400, "cut_off", "The connection ended before the document.", "Send it again."
            ) from error
        size += len(block)
        if size > most:
            raise _too_large(told)
        if block:
            yield block


async def _form(request: Request, body: AsyncGenerator[bytes, None]) -> FormData:
    try:
        return await MultiPartParser(
            request.headers, body, max_files=1, max_fields=MOST_FIELDS
        ).parse()
    except MultiPartException as error:
        raise ServiceFault(
            400, "bad_form", f"The form cannot be read: {error.message}", "Send one file."
        ) from error


def _file(form: FormData) -> UploadFile:
    found = form.get(FIELD)
    if not isinstance(found, UploadFile):
        raise ServiceFault(
            422, "no_file", f"The form has no file {FIELD!r}.", f"Name its field {FIELD!r}."
        )
    return found


async def _blocks(file: UploadFile) -> AsyncGenerator[bytes, None]:
    while block := await file.read(BLOCK):
        yield block


def _named(told: str | None) -> str:
    """The last part of a path, of whatever system."""
    bare = (told or "").replace("\\", "/").rstrip("/").split("/")[-1].strip()
    return printable(bare)[:MOST_NAME] or NAMELESS


def _too_large(most: int) -> ServiceFault:
    return ServiceFault(
        413,
        "too_large",
        f"A document may have {most:,} bytes here.",
        "The setting limits.max_bytes of the service says how many.",
    )
