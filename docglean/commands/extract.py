"""The commands that read documents: extract and estimate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.cli.progress import Display
from docglean.commands.interruption import until_interrupted
from docglean.commands.result_outputs import ResultOutput, chosen_output
from docglean.extractors.cascade.shares import note_share
from docglean.extractors.concurrency import apart
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted, counted_are
from docglean.extractors.speech.transcriber import OF_RECORDINGS, LeftOut
from docglean.flows.fresh_runs import begun
from docglean.flows.request import RunRequest
from docglean.flows.run import extract_sources, run
from docglean.flows.run_folder import RunFolder
from docglean.flows.selection import Only, selected
from docglean.flows.sources import FoundSources, Source, find_sources, left_out
from docglean.flows.totals import Totals, money
from docglean.flows.unheard import Unheard
from docglean.schemas.errors import BudgetExceeded, ConfigError, Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.calls.estimate import Estimate
    from docglean.extractors.run import RunContext


def extract_command(
    *,
    given: Sequence[str],
    order: RunRequest,
    out: str | None,
    only: Only | None,
    fail_fast: bool,
    quiet: bool,
    wait: bool = True,
    kind: str | None = None,
    table: str | None = None,
) -> int:
    """``docglean extract``: the exit code.

    Args:
        kind, table: what ``--format`` and ``--table`` say.
    """
    found = find_sources(given, may_be_empty=only is not None)
    into = chosen_output(out, kind, table, alone=len(found.sources) == 1)
    standing = OK
    if only is not None:
        folder = _folder(into, "--only compares with a run folder", out)
        selection = asyncio.run(selected(found.sources, RunFolder(folder), only, order))
        found.sources = selection.sources
        standing = SOME_FAILED if selection.standing or found.unread else OK
        for sentence in [*selection.sentences(only), *found.unread]:
            if standing or not quiet:
                tell(sentence)
        if not found.sources:
            return standing
    partly = only is not None
    return _read(found, given, order, into, fail_fast, quiet, wait=wait, partly=partly) or standing


def _folder(into: ResultOutput | Path, why: str, out: str | None) -> Path:
    """The run folder that is named for results.

    Raises:
        ConfigError: ``no_out``.
    """
    if isinstance(into, Path):
        return into
    if out is None:
        raise ConfigError("no_out", f"{why}, and none is named.", "Add --out FOLDER.")
    raise ConfigError(
        "no_out",
        f"{why}, and {out} is none.",
        f"Name a folder, and then `docglean export FOLDER {out}`.",
    )


def _read(
    found: FoundSources,
    given: Sequence[str],
    order: RunRequest,
    into: ResultOutput | Path,
    fail_fast: bool,
    quiet: bool,
    *,
    wait: bool,
    partly: bool,
) -> int:
    if order.batch:
        from docglean.commands import batch

        out = None if isinstance(into, Path) else into.place or None
        folder = _folder(into, "A run in batches needs a run folder", out)
        return until_interrupted(batch.extract(found, order, folder, quiet=quiet, wait=wait))
    return until_interrupted(
        read_sources(found, given, order, into, fail_fast=fail_fast, quiet=quiet, partly=partly)
    )


async def read_sources(
    found: FoundSources,
    given: Sequence[str],
    order: RunRequest,
    into: ResultOutput | Path,
    *,
    fail_fast: bool = False,
    quiet: bool = False,
    partly: bool = False,
) -> int:
    """Read all of these into a folder or an output, and say what it came to; the exit code.

    Args:
        given: the words that they were found by.
        partly: they are not all that belongs into the folder.
    """
    told = not isinstance(into, Path) and into.tells_people
    display = Display(len(found.sources), quiet=quiet, told=told)
    not_done = ""
    problem: Problem | None = None
    place = str(into) if isinstance(into, Path) else into.place
    fresh = await begun(order, given, Path(place) if place else None, partly=partly)
    async with await fresh.order.open(on_progress=display.on_progress) as context:
        try:
            with display:
                say_first(display, context, found)
                if fresh.said:
                    display.say(fresh.said)
                if not isinstance(into, Path):
                    totals, problem = await _take(context, found, fail_fast, display, into)
                else:
                    record = await run(
                        context,
                        found.sources,
                        RunFolder(into),
                        options=order.told(),
                        fail_fast=fail_fast,
                        on_done=display.on_done,
                        on_left_out=display.on_left_out,
                        on_changed=display.on_changed,
                    )
                    totals, problem = record.totals, record.problem
            if not isinstance(into, Path):
                into.end(totals, display)
            if problem is None and not totals.unread(len(found.sources)):
                not_done = await fresh.ended(
                    context.ledger, lost=totals.lost, not_done=totals.not_done
                )
        except asyncio.CancelledError:
            report_pending(display, context)
            if not isinstance(into, Path) and place:
                display.say(f"Nothing is written to {place}; what was answered is in the ledger.")
            raise
        finally:
            if not isinstance(into, Path):
                into.close()
    if not isinstance(into, Path):
        place = into.place
    if len(found.sources) > 1 or place:
        named = f"run {context.run_name}"
        where = f"Results are in {place} ({named})." if place else f"This was {named}."
        display.say(f"{totals.sentence()} {where}")
    if not_done:
        display.say(not_done)
    if totals.unheard:
        display.say(totals.unheard.told)
    if totals.alarm:
        display.say(f"Warning: {totals.alarm}")
    if problem is not None:
        left = totals.unread(len(found.sources))
        tell(
            f"{problem.message} {counted_are(left, 'file')} not read. {problem.way_out}", error=True
        )
        return OVER_BUDGET
    return OK if totals.is_all_ok(len(found.sources)) and not found.unread else SOME_FAILED


def report_pending(display: Display, context: RunContext) -> None:
    """Why the end of an interrupted run takes a while."""
    calls = context.under_way
    if calls:
        grace = context.settings.grace
        display.say(
            f"Interrupted. Waiting up to {grace:g} s for {counted(calls, 'call')} under way, paid "
            "for already. Ctrl-C again ends at once."
        )


def say_first(display: Display, context: RunContext, found: FoundSources) -> None:
    """Which engine was taken and where pages go, and what an earlier run left."""
    display.say_lines(context.notice)
    for warning in context.warnings:
        display.say(f"Warning: {warning}")
    for unread in found.unread:
        display.say(unread)
    if found.skipped:
        display.say(left_out(found.skipped, "document"))
    if context.ledger.interrupted:
        display.say(
            f"Under way when an earlier run was killed: "
            f"{counted(len(context.ledger.interrupted), 'call')}; whether billed is not known, and "
            "sent again."
        )


async def _take(
    context: RunContext,
    found: FoundSources,
    fail_fast: bool,
    display: Display,
    output: ResultOutput,
) -> tuple[Totals, Problem | None]:
    """Read all documents into an output that is no run folder."""
    totals, problem = Totals(), None
    output.begin(context.schemas)

    def skip(source: Source, error: LeftOut) -> None:
        totals.leave_out(Unheard.of(source.name, error.error))
        display.on_left_out(source, error)

    try:
        async for index, extraction in extract_sources(
            context, found.sources, fail_fast=fail_fast, on_left_out=skip
        ):
            told = await apart(output.take, index, extraction)
            totals.add(told)
            display.on_done(told)
    except BudgetExceeded as error:
        problem = Problem.of(error)
    await context.settled()
    await note_share(context, totals.documents, totals.sent_on.documents)
    totals.spending += context.beside_documents
    return totals, problem


def estimate_command(*, given: Sequence[str], order: RunRequest, as_json: bool) -> int:
    """``docglean estimate``: the exit code."""
    return asyncio.run(_estimate(find_sources(given), order, as_json))


async def _estimate(found: FoundSources, order: RunRequest, as_json: bool) -> int:
    from docglean.extractors.calls.estimate import Estimate
    from docglean.flows.run import estimate_source

    total = Estimate(documents=0)
    failed = len(found.unread)
    rows: list[Estimate] = []
    unheard = Unheard()
    async with await order.open(sending=False) as context:
        for line in () if as_json else context.notice.splitlines():
            tell(line)
        for warning in context.warnings:
            tell(f"Warning: {warning}")
        for unread in found.unread:
            tell(unread, error=True)
        for source in found.sources:
            try:
                one = await estimate_source(context, source)
            except SourceError as error:
                optional = (
                    source.listed
                    and not order.asks_for_recordings()
                    and error.code in OF_RECORDINGS
                )
                if optional:
                    unheard += Unheard.of(source.name, error)
                else:
                    failed += 1
                    tell(str(error), error=True)
                continue
            rows.append(one)
            total += one
        engine = context.engine_name
    if as_json:
        lines = [json.loads(row.model_dump_json(by_alias=True)) for row in rows]
        total_line = json.loads(total.model_dump_json(exclude={"problems"}))
        print(json.dumps({"engine": engine, "total": total_line, "documents": lines}, indent=2))
    elif rows:
        _print_estimates(rows, total, engine)
    if unheard:
        tell(unheard.told)
    return SOME_FAILED if failed else OK


def _print_estimates(rows: list[Estimate], total: Estimate, engine: str) -> None:
    from docglean.cli.terminal import TerminalTable, figure, named, print_table

    heads = ("pages", "calls", "in ledger", "tokens in", "tokens out", "cost")
    table = TerminalTable(
        named("document"),
        *map(figure, heads),
        title=f"Estimate for {engine}: nothing was sent",
    )
    for row in rows:
        name = row.document.name if row.document else ""
        within = f" ({counted(row.documents, 'document')})" if row.documents > 1 else ""
        table.add_row(f"{name}{within}", *_figures(row))
    if len(rows) != 1:
        table.add_section()
        table.add_row(counted(total.documents, "document"), *_figures(total))
    print_table(table)
    if total.added_fields():
        tell(total.added_fields())
    if total.thinking():
        tell(total.thinking())
    for sentence in total.sent_on():
        tell(sentence)
    for message in dict.fromkeys(problem.message for problem in total.problems):
        tell(message)


def _figures(estimate: Estimate) -> tuple[str, ...]:
    return (
        f"{estimate.pages:,}",
        f"{estimate.requests:,}",
        f"{estimate.cached:,}",
        f"{estimate.usage.input_tokens:,}",
        f"{estimate.usage.output_tokens:,}",
        money(estimate.cost),
    )
