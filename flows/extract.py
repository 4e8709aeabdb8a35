"""The Prefect flow over many sources. Thin: documents are run by `docglean.flows.run`.

A task reads a shard of documents, not one: a task costs Prefect 5 to 30 ms and 14 KB of its
database, so one for each page or call would cost more than the work.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from docglean.flows.folder import RunFolder, Totals
from docglean.flows.run import begin, read_shard
from docglean.flows.sources import Source, find_sources
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State, StateType
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

SHARD = 25
"""Documents a task."""
TABLE_ROWS = 500
"""Rows of the artifact; the run folder has all."""


@task(task_run_name="documents {first} to {last}")
def read_documents(
    sources: list[Source],
    order: dict[str, Any],
    out: Path,
    first: int,
    last: int,
) -> tuple[Totals, list[dict[str, str]]]:
    """Read a shard of documents into the run folder; its totals, and a row for each document."""
    return asyncio.run(read_shard(sources, order, RunFolder(out)))


RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=2))


@flow(name="extract", task_runner=RUNNER)
def extract(
    source: str | list[str],
    schemas: list[str] | None = None,
    engine: str | None = None,
    out: str = "out",
    pages: str | None = None,
    password: list[str] | None = None,
    instructions: str = "",
    private: bool | None = None,
    concurrency: int | None = None,
) -> State[Any]:
    """Read documents into a run folder; ends Failed when some documents failed.

    Args:
        source: files, folders, globs or fsspec URLs.
        schemas: ``auto`` (default), built-in names, path.py:Model, package.module:Model or
            file.json; given several, each document is sorted to one of them.
        engine: ``[inputs+]provider[:model][@base_url]``; None takes the configured one.
        out: the run folder; added to if it has results.
        pages: such as ``1-3,7``.
        password: tried on PDFs that want one.
        instructions: your own words for the model.
        private: refuse every engine that is not on this machine or on a listed host.
        concurrency: model calls under way at once, for each task.
    """
    logger = get_run_logger()
    found = find_sources([source] if isinstance(source, str) else source)
    if found.skipped:
        logger.info("%d files are no documents and are left out", found.skipped)
    order = {
        "schemas": schemas or ["auto"],
        "settings": {"engine": engine, "private": private, "concurrency": concurrency},
        "options": {
            "pages": pages,
            "passwords": tuple(password or ()),
            "instructions": instructions,
        },
    }
    folder = RunFolder(Path(out).absolute())
    record, by_name, notice = asyncio.run(begin(order, folder))
    logger.info("%s Results go to %s.", notice, folder.path)
    shards = [found.sources[i : i + SHARD] for i in range(0, len(found.sources), SHARD)]
    pending = [
        read_documents.submit(shard, order, folder.path, i * SHARD + 1, i * SHARD + len(shard))
        for i, shard in enumerate(shards)
    ]
    rows: list[dict[str, str]] = []
    record.state = "interrupted"
    try:
        for future in pending:
            totals, shard_rows = future.result()
            record.totals += totals
            rows += shard_rows
        record.state = "finished"
    finally:
        folder.end(record, [source.uri for source in found.sources], by_name)
    create_table_artifact(
        key="documents", table=rows[:TABLE_ROWS], description=f"{len(rows)} documents"
    )
    create_markdown_artifact(
        key="run",
        markdown=f"{record.totals.sentence()}\n\nRun folder: [{folder.path}]"
        f"({folder.path.as_uri()}), engine `{record.engine}`",
        description="What this run came to",
    )
    return ended(record.totals)


def ended(totals: Totals) -> State[Any]:
    """The state that tells the truth: Failed with failed documents, Partial with partial ones."""
    if totals.failed:
        return Failed(message=f"{totals.failed} of {totals.documents} documents failed")
    if totals.partial:
        message = f"{totals.partial} of {totals.documents} documents are partial"
        return State(type=StateType.COMPLETED, name="Partial", message=message)
    return Completed(message=f"{totals.documents} documents")
