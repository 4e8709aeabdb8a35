"""From Python: `extract` one document or `extract_many`, waiting or with ``await``; `results` of a
run folder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import BaseModel

from docglean.extractors.extraction import Extraction
from docglean.extractors.options import Keywords, RunOptions, offered_options

if TYPE_CHECKING:
    from typing import Unpack

    from docglean.extractors.extraction import PartRecord
    from docglean.extractors.progress import Progress
    from docglean.extractors.run import RunContext
    from docglean.extractors.settings import Settings
    from docglean.schemas.schema import Schema

ModelT = TypeVar("ModelT", bound=BaseModel)
T = TypeVar("T")


class Choices(Keywords, total=False):
    """What may be chosen in every call; what is left out comes from the settings.

    Keys:
        settings: instead of those of environment and files.
        on_progress: called with each `Progress`.
    """

    settings: Settings | None
    on_progress: Callable[[Progress], None] | None


Choices.__doc__ = "\n".join(
    [(Choices.__doc__ or "").rstrip()]
    + [
        f"        {one.name}: {one.text}"
        for one in offered_options()
        if one.name in Keywords.__annotations__
    ]
)

SchemaLike = type[BaseModel] | str | Sequence[type[BaseModel] | str]


@overload
def extract(
    source: str | Path, schema: type[ModelT], **choices: Unpack[Choices]
) -> Extraction[ModelT]: ...


@overload
def extract(
    source: str | Path,
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    **choices: Unpack[Choices],
) -> Extraction[Any]: ...


def extract(
    source: str | Path, schema: SchemaLike = "auto", **choices: Unpack[Choices]
) -> Extraction[Any]:
    """Read one document: ``extract("a.pdf", Invoice).data`` is an ``Invoice``.

    A file is read as one document here, whatever it holds: where it seems to hold several, that is
    a problem of the result, which is then to be looked at (``several_documents``). `extract_many`
    takes the same file apart.

    Args:
        source: a file or an fsspec URL.
        schema: a Pydantic model, a spec as in ``--schema``, or several to choose from.

    Raises:
        ConfigError: the engine, a key or a setting is wrong.
        SchemaError: the schema can't be used.
        BudgetExceeded: the next call would cost more than `budget` has left.
        DocgleanError: the source stands for several documents.
    Trouble with the document itself is not raised: see `Extraction.status` (``ok`` only where
    nothing is known to be wrong) and `.problems`.
    """
    return _wait(extract_async(source, schema, **choices))


@overload
async def extract_async(
    source: str | Path, schema: type[ModelT], **choices: Unpack[Choices]
) -> Extraction[ModelT]: ...


@overload
async def extract_async(
    source: str | Path,
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    **choices: Unpack[Choices],
) -> Extraction[Any]: ...


async def extract_async(
    source: str | Path, schema: SchemaLike = "auto", **choices: Unpack[Choices]
) -> Extraction[Any]:
    """As `extract`, in an event loop."""
    from docglean.flows.run import extract_source
    from docglean.flows.sources import find_sources
    from docglean.schemas.errors import ConfigError

    found = find_sources([str(source)]).sources
    if len(found) != 1:
        raise ConfigError(
            "several_sources",
            f"{source} stands for {len(found)} documents.",
            "Use extract_many for several.",
        )
    async with opened(schema, **choices) as context:
        return await extract_source(context, found[0])


@overload
def extract_many(
    sources: str | Path | Sequence[str | Path],
    schema: type[ModelT],
    **choices: Unpack[Choices],
) -> Iterator[Extraction[ModelT]]: ...


@overload
def extract_many(
    sources: str | Path | Sequence[str | Path],
    schema: str | Sequence[type[BaseModel] | str] = "auto",
    **choices: Unpack[Choices],
) -> Iterator[Extraction[Any]]: ...


def extract_many(
    sources: str | Path | Sequence[str | Path],
    schema: SchemaLike = "auto",
    **choices: Unpack[Choices],
) -> Iterator[Extraction[Any]]:
    """Read many documents, in input order, while they come.

    A file that holds several gives one Extraction for each, in the order of their pages; see
    `split`, and `Extraction.document.part`.

    Args:
        sources: files, folders, globs, fsspec URLs.
        schema: as in `extract`.

    Raises:
        ConfigError, SchemaError: as `extract`.
        BudgetExceeded: after the last document that needs no further call.
    """
    loop = asyncio.new_event_loop()
    many = extract_many_async(sources, schema, **choices)
    thread = threading.Thread(target=loop.run_forever, name="docglean", daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        while True:
            try:
                extraction = wait(many.__anext__())
            except StopAsyncIteration:
                return
            yield extraction
    finally:
        wait(many.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def extract_many_async(
    sources: str | Path | Sequence[str | Path],
    schema: SchemaLike = "auto",
    **choices: Unpack[Choices],
) -> AsyncGenerator[Extraction[Any], None]:
    """As `extract_many`, in an event loop."""
    from docglean.flows.duplicates import Duplicates
    from docglean.flows.run import extract_sources
    from docglean.flows.sources import find_sources
    from docglean.schemas.errors import BudgetExceeded

    given = [sources] if isinstance(sources, str | Path) else sources
    found = find_sources([str(source) for source in given]).sources
    async with opened(schema, **choices) as context:
        early: dict[tuple[int, int], Extraction[Any]] = {}
        following, seen = (0, 1), Duplicates.of_schemas(context.schemas)
        try:
            async for index, extraction in extract_sources(context, found):
                part = extraction.document.part
                early[index, 1 if part is None else part.number] = extraction
                while following in early:
                    next_one = early.pop(following)
                    yield seen.of(next_one)
                    following = _after(following, next_one.document.part)
        except BudgetExceeded:
            for place in sorted(early):  # finished, behind one that is not
                yield seen.of(early[place])
            raise


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


def _after(place: tuple[int, int], part: PartRecord | None) -> tuple[int, int]:
    """The source, and the document in it, that comes after this one."""
    source, number = place
    return (source + 1, 1) if part is None or number == part.of else (source, number + 1)


@asynccontextmanager
async def opened(
    schema: SchemaLike, *, sending: bool = True, **choices: Unpack[Choices]
) -> AsyncIterator[RunContext]:
    """A RunContext for these schemas and choices, closed at the end of the block.

    Args:
        sending: False for estimates: no key is needed.
    """
    from docglean.evaluation.example_labels import read_examples
    from docglean.extractors.run import RunContext
    from docglean.flows.request import new_run

    said = {name: choices.get(name) for name in Keywords.__annotations__}
    run_options = RunOptions.of(said | {"run": new_run()})
    context = await RunContext.open(
        run_options.settings(choices.get("settings")),
        schemas_of(schema),
        options=run_options,
        on_progress=choices.get("on_progress"),
        sending=sending,
        read_labels=read_examples,
    )
    async with context:
        yield context


def schemas_of(given: SchemaLike) -> tuple[Schema, ...]:
    """Schemas from models and specs.

    Raises:
        SchemaError: one of them can't be used.
    """
    from docglean.schemas.schema import load_schemas, schema_of

    listed = [given] if isinstance(given, str | type) else list(given)
    return tuple(
        schema
        for one in listed
        for schema in ([schema_of(one)] if isinstance(one, type) else load_schemas([one]))
    )


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where an event loop runs already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1, thread_name_prefix="docglean") as thread:
        return thread.submit(asyncio.run, work).result()
