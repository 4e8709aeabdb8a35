"""The Prefect flow that measures engines on a schedule. Thin: see `docglean.evaluation`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.evaluation.changes import Changes, read_changes
from docglean.evaluation.gates import Gate, parse_gate
from docglean.evaluation.layouts import load_labels
from docglean.evaluation.open_evaluation import opened
from docglean.evaluation.report.report import HTML, write_report
from docglean.evaluation.results import Manifest
from docglean.evaluation.runner import MeasuredStep
from docglean.extractors.extraction import add_costs
from docglean.extractors.options import RunOptions, dollars
from docglean.extractors.plurals import counted
from docglean.extractors.telemetry.setup import own_process
from docglean.flows.parameters import account, flow_options
from docglean.flows.totals import money
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

if TYPE_CHECKING:
    from docglean.evaluation.confidence_figures import EngineConfidence
from docglean.evaluation.engine_figures import Figures

LOGGED = 25
"""Documents between two lines of the log."""


@flow(name="evaluate")
@flow_options(without=("engine", "then", "when", "batch", "split", "fresh"))
def evaluate(
    labels: str | list[str],
    engines: list[str] | None = None,
    *,
    out: str = "report",
    repeat: int = 1,
    fresh: bool = True,
    layout: str | None = None,
    label_schema: str | None = None,
    gates: list[str] | None = None,
    hourly_price: float | None = None,
    options: RunOptions,
) -> State[Any]:
    """Measure engines on labelled documents and compare with the last run in the same folder.

    Ends Failed where an engine's accuracy has dropped by more than chance (the 95 % interval of
    the paired difference is below zero), or where a gate is not met.

    Args:
        labels: folders or files with labels.
        engines: specs; None takes the configured one.
        out: folder for what is measured; the last run stands there too.
        repeat: times that each model is asked for each document.
        fresh: ask models anew, though the ledger holds their replies of an earlier day.
        layout: format of the labels; found out by default.
        label_schema: for formats that do not name one.
        gates: conditions such as ``field_accuracy>=0.95`` or ``ece<=0.05``.
        hourly_price: US dollars for an hour of the machine, to weigh engines that run on it.
    """
    own_process()
    logger = get_run_logger()
    conditions = [parse_gate(gate) for gate in gates or ()]
    options = replace(options, account=account(evaluate.name))
    settings = options.settings()
    sets = load_labels(
        [labels] if isinstance(labels, str) else labels, layout=layout, schema=label_schema
    )
    folder = Path(out).absolute()

    async def measure() -> Manifest:
        async with opened(
            sets,
            engines or [settings.engine],
            folder,
            settings,
            repeats=repeat,
            options=options,
            asking=datetime.now(UTC).toordinal() if fresh else 0,
            hourly_price=dollars(hourly_price, "hourly_price"),
        ) as evaluation:
            total: Decimal | None = Decimal(0)
            for price in await evaluation.price():
                logger.info("%s %d to be measured, %s", price.notice, price.left, money(price.cost))
                total = add_costs(total, price.cost)

            def on_step(step: MeasuredStep) -> None:
                if step.done % LOGGED == 0 or step.done == step.total:
                    logger.info("%s: %d of %d", step.answer.engine, step.done, step.total)

            evaluation.on_step = on_step
            return await evaluation.run(total)

    manifest = asyncio.run(measure())
    report = write_report(folder)
    found = report.figures
    changed = read_changes(folder)
    create_table_artifact(
        key="accuracy",
        table=headline(found, changed),
        description=f"Accuracy on {counted(found.documents, 'document')}",
    )
    create_markdown_artifact(
        key="evaluation",
        markdown=f"[The report]({(folder / HTML).as_uri()}), run `{manifest.id}`",
        description="What this run measured",
    )
    return ended(found, changed, conditions, report.confidence)


def headline(found: Figures, changed: Changes | None) -> list[dict[str, str]]:
    """A row for each engine, with the change since the last run."""
    since = {one.engine: one for one in changed.engines} if changed else {}
    rows = []
    for rates in found.headline:
        accuracy, change = rates.accuracy, since.get(rates.engine)
        row = {"engine": rates.engine, "documents": str(rates.documents)}
        if accuracy is not None:
            row["field accuracy"] = f"{accuracy.estimate:.2%}"
            row["95 % interval"] = f"{accuracy.low:.2%} to {accuracy.high:.2%}"
        if rates.exact is not None:
            row["documents all right"] = f"{rates.exact.estimate:.2%}"
        if rates.failure is not None:
            row["failed"] = f"{rates.failure.estimate:.2%}"
        row["change"] = (
            f"{change.difference:+.2%} ({change.low:+.2%} to {change.high:+.2%})" if change else ""
        )
        rows.append(row)
    return rows


def ended(
    found: Figures,
    changed: Changes | None,
    gates: list[Gate],
    confidence: Sequence[EngineConfidence] = (),
) -> State[Any]:
    """The state that tells the truth: Failed after a drop, or where a gate is not met."""
    wrong = [line for gate in gates for line in gate.failures(found.headline, confidence)]
    for one in changed.engines if changed else ():
        if one.dropped:
            wrong.append(
                f"{one.engine}: field accuracy fell from {one.before:.2%} to {one.now:.2%} "
                f"({one.low:+.2%} to {one.high:+.2%}) on {counted(one.documents, 'document')}."
            )
    if wrong:
        return Failed(message=" ".join(wrong))
    return Completed(
        message=f"{counted(found.documents, 'document')}, {counted(len(found.engines), 'engine')}"
    )
