"""The Prefect flow over many sources. Thin: documents are run by `docglean.flows.run`.

A task reads a shard of documents, not one: a task costs Prefect 5 to 30 ms and 14 KB of its
database, so one for each page or call would cost more than the work.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal, cast

from docglean.extractors.money import dollars
from docglean.flows.folder import RunFolder, RunRecord
from docglean.flows.order import Order
from docglean.flows.run import Shard, begin, read_shard, wanted
from docglean.flows.sources import Source, find_sources
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State, StateType
from prefect.futures import PrefectFuture
from prefect.runtime import deployment
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

SHARD = 25
"""Documents a task."""
TABLE_ROWS = 500
"""Rows of the artifact; the run folder has all."""


@task(task_run_name="documents {first} to {last}")
def read_documents(sources: list[Source], order: Order, out: Path, first: int, last: int) -> Shard:
    """Read a shard of documents into the run folder."""
    return asyncio.run(read_shard(sources, order, RunFolder(out)))


RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=2))


@flow(name="extract", task_runner=RUNNER)
def extract(
    source: str | list[str],
    schemas: list[str] | None = None,
    engine: str | None = None,
    out: str = "out",
    only: Literal["new", "failed"] | None = None,
    pages: str | None = None,
    password: list[str] | None = None,
    instructions: str = "",
    private: bool | None = None,
    concurrency: int | None = None,
    budget: float | None = None,
    daily_budget: float | None = None,
) -> State[Any]:
    """Read documents into a run folder; ends Failed when some documents failed.

    Args:
        source: files, folders, globs or fsspec URLs.
        schemas: ``auto`` (default), built-in names, path.py:Model, package.module:Model or
            file.json; given several, each document is sorted to one of them.
        engine: ``[inputs+]provider[:model][@base_url]``; None takes the configured one.
        out: the run folder; added to if it has results.
        only: ``new`` leaves out what stands in the folder already and has not changed since;
            ``failed`` takes only what is failed or partial there.
        pages: such as ``1-3,7``.
        password: tried on PDFs that want one.
        instructions: your own words for the model.
        private: refuse every engine that is not on this machine or on a listed host.
        concurrency: model calls under way at once, for each task.
        budget: US dollars that this run may spend.
        daily_budget: US dollars that all runs of this deployment may spend in a day (UTC).
    """
    logger = get_run_logger()
    folder = RunFolder(Path(out).absolute())
    found = find_sources([source] if isinstance(source, str) else source)
    if found.skipped:
        logger.info("%d files are no documents and are left out", found.skipped)
    sources = wanted(found.sources, folder, only)
    if not sources:
        return Completed(message=f"none of {len(found.sources)} documents is {only}")
    order = Order(
        schemas=tuple(schemas or ["auto"]),
        engine=engine,
        private=private,
        concurrency=concurrency,
        pages=pages,
        passwords=tuple(password or ()),
        instructions=instructions,
        budget=dollars(budget, "budget"),
        daily_budget=dollars(daily_budget, "daily_budget"),
        account=deployment.name or "docglean",
    )
    record, by_name, notice = asyncio.run(begin(order, folder))
    logger.info("%s Results go to %s.", notice, folder.path)
    shards = [sources[i : i + SHARD] for i in range(0, len(sources), SHARD)]
    pending = [
        read_documents.submit(shard, order, folder.path, i * SHARD + 1, i * SHARD + len(shard))
        for i, shard in enumerate(shards)
    ]
    rows: list[dict[str, str]] = []
    record.state = "interrupted"
    try:
        for future in pending:
            shard = future.result()
            record.totals += shard.totals
            record.problem = record.problem or shard.problem
            rows += shard.rows
        record.state = "over_budget" if record.problem else "finished"
    finally:
        folder.end(record, [source.uri for source in sources], by_name)
    if record.totals.alarm:
        logger.warning("%s", record.totals.alarm)
    create_table_artifact(
        key="documents", table=rows[:TABLE_ROWS], description=f"{len(rows)} documents"
    )
    create_markdown_artifact(
        key="run", markdown=report(record, folder), description="What this run came to"
    )
    return ended(record, len(sources))


def report(record: RunRecord, folder: RunFolder) -> str:
    """What the run came to, as Markdown."""
    lines = [
        record.totals.sentence(),
        f"Run folder: [{folder.path}]({folder.path.as_uri()}), engine `{record.engine}`, "
        f"run `{record.id}`",
        record.totals.alarm and f"**{record.totals.alarm}**",
        record.problem and f"**{record.problem.message}** {record.problem.way_out}",
    ]
    return "\n\n".join(line for line in lines if line)


def ended(record: RunRecord, sources: int) -> State[Any]:
    """The state that tells the truth: Failed with failed documents, Partial with partial ones."""
    totals = record.totals
    if record.problem:
        message = f"{record.problem.message} {sources - totals.documents} of {sources} documents "
        return Failed(name="BudgetExceeded", message=message + "are not read.")
    if totals.failed:
        return Failed(message=f"{totals.failed} of {totals.documents} documents failed")
    if totals.partial:
        message = f"{totals.partial} of {totals.documents} documents are partial"
        return State(type=StateType.COMPLETED, name="Partial", message=message)
    return Completed(message=f"{totals.documents} documents")
