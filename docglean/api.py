"""From Python: `extract` one document or `extract_many`, waiting or with ``await``; `results` of a
run folder. For more than a few documents a kept client does the same: see `Extractor`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import BaseModel

from docglean.client.async_extractor import AsyncExtractor
from docglean.client.extractor import Extractor
from docglean.client.given import SourceLike
from docglean.client.keywords import spelled_out
from docglean.client.schemas import SchemaLike
from docglean.extractors.extraction import Extraction

if TYPE_CHECKING:
    from typing import Unpack

    from docglean.client.keywords import Choices

ModelT = TypeVar("ModelT", bound=BaseModel)


@overload
def extract(
    source: SourceLike, schema: type[ModelT], *, name: str | None = None, **choices: Unpack[Choices]
) -> Extraction[ModelT]: ...


@overload
def extract(
    source: SourceLike,
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    *,
    name: str | None = None,
    **choices: Unpack[Choices],
) -> Extraction[Any]: ...


@spelled_out
def extract(
    source: SourceLike,
    schema: SchemaLike = "auto",
    *,
    name: str | None = None,
    **choices: Unpack[Choices],
) -> Extraction[Any]:
    """Read one document: ``extract("a.pdf", Invoice).data`` is an ``Invoice``.

    A file is read as one document here, whatever it holds: where it seems to hold several, that is
    a problem of the result, which is then to be looked at (``several_documents``). `extract_many`
    takes the same file apart.

    Each call starts worker processes, which takes a second. An `Extractor` starts them once.

    Args:
        source: a file or an fsspec URL; or bytes, a file open for bytes, an upload of a web
            framework, a picture of Pillow's, which are read from their beginning.
        schema: a Pydantic model, a spec as in ``--schema``, or several to choose from.
        name: what the document is to be called in the result; its file's name by default.
        **choices: options of a run by name; and `settings`, `on_progress`.

    Raises:
        ConfigError: the engine, a key or a setting is wrong; the source stands for several
            documents; ``bad_source``, it is nothing that can be read.
        SchemaError: the schema can't be used.
        BudgetExceeded: the next call would cost more than `budget` has left.
    Trouble with the document itself is not raised: see `Extraction.status` (``ok`` only where
    nothing is known to be wrong) and `.problems`.
    """
    with Extractor(schema, **choices) as client:
        return client.extract(source, name=name)


@overload
async def extract_async(
    source: SourceLike, schema: type[ModelT], *, name: str | None = None, **choices: Unpack[Choices]
) -> Extraction[ModelT]: ...


@overload
async def extract_async(
    source: SourceLike,
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    *,
    name: str | None = None,
    **choices: Unpack[Choices],
) -> Extraction[Any]: ...


@spelled_out
async def extract_async(
    source: SourceLike,
    schema: SchemaLike = "auto",
    *,
    name: str | None = None,
    **choices: Unpack[Choices],
) -> Extraction[Any]:
    """As `extract`, in an event loop; `AsyncExtractor` keeps open what each call opens.

    Args:
        source: as `extract`.
        schema: as `extract`.
        name: as `extract`.
        **choices: options of a run by name; and `settings`, `on_progress`.
    """
    async with AsyncExtractor(schema, **choices) as client:
        return await client.extract(source, name=name)


@overload
def extract_many(
    sources: SourceLike | Iterable[SourceLike],
    schema: type[ModelT],
    **choices: Unpack[Choices],
) -> Iterator[Extraction[ModelT]]: ...


@overload
def extract_many(
    sources: SourceLike | Iterable[SourceLike],
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    **choices: Unpack[Choices],
) -> Iterator[Extraction[Any]]: ...


@spelled_out
def extract_many(
    sources: SourceLike | Iterable[SourceLike],
    schema: SchemaLike = "auto",
    **choices: Unpack[Choices],
) -> Iterator[Extraction[Any]]:
    """Read many documents, in input order, while they come.

    A file that holds several gives one Extraction for each, in the order of their pages; see
    `split`, and `Extraction.document.part`.

    Args:
        sources: files, folders, globs, fsspec URLs; or content, as `extract` takes it, best as
            pairs of a name and the content.
        schema: as in `extract`.
        **choices: options of a run by name; and `settings`, `on_progress`.

    Raises:
        ConfigError, SchemaError: as `extract`.
        BudgetExceeded: after the last document that needs no further call.
    """
    with Extractor(schema, **choices) as client:
        yield from client.extract_many(sources)


@overload
def extract_many_async(
    sources: SourceLike | Iterable[SourceLike],
    schema: type[ModelT],
    **choices: Unpack[Choices],
) -> AsyncGenerator[Extraction[ModelT], None]: ...


@overload
def extract_many_async(
    sources: SourceLike | Iterable[SourceLike],
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    **choices: Unpack[Choices],
) -> AsyncGenerator[Extraction[Any], None]: ...


@spelled_out
async def extract_many_async(
    sources: SourceLike | Iterable[SourceLike],
    schema: SchemaLike = "auto",
    **choices: Unpack[Choices],
) -> AsyncGenerator[Extraction[Any], None]:
    """As `extract_many`, in an event loop.

    Args:
        sources: as `extract_many`.
        schema: as `extract_many`.
        **choices: options of a run by name; and `settings`, `on_progress`.
    """
    async with (
        AsyncExtractor(schema, **choices) as client,
        aclosing(client.extract_many(sources)) as many,
    ):
        async for extraction in many:
            yield extraction


@overload
def results(
    run: str | Path, schema: type[ModelT], *, reviewed: bool = True
) -> Iterator[Extraction[ModelT]]: ...


@overload
def results(
    run: str | Path, schema: None = None, *, reviewed: bool = True
) -> Iterator[Extraction[Any]]: ...


def results(
    run: str | Path, schema: type[BaseModel] | None = None, *, reviewed: bool = True
) -> Iterator[Extraction[Any]]:
    """What a run folder holds, in input order, one document at a time.

    Args:
        run: what ``--out`` was told.
        schema: the model that it was read by, so that `Extraction.data` can be asked for.
        reviewed: with what people have said of the values, which `Extraction.reviews` tells; False
            gives what the engine has read.

    Raises:
        ConfigError: ``no_run``, it is no run folder, or a damaged one; ``bad_reviews``.
    """
    from docglean.flows.run_folder import RunFolder, holding_results

    folder = RunFolder.existing(Path(run))
    with holding_results(folder.path):
        for extraction in folder.reviewed() if reviewed else folder.extractions():
            yield extraction if schema is None else extraction.bind(schema)
