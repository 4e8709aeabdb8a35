"""Runs in batches on the command line: ``extract --batch``, ``batches`` and ``collect``."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WAITING
from docglean.cli.progress import Display
from docglean.extractors.calls import batch_results
from docglean.extractors.calls.batch_results import Checked
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.batch_book import BatchRow
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.run_names import run_names
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted, counted_are
from docglean.extractors.settings import load_settings
from docglean.flows.batch_run import BatchRun, batch_run, orders, resumed_run
from docglean.flows.request import RunRequest
from docglean.flows.sources import FoundSources
from docglean.flows.totals import money
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.flows.batch_run import BatchOrder


async def extract(
    found: FoundSources, order: RunRequest, out: Path, *, quiet: bool, wait: bool
) -> int:
    """``docglean extract --batch``: the exit code."""
    display = Display(len(found.sources), quiet=quiet)
    async with batch_run(
        order, found.sources, out, on_done=display.on_done, on_progress=display.on_progress
    ) as run:
        with display:
            display.say_lines(run.context.notice)
            for unread in found.unread:
                display.say(unread)
            code = await _followed(run, display, wait=wait)
    return SOME_FAILED if code == OK and found.unread else code


async def _followed(run: BatchRun, display: Display, *, wait: bool) -> int:
    """Go on with a run until it is finished, or until it waits and nobody wants to."""
    poll = run.context.settings.batch_poll
    told: tuple[Any, ...] = ()
    more = True
    try:
        while more:
            more = await run.advance()
            now = (*run.handed_in(), len(run.waiting), run.trouble)
            if more and now != told:
                display.say(_standing(run))
                told = now
            if not more or not wait:
                break
            await asyncio.sleep(poll)
    except asyncio.CancelledError:
        display.say("Batches go on at the provider; `docglean collect` goes on with them.")
        raise
    finally:
        record = await asyncio.shield(run.end(display.on_changed))
    totals = record.totals
    if more:
        display.say("Go on with `docglean collect`, or with this command again.")
        return WAITING
    display.say(f"{totals.sentence()} Results are in {run.told.out}.")
    if totals.unheard:
        display.say(totals.unheard.told)
    if totals.alarm:
        display.say(f"Warning: {totals.alarm}")
    if record.problem is not None:
        said = f"{record.problem.message} {counted_are(len(run.waiting), 'file')} not read."
        tell(f"{said} {record.problem.way_out}", error=True)
        return OVER_BUDGET
    return OK if totals.is_all_ok(len(run.told.sources)) else SOME_FAILED


def _standing(run: BatchRun) -> str:
    count, requests, cost = run.handed_in()
    parts = []
    if count:
        parts.append(
            f"{counted_are(requests, 'request')} handed in as {count} "
            f"batch{'es' if count > 1 else ''}, about {money(cost)}"
        )
    waiting = len(run.waiting)
    wait = "waits" if waiting == 1 else "wait"
    parts.append(f"{counted(waiting, 'document')} {wait} for answers, which may take a day")
    line = "; ".join(parts) + "."
    return f"{line} {run.trouble}" if run.trouble else line


def collect(*, wait: bool, password: tuple[str, ...], quiet: bool) -> int:
    """``docglean collect``: the exit code."""
    from docglean.commands.interruption import until_interrupted

    return until_interrupted(_collect(wait, password, quiet))


async def _collect(wait: bool, password: tuple[str, ...], quiet: bool) -> int:
    settings = load_settings()
    async with await Ledger.open(settings.ledger) as ledger:
        found = await orders(ledger)
        if not found:
            # Their runs may be gone, but what they answer is paid for.
            for one in await batch_results.collect(ledger, settings):
                _say(one, quiet)
            if not quiet:
                tell("No run waits for a batch.")
    codes: list[int] = []
    while found:
        codes = [await _gone_on(told, password, quiet) for told in found]
        if not wait or WAITING not in codes:
            break
        found = [told for told, code in zip(found, codes, strict=True) if code == WAITING]
        await asyncio.sleep(settings.batch_poll)
    return max(codes, default=OK)


async def _gone_on(told: BatchOrder, password: tuple[str, ...], quiet: bool) -> int:
    if password:
        order = replace(told.order, password=password)
        told = told.model_copy(update={"order": order})
    display = Display(len(told.sources), quiet=quiet)
    try:
        async with resumed_run(told, on_done=display.on_done) as run:
            display.say(f"Run {run.context.run_name} into {told.out}, {told.order.engine}:")
            return await _followed(run, display, wait=False)
    except ConfigError as error:
        if error.code != "no_password":
            raise
        tell(str(error), error=True)
        return WAITING


def _say(checked: Checked, quiet: bool) -> None:
    if checked.replies and not quiet:
        tell(f"Batch {checked.batch.id}: {checked.replies} replies stored.")


def batches(*, cancel: str | None, every: bool, as_json: bool) -> int:
    """``docglean batches``: the exit code."""
    return asyncio.run(_batches(cancel, every, as_json))


async def _batches(cancel: str | None, every: bool, as_json: bool) -> int:
    settings = load_settings()
    async with await Ledger.open(settings.ledger) as ledger:
        rows = await ledger.look(batch_book.batches)
        if cancel is not None:
            named = [row for row in rows if row.open and row.id.startswith(cancel)]
            if len(named) != 1:
                raise ConfigError(
                    "no_such_batch",
                    f"{len(named)} open batches have a name that begins with {cancel!r}.",
                    "Say `docglean batches` for their names.",
                )
            await batch_results.cancel(ledger, settings, named[0])
            tell(
                f"Asked the provider to stop {named[0].id}. What it has answered still comes: "
                "`docglean collect`."
            )
            return OK
        runs = {told.order.run: told.out for told in await orders(ledger)}
        names = await ledger.look(run_names, [row.run for row in rows])
    shown = [row for row in rows if every or row.open]
    if as_json:
        plain = [
            asdict(row) | {"run_name": names.get(row.run), "out": runs.get(row.run)}
            for row in shown
        ]
        print(json.dumps(plain, indent=2, default=str))
    elif not shown:
        tell("No batch is open.")
    else:
        _print(shown, runs, names)
    return OK


def _print(rows: list[BatchRow], runs: dict[str, str], names: dict[str, str]) -> None:
    from docglean.cli.terminal import TerminalTable, figure, named, print_table

    table = TerminalTable(
        named("batch"),
        named("handed in (UTC)"),
        "state",
        *map(figure, ("requests", "MB", "about")),
        named("engine"),
        named("run"),
        named("into"),
    )
    for row in rows:
        moment = row.submitted or row.created
        table.add_row(
            row.id[:8],
            f"{moment:%Y-%m-%d %H:%M}",
            f"{row.state}: {row.message}" if row.message else row.state,
            f"{row.requests:,}",
            f"{row.bytes / 1e6:.1f}",
            money(row.expected_cost),
            row.engine,
            names.get(row.run, row.run[:8]),
            runs.get(row.run, ""),
        )
    print_table(table)
