"""The Prefect flow that goes on with runs in batches, and how another flow begins one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.plurals import counted
from docglean.extractors.settings import load_settings
from docglean.extractors.telemetry.setup import own_process
from docglean.flows.batch_run import BatchRun, batch_run, orders, resumed_run
from docglean.flows.open_reviews import open_run
from docglean.flows.reports import NOT_OK, artifacts, ended
from docglean.flows.request import RunRequest
from docglean.flows.run import row_of
from docglean.flows.run_folder import RunFolder
from docglean.flows.sources import Source
from docglean.flows.totals import money
from docglean.schemas.errors import ConfigError
from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State, StateType
from prefect.states import Completed, Failed


@flow(name="batch")
def collect() -> State[Any]:
    """Look for finished batches: fetch answers, finish documents, hand in what is asked again.

    Ends Failed when documents of a finished run failed, Partial or NeedsReview as such a run does.
    """
    own_process()
    return asyncio.run(_collect())


async def _collect() -> State[Any]:
    logger = get_run_logger()
    settings = load_settings()
    async with await Ledger.open(settings.ledger) as ledger:
        found = await orders(ledger)
    states: list[State[Any]] = []
    for told in found:
        rows: list[dict[str, str]] = []
        try:
            async with resumed_run(
                told, on_done=_into(rows, Path(told.out), settings.review_url)
            ) as run:
                states.append(await _advanced(run, rows))
        except ConfigError as error:
            # Another run may have its key, its folder or its password.
            logger.error("run %s into %s: %s", told.order.run, told.out, error)
            states.append(Failed(message=f"{told.out}: {error.message}"))
    failed = [state for state in states if state.is_failed()]
    if failed:
        return Failed(message="; ".join(str(state.message) for state in failed))
    message = "; ".join(str(one.message) for one in states) or "no run waits"
    for name in NOT_OK:
        if any(state.name == name for state in states):
            return State(type=StateType.COMPLETED, name=name, message=message)
    return Completed(message=message)


async def hand_in(order: RunRequest, sources: Sequence[Source], out: Path) -> State[Any]:
    """Begin a run in batches; what the ledger can answer is finished at once.

    Raises:
        ConfigError: as `batch_run.batch_run`.
    """
    rows: list[dict[str, str]] = []
    async with batch_run(
        order, sources, out, on_done=_into(rows, out, order.settings().review_url)
    ) as run:
        get_run_logger().info("%s", run.context.notice)
        return await _advanced(run, rows)


def _into(rows: list[dict[str, str]], out: Path, review_url: str) -> Any:
    folder = RunFolder(out)

    def add(extraction: Extraction[Any]) -> None:
        rows.append(row_of(extraction, folder, review_url))

    return add


async def _advanced(run: BatchRun, rows: list[dict[str, str]]) -> State[Any]:
    try:
        more = await run.advance()
    finally:
        record = await asyncio.shield(run.end())
    if run.trouble:
        get_run_logger().warning("%s", run.trouble)
    if more:
        count, requests, cost = run.handed_in()
        message = (
            f"{len(run.waiting)} of {counted(len(run.told.sources), 'document')} wait for batches"
        )
        if count:
            message += f"; {requests} requests handed in just now, about {money(cost)}"
        return State(type=StateType.COMPLETED, name="Submitted", message=message)
    url = run.context.settings.review_url
    left = await asyncio.to_thread(open_run, run.folder, run=record.id, url=url)
    await asyncio.to_thread(artifacts, record, run.folder, rows, left)
    return ended(record, len(run.told.sources), left=left)
