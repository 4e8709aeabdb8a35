"""The Prefect flow over many sources. Thin: documents are run by `docglean.flows.run`.

A task reads a shard of documents, not one: a task costs Prefect 5 to 30 ms and 14 KB of its
database, so one for each page or call would cost more than the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from docglean.extractors.documents import fork_server
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.options import RunOptions
from docglean.extractors.telemetry.setup import own_process
from docglean.extractors.telemetry.spans import span
from docglean.flows.active_runs import in_run, under_way
from docglean.flows.concurrency_limits import share_rates, shared_turn
from docglean.flows.export.delivery import AfterReview, Delivery
from docglean.flows.fresh_runs import FreshRun, begun
from docglean.flows.open_reviews import open_run
from docglean.flows.parameters import account, flow_options, out_folder
from docglean.flows.reports import artifacts, ended, with_standing
from docglean.flows.request import RunRequest
from docglean.flows.run import Shard, begin, read_shard, row_of
from docglean.flows.run_folder import RunFolder
from docglean.flows.selection import selected
from docglean.flows.send_results import and_sent
from docglean.flows.sources import Source, find_sources, left_out
from docglean.flows.task_runner import at_once, shard_size, task_runner
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError, DocgleanError
from prefect import flow, get_run_logger, task
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.states import Completed

SHARD = 25
"""Documents a task at the most."""


@task(task_run_name="documents {first} to {last}")
def read_documents(
    sources: list[Source], order: RunRequest, out: Path, first: int, last: int, shared: bool
) -> Shard:
    """Read a shard of documents into the run folder.

    Args:
        shared: the provider's rate is shared with other workers, through the server.
    """
    own_process()
    turn = shared_turn(order) if shared else None
    folder = RunFolder(out)
    return in_run(
        order.run,
        lambda workers: read_shard(sources, order, folder, turn=turn, workers=workers),
    )


@flow(name="extract")
@flow_options()
def extract(
    source: str | list[str],
    schemas: list[str] | None = None,
    *,
    out: str = "out",
    only: Literal["new", "failed", "stale"] | None = None,
    runner: str | None = None,
    shard: int = SHARD,
    send_to: str | None = None,
    after_review: AfterReview = "send",
    options: RunOptions,
) -> State[Any]:
    """Read documents into a run folder; ends Failed when some documents failed, NeedsReview when
    people have to look at some.

    With `batch` it ends once requests are handed in; the deployment batch/collect, or
    ``docglean collect``, fetches the answers. `concurrency` is for each task, `daily_budget` for
    all runs of this deployment. Anybody with access to the server reads parameters, passwords too.

    Args:
        source: files, folders, globs or fsspec URLs.
        schemas: ``auto`` (default), built-in names, path.py:Model, package.module:Model,
            file.json, file.yaml, or fields on one line (``number, date, total: money``); given
            several, each document is sorted to one of them.
        out: the run folder; added to if it has results.
        only: ``new`` takes what is not in the folder, what has changed since it was read, and what
            failed for a reason that may pass; ``failed`` what is failed or partial there;
            ``stale`` what another schema, engine or prompt version made.
        runner: ``threads``, ``threads:N``, ``dask``, ``dask:N`` or ``dask:tcp://host:8786``; None
            takes the configured one, or the one of ``with_options``.
        shard: documents a task at the most; all tasks get about as many.
        send_to: where results go when they are read, as `docglean export` takes it; ``{run}``
            stands for the run folder's name. Write no password.
        after_review: documents to review: ``send`` sends them with the others, ``apart`` to tables
            of their own, ``wait`` not before they are signed off: by the next run, or by the
            deployment export/after-review.
    """
    own_process()
    logger = get_run_logger()
    folder = RunFolder(out_folder(out))
    order = RunRequest.from_options(
        options, schemas=tuple(schemas or ["auto"]), account=account(extract.name)
    )
    delivery = None if send_to is None else _delivery(send_to, after_review, order)
    found = find_sources(
        [source] if isinstance(source, str) else source, may_be_empty=only is not None
    )
    for unread in found.unread:
        logger.warning("%s", unread)
    if found.skipped:
        logger.info("%s", left_out(found.skipped, "document"))
    selection = asyncio.run(selected(found.sources, folder, only, order))
    said = selection.sentences(only) if only else []
    for sentence in said:
        logger.info("%s", sentence)
    sources = selection.sources
    if not sources:
        state = with_standing(Completed(message=" ".join(said)), selection, found.unread)
        return and_sent(state, folder, delivery)
    if order.batch or (runner or order.settings().runner).startswith("threads"):
        fork_server.begin()  # what opens documents loads while the server is asked
    if order.batch:
        from docglean.flows.collect import hand_in

        state = asyncio.run(hand_in(order, sources, folder.path))
        return with_standing(state, selection, found.unread)
    fresh = asyncio.run(
        begun(
            order,
            [source] if isinstance(source, str) else source,
            folder.path,
            partly=only is not None,
        )
    )
    order = fresh.order
    if fresh.said:
        logger.info("%s", fresh.said)
    record, by_name, notice = asyncio.run(begin(order, folder))
    logger.info("%s Results go to %s.", notice, folder.path)
    # What this machine resolved is what all of them take.
    order = replace(order.definite(), engine=record.engine)
    rows: list[dict[str, str]] = []
    lost: list[str] = []
    record.state = "interrupted"
    try:
        about = {"docglean.run": order.run, "docglean.engine": record.engine}
        with under_way(order.run, order.settings().limits), span("flow", about):
            for future in _submitted(sources, order, folder.path, runner, max(1, shard)):
                try:
                    part = future.result()
                except DocgleanError:
                    raise
                except Exception as error:
                    # Whatever took this task's worker down, the others go on.
                    logger.error("documents of one task are not read: %s", error)
                    lost.append(f"{type(error).__name__}: {error}")
                    continue
                record.totals += part.totals
                record.problem = record.problem or part.problem
                rows += part.rows
        if not lost:
            record.state = "over_budget" if record.problem else "finished"
        if record.state == "finished":
            not_done = asyncio.run(_ended(fresh, record.totals))
            if not_done:
                logger.info("%s", not_done)
    finally:
        changed = folder.end(record, [source.uri for source in sources], by_name)
    if record.totals.alarm:
        logger.warning("%s", record.totals.alarm)
    url = order.settings().review_url
    anew = {str(path): row_of(one, folder, url) for path, one in folder.documents(changed)}
    left = open_run(folder, run=record.id, url=url)
    artifacts(record, folder, [anew.get(row["file"], row) for row in rows], left)
    state = with_standing(ended(record, len(sources), lost, left), selection, found.unread)
    return and_sent(state, folder, delivery)


async def _ended(fresh: FreshRun, totals: Totals) -> str:
    async with await Ledger.open(fresh.order.settings().ledger) as ledger:
        return await fresh.ended(ledger, lost=totals.lost, not_done=totals.not_done)


def _delivery(to: str, after_review: AfterReview, order: RunRequest) -> Delivery:
    if order.batch:
        raise ConfigError(
            "bad_option",
            "With batch, results come when this flow has ended: it has nothing to send.",
            "Leave out send_to; the deployment export/after-review sends them.",
        )
    return Delivery(to, after_review=after_review)


def _submitted(
    sources: Sequence[Source], order: RunRequest, out: Path, runner: str | None, most: int
) -> list[PrefectFuture[Shard]]:
    """The tasks of all shards, under way or done.

    Args:
        most: documents a task.
    """
    shared = asyncio.run(share_rates(order))
    told = runner or (None if _chosen() else order.settings().runner)
    size = shard_size(len(sources), most, 1 if told is None else at_once(told))
    parts: list[dict[str, Any]] = [
        {
            "sources": list(sources[start : start + size]),
            "order": order,
            "out": out,
            "first": start + 1,
            "last": min(start + size, len(sources)),
            "shared": shared,
        }
        for start in range(0, len(sources), size)
    ]
    if told is None:
        return [read_documents.submit(**part) for part in parts]
    with task_runner(told) as tasks:
        pending: list[PrefectFuture[Shard]] = [
            tasks.submit(read_documents, parameters=part) for part in parts
        ]
        for future in pending:  # the runner ends with the block
            future.wait()
    return pending


def _chosen() -> bool:
    """Whether somebody gave this flow a task runner by `with_options`."""
    context = FlowRunContext.get()
    return context is not None and context.task_runner != extract.task_runner
