"""A client that is kept: what is dear to start is started once, for many documents."""

from __future__ import annotations

import sys
import threading
import warnings
import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import BaseModel

from docglean.client.given import SourceLike, listed
from docglean.client.keywords import spelled_out
from docglean.client.loop_thread import LoopThread
from docglean.client.open_client import OpenClient, own_options
from docglean.client.schemas import SchemaLike
from docglean.extractors.extraction import Extraction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self, Unpack

    from docglean.client.keywords import Choices

ModelT = TypeVar("ModelT", bound=BaseModel)


class Extractor:
    """Reads documents, and keeps open what they share: worker processes, ledger, connections.

    Use it in a ``with`` block, or `close` it. Safe to use from several threads at once. What is
    opened is opened by the block, or by the first document; in a process that was forked since,
    and after it was closed, every call is refused.

    A budget is that of its whole life, over all documents and threads; a daily one begins anew
    each day (UTC).
    """

    @spelled_out
    def __init__(self, schema: SchemaLike = "auto", **choices: Unpack[Choices]) -> None:
        """Choose how documents are to be read.

        Args:
            schema: of documents for which none is told: a Pydantic model, a spec as in
                ``--schema``, or several to choose from.
            **choices: options of a run by name; and `settings`, `on_progress`.

        Raises:
            ConfigError: a choice or a setting is wrong. An engine or a key is told to be wrong by
                the ``with`` block, or the first document.
        """
        self._open = OpenClient(schema, choices)
        self._thread = LoopThread()
        self._let_go = weakref.finalize(self, _left, self._open, self._thread)

    def __enter__(self) -> Self:
        try:
            self._open.check()
            self._thread.wait(self._open.prepare())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_let_go") and self._let_go.alive and self._open.is_open:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, 2, source=self)

    def close(self) -> None:
        """End what is under way in other threads, and all that is open. May be called twice.

        Calls that were sent to a model are waited for, as long as the setting `grace` says: they
        are paid for, and their answers are kept.
        """
        self._let_go.detach()
        if self._open.is_forked:
            return
        ended = self._thread.end(self._open.close())
        self._open.closed = True
        self._thread.join()
        if ended is not None:
            ended.result()

    @overload
    def extract(
        self,
        source: SourceLike,
        schema: type[ModelT],
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[ModelT]: ...

    @overload
    def extract(
        self,
        source: SourceLike,
        schema: str | Sequence[type[BaseModel] | str] | None = None,
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[Any]: ...

    def extract(
        self,
        source: SourceLike,
        schema: SchemaLike | None = None,
        *,
        name: str | None = None,
        pages: str | None = None,
        password: str | Sequence[str] | None = None,
    ) -> Extraction[Any]:
        """Read one document; see `docglean.extract`.

        At most as many are read at once as `concurrency` says, over all threads; others wait.

        Args:
            source: a file or an fsspec URL; or bytes, an open file, an upload, a picture.
            schema: instead of the client's.
            name: what the document is to be called in the result.
            pages: to read, such as 1-3,7; instead of the client's.
            password: to try on a PDF that wants one; instead of the client's.

        Raises:
            ConfigError, SchemaError, BudgetExceeded: as `docglean.extract`. ``client_closed``, it
                was closed, before or meanwhile.
        """
        given = self._open.only(source, name)
        told = own_options(pages, password)
        return self._thread.wait(self._open.extract(given, schema, told))

    @overload
    def extract_many(
        self, sources: SourceLike | Iterable[SourceLike], schema: type[ModelT]
    ) -> Iterator[Extraction[ModelT]]: ...

    @overload
    def extract_many(
        self,
        sources: SourceLike | Iterable[SourceLike],
        schema: str | Sequence[type[BaseModel] | str] | None = None,
    ) -> Iterator[Extraction[Any]]: ...

    def extract_many(
        self, sources: SourceLike | Iterable[SourceLike], schema: SchemaLike | None = None
    ) -> Iterator[Extraction[Any]]:
        """Read many documents, in input order, while they come; see `docglean.extract_many`.

        Args:
            sources: files, folders, patterns, fsspec URLs; or content, best as pairs of a name and
                bytes or an open file.
            schema: instead of the client's.

        Raises:
            ConfigError, SchemaError, BudgetExceeded: as `extract`.
        """
        found = self._open.found(listed(sources))
        many = self._open.extract_many(found, schema)
        try:
            while True:
                try:
                    extraction = self._thread.wait(many.__anext__())
                except StopAsyncIteration:
                    return
                yield extraction
        finally:
            if not self._open.closed:
                self._thread.wait(many.aclose())


def _left(client: OpenClient, thread: LoopThread) -> None:
    """Close what somebody left open: by itself when an `Extractor` is gone, or the interpreter."""
    if not client.is_forked:
        thread.end(client.close())
        if sys.is_finalizing() or not threading.main_thread().is_alive():
            thread.join()
