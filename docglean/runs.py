"""The commands that read documents: extract and estimate."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.api import Choices, opened
from docglean.exits import OK, SOME_FAILED
from docglean.flows.folder import RunFolder, Totals, money
from docglean.flows.run import extract_sources, run
from docglean.flows.sources import Found, find_sources
from docglean.progress import Display

if TYPE_CHECKING:
    from docglean.extractors.pipeline import Estimate, Extractor


def extract_command(
    *,
    given: Sequence[str],
    schemas: Sequence[str],
    out: Path | None,
    fail_fast: bool,
    quiet: bool,
    choices: Choices,
) -> int:
    """``docglean extract``: the exit code."""
    found = find_sources(given)
    return asyncio.run(_extract(found, schemas, out, fail_fast, quiet, choices))


async def _extract(
    found: Found,
    schemas: Sequence[str],
    out: Path | None,
    fail_fast: bool,
    quiet: bool,
    choices: Choices,
) -> int:
    display = Display(len(found.sources), quiet=quiet)
    choices["on_progress"] = display.on_progress
    async with opened(list(schemas), **choices) as extractor:
        with display:
            say_first(display, extractor, found)
            if out is None:
                totals = await _print(extractor, found, fail_fast, display)
            else:
                told = {
                    name: value
                    for name, value in choices.items()
                    if value and name not in ("on_progress", "password")
                }
                totals = await run(
                    extractor,
                    found.sources,
                    RunFolder(out),
                    options={"schema": list(schemas), **told},
                    fail_fast=fail_fast,
                    on_done=display.on_done,
                )
        if len(found.sources) > 1 or out is not None:
            display.say(totals.sentence() + (f" Results are in {out}." if out else ""))
    return OK if totals.ok == len(found.sources) else SOME_FAILED


def say_first(display: Display, extractor: Extractor, found: Found) -> None:
    """Which engine was taken and where pages go, and what an earlier run left."""
    if extractor.notice:
        display.say(extractor.notice)
    for warning in extractor.warnings:
        display.say(f"Warning: {warning}")
    if found.skipped:
        display.say(f"{found.skipped} files are no documents and are left out.")
    if extractor.ledger.interrupted:
        display.say(
            f"{len(extractor.ledger.interrupted)} calls of an earlier run were under way when it "
            "was killed; whether they were billed is not known, and they are sent again."
        )


async def _print(extractor: Extractor, found: Found, fail_fast: bool, display: Display) -> Totals:
    alone = len(found.sources) == 1
    totals = Totals()
    async for _, extraction in extract_sources(extractor, found.sources, fail_fast=fail_fast):
        totals.add(extraction)
        display.on_done(extraction)
        print(extraction.to_json(indent=2 if alone else None), flush=True)
    return totals


def estimate_command(
    *, given: Sequence[str], schemas: Sequence[str], as_json: bool, choices: Choices
) -> int:
    """``docglean estimate``: the exit code."""
    found = find_sources(given)
    return asyncio.run(_estimate(found, schemas, as_json, choices))


async def _estimate(found: Found, schemas: Sequence[str], as_json: bool, choices: Choices) -> int:
    from docglean.extractors.pipeline import Estimate
    from docglean.flows.run import estimate_source
    from docglean.schemas.errors import SourceError

    total = Estimate(documents=0)
    failed = 0
    rows: list[Estimate] = []
    async with opened(list(schemas), sending=False, **choices) as extractor:
        if extractor.notice and not as_json:
            print(extractor.notice, file=sys.stderr)
        for source in found.sources:
            try:
                one = await estimate_source(extractor, source)
            except SourceError as error:
                failed += 1
                print(f"docglean: {error}", file=sys.stderr)
                continue
            rows.append(one)
            total += one
        engine = extractor.engine_name
    if as_json:
        lines = [json.loads(row.model_dump_json(by_alias=True)) for row in rows]
        total_line = json.loads(total.model_dump_json(exclude={"problems"}))
        print(json.dumps({"engine": engine, "total": total_line, "documents": lines}, indent=2))
    else:
        _print_estimates(rows, total, engine)
    return SOME_FAILED if failed else OK


def _print_estimates(rows: list[Estimate], total: Estimate, engine: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Estimate for {engine}: nothing was sent", title_justify="left")
    table.add_column("document")
    for head in ("pages", "calls", "in ledger", "tokens in", "tokens out", "cost"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(row.document.name if row.document else "", *_figures(row))
    if len(rows) != 1:
        table.add_section()
        table.add_row(f"{total.documents} documents", *_figures(total))
    Console().print(table)
    for message in dict.fromkeys(problem.message for problem in total.problems):
        print(message, file=sys.stderr)


def _figures(estimate: Estimate) -> tuple[str, ...]:
    return (
        f"{estimate.pages:,}",
        f"{estimate.requests:,}",
        f"{estimate.cached:,}",
        f"{estimate.usage.input_tokens:,}",
        f"{estimate.usage.output_tokens:,}",
        money(estimate.cost),
    )
