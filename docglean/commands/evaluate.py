"""The commands that measure: evaluate and report."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.commands.evaluate_failures import say_failures
from docglean.commands.label_sets import engines_of, first_of, read_sets, reviewed_sets
from docglean.extractors.extraction import add_costs
from docglean.extractors.notices import tell, writes_json
from docglean.extractors.plurals import counted
from docglean.extractors.printable import printable
from docglean.flows.totals import duration, money
from docglean.schemas.errors import BudgetExceeded, ConfigError

if TYPE_CHECKING:
    from docglean.evaluation.engine_figures import Figures
    from docglean.evaluation.labels import LabelSet
    from docglean.evaluation.report.contents import Report
    from docglean.evaluation.resampling import Interval
    from docglean.evaluation.runner import Evaluation, MeasuredStep, Price
    from docglean.extractors.options import RunOptions
    from docglean.extractors.progress import Progress
    from docglean.extractors.settings import Settings

SILENCE = 10.0
"""Seconds after which something is said of what goes on, where no bar shows it."""


@dataclass(frozen=True, slots=True)
class EvaluateCommand:
    """What ``docglean evaluate`` was told.

    Attributes:
        labels_from: run folders that people have reviewed: labels are made of that.
        need: what the engines have to do, in words; those that serve it are measured.
        gates: conditions such as ``field_accuracy>=0.95``.
        agreed: go on without asking.
        first: documents of each set, None for all.
        fresh: ask models anew, though the ledger holds their replies of an earlier day.
        hourly_price: US dollars for an hour of the machine.
    """

    labels: Sequence[str]
    engines: Sequence[str]
    out: Path
    settings: Settings
    options: RunOptions
    labels_from: Sequence[Path] = ()
    need: str = ""
    layout: str | None = None
    schema: str | None = None
    repeats: int = 1
    gates: Sequence[str] = ()
    agreed: bool = False
    first: int | None = None
    fresh: bool = False
    hourly_price: Decimal | None = None
    quiet: bool = False
    command: Sequence[str] = ()


def evaluate_command(told: EvaluateCommand) -> int:
    """``docglean evaluate``: the exit code."""
    from docglean.evaluation.gates import parse_gate
    from docglean.evaluation.layouts import named_apart

    gates = [parse_gate(gate) for gate in told.gates]
    sets = read_sets(told.labels, told.layout, told.schema) if told.labels else []
    sets = first_of(sets, told.first)
    if told.labels_from:
        mine = reviewed_sets(told.labels_from, told.out, told.schema, told.options.password)
        sets = named_apart([*sets, *first_of(mine, told.first)])
        told = replace(told, engines=told.engines or engines_of(mine))
    if told.need:
        from docglean.commands.proposed_engines import proposed

        told = replace(
            told,
            engines=proposed(
                told.need, told.engines, told.options.private, told.out, quiet=told.quiet
            ),
        )
    try:
        asyncio.run(_measure(told, sets))
    except BudgetExceeded as error:
        tell(str(error), error=True)
        return OVER_BUDGET
    report = _report(told.out)
    found = report.figures
    _print_figures(found)
    say_failures(report)
    if not told.quiet:
        _say_examples(report)
        _say_calibrations(report)
    failures = [line for gate in gates for line in gate.failures(found.headline, report.confidence)]
    for line in failures:
        tell(line, error=True)
    return SOME_FAILED if failures else OK


def today() -> int:
    """A number that is another one every day."""
    return datetime.now(UTC).toordinal()


async def _measure(told: EvaluateCommand, sets: list[LabelSet]) -> None:
    from docglean.evaluation.open_evaluation import opened

    async with opened(
        sets,
        told.engines or [told.settings.engine],
        told.out,
        told.settings,
        repeats=told.repeats,
        options=told.options,
        command=told.command,
        asking=today() if told.fresh else 0,
        hourly_price=told.hourly_price,
    ) as evaluation:
        if not told.quiet:
            evaluation.on_priced = Counted()
        prices = await evaluation.price()
        total: Decimal | None = Decimal(0)
        for price in prices:
            total = add_costs(total, price.cost)
        if not told.quiet and not writes_json():
            _say_first(evaluation, sets, prices)
        _agree(told, prices, total)
        with Bars(evaluation, prices, quiet=told.quiet) as bars:
            evaluation.on_step = bars.on_step
            evaluation.on_progress = bars.on_progress
            manifest = await evaluation.run(total)
        if not told.quiet:
            tell(f"Measured in {duration(manifest.seconds)}.")


def _say_first(evaluation: Evaluation, sets: list[LabelSet], prices: Sequence[Price]) -> None:
    """What is going to be measured and what it will cost."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_lines, print_table
    from docglean.evaluation.engine_figures import short_names
    from docglean.evaluation.label_notices import label_notices, record_of

    def say(line: str) -> None:
        print_lines(line, sys.stderr)

    for one in sets:
        say(f"{one.name}: {counted(len(one.labels), 'document')} ({one.layout})")
        for notice in label_notices([record_of(one)]):
            say(f"Warning: {notice}")
    heads = ("measured before", "left", "calls", "tokens in", "tokens out", "cost")
    table = TerminalTable(named("engine"), *map(figure, heads), title="To be measured")
    names = short_names([price.engine for price in prices])
    for price in prices:
        table.add_row(
            names[price.engine],
            f"{price.done:,}",
            f"{price.left:,}",
            f"{price.calls:,}",
            f"{price.usage.input_tokens:,}",
            f"{price.usage.output_tokens:,}",
            money(price.cost),
        )
    print_table(table, sys.stderr)
    for price in prices:
        say(price.notice)
        for warning in evaluation.engines[price.engine].warnings:
            say(f"Warning: {warning}")


def _agree(told: EvaluateCommand, prices: Sequence[Price], total: Decimal | None) -> None:
    """Ask whether to go on, where it costs money.

    Raises:
        ConfigError: ``not_agreed``.
    """
    if told.agreed or total == 0:
        return
    # Not that of the settings, which may have come with the documents: nobody agreed to it here.
    budget = told.options.budget
    if budget is not None:
        if total is None or total > budget:
            tell(
                f"It may cost more ({money(total)}) than the budget of {money(budget)}, and "
                "will end when that is used up."
            )
        return
    if not sys.stdin.isatty():
        raise ConfigError(
            "not_agreed",
            f"This costs about {money(total)}, and nobody is here to be asked.",
            "Add --yes, or --budget with what it may cost.",
        )
    print(f"This costs about {money(total)}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ConfigError("not_agreed", "Nothing was sent.", "")


class Counted:
    """Says how far the estimate is: reading the words of many scans takes minutes."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, engine: str, opened: int, total: int) -> None:
        """Say it, now and then."""
        if time.monotonic() - self._said >= SILENCE:
            self._said = time.monotonic()
            tell(f"{engine}: {opened} of {total} documents opened, to tell what it will cost.")


class Bars:
    """Live progress by engine on a terminal, plain lines elsewhere; on standard error."""

    def __init__(
        self, evaluation: Evaluation, prices: Sequence[Price], *, quiet: bool = False
    ) -> None:
        self.quiet = quiet
        self.live = not quiet and sys.stderr.isatty() and not writes_json()
        self.paid: dict[str, Decimal | None] = {price.engine: Decimal(0) for price in prices}
        self.failed: dict[str, int] = {price.engine: 0 for price in prices}
        self._started: dict[str, float] = {}
        self._replies: dict[tuple[str, str], int] = {}
        self._said = time.monotonic()
        self._prices = prices
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Bars:
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[state]}", markup=False),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            for price in self._prices:
                self._tasks[price.engine] = self._bar.add_task(
                    price.engine, total=price.done + price.left, completed=price.done, state=""
                )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on_progress(self, engine: str, progress: Progress) -> None:
        """Take note of an answer, which has some fields of some pages of a document."""
        self._started.setdefault(engine, time.monotonic())
        if progress.step != "paid":
            return
        key = engine, progress.document
        self._replies[key] = self._replies.get(key, 0) + 1
        state = f"{printable(progress.document)}: answer {self._replies[key]}"
        if self._bar is not None:
            self._bar.update(self._tasks[engine], state=state)
        elif not self.quiet and time.monotonic() - self._said >= SILENCE:
            self._say(f"{engine}: {state}")

    def on_step(self, step: MeasuredStep) -> None:
        """Take note of a document that was measured."""
        answer = step.answer
        self.paid[answer.engine] = add_costs(self.paid[answer.engine], answer.paid)
        self.failed[answer.engine] += answer.status == "failed"
        self._replies.pop((answer.engine, answer.file), None)
        passed = time.monotonic() - self._started.get(answer.engine, time.monotonic())
        state = money(self.paid[answer.engine])
        if self.failed[answer.engine]:
            state += f", {self.failed[answer.engine]} failed"
        if step.done < step.total:
            state += f", about {duration(passed * (1 / step.share - 1))} left"
        if self._bar is not None:
            self._bar.update(self._tasks[answer.engine], completed=step.done, state=state)
        elif not self.quiet and (
            step.done % 10 == 0
            or step.done == step.total
            or time.monotonic() - self._said >= SILENCE
        ):
            self._say(
                f"{answer.engine}: {step.done}/{step.total}, {printable(answer.file)}, {state}"
            )

    def _say(self, line: str) -> None:
        self._said = time.monotonic()
        tell(line)


# --- results ------------------------------------------------------------------------------------


def report_command(folder: Path, *, hourly_price: Decimal | None = None) -> int:
    """``docglean report``: the exit code.

    Args:
        hourly_price: US dollars for an hour of the machine, kept for the next report.
    """
    if hourly_price is not None:
        from docglean.evaluation.answer_store import write_manifest
        from docglean.evaluation.results import HOURLY, Results

        manifest = Results(folder).manifest()
        manifest.options[HOURLY] = str(hourly_price)
        write_manifest(folder, manifest)
    report = _report(folder)
    _print_figures(report.figures)
    say_failures(report)
    _say_examples(report)
    return OK


def _say_examples(report: Report) -> None:
    """Whether examples help each model that was measured without and with them."""
    for one in report.example_gains:
        tell(one.sentence)


def _say_calibrations(report: Report) -> None:
    """What came of the calibration of each engine, for those who do not open the report."""
    from docglean.evaluation.engine_figures import short_names

    names = short_names(report.figures.engines)
    for spec, record in report.manifest.calibrations.items():
        said = (
            f"{record.file}, {counted(record.documents, 'document')}." if record.file else "none."
        )
        if record.registered:
            said += " Runs with this engine and schema take it by themselves."
        tell(f"Calibration of {names.get(spec, spec)}: {' '.join([said, record.note]).strip()}")


def _report(folder: Path) -> Report:
    """Make the report anew from the stored rows."""
    from docglean.evaluation.report.report import HTML, write_report

    found = write_report(folder)
    tell(f"The report is {folder / HTML}.")
    return found


def _print_figures(found: Figures) -> None:
    """The headline table on standard output."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_lines, print_table
    from docglean.evaluation.engine_figures import short_names

    alone = found.documents == 1
    heads = ("fields right", "F1", "invented", "documents right", "failed")
    of = counted(found.documents, "document")
    table = TerminalTable(
        named("engine"),
        *map(figure, heads),
        title=f"{of}, per cent" + ("" if alone else " (95 % interval)"),
    )
    names = short_names(found.engines)
    for rates in found.headline:
        shares = (rates.accuracy, rates.f1, rates.hallucination, rates.exact, rates.failure)
        table.add_row(names[rates.engine], *(share(one, alone=alone) for one in shares))
    print_table(table)
    if alone:
        print_lines("One document: no interval.")
    if found.unlabelled:
        print_lines(found.unlabelled_told)


def share(interval: Interval | None, *, alone: bool = False) -> str:
    """A share in per cent with its 95 % interval, all three rounded alike.

    Args:
        alone: of one document, of which nobody can tell how others vary.
    """
    if interval is None:
        return "-"
    low, estimate, high = (100 * part for part in (interval.low, interval.estimate, interval.high))
    # On two lines, so that a long name of an engine has room.
    return f"{estimate:.1f}" if alone else f"{estimate:.1f}\n({low:.1f}-{high:.1f})"
