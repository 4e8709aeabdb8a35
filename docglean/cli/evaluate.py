"""Commands that measure engines and label documents, as they stand on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from docglean.cli.parameters import (
    HourlyPrice,
    NeedWords,
    Quiet,
    SchemaSpecs,
    Source,
    app,
    here,
    takes_options,
)
from docglean.extractors.options import RunOptions, dollars

Labels = Annotated[
    str,
    Parameter(
        name="LABELS",
        help="Folder or file with labels; a folder of such folders is several sets.",
    ),
]
Layout = Annotated[
    str | None,
    Parameter(name="--layout", help="Format of the labels; found out by default."),
]
LabelSchema = Annotated[
    str | None, Parameter(name="--schema", help="For formats that do not name a schema.")
]


@app.command
@takes_options(without=("engine", "then", "when", "batch", "split", "fresh"))
def evaluate(
    *labels: Labels,
    engine: Annotated[
        tuple[str, ...],
        Parameter(name="--engine", negative="", help="Engine to measure; once for each."),
    ] = (),
    for_: NeedWords = "",
    repeat: Annotated[int, Parameter(help="Times that each model is asked for each document.")] = 1,
    out: Annotated[
        Path, Parameter(help="Folder for what is measured, and the report.", validator=here)
    ] = Path("report"),
    gate: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            help="Condition such as field_accuracy>=0.95 or auroc>=0.9; else exit code 1.",
        ),
    ] = (),
    yes: Annotated[bool, Parameter(negative="", help="Go on without asking.")] = False,
    fresh: Annotated[
        bool,
        Parameter(
            negative="",
            help="Ask models anew, though the ledger holds their replies of another day: to see "
            "whether they have changed.",
        ),
    ] = False,
    hourly_price: HourlyPrice = None,
    first: Annotated[int | None, Parameter(help="Only the first documents of each set.")] = None,
    labels_from: Annotated[
        tuple[Path, ...],
        Parameter(
            name="--labels-from",
            negative="",
            help="Run folder that people have reviewed: what they looked at is the label. Without "
            "--engine the engine is measured whose reading they have corrected.",
        ),
    ] = (),
    layout: Layout = None,
    schema: LabelSchema = None,
    options: RunOptions,
    quiet: Quiet = False,
) -> int:
    """Measure engines on labelled documents: accuracy with its uncertainty, cost and time.

    What it costs is told first. What was measured is kept in --out, so that a rerun with one more
    engine pays for that engine only. Each engine's confidence is calibrated to the labels, for the
    runs after it; --calibration holds an earlier one against them instead of the shipped prior.
    Without --engine, --for proposes those that are usable now and serve a need, and measures them.

    Exit code: 0 measured, whatever the accuracy; 1 a gate is not met; 2 the labels, an engine or a
    key is wrong; 3 the budget is used up.
    """
    import sys

    from docglean.commands.evaluate import EvaluateCommand, evaluate_command

    return evaluate_command(
        EvaluateCommand(
            labels=labels or (() if labels_from else (".",)),
            labels_from=labels_from,
            engines=engine,
            need=for_,
            out=out,
            settings=options.settings(),
            options=options,
            layout=layout,
            schema=schema,
            repeats=repeat,
            gates=gate,
            agreed=yes,
            first=first,
            fresh=fresh,
            hourly_price=dollars(hourly_price, "--hourly-price"),
            quiet=quiet,
            command=["docglean", *sys.argv[1:]],
        )
    )


@app.command
def report(folder: Path, /, *, hourly_price: HourlyPrice = None) -> int:
    """Make the report anew from what `evaluate` stored; nothing is asked of any engine.

    Parameters
    ----------
    folder
        What `docglean evaluate --out` wrote.
    """
    from docglean.commands.evaluate import report_command

    return report_command(folder, hourly_price=dollars(hourly_price, "--hourly-price"))


@app.command
@takes_options(without=("batch", "split"))
def label(
    *source: Source,
    out: Annotated[
        Path, Parameter(help="Folder for labels.jsonl; added to if it has some.", validator=here)
    ],
    schema: SchemaSpecs = ("auto",),
    from_einvoices: Annotated[
        bool,
        Parameter(
            negative="",
            help="Labels made of the XML in e-invoices, as far as their pages show the same; no "
            "engine is asked. Files that carry none are left out.",
        ),
    ] = False,
    options: RunOptions,
    quiet: Quiet = False,
) -> int:
    """Draft labels with an engine, for people to correct.

    Labels that a person has checked (without `drafted_by` and `made_of`) are never replaced.
    """
    from docglean.commands.label import label_command
    from docglean.flows.request import RunRequest

    order = RunRequest.from_options(options, schemas=schema)
    if from_einvoices:
        from docglean.commands.einvoice_labels import einvoices_command

        return einvoices_command(source, order=order, out=out)
    return label_command(source, order=order, out=out, quiet=quiet)
