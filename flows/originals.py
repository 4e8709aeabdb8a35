"""The file that a result was read from, opened only where it is that very file.

Results may have been sent by a stranger, and name any file or address. So a document is opened
only where it has the SHA-256 that the results tell of it, which nobody knows of a file that is
none of his; and addresses are fetched only when asked to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.extraction import SourceRecord
from docglean.flows.sources import UPLOAD, Source, local_file
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers

Opening = Callable[[Path, str], Awaitable["Document"]]
"""How a file is opened, by its path and the name that messages call it by."""


@asynccontextmanager
async def original(
    told: SourceRecord,
    workers: Workers,
    *,
    fetch: bool = False,
    passwords: Sequence[str] = (),
    opening: Opening | None = None,
    file: Path | None = None,
) -> AsyncIterator[Document]:
    """The file with a document's pages: the one that it was read from, or one attached to that.

    Args:
        fetch: one that is not on this machine is fetched from where the results say.
        passwords: to try on a PDF that wants one.
        opening: in place of `open_document`.
        file: where it lies now, if not where the results say.

    Raises:
        SourceError: ``changed``, it is another file than was read; ``not_fetched``,
            ``not_a_file`` and others: it can't be opened or taken out.
    """
    from docglean.extractors.documents.document import open_document
    from docglean.extractors.packets.portfolio import taken_out

    limits = workers.limits

    async def opened(path: Path, name: str) -> Document:
        if opening is not None:
            return await opening(path, name)
        return await open_document(path, workers, limits, name=name, password=passwords)

    async with AsyncExitStack() as stack:
        place = file or _local_path(told.file_uri, fetch)
        source = Source(told.file_name, told.file_uri, place)
        file = stack.enter_context(local_file(source, max_bytes=limits.max_bytes))
        document = await opened(file, told.file_name)
        if told.part is not None and told.part.attachment:
            taking = taken_out(document, told.part.attachment, limits.max_bytes, passwords)
            document = await opened(await stack.enter_async_context(taking), told.name)
        if document.sha256 != told.sha256:
            raise SourceError(
                "changed",
                "The file has changed since it was read, or is another: its pages are not shown.",
                "Read it again to see them.",
            )
        yield document


def pages_of(told: SourceRecord, document: Document) -> range:
    """Numbers of the pages that a document has in its file."""
    last = len(document.pages)
    part = told.part
    return range(1, last + 1) if part is None else range(part.first, min(part.last, last) + 1)


def _local_path(uri: str, fetch: bool) -> Path | None:
    """The file that a URI names, None where it has to be fetched.

    Raises:
        SourceError: ``not_fetched``, nobody asked for that; ``not_a_file``, it is a device or a
            pipe, or no address at all.
    """
    from urllib.parse import unquote, urlsplit
    from urllib.request import url2pathname

    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise SourceError("not_a_file", f"{uri} is no address: {error}.") from error
    if parts.scheme == UPLOAD:
        raise SourceError("not_fetched", "it was handed over as content, and no copy is kept.")
    # A drive letter is no scheme; what begins like a machine's name is not on this one.
    path = Path(url2pathname(parts.path) if parts.scheme == "file" else unquote(uri))
    away = path.as_posix().startswith("//") or parts.netloc not in ("", "localhost")
    if parts.scheme != "file" and len(parts.scheme) > 1:
        if fetch:
            return None
        away = True
    if away:
        raise SourceError(
            "not_fetched", f"it is not on this machine, but at {uri}.", "Add --fetch."
        )
    if path.exists() and not path.is_file():
        raise SourceError("not_a_file", f"{path} is no file.")
    return path
